//! Making objects: which properties, then their values (GENERATION.md, section 9).

use std::sync::Arc;

use sentinel_wire::{Map, Value};

use crate::compiler::Compiler;
use crate::maker::{GaveUp, Maker, Mode, VALUES_BEFORE_THRIFT};
use crate::samples::first_sample;
use crate::schema::{Flat, NodeId, memo};
use crate::steer::Steer;
use crate::text;

/// Optional parts deeper than this are not even in the fullest value.
const FULL_LEVELS: i32 = 3;

/// An object of the alternative.
pub fn make(maker: &mut Maker, flat: &Flat, room: i32, steer: Option<&Steer>) -> Result<Value, GaveUp> {
    let mut pairs = vec![];
    for name in names(maker, flat, room, steer) {
        let inner = match steer {
            Some(Steer::Property(wanted, inner)) if *wanted == name => inner.as_deref(),
            _ => None,
        };
        let value = match (flat.property(&name), inner) {
            (None, Some(Steer::Emit(value))) => value.clone(),
            (None, _) => maker.anything(&name),
            (Some(node), _) => {
                let node = maker.compiler.node(node);
                maker.value(&node, &name, room - 1, inner)?
            }
        };
        pairs.push((name, value));
    }
    Ok(Map::from_pairs(pairs).into())
}

/// Which properties the object gets, in order.
fn names(maker: &mut Maker, flat: &Flat, room: i32, steer: Option<&Steer>) -> Vec<Arc<str>> {
    let compiler = maker.compiler;
    let wanted = match steer {
        Some(Steer::Property(name, _)) => Some(name),
        _ => None,
    };
    let is_bare = matches!(steer, Some(Steer::Bare));
    let mode = match maker.mode {
        Mode::Best if !is_bare && says_nothing_of_need(compiler, flat, room) => Mode::Full,
        mode => mode,
    };
    let is_needed = |name: &Arc<str>| wanted == Some(name) || flat.is_required(name);
    let mut names: Vec<Arc<str>> = vec![];
    let mut possible: Vec<&Arc<str>> = vec![];
    for (name, node) in flat.properties.iter() {
        if is_needed(name) {
            names.push(Arc::clone(name));
        } else if can_be_sent(compiler, node, room) {
            possible.push(name);
            if !is_bare && takes(maker, mode, node, room) {
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
    if mode == Mode::Random && flat.open && room > 0 && !is_bare {
        add_unnamed(maker, flat, &mut names, room);
    }
    counted(flat, names, &possible, is_needed)
}

/// Whether no property is required and none has a sample: such a document mostly just does not say what is needed.
fn says_nothing_of_need(compiler: &Compiler, flat: &Flat, room: i32) -> bool {
    memo(&flat.needless, room, || {
        let is_said = |(_, node)| can_be_sent(compiler, node, room) && has_sample(compiler, node, room);
        flat.required.is_empty() && !flat.properties.iter().any(is_said)
    })
}

/// Whether an optional property can be put in: something fits, and it is not read-only.
fn can_be_sent(compiler: &Compiler, node: NodeId, room: i32) -> bool {
    let node = compiler.node(node);
    room > 0 && node.fits(compiler, room - 1) && !node.alternatives(compiler)[0].read_only
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

/// One time in four, a property that the schema does not name.
fn add_unnamed(maker: &mut Maker, flat: &Flat, names: &mut Vec<Arc<str>>, room: i32) {
    if maker.draws.below(4) == 0 {
        let name = text::word(maker.draws);
        let compiler = maker.compiler;
        let is_new = names.iter().all(|known| **known != *name) && flat.properties.get(name).is_none();
        if is_new && flat.additional.is_none_or(|node| compiler.node(node).fits(compiler, room - 1)) {
            names.push(name.into());
        }
    }
}

/// The names, made as many as the schema asks for.
fn counted(
    flat: &Flat,
    mut names: Vec<Arc<str>>,
    possible: &[&Arc<str>],
    is_needed: impl Fn(&Arc<str>) -> bool,
) -> Vec<Arc<str>> {
    let least = usize::try_from(flat.min_properties).unwrap_or(usize::MAX);
    if names.len() < least {
        let has = |name: &Arc<str>| names.contains(name);
        let added: Vec<&Arc<str>> =
            possible.iter().copied().filter(|name| !has(name)).take(least - names.len()).collect();
        let is_chosen = |name: &&Arc<str>| has(name) || added.contains(name);
        let mut chosen: Vec<Arc<str>> =
            flat.properties.iter().map(|(name, _)| name).filter(is_chosen).cloned().collect();
        chosen.extend(names.into_iter().filter(|name| flat.properties.get(name).is_none()));
        let mut number = 1;
        while chosen.len() < least {
            let name: Arc<str> = format!("extra{number}").into();
            if flat.properties.get(&name).is_none() && !chosen.contains(&name) {
                chosen.push(name);
            }
            number += 1;
        }
        names = chosen;
    }
    if let Some(most) = flat.max_properties {
        let excess = names.len().saturating_sub(usize::try_from(most).unwrap_or(usize::MAX));
        let dropped: Vec<Arc<str>> = names.iter().rev().filter(|name| !is_needed(name)).take(excess).cloned().collect();
        for name in dropped {
            if let Some(at) = names.iter().position(|known| *known == name) {
                names.remove(at);
            }
        }
    }
    names
}
