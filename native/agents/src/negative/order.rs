//! Which violation a random case has (GENERATION.md, section 19).

use std::collections::HashMap;

use sentinel_core::compiler::Compiler;
use sentinel_core::places::{Place, Request};
use sentinel_core::random::Draws;
use sentinel_core::variety::{Beside, MANY, variety_of};

use super::change::{Change, PartChange};
use super::violation::Violation;
use crate::request::Spot;

/// Of so many requests that a violation can have one is made: of more many would be made twice.
const SHARE: usize = 4;
/// That are longer, at random.
const LENGTHS: usize = 64;

/// What is tried at random.
#[derive(Debug)]
pub struct Varied {
    /// Which violation, by an index of the plan.
    pub index: usize,
    /// So many times; None: without an end.
    pub turns: Option<usize>,
    /// Optional parameters that are sent as well.
    pub also: Vec<usize>,
}

/// A part of the stream, in which the same violations take turns.
#[derive(Debug)]
struct Taking {
    first: usize,
    entries: Vec<usize>,
}

/// All violations take turns, each as often as its requests may differ.
#[derive(Debug)]
pub struct Order {
    entries: Vec<Varied>,
    parts: Vec<Taking>,
    end: Option<usize>,
}

impl Order {
    fn new(entries: Vec<Varied>) -> Self {
        let mut counts: Vec<usize> = entries.iter().filter_map(|one| one.turns).collect();
        counts.sort_unstable();
        counts.dedup();
        let taking = |least: Option<usize>| -> Vec<usize> {
            let takes = |one: &Varied| one.turns.is_none_or(|turns| least.is_some_and(|least| turns >= least));
            (0..entries.len()).filter(|index| takes(&entries[*index])).collect()
        };
        let mut parts = vec![];
        let (mut first, mut before) = (0, 0);
        for count in counts {
            let entries = taking(Some(count));
            let next = first + (count - before) * entries.len();
            parts.push(Taking { first, entries });
            (first, before) = (next, count);
        }
        let endless = taking(None);
        let end = endless.is_empty().then_some(first);
        if end.is_none() {
            parts.push(Taking { first, entries: endless });
        }
        Self { entries, parts, end }
    }

    /// Those that take turns there, the one whose turn it is first; none behind the end.
    pub fn at(&self, index: usize) -> Option<Turn<'_>> {
        if self.end.is_some_and(|end| index >= end) {
            return None;
        }
        let Taking { first, entries } = &self.parts[self.parts.partition_point(|part| part.first <= index) - 1];
        Some(Turn { entries: &self.entries, taking: entries, at: (index - first) % entries.len() })
    }
}

/// Those that take turns at an ordinal.
pub struct Turn<'a> {
    entries: &'a [Varied],
    taking: &'a [usize],
    at: usize,
}

impl<'a> Turn<'a> {
    /// The one whose turn it is.
    pub fn first(&self) -> &'a Varied {
        &self.entries[self.taking[self.at]]
    }

    /// One of all of them.
    pub fn other(&self, draws: &mut Draws) -> &'a Varied {
        &self.entries[self.taking[draws.index(self.taking.len())]]
    }
}

/// Of those that can be tried at random, by their indices.
pub fn order<'a>(
    compiler: &Compiler,
    request: &Request,
    violations: impl Iterator<Item = (usize, &'a Violation)>,
) -> Order {
    let mut places: HashMap<Spot, OfPlace> = HashMap::new();
    let mut entries = vec![];
    for (index, one) in violations {
        let (Some(spot), Change::Part(change)) = (one.spot, &one.change) else { continue };
        let place = places.entry(spot).or_insert_with(|| OfPlace::new(compiler, request, spot));
        let turns = place.turns(one, change);
        if turns != Some(0) {
            entries.push(Varied { index, turns, also: place.also.clone() });
        }
    }
    Order::new(entries)
}

/// What of the requests differs beside a violation of the place.
struct OfPlace<'a> {
    rest: usize,
    own: Beside<'a>,
    known: HashMap<Option<Vec<String>>, usize>,
    /// All other optional parameters, where what is required does not differ by much: without them most requests were the same.
    also: Vec<usize>,
}

impl<'a> OfPlace<'a> {
    fn new(compiler: &'a Compiler, request: &'a Request, spot: Spot) -> Self {
        let is_body = matches!(spot, Spot::Body(_));
        let is_other = |(index, _): &(usize, &Place)| spot != Spot::Parameter(*index);
        let others: Vec<(usize, &Place)> = request.places.iter().enumerate().filter(is_other).collect();
        let variety = |places: &[&Place], has_bodies: bool| {
            let bodies = if has_bodies { request.bodies.as_slice() } else { &[] };
            variety_of(compiler, places, bodies, request.body_required)
        };
        let needed: Vec<&Place> = others.iter().map(|(_, one)| *one).filter(|one| one.required).collect();
        let is_wide = is_body || variety(&needed, request.body_required) >= MANY;
        let may_be = |(_, one): &&(usize, &Place)| !one.required && one.room.is_some() && !is_wide;
        Self {
            rest: variety(&others.iter().map(|(_, one)| *one).collect::<Vec<_>>(), !is_body),
            own: Beside::new(compiler, spot.of(request)),
            known: HashMap::new(),
            also: others.iter().filter(may_be).map(|(index, _)| *index).collect(),
        }
    }

    /// How often it is tried; None: without an end.
    fn turns(&mut self, violation: &Violation, change: &PartChange) -> Option<usize> {
        let mut own = 1;
        let mut tokens = Some(violation.tokens.clone());
        match change {
            PartChange::Letters | PartChange::Beyond { .. } => return None,
            PartChange::Sized { longer: true, .. } => own = LENGTHS,
            PartChange::Sized { length, .. } => own = usize::try_from(length + 1).unwrap_or(MANY),
            PartChange::Put(_) => {}
            PartChange::Without(name) => {
                tokens = Some([violation.tokens.as_slice(), std::slice::from_ref(name)].concat());
            }
            PartChange::With(..) | PartChange::Members { .. } | PartChange::Repeat => tokens = None,
        }
        let count = |own: &mut Beside| (self.rest * own.count(tokens.as_deref())).min(MANY);
        let known = self.known.entry(tokens.clone()).or_insert_with(|| count(&mut self.own));
        let count = own * *known;
        (count < MANY).then_some(count / SHARE)
    }
}
