//! Making objects: which properties, then their values (GENERATION.md, section 9).

use std::collections::HashSet;
use std::sync::Arc;

use sentinel_wire::{Map, Value};

use crate::compiler::Compiler;
use crate::existence::Existence;
use crate::maker::{Maker, Mode, VALUES_BEFORE_THRIFT};
use crate::naming::Naming;
use crate::random::Draws;
use crate::samples::first_sample;
use crate::schema::{Flat, NodeId, memo};
use crate::steer::Steer;
use crate::text;

/// Optional parts deeper than this are not even in the fullest value.
const FULL_LEVELS: i32 = 3;
const MADE_UP_TRIES: u64 = 64;
/// Members of a map than need be.
const MOST_MORE: u64 = 3;

/// An object of the alternative.
pub(crate) fn make(maker: &mut Maker, flat: &Flat, room: i32, steer: Option<&Steer>) -> Result<Value, Existence> {
    let mut pairs = vec![];
    for name in names(maker, flat, room, steer)? {
        let inner = match steer {
            Some(Steer::Property(wanted, inner)) if *wanted == name => inner.as_deref(),
            _ => None,
        };
        let node = flat.property(maker.compiler, &name);
        let value = maker.part(node, &name, room, inner).map_err(|why| why.below(&name))?;
        pairs.push((name, value));
    }
    Ok(Map::from_pairs(pairs).into())
}

/// Which properties the object gets, in order.
fn names(maker: &mut Maker, flat: &Flat, room: i32, steer: Option<&Steer>) -> Result<Vec<Arc<str>>, Existence> {
    let compiler = maker.compiler;
    let wanted = match steer {
        Some(Steer::Property(name, _)) => Some(name),
        _ => None,
    };
    let only = match steer {
        Some(Steer::Only(names)) => Some(names),
        _ => None,
    };
    let (least, most) = match steer {
        Some(Steer::Size(count)) => (*count, Some(*count)),
        _ => (flat.min_properties, flat.max_properties),
    };
    let mode = match maker.mode {
        Mode::Best if only.is_none() && says_nothing_of_need(compiler, flat, room) => Mode::Full,
        mode => mode,
    };
    let company: Vec<&str> = wanted.map(|name| flat.company(name).collect()).unwrap_or_default();
    let is_needed = |name: &Arc<str>| wanted == Some(name) || flat.is_required(name) || company.contains(&&**name);
    let mut names: Vec<Arc<str>> = vec![];
    let mut possible: Vec<&Arc<str>> = vec![];
    for (name, node) in flat.declared(compiler) {
        if is_needed(name) {
            names.push(Arc::clone(name));
        } else if can_be_sent(compiler, flat, name, node, room) {
            possible.push(name);
            if only.map_or_else(|| takes(maker, mode, node, room), |only| only.contains(name)) {
                names.push(Arc::clone(name));
            }
        }
    }
    names.extend(
        flat.required.iter().filter(|name| flat.properties.get(name).is_none()).map(|name| name.as_str().into()),
    );
    if let Some(wanted) = wanted
        && !names.contains(wanted)
    {
        names.push(Arc::clone(wanted));
    }
    if mode == Mode::Random && flat.open && room > 0 && only.is_none() {
        add_unnamed(maker, flat, &mut names, room);
    }
    if !flat.dependents.is_empty() {
        add_dependents(flat, &mut names);
    }
    let least = usize::try_from(least).unwrap_or(usize::MAX);
    if names.len() < least {
        names = more(flat, names, &possible, least);
        add_made_up(maker, flat, &mut names, room, least)?;
    }
    let most = most.and_then(|most| usize::try_from(most).ok());
    Ok(if let Some(most) = most { fewer(flat, names, is_needed, most) } else { names })
}

/// Whether an object of so many properties can be made.
pub(crate) fn can_have(maker: &mut Maker, flat: &Flat, room: i32, count: u64) -> bool {
    names(maker, flat, room, Some(&Steer::Size(count))).is_ok_and(|names| names.len() as u64 == count)
}

/// Whether no property is required and none has a sample: such a document mostly just does not say what is needed.
fn says_nothing_of_need(compiler: &Compiler, flat: &Flat, room: i32) -> bool {
    memo(&flat.needless, room, || {
        let is_said = |(name, node): (&Arc<str>, _)| {
            can_be_sent(compiler, flat, name, node, room) && has_sample(compiler, node, room)
        };
        flat.required.is_empty() && !flat.declared(compiler).any(is_said)
    })
}

/// Whether an optional property can be put in: something fits, and it is not read-only.
#[must_use]
pub fn can_be_sent(compiler: &Compiler, flat: &Flat, name: &str, node: NodeId, room: i32) -> bool {
    flat.may_be_sent(compiler, name, room) && !compiler.node(node).alternatives(compiler)[0].read_only
}

/// Whether the alternative that is made first has a sample.
fn has_sample(compiler: &Compiler, node: NodeId, room: i32) -> bool {
    let node = compiler.node(node);
    let first = node.fitting(compiler, room - 1)[0];
    first_sample(compiler, &node, &node.alternatives(compiler)[first]).is_some()
}

/// Whether an optional property is put in.
fn takes(maker: &mut Maker, mode: Mode, node: NodeId, room: i32) -> bool {
    if maker.made > VALUES_BEFORE_THRIFT {
        return false;
    }
    match mode {
        Mode::Best => has_sample(maker.compiler, node, room),
        Mode::Full => maker.room - room < FULL_LEVELS,
        Mode::Random => maker.draws.below(4) < if room == maker.room { 2 } else { 1 },
    }
}

/// Properties that the schema does not name: one time in four one; where it names none, as many as an array has items.
fn add_unnamed(maker: &mut Maker, flat: &Flat, names: &mut Vec<Arc<str>>, room: i32) {
    let is_map = flat.properties.iter().next().is_none();
    let count = if is_map { members(maker, flat, room) } else { u64::from(maker.draws.below(4) == 0) };
    for _ in 0..count {
        let made = match &flat.naming {
            Some(naming) => {
                let state = maker.draws.next();
                made_up(maker, flat, naming, state, room)
            }
            None => Some(text::word(maker.draws).to_owned()),
        };
        if let Some(name) = made
            && is_new(flat, names, &name)
            && flat.may_be_sent(maker.compiler, &name, room)
        {
            names.push(name.into());
        }
    }
}

/// How many members a map gets at random.
fn members(maker: &mut Maker, flat: &Flat, room: i32) -> u64 {
    let low = flat.min_properties;
    if maker.room - room >= 2 || maker.made > VALUES_BEFORE_THRIFT {
        return low;
    }
    let more = flat.max_properties.map_or(MOST_MORE, |most| MOST_MORE.min(most - low));
    low + maker.draws.below(more + 1)
}

fn is_new(flat: &Flat, names: &[Arc<str>], name: &str) -> bool {
    names.iter().all(|known| **known != *name) && flat.properties.get(name).is_none()
}

/// The names that must be there with those that are, behind them.
fn add_dependents(flat: &Flat, names: &mut Vec<Arc<str>>) {
    for name in names.clone() {
        for other in flat.company(&name) {
            if names.iter().all(|known| **known != *other) {
                names.push(other.into());
            }
        }
    }
}

/// A name that the schema does not declare but speaks of, out of the stream of this state; None where none was made.
fn made_up(maker: &Maker, flat: &Flat, naming: &Naming, state: u64, room: i32) -> Option<String> {
    let compiler = maker.compiler;
    let is_open = flat.additional.is_none_or(|node| compiler.node(node).fits(compiler, room - 1));
    let plain = (naming.names.is_none() && is_open).then_some(None);
    let sources: Vec<Option<NodeId>> = plain.into_iter().chain(naming.texts.iter().copied().map(Some)).collect();
    let mut draws = Draws::of(state);
    let index = if sources.len() > 1 { draws.index(sources.len()) } else { 0 };
    match sources.get(index)? {
        None => Some(text::word(&mut draws).to_owned()),
        Some(node) => maker.text(*node, &mut draws),
    }
}

/// The names, and optional ones at their places, as many as there must be or there are.
fn more(flat: &Flat, names: Vec<Arc<str>>, possible: &[&Arc<str>], least: usize) -> Vec<Arc<str>> {
    let mut chosen: HashSet<Arc<str>> = names.iter().cloned().collect();
    for name in possible {
        if chosen.len() < least {
            chosen.insert(Arc::clone(name));
            chosen.extend(flat.company(name).map(Arc::from));
        }
    }
    let declared = flat.properties.iter().map(|(name, _)| name).filter(|name| chosen.contains(*name)).cloned();
    let others = names.into_iter().filter(|name| flat.properties.get(name).is_none());
    let mut more: Vec<Arc<str>> = declared.chain(others).collect();
    let mut rest: Vec<Arc<str>> = chosen.into_iter().filter(|name| !more.contains(name)).collect();
    rest.sort_unstable();
    more.extend(rest);
    more
}

/// As many names more as there must be: `extra1`, `extra2`, ..., or where names are spoken of, what is said.
fn add_made_up(
    maker: &Maker,
    flat: &Flat,
    names: &mut Vec<Arc<str>>,
    room: i32,
    least: usize,
) -> Result<(), Existence> {
    let mut number = 1;
    let tries = (least as u64).saturating_mul(4).saturating_add(MADE_UP_TRIES);
    let fits = |node| maker.compiler.node(node).fits(maker.compiler, room - 1);
    let is_plain = flat.naming.is_none() && flat.additional.is_none_or(fits);
    let mut known: HashSet<Arc<str>> = names.iter().cloned().collect();
    while names.len() < least && (is_plain || number <= tries) {
        let made = match &flat.naming {
            Some(naming) => {
                made_up(maker, flat, naming, number, room).filter(|name| flat.may_be_sent(maker.compiler, name, room))
            }
            None => is_plain.then(|| format!("extra{number}")),
        };
        let new = made.filter(|name| flat.properties.get(name).is_none()).map(Arc::from);
        if let Some(name) = new.filter(|name| known.insert(Arc::clone(name))) {
            names.push(name);
        }
        number += 1;
    }
    if names.len() < least { Err(Existence::gave_up("too few names of properties")) } else { Ok(()) }
}

/// As many of the names as there may be: without the last that are not needed, and those that need them.
fn fewer(flat: &Flat, mut names: Vec<Arc<str>>, is_needed: impl Fn(&Arc<str>) -> bool, most: usize) -> Vec<Arc<str>> {
    let droppable: Vec<Arc<str>> = names.iter().rev().filter(|name| !is_needed(name)).cloned().collect();
    for name in droppable {
        if names.len() > most && names.contains(&name) {
            names.retain(|other| *other != name && !flat.company(other).any(|needed| *needed == *name));
        }
    }
    names
}
