//! The order of one operation's cases: which ordinal tries what (GENERATION.md, section 12).

use std::collections::HashSet;

use sentinel_core::compiler::Compiler;
use sentinel_core::interesting::{Variation, variations};
use sentinel_core::kind::key_of;
use sentinel_core::places::{Place, Request};
use sentinel_core::realm::Realm;
use sentinel_wire::api::Operation;

use crate::request::Spot;

use super::combinations::{Combination, combinations};
use super::distinct::{distinct, fuller};

/// What one ordinal tries.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// The most likely request.
    Best,
    /// With every optional part.
    Full,
    /// The most likely request, without credentials.
    BareCredentials,
    /// One documented example.
    Example(Spot, Variation),
    /// One optional parameter.
    Present(Spot),
    /// One parameter without a value.
    EmptyValue(Spot),
    /// One variation of one place.
    Try(Spot, Variation),
    /// Another of the request's bodies.
    Media(usize),
    /// Some of the optional parts together, and which of these combinations it is.
    Combination(usize, Combination),
    /// Everything by the stream.
    Random,
    /// The most likely request, which is the only one, once more.
    Again,
}

impl Entry {
    /// The place that is not as in the best guess.
    pub const fn spot(&self) -> Option<Spot> {
        match self {
            Self::Example(spot, _) | Self::Present(spot) | Self::EmptyValue(spot) | Self::Try(spot, _) => Some(*spot),
            _ => None,
        }
    }

    /// What is done to it.
    pub const fn variation(&self) -> Option<&Variation> {
        match self {
            Self::Example(_, variation) | Self::Try(_, variation) => Some(variation),
            _ => None,
        }
    }
}

/// The entries of the ordinals from 0; what comes then says [`behind`].
pub fn plan(compiler: &Compiler, request: &Request) -> Vec<Entry> {
    let mut entries = vec![Entry::Best];
    let full = fuller(compiler, request);
    if full.differs {
        entries.push(Entry::Full);
    }
    if asks_credentials(&request.operation) {
        entries.push(Entry::BareCredentials);
    }
    let mut tries: Vec<Vec<Entry>> = vec![];
    let parameters = (0..request.places.len()).map(Spot::Parameter);
    for spot in parameters.chain(request.bodies.first().map(|_| Spot::Body(0))) {
        let place = spot.of(request);
        let Some(room) = place.room else { continue };
        let mut rest = vec![];
        if !place.required {
            rest.push(Entry::Present(spot));
        }
        if place.empty_value {
            rest.push(Entry::EmptyValue(spot));
        }
        let found = variations(compiler, place.node, place.realm, room);
        for variation in distinct(compiler, place, found, full.only == Some(spot)) {
            if is_example(&variation) {
                entries.push(Entry::Example(spot, variation));
            } else {
                rest.push(Entry::Try(spot, variation));
            }
        }
        tries.push(rest);
    }
    entries.extend(round_robin(tries));
    entries.extend((1..request.bodies.len()).map(Entry::Media));
    let combinations = combinations(compiler, request).into_iter().enumerate();
    entries.extend(combinations.map(|(index, combination)| Entry::Combination(index, combination)));
    let of_body = |index| of_body(compiler, request, index);
    entries.extend(round_robin(further_bodies(compiler, request).into_iter().map(of_body).collect()));
    entries
}

/// The bodies behind the first that can be made; JSON of the same schema is the same text, whatever it is called.
fn further_bodies(compiler: &Compiler, request: &Request) -> Vec<usize> {
    let mut seen = HashSet::new();
    let is_further = |(index, body): (usize, &Place)| {
        let is_new =
            body.realm != Realm::Json || { seen.insert(key_of(&compiler.node(body.node).schemas.clone().into())) };
        (index > 0 && body.room.is_some() && is_new).then_some(index)
    };
    request.bodies.iter().enumerate().filter_map(is_further).collect()
}

fn of_body(compiler: &Compiler, request: &Request, index: usize) -> Vec<Entry> {
    let body = &request.bodies[index];
    let Some(room) = body.room else { return vec![] };
    let found = variations(compiler, body.node, body.realm, room);
    let entry = |variation: Variation| {
        let make = if is_example(&variation) { Entry::Example } else { Entry::Try };
        make(Spot::Body(index), variation)
    };
    distinct(compiler, body, found, false).into_iter().map(entry).collect()
}

fn is_example(variation: &Variation) -> bool {
    variation.pointer.is_empty() && variation.label.starts_with("example/")
}

/// Of the random cases, those that go without credentials.
const BARE_EVERY: usize = 64;
const BARE_AT: usize = 15;

/// The entry of an ordinal behind the plan, the first of which has index 0: random, or where there is nothing to choose the same again;
/// none: an end.
///
/// What a safe request shows changes with what others do; an unsafe one is not repeated. Without credentials once in a while, as the one
/// time before may have met a conflict.
pub fn behind(request: &Request, index: usize) -> Option<&'static Entry> {
    if !request.places.is_empty() || !request.bodies.is_empty() {
        let is_bare = index % BARE_EVERY == BARE_AT && asks_credentials(&request.operation);
        return Some(if is_bare { &Entry::BareCredentials } else { &Entry::Random });
    }
    matches!(request.operation.method.as_str(), "GET" | "HEAD").then_some(&Entry::Again)
}

/// Whether every way to call the operation needs a credential.
fn asks_credentials(operation: &Operation) -> bool {
    !operation.security.is_empty() && operation.security.iter().all(|requirement| !requirement.is_empty())
}

/// The first of each list, then the second of each, and so on.
fn round_robin(lists: Vec<Vec<Entry>>) -> Vec<Entry> {
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut taken = vec![];
    loop {
        let before = taken.len();
        taken.extend(lists.iter_mut().filter_map(Iterator::next));
        if taken.len() == before {
            return taken;
        }
    }
}
