//! The items of an array: those of all members, and places kept for what it must contain (GENERATION.md, section 8).

use sentinel_wire::Value;

use crate::compiler::Compiler;
use crate::parts::{Member, Scopes};
use crate::schema::Flat;

const MAX_KEPT: u64 = 1024;

/// What an array must contain, how often at least and at most.
struct Contained {
    schema: Value,
    low: u64,
    high: Option<u64>,
    /// The index of the first place kept for it.
    first: u64,
    scopes: Scopes,
}

impl Contained {
    fn keeps(&self, index: usize) -> bool {
        (self.first..self.first.saturating_add(self.low)).contains(&(index as u64))
    }
}

/// Sets what the members say of items, `flat`'s bounds of their number being set.
pub fn arrays(flat: &mut Flat, members: &[Member], compiler: &Compiler) {
    let longest = members.iter().map(|member| prefix(member).len()).max().unwrap_or(0);
    let mut contained = contained(flat, members, compiler, longest as u64);
    flat.asks_contained = !contained.is_empty();
    flat.contained =
        contained.iter().map(|part| (compiler.node_of(std::slice::from_ref(&part.schema)), part.low)).collect();
    flat.is_placed = contained.len() > usize::from(longest == 0);
    let closed = members.iter().filter(|member| member.get("items") == Some(&Value::Bool(false)));
    let limit = closed.map(|member| prefix(member).len() as u64).chain(flat.max_items).min();
    let exceeds = |most: Option<u64>, least: u64| most.is_some_and(|most| most < least);
    let cannot = |part: &Contained| part.schema == Value::Bool(false) && part.low > 0;
    let crosses = contained.iter().any(|part| exceeds(part.high, part.low) || exceeds(limit, part.low) || cannot(part));
    let ends = |part: &Contained| part.first.saturating_add(part.low);
    let mut end = contained.iter().map(ends).fold(longest as u64, u64::max);
    if end - longest as u64 > MAX_KEPT {
        flat.risky = true;
        contained.clear();
        end = longest as u64;
    }
    if crosses {
        flat.min_items = 1;
        flat.max_items = Some(0);
    }
    let end = usize::try_from(end).unwrap_or(usize::MAX);
    let at = |index: usize| items(members, &contained, index, compiler);
    flat.tuple_items = longest;
    flat.prefix = (0..end).map(|index| compiler.node_of(&at(index))).collect();
    let rest = at(end);
    flat.items = (!rest.is_empty()).then(|| compiler.node_of(&rest));
    let needed = contained.iter().filter(|part| part.low > 0).map(ends);
    flat.min_items = needed.fold(flat.min_items, u64::max);
}

/// The schemas of the item at an index.
fn items(members: &[Member], contained: &[Contained], index: usize, compiler: &Compiler) -> Vec<Value> {
    let mut parts: Vec<Value> = members.iter().filter_map(|member| own(member, index)).cloned().collect();
    let mut evaluated: Vec<usize> = vec![];
    for part in contained {
        if part.keeps(index) {
            parts.push(part.schema.clone());
            evaluated.extend(part.scopes.iter());
        } else if part.high.is_some() {
            parts.push(compiler.denied(&part.schema));
        }
    }
    parts.extend(unevaluated(members, index, &evaluated));
    parts
}

/// What must be contained: each at places of its own behind the prefix, or before where there is no room, at worst at the same.
fn contained(flat: &Flat, members: &[Member], compiler: &Compiler, longest: u64) -> Vec<Contained> {
    let lows: Vec<u64> = members
        .iter()
        .filter(|member| member.has("contains"))
        .map(|member| count(member, "minContains").unwrap_or(1))
        .collect();
    let sum = lows.iter().fold(0, |sum: u64, low| sum.saturating_add(*low));
    let together = flat.max_items.is_some_and(|most| sum > most);
    let places = if together { lows.iter().copied().max().unwrap_or(0) } else { sum };
    let is_false = |member: &Member, keyword| member.get(keyword) == Some(&Value::Bool(false));
    let is_closed = members.iter().any(|member| is_false(member, "items") || is_false(member, "unevaluatedItems"));
    let limit = flat.max_items.into_iter().chain(is_closed.then_some(longest)).min();
    let mut first = limit.map_or(longest, |limit| longest.min(limit.saturating_sub(places)));
    if longest > 0 {
        let schemas = members.iter().filter_map(|member| member.get("contains"));
        let wanted: Vec<(&Value, u64)> = schemas.zip(lows.iter().copied()).collect();
        first = (0..=first).rev().find(|at| goes(&wanted, *at, members, compiler, together)).unwrap_or(first);
    }
    let mut found = vec![];
    for (member, low) in members.iter().filter(|member| member.has("contains")).zip(lows) {
        found.push(Contained {
            schema: member.get("contains").cloned().unwrap_or_default(),
            low,
            high: count(member, "maxContains"),
            first,
            scopes: Scopes::clone(&member.scopes),
        });
        if !together {
            first = first.saturating_add(low);
        }
    }
    found
}

/// Whether what is wanted can be kept from an index on, as far as that is plain.
fn goes(wanted: &[(&Value, u64)], first: u64, members: &[Member], compiler: &Compiler, together: bool) -> bool {
    let mut first = first;
    wanted.iter().all(|(schema, low)| {
        let is_free = |index: u64| {
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            let mut parts = members.iter().filter_map(|member| own(member, index));
            !parts.any(|part| compiler.told_apart(part, schema))
        };
        let fits = (first..first.saturating_add(*low.min(&MAX_KEPT))).all(is_free);
        if !together {
            first = first.saturating_add(*low);
        }
        fits
    })
}

/// The `unevaluatedItems` that hold for an index: those in whose scope nothing says what the item is, nor what contains it.
fn unevaluated(members: &[Member], index: usize, evaluated: &[usize]) -> Vec<Value> {
    let says = |other: &Member| other.has("items") || index < prefix(other).len();
    let mut found = vec![];
    for (owner, member) in members.iter().enumerate() {
        let Some(schema) = member.get("unevaluatedItems") else { continue };
        let Some(scope) = member.scopes.last().filter(|scope| !evaluated.contains(scope)) else { continue };
        let mut inside =
            members.iter().enumerate().filter(|(_, other)| other.scopes.contains(scope) && other.evaluates());
        if !inside.any(|(at, other)| says(other) || (at != owner && other.has("unevaluatedItems"))) {
            found.push(schema.clone());
        }
    }
    found
}

/// What one member says of the item at an index.
fn own(member: &Member, index: usize) -> Option<&Value> {
    prefix(member).get(index).or_else(|| member.get("items"))
}

fn prefix(member: &Member) -> &[Value] {
    member.get("prefixItems").and_then(Value::as_list).unwrap_or_default()
}

fn count(member: &Member, keyword: &str) -> Option<u64> {
    match member.get(keyword) {
        Some(Value::Int(count)) => u64::try_from(*count).ok(),
        _ => None,
    }
}
