//! Which violations of the parts of a place are listed, and which are only tried at random (GENERATION.md, section 17).

use std::collections::{HashSet, VecDeque};
use std::mem::take;

use sentinel_core::compiler::Compiler;
use sentinel_core::kind::key_of;
use sentinel_core::maker::GaveUp;
use sentinel_core::places::{Place, Request};
use sentinel_core::steer::{Steer, Step, wrapped};
use sentinel_wire::Value;

use super::change::{Change, PartChange};
use super::combinators::combined;
use super::keywords::{Candidate, Found, HUGE_TEXT, candidates};
use super::parts::{part_at, parts_of, replaced};
use super::proof::Prover;
use super::spots::{PartSpot, spots};
use super::violation::{Violation, sample};
use crate::request::Spot;

/// Of a place.
const MOST_KEYWORDS: usize = 4096;
/// With further ways to violate the same keywords.
const MOST_OF_A_PLACE: usize = 384;
const MOST_UNLISTED: usize = 4096;
/// Of all the values of a place.
const MOST_PARTS: usize = 1_048_576;
const FEWEST: usize = 16;
/// Of a place.
const MOST_LARGE: usize = 2;
const LARGEST_BYTES: usize = 1_048_576;
/// Parts of a value that is kept to know it again.
const MOST_KEPT: usize = 256;

/// The violations of the parts of a place.
pub struct Turns {
    /// Lists of which each has the first violation of every keyword of a part.
    pub keywords: Vec<Vec<Violation>>,
    /// The others.
    pub variants: Vec<Vec<Violation>>,
    /// Those behind the limit, which are not looked at yet.
    pub unlisted: Vec<Violation>,
    /// Of how many parts there are none at all, in words.
    pub left_out: Option<String>,
}

/// What is violated: a value of the place, whether it is certain to be valid, and of how many parts it is.
struct Sample {
    whole: Value,
    certain: bool,
    parts: usize,
}

impl Sample {
    fn of(compiler: &Compiler, place: &Place, steer: Option<&Steer>) -> Result<Self, GaveUp> {
        let (whole, certain) = sample(compiler, place, steer)?;
        let parts = parts_of(&whole);
        Ok(Self { whole, certain, parts })
    }
}

/// What a place has: the keys of its values, how many of these are large, and whether one is huge.
#[derive(Default)]
struct Taken {
    keys: HashSet<Vec<u8>>,
    large: usize,
    huge: bool,
}

impl Taken {
    fn has_room(&self, candidate: &Candidate) -> bool {
        !candidate.large || (self.large < MOST_LARGE && !(self.huge && candidate.label == HUGE_TEXT))
    }

    /// Whether the value is a new one and not too large for a case.
    fn take(&mut self, candidate: &Candidate, value: &Value) -> bool {
        let key = key_of(value);
        if (candidate.large && key.len() > LARGEST_BYTES) || !self.keys.insert(key) {
            return false;
        }
        self.large += usize::from(candidate.large);
        self.huge |= candidate.label == HUGE_TEXT;
        true
    }
}

/// The violations of all spots of the place: those candidates that are proved, and those that are worth trying all the same.
///
/// The spots take turns: first with keywords that they have no violation of, to a limit; what is left of a lower one is for other
/// violations of the same keywords.
pub fn turns(compiler: &Compiler, request: &Request, prover: Prover) -> Turns {
    let place = prover.spot.of(request);
    let whole = Sample::of(compiler, place, None).ok();
    let found = spots(compiler, place, prover.exact);
    let of = Of { compiler, request, place, prover, whole: whole.as_ref() };
    let mut taken = Taken::default();
    let mut tries: Vec<OfSpot> = found.spots.into_iter().map(|spot| OfSpot::new(of, spot)).collect();
    let most = whole.as_ref().map_or(MOST_KEYWORDS, |whole| (MOST_PARTS / whole.parts).clamp(FEWEST, MOST_KEYWORDS));
    let mut listed = 0;
    for (keywords, limit) in [(true, most), (false, most.min(MOST_OF_A_PLACE))] {
        let mut waiting: VecDeque<usize> = (0..tries.len()).collect();
        while listed < limit
            && let Some(index) = waiting.pop_front()
        {
            let count = tries[index].turn(&mut taken, limit - listed, keywords);
            listed += count;
            if count > 0 {
                waiting.push_back(index);
            }
        }
    }
    let missing = tries.iter().filter(|one| !one.is_begun).count() + found.more;
    let told = || format!("left out: {}: violations of {missing} parts: there are too many", place.key);
    let mut turns = Turns { keywords: vec![], variants: vec![], unlisted: vec![], left_out: (missing > 0).then(told) };
    let mut waiting: VecDeque<usize> = (0..tries.len()).collect();
    while turns.unlisted.len() < MOST_UNLISTED
        && let Some(index) = waiting.pop_front()
    {
        if let Some(more) = tries[index].unlisted() {
            turns.unlisted.push(more);
            waiting.push_back(index);
        }
    }
    for one in &mut tries {
        if one.is_container() {
            turns.keywords.extend(take(&mut one.keywords).into_iter().map(|one| vec![one]));
        } else {
            turns.keywords.push(take(&mut one.keywords));
        }
        turns.variants.push(take(&mut one.variants));
    }
    turns
}

/// What keyword is violated, and of which property.
fn group(candidate: &Candidate) -> (String, Option<String>) {
    let (keyword, which) = candidate.label.split_once('/').unwrap_or((&candidate.label, ""));
    let which = match keyword {
        "propertyNames" => None,
        "allOf" => Some(which.to_owned()),
        "oneOf" if which == "none" => Some(which.to_owned()),
        _ => candidate.property.clone(),
    };
    (keyword.to_owned(), which)
}

/// What all spots have in common.
#[derive(Clone, Copy)]
struct Of<'a> {
    compiler: &'a Compiler,
    request: &'a Request,
    place: &'a Place,
    prover: Prover,
    whole: Option<&'a Sample>,
}

/// The violations of one spot, one after the other.
struct OfSpot<'a> {
    of: Of<'a>,
    spot: PartSpot,
    steer: Option<Steer>,
    keywords: Vec<Violation>,
    variants: Vec<Violation>,
    is_begun: bool,
    /// Whether it is violated in the sample of the place.
    as_is: bool,
    /// Where it is not.
    steered: Option<Sample>,
    left: VecDeque<Candidate>,
    aside: VecDeque<Candidate>,
    groups: HashSet<(String, Option<String>)>,
}

impl<'a> OfSpot<'a> {
    fn new(of: Of<'a>, spot: PartSpot) -> Self {
        let steer = wrapped(&spot.way, None);
        Self {
            of,
            spot,
            steer,
            keywords: vec![],
            variants: vec![],
            is_begun: false,
            as_is: false,
            steered: None,
            left: VecDeque::new(),
            aside: VecDeque::new(),
            groups: HashSet::new(),
        }
    }

    fn sample(&self) -> Option<&Sample> {
        if self.as_is { self.of.whole } else { self.steered.as_ref() }
    }

    fn part(&self) -> Option<&Value> {
        part_at(&self.sample()?.whole, &self.spot.tokens).ok()
    }

    fn is_container(&self) -> bool {
        matches!(self.part(), Some(Value::Map(_) | Value::List(_)))
    }

    /// Takes the next: with `keywords` one of which there is none yet, of an object or array all of these; how many that were.
    ///
    /// Of these at most so many, and at the root half of them: names that are required may be more than is left for all others.
    fn turn(&mut self, taken: &mut Taken, most: usize, keywords: bool) -> usize {
        if !self.is_begun {
            self.begin();
        }
        let wanted = match keywords && self.is_container() {
            false => 1,
            true if self.spot.tokens.is_empty() => most / 2,
            true => most,
        };
        (0..wanted).take_while(|_| self.next(taken, keywords)).count()
    }

    fn next(&mut self, taken: &mut Taken, keywords: bool) -> bool {
        while let Some(candidate) = self.candidate(keywords) {
            let group = group(&candidate);
            if keywords && self.groups.contains(&group) {
                self.aside.push_back(candidate);
                continue;
            }
            if let Some(made) = self.made(candidate, taken) {
                self.groups.insert(group);
                if keywords { &mut self.keywords } else { &mut self.variants }.push(made);
                return true;
            }
        }
        false
    }

    fn candidate(&mut self, keywords: bool) -> Option<Candidate> {
        if keywords { self.left.pop_front() } else { self.aside.pop_front().or_else(|| self.left.pop_front()) }
    }

    /// The next of those that are not looked at, as they are tried at random; None behind the last.
    fn unlisted(&mut self) -> Option<Violation> {
        while let Some(candidate) = self.candidate(false) {
            if self.may_be(&candidate) && !candidate.large && candidate.unproved.is_empty() {
                return Some(self.violation(candidate, Value::Null, true));
            }
        }
        None
    }

    fn begin(&mut self) {
        self.is_begun = true;
        let Of { compiler, place, prover, .. } = self.of;
        self.as_is = self.is_in_own_sample();
        if !self.as_is {
            self.steered = Sample::of(compiler, place, self.steer.as_ref()).ok();
        }
        let Some(part) = self.part() else { return };
        let in_body = matches!(prover.spot, Spot::Body(_));
        let mut tried = Found(vec![]);
        if prover.exact && self.spot.first {
            combined(compiler, place, &self.spot, part, &mut tried);
        }
        tried.0.extend(candidates(compiler, &self.spot, part, prover.exact, in_body).0);
        self.left = tried.0.into();
    }

    /// Whether the sample of the place has the part, with anything in it, and there is no other alternative to be of.
    fn is_in_own_sample(&self) -> bool {
        let Some(whole) = self.of.whole else { return false };
        if self.spot.way.iter().any(|step| matches!(step, Step::Branch(_))) {
            return false;
        }
        let Ok(part) = part_at(&whole.whole, &self.spot.tokens) else { return false };
        let is_nothing = match part {
            Value::Null => true,
            Value::Map(map) => map.is_empty(),
            Value::List(items) => items.is_empty(),
            _ => false,
        };
        self.spot.tokens.is_empty() || !is_nothing
    }

    /// Whether it would be the only thing that is wrong.
    fn may_be(&self, candidate: &Candidate) -> bool {
        let is_whole =
            self.spot.tokens.is_empty() && matches!(candidate.change, PartChange::Put(_) | PartChange::Letters);
        is_whole || self.sample().is_some_and(|sample| sample.certain)
    }

    fn made(&self, candidate: Candidate, taken: &mut Taken) -> Option<Violation> {
        if !self.may_be(&candidate) || !taken.has_room(&candidate) {
            return None;
        }
        let Of { compiler, request, place, prover, .. } = self.of;
        let sample = self.sample()?;
        let part = candidate.change.of(self.part()?, None)?;
        let value = replaced(&sample.whole, &self.spot.tokens, part);
        if !place.realm.can_hold(&value) {
            return None;
        }
        // What the validator does not know it refuses for another reason: a number for its own rounding, a text for what else is said.
        let of_unknown_format = candidate.unproved.starts_with("format/");
        let is_proved = !of_unknown_format && prover.proves(compiler, request, &value);
        if (!is_proved && candidate.unproved.is_empty()) || !taken.take(&candidate, &value) {
            return None;
        }
        let is_long = sample.parts > MOST_KEPT && matches!(value, Value::Map(_) | Value::List(_));
        let value = if candidate.large || is_long { Value::Null } else { value };
        Some(self.violation(candidate, value, is_proved))
    }

    fn violation(&self, candidate: Candidate, value: Value, is_proved: bool) -> Violation {
        let tokens = self.spot.tokens.iter().chain(&candidate.property);
        let escaped: Vec<String> = tokens.map(|token| token.replace('~', "~0").replace('/', "~1")).collect();
        Violation {
            label: if is_proved { candidate.label } else { candidate.unproved },
            change: Change::Part(candidate.change),
            spot: Some(self.of.prover.spot),
            tokens: self.spot.tokens.clone(),
            pointer: escaped.iter().flat_map(|token| ["/", token]).collect(),
            steer: self.steer.clone(),
            value,
            proved: is_proved,
            prover: Some(self.of.prover),
            large: candidate.large,
            as_is: self.as_is,
        }
    }
}
