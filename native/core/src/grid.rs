//! Numbers within bounds: points of a grid, chosen without any rounding (GENERATION.md, section 6).

use std::cell::OnceCell;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;

use crate::exact::{Exact, MAX_PLACES, power};
use crate::random::Draws;

/// 10 to this power is far beyond the bounds of most.
const FAR_DIGITS: u32 = 20;

/// Numbers to each side that are tried by doubles.
const TRIED: u32 = 32;

/// Formats that are bounds: name, lowest, highest.
const NUMBER_FORMATS: [(&str, i128, i128); 12] = [
    ("int8", -128, 127),
    ("int16", -(1 << 15), (1 << 15) - 1),
    ("int32", -(1 << 31), (1 << 31) - 1),
    ("int64", -(1 << 63), (1 << 63) - 1),
    ("uint8", 0, 255),
    ("uint16", 0, (1 << 16) - 1),
    ("uint32", 0, (1 << 32) - 1),
    ("uint64", 0, (1 << 64) - 1),
    ("unixtime", 0, 253_402_300_799),
    ("double-int", -(1 << 53) + 1, (1 << 53) - 1),
    ("sf-integer", -999_999_999_999_999, 999_999_999_999_999),
    ("sf-decimal", -999_999_999_999, 999_999_999_999),
];

/// Numbers that programs are known to trip over, what breaks most of them first.
const SPECIAL: [(&str, i128); 14] = [
    ("zero", 0),
    ("past-64-bits", 1 << 64),
    ("negative", -1),
    ("past-32-bits", 1 << 31),
    ("largest-64-bits", (1 << 63) - 1),
    ("past-53-bits", (1 << 53) + 1),
    ("one", 1),
    ("smallest-64-bits", -(1 << 63)),
    ("largest-32-bits", (1 << 31) - 1),
    ("smallest-32-bits", -(1 << 31)),
    ("below-64-bits", -(1 << 63) - 1),
    ("below-32-bits", -(1 << 31) - 1),
    ("past-unsigned-32-bits", 1 << 32),
    ("largest-unsigned-64-bits", (1 << 64) - 1),
];

/// The bounds of a format of numbers.
#[must_use]
pub fn number_format(name: &str) -> Option<(Exact, Exact)> {
    let (_, low, high) = NUMBER_FORMATS.into_iter().find(|(known, ..)| *known == name)?;
    Some((Exact::new(BigInt::from(low), 0), Exact::new(BigInt::from(high), 0)))
}

/// Whether a format of numbers holds integers only.
#[must_use]
pub fn is_whole_format(name: &str) -> bool {
    name != "sf-decimal" && NUMBER_FORMATS.iter().any(|(known, ..)| *known == name)
}

/// What a schema says of numbers. An absent bound is None; `steps` are the values of `multipleOf`, all positive.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bounds {
    /// The lower bound.
    pub low: Option<Exact>,
    /// Whether it is itself outside.
    pub low_open: bool,
    /// The upper bound.
    pub high: Option<Exact>,
    /// Whether it is itself outside.
    pub high_open: bool,
    /// What numbers are multiples of.
    pub steps: Vec<Exact>,
    /// Whether the lower and the upper bound are those of a format, and no keyword says them.
    pub by_format: (bool, bool),
}

/// The numbers k * `unit` / 10^`scale` for whole k from `low` to `high` (None: no end on that side).
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    unit: BigInt,
    scale: u32,
    low: Option<BigInt>,
    high: Option<BigInt>,
    /// The steps that are no whole numbers.
    fractions: Vec<f64>,
    /// What random numbers are chosen from, once they are asked for.
    windows: OnceCell<Box<[(BigInt, BigInt); 5]>>,
}

impl Grid {
    /// The numbers within the bounds that have at most `scale` places, obey all steps and, with `whole`, are integers.
    ///
    /// The scale grows where a step needs more places.
    fn at(bounds: &Bounds, scale: u32, whole: bool) -> Self {
        let mut steps = bounds.steps.clone();
        if whole {
            steps.push(Exact::from(1));
        }
        let scale = steps.iter().map(Exact::scale).max().unwrap_or(scale);
        let unit = steps.iter().fold(BigInt::from(1), |unit, step| unit.lcm(&step.floor_at(scale)));
        let low = bounds.low.as_ref().map(|low| first(low, bounds.low_open, scale, &unit));
        let high = bounds.high.as_ref().map(|high| -first(&high.negated(), bounds.high_open, scale, &unit));
        let fractions = bounds
            .steps
            .iter()
            .filter(|step| step.scale() > 0)
            .map(Exact::as_double)
            .filter(|step| *step > 0.0)
            .collect();
        Self { unit, scale, low, high, fractions, windows: OnceCell::new() }
    }

    /// The lowest k.
    #[must_use]
    pub const fn low(&self) -> Option<&BigInt> {
        self.low.as_ref()
    }

    /// The highest k.
    #[must_use]
    pub const fn high(&self) -> Option<&BigInt> {
        self.high.as_ref()
    }

    /// How far its points are apart, in its last place.
    #[must_use]
    pub const fn unit(&self) -> &BigInt {
        &self.unit
    }

    /// How many decimal places it has.
    #[must_use]
    pub const fn scale(&self) -> u32 {
        self.scale
    }

    /// The k of the point at or next below 10^20, with the sign of `step`.
    #[must_use]
    pub fn far(&self, step: i32) -> BigInt {
        (power(FAR_DIGITS) * power(self.scale) * step).div_floor(&self.unit)
    }

    /// The number at k.
    #[must_use]
    pub fn value(&self, k: &BigInt) -> Exact {
        Exact::new(k * &self.unit, self.scale)
    }

    /// All its points, where there are at most so many.
    #[must_use]
    pub fn points(&self, most: u32) -> Option<Vec<Exact>> {
        let (low, high) = (self.low.as_ref()?, self.high.as_ref()?);
        if high - low >= BigInt::from(most) {
            return None;
        }
        let mut points = vec![];
        let mut k = low.clone();
        while k <= *high {
            points.push(self.value(&k));
            k += 1;
        }
        Some(points)
    }

    fn is_empty(&self) -> bool {
        matches!((&self.low, &self.high), (Some(low), Some(high)) if low > high)
    }

    fn clamp(&self, k: BigInt) -> BigInt {
        match (&self.low, &self.high) {
            (Some(low), _) if k < *low => low.clone(),
            (_, Some(high)) if k > *high => high.clone(),
            _ => k,
        }
    }

    /// The k of the point at or next below a whole number, moved into the bounds.
    fn near(&self, number: i64) -> BigInt {
        self.clamp(self.steps(number))
    }

    /// How many steps from 0 the point at or next below a whole number is.
    fn steps(&self, number: i64) -> BigInt {
        (power(self.scale) * number).div_floor(&self.unit)
    }

    /// The first of k, the 31 above it and the 31 below it that programs which divide doubles find to obey the steps, too; else k.
    ///
    /// By doubles 0.07 is no multiple of 0.01.
    fn agreed(&self, k: &BigInt) -> Exact {
        let number = self.value(k);
        if self.is_multiple(&number) {
            return number;
        }
        let (above, below) = ((1..TRIED).map(|more| k + more), (1..TRIED).map(|less| k - less));
        let within = above.chain(below).filter(|each| self.clamp(each.clone()) == *each);
        within.map(|each| self.value(&each)).find(|each| self.is_multiple(each)).unwrap_or(number)
    }

    fn is_multiple(&self, number: &Exact) -> bool {
        self.fractions.is_empty() || self.fractions.iter().all(|step| number.as_double() / step % 1.0 == 0.0)
    }

    /// The number that is at or next below a whole number, within the bounds; or one beside it (`agreed`).
    #[must_use]
    pub fn plausible(&self, wish: i64) -> Exact {
        self.agreed(&self.near(wish))
    }

    /// A number, mostly small, sometimes a bound or anything; takes two numbers.
    ///
    /// Where a bound cuts the numbers off that would be chosen from, as many more on their other side are.
    pub fn random(&self, draws: &mut Draws) -> Exact {
        let [small, around, ends, large, any] = &**self.windows.get_or_init(|| Box::new(self.windows()));
        let (first, last) = match draws.below(8) {
            0..4 => small,
            4 => around,
            5 => return self.agreed(if draws.below(2) == 0 { &ends.0 } else { &ends.1 }),
            6 => large,
            _ => any,
        };
        self.agreed(&draws.between(first, last))
    }

    /// From where to where numbers are chosen of each kind; of the third only these two.
    fn windows(&self) -> [(BigInt, BigInt); 5] {
        let start = self.near(0);
        let window = |low: BigInt, high: BigInt| {
            let last = self.clamp(&start + &high);
            (self.clamp(&last + low - high), last)
        };
        let (small, largest) = (self.steps(100) + 1_u32, i64::from(i32::MAX));
        let ends = (self.low.clone().unwrap_or_else(|| start.clone()), self.high.clone());
        [
            window(BigInt::ZERO, small.clone()),
            window(-&small, small),
            (ends.0, ends.1.unwrap_or_else(|| self.near(largest))),
            window(BigInt::ZERO, self.steps(largest)),
            window(self.steps(i64::from(i32::MIN)), self.steps(i64::MAX)),
        ]
    }
}

/// The smallest k with k * unit / 10^scale >= low, or > low.
fn first(low: &Exact, low_open: bool, scale: u32, unit: &BigInt) -> BigInt {
    let k = low.ceil_at(scale).div_ceil(unit);
    if low_open && &k * unit * power(low.scale()) == low.mantissa() * power(scale) { k + 1 } else { k }
}

/// The coarsest grid that has a point and, for numbers that need not be whole, a finer one. Empty: no number there.
///
/// Without steps the scales from 0 on are tried in turn. Where two bounds have a number between them, there is one with one place more than
/// they have.
#[must_use]
pub fn grids(bounds: &Bounds, whole: bool) -> Vec<Grid> {
    if whole || !bounds.steps.is_empty() {
        let grid = Grid::at(bounds, 0, whole);
        return if grid.is_empty() { vec![] } else { vec![grid] };
    }
    let places = bounds.low.iter().chain(&bounds.high).map(Exact::scale).max().unwrap_or(0);
    for scale in 0..=places + 1 {
        let grid = Grid::at(bounds, scale, false);
        if !grid.is_empty() {
            return vec![grid, Grid::at(bounds, scale + 2, false)];
        }
    }
    vec![]
}

/// Whether the steps have no common multiple but those that are too large to be looked at.
#[must_use]
pub fn is_beyond(bounds: &Bounds) -> bool {
    let grid = Grid::at(bounds, 0, true);
    grid.unit > power(MAX_PLACES + grid.scale)
}

/// Numbers at and beside the bounds, and those that programs are known to trip over, each with the word for it; no number twice.
#[must_use]
pub fn interesting(grids: &[Grid]) -> Vec<(&'static str, Exact)> {
    let mut found: Vec<(&'static str, Exact)> = vec![];
    let mut add = |label, grid: &Grid, k: Option<BigInt>| {
        if let Some(k) = k
            && grid.clamp(k.clone()) == k
        {
            let number = grid.value(&k);
            if found.iter().all(|(_, known)| *known != number) {
                found.push((label, number));
            }
        }
    };
    for grid in grids {
        add("minimum", grid, grid.low.clone());
        add("maximum", grid, grid.high.clone());
        add("above-minimum", grid, grid.low.as_ref().map(|low| low + 1));
        add("below-maximum", grid, grid.high.as_ref().map(|high| high - 1));
    }
    if let [grid, finer @ ..] = grids {
        for (label, wish) in SPECIAL {
            let (k, rest) = (power(grid.scale) * wish).div_rem(&grid.unit);
            add(label, grid, Some(k).filter(|_| rest.sign() == Sign::NoSign));
        }
        for grid in finer {
            add("fraction", grid, Some(grid.near(1) + 1));
        }
    }
    found
}
