//! Exact decimal numbers: a mantissa and a number of decimal places; no float ever (GENERATION.md, section 3).

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use sentinel_wire::Value;
use sentinel_wire::value::{EXT_DECIMAL, EXT_INTEGER};

/// A number that is written with more characters is not looked at.
const MAX_WRITTEN: usize = 320;
/// Nor one with more decimal places, or more zeros at its end.
pub const MAX_PLACES: u32 = 400;
const MAX_PLAIN_DIGITS: usize = 20;

/// `mantissa / 10^scale`, in lowest terms: scale 0, or a mantissa that 10 does not divide.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Exact {
    mantissa: BigInt,
    scale: u32,
}

impl Exact {
    /// The number in lowest terms.
    #[must_use]
    pub fn new(mantissa: BigInt, scale: u32) -> Self {
        let (mut mantissa, mut scale) = (mantissa, scale);
        while scale > 0 && &mantissa % 10 == BigInt::ZERO {
            mantissa /= 10;
            scale -= 1;
        }
        Self { mantissa, scale }
    }

    /// The number that a value is, unless it is none, or too long.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(Self::from(*number)),
            Value::Ext(EXT_INTEGER | EXT_DECIMAL, written) => Self::parse(std::str::from_utf8(written).ok()?),
            _ => None,
        }
    }

    fn parse(written: &str) -> Option<Self> {
        if written.len() > MAX_WRITTEN {
            return None;
        }
        let unsigned = written.strip_prefix('-').unwrap_or(written);
        let (number, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return None,
            None => (number, ""),
        };
        if !is_digits(whole) {
            return None;
        }
        let places = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        if places.abs() > i64::from(MAX_PLACES) {
            return None;
        }
        let magnitude = BigInt::parse_bytes(format!("{whole}{fraction}").as_bytes(), 10)?;
        let mantissa = if unsigned.len() < written.len() { -magnitude } else { magnitude };
        let number = Self::new(mantissa, u32::try_from(places.max(0)).ok()?);
        let zeros = u32::try_from((-places).max(0)).ok()?;
        Some(Self { mantissa: number.mantissa * power(zeros), scale: number.scale })
    }

    /// The canonical value.
    #[must_use]
    pub fn write(&self) -> Value {
        if self.scale == 0 {
            return Value::integer(&self.mantissa.to_string());
        }
        let sign = if self.mantissa.sign() == Sign::Minus { "-" } else { "" };
        let digits = self.mantissa.magnitude().to_string();
        let scale = self.scale as usize;
        let plain = format!("{digits:0>width$}", width = scale + 1);
        if plain.len() <= MAX_PLAIN_DIGITS {
            let (whole, fraction) = plain.split_at(plain.len() - scale);
            return Value::decimal(&format!("{sign}{whole}.{fraction}"));
        }
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent = rest.len() as i128 - i128::from(self.scale);
        Value::decimal(&format!("{sign}{first}{point}{rest}E{exponent}"))
    }

    /// Its digits, without the point.
    #[must_use]
    pub const fn mantissa(&self) -> &BigInt {
        &self.mantissa
    }

    /// How many decimal places it has.
    #[must_use]
    pub const fn scale(&self) -> u32 {
        self.scale
    }

    /// Whether it is above 0.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.mantissa.sign() == Sign::Plus
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(&self) -> Self {
        Self { mantissa: -&self.mantissa, scale: self.scale }
    }

    /// Whether it and another number have different nearest doubles (infinities beyond them).
    #[must_use]
    pub fn is_told_from(&self, other: &Self) -> bool {
        self.as_double().to_bits() != other.as_double().to_bits()
    }

    /// The nearest double, or an infinity.
    #[must_use]
    pub fn as_double(&self) -> f64 {
        format!("{}e-{}", self.mantissa, self.scale).parse().unwrap_or(f64::NAN)
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let scale = self.scale.max(other.scale);
        Self::new(self.floor_at(scale) + other.floor_at(scale), scale)
    }

    /// The largest k with k / 10^scale <= the number.
    #[must_use]
    pub fn floor_at(&self, scale: u32) -> BigInt {
        match scale.checked_sub(self.scale) {
            Some(more) => &self.mantissa * power(more),
            None => self.mantissa.div_floor(&power(self.scale - scale)),
        }
    }

    /// The smallest k with k / 10^scale >= the number.
    #[must_use]
    pub fn ceil_at(&self, scale: u32) -> BigInt {
        match scale.checked_sub(self.scale) {
            Some(more) => &self.mantissa * power(more),
            None => self.mantissa.div_ceil(&power(self.scale - scale)),
        }
    }
}

impl From<i64> for Exact {
    fn from(number: i64) -> Self {
        Self { mantissa: BigInt::from(number), scale: 0 }
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        self.floor_at(scale).cmp(&other.floor_at(scale))
    }
}

/// 10 to the power of `exponent`.
#[must_use]
pub fn power(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if is_digits(digits) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Exact> {
        Exact::read(&Value::decimal(text))
    }

    /// What is read is written as PROTOCOL.md section 4 says.
    #[test]
    fn canonical() {
        for (written, canonical) in [
            ("0.010", "0.01"),
            ("-2.5e0", "-2.5"),
            ("1e-20", "1E-20"),
            ("12E-21", "1.2E-20"),
            ("0.0000000000000000001", "0.0000000000000000001"),
        ] {
            assert_eq!(read(written).map(|number| number.write()), Some(Value::decimal(canonical)));
        }
        assert_eq!(read("3e2").unwrap().write(), Value::Int(300));
        assert_eq!(read("1e19").unwrap().write(), Value::integer("10000000000000000000"));
    }

    /// What is too long, or no number, is not read.
    #[test]
    fn not_read() {
        for written in
            ["", "-", ".5", "5.", "1e", "1e999", "1e99999999999999999999", "+1", "0x1", "1e+-2", &"1".repeat(321)]
        {
            assert_eq!(read(written), None);
        }
        assert!(read("1e400").is_some());
        assert_eq!(read("1e401"), None);
    }

    /// Rounding goes down and up for both signs.
    #[test]
    fn rounding() {
        let number = read("-2.5").unwrap();
        assert_eq!((number.floor_at(0), number.ceil_at(0)), (BigInt::from(-3), BigInt::from(-2)));
        assert_eq!(number.floor_at(2), BigInt::from(-250));
        assert!(read("-2.5") < read("-2.49"));
    }
}
