//! What is worth trying at a node, one thing at a time, the nearest to the root first (GENERATION.md, section 10).

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use sentinel_wire::Value;

use crate::compiler::Compiler;
use crate::grid;
use crate::interesting_text::strings;
use crate::kind::Kind;
use crate::maker::{Maker, Mode, Vary, text_of};
use crate::object::can_have;
use crate::random::Draws;
use crate::realm::Realm;
use crate::samples::valid_samples;
use crate::schema::{Flat, Node, NodeId};
use crate::steer::{Steer, Step, wrapped};

const MOST_TRIED: usize = 1024;
const MOST_PARTS: usize = 512;
const MOST_LEVELS: usize = 4;
/// So many values of an enum, or examples, count.
pub const MOST_VALUES: usize = 64;
const LARGE: u64 = 16_384;
/// Of a place.
const MOST_LARGE: usize = 2;
const MANY_ITEMS: u64 = 20;
const SEVERAL: u64 = 3;
const MOST_ITEMS_IN_BODIES: u64 = 1024;
const MOST_ITEMS_ELSEWHERE: u64 = 64;

/// One thing to try: at the part that `pointer` (RFC 6901) names, what `label` says, by way of `steer`.
#[derive(Debug, Clone, PartialEq)]
pub struct Variation {
    /// Where.
    pub pointer: String,
    /// What, for people.
    pub label: String,
    /// What, for the maker.
    pub steer: Steer,
}

/// A node within the value, and the way to it from the root.
struct Part {
    node: NodeId,
    way: Vec<Step>,
    pointer: String,
    room: i32,
    level: usize,
    /// Makes sure that the part is there, where it is optional.
    present: Option<Steer>,
}

impl Variation {
    /// Whether few cases may have what it makes: a long text, or many items or properties.
    fn is_large(&self) -> bool {
        let is_many = ["maxItems", "below-maxItems", "maxProperties", "below-maxProperties"].contains(&&*self.label);
        let most = if is_many { MOST_ITEMS_ELSEWHERE } else { LARGE };
        self.steer.length().is_some_and(|length| length > most)
    }
}

/// The first of every part, the nearest to the root first, then the second of every part, and so on: at most 1024, two of them large.
pub fn variations(compiler: &Compiler, node: NodeId, realm: Realm, room: i32) -> Vec<Variation> {
    let mut lists: Vec<_> = lists(compiler, node, realm, room).into_iter().map(Vec::into_iter).collect();
    let mut found = vec![];
    let mut large = 0;
    while !lists.is_empty() {
        lists.retain_mut(|list| {
            let Some(variation) = list.next() else { return false };
            large += usize::from(variation.is_large());
            if !variation.is_large() || large <= MOST_LARGE {
                found.push(variation);
            }
            true
        });
    }
    found.truncate(MOST_TRIED);
    found
}

/// A list for each of the first 512 parts, breadth first, down to four levels; that a part is present stands behind its first.
fn lists(compiler: &Compiler, node: NodeId, realm: Realm, room: i32) -> Vec<Vec<Variation>> {
    let whole = Part { node, way: vec![], pointer: String::new(), room, level: 0, present: None };
    let mut waiting = VecDeque::from([whole]);
    let mut known = 1;
    let mut lists = vec![];
    while let Some(part) = waiting.pop_front() {
        let mut found = vec![];
        let node = compiler.node(part.node);
        let flats = node.alternatives(compiler);
        let fitting = node.fitting(compiler, part.room);
        let many = fitting.len() > 1;
        let mut add = |label: &str, way: &[Step], steer| {
            let Some(steer) = wrapped(way, Some(steer)) else { return };
            found.push(Variation { pointer: part.pointer.clone(), label: label.to_owned(), steer });
        };
        if many {
            for &index in fitting.iter() {
                add(&flats[index].label, &part.way, Steer::Branch(index, None));
            }
        }
        for &index in fitting.iter() {
            let flat = &flats[index];
            let mut way = part.way.clone();
            if many {
                way.push(Step::Branch(index));
            }
            own(compiler, &node, flat, realm, (part.room, part.level == 0), &mut |label, steer| {
                let avoid = flat.avoid.as_ref();
                if !avoid.is_some_and(|avoid| matches!(&steer, Steer::Emit(value) if avoid.has(value))) {
                    add(label, &way, steer);
                }
            });
            if flat.values.is_none() && part.level < MOST_LEVELS && part.room > 0 {
                let mut below = below(compiler, &part, flat, &way, realm);
                below.truncate(MOST_PARTS - known);
                known += below.len();
                waiting.extend(below);
            }
        }
        if let Some(steer) = part.present {
            let present = Variation { pointer: part.pointer, label: "present".to_owned(), steer };
            found.insert(found.len().min(1), present);
        }
        lists.push(found);
    }
    lists
}

/// The parts of an alternative: its declared properties, one of every sort that it does not declare, and its items up to the first
/// behind the prefix, of equal ones the first.
fn below(compiler: &Compiler, part: &Part, flat: &Flat, way: &[Step], realm: Realm) -> Vec<Part> {
    let mut parts = vec![];
    let mut add = |node: NodeId, step: Step, token: &str, present: Option<Steer>| {
        let pointer = format!("{}/{}", part.pointer, token.replace('~', "~0").replace('/', "~1"));
        let way = [way, &[step]].concat();
        parts.push(Part { node, way, pointer, room: part.room - 1, level: part.level + 1, present });
    };
    let usable = flat.usable_kinds(compiler, part.room);
    if usable.has(Kind::Object) {
        for (name, child) in flat.declared(compiler) {
            let is_required = flat.is_required(name);
            let is_possible = is_required || flat.may_hold_more(name);
            if is_possible
                && flat.may_be_sent(compiler, name, part.room)
                && !compiler.node(child).alternatives(compiler)[0].read_only
            {
                let steer = || wrapped(way, Some(Steer::Property(Arc::clone(name), None)));
                add(child, Step::Property(Arc::clone(name)), name, if is_required { None } else { steer() });
            }
        }
        let is_missing =
            |name: &&String| flat.properties.get(name).is_none() && flat.may_be_sent(compiler, name, part.room);
        let required = flat.required.iter().filter(is_missing).cloned();
        let others = undeclared(compiler, flat, realm, part.room).into_iter().map(|(_, name)| name);
        let mut seen = HashSet::new();
        for name in required.chain(others) {
            if let Some(child) = flat.property(compiler, &name).filter(|child| seen.insert(*child)) {
                add(child, Step::Property(name.as_str().into()), &name, None);
            }
        }
    }
    if usable.has(Kind::Array) {
        let mut seen = HashSet::new();
        for (index, child) in items(compiler, flat, part.room - 1) {
            if let Some(child) = child.filter(|child| seen.insert(*child)) {
                let is_optional = index as u64 >= flat.min_items.max(1);
                let present = is_optional.then(|| wrapped(way, Some(Steer::Item(index, None)))).flatten();
                add(child, Step::Item(index), &index.to_string(), present);
            }
        }
    }
    parts
}

/// The items up to the first behind the prefix, as far as there may be so many and they fit.
fn items(compiler: &Compiler, flat: &Flat, room: i32) -> impl Iterator<Item = (usize, Option<NodeId>)> {
    let can_be = move |(index, node): &(usize, Option<NodeId>)| {
        may_have(flat, *index as u64 + 1) && node.is_none_or(|node| compiler.node(node).fits(compiler, room))
    };
    (0..=flat.prefix.len()).map(|index| (index, flat.item(index))).take_while(can_be)
}

/// Takes what is to be tried: its label, and the steer.
pub(crate) type Add<'a> = dyn FnMut(&str, Steer) + 'a;

/// What is worth trying at an alternative itself, not further down.
fn own(compiler: &Compiler, node: &Node, flat: &Flat, realm: Realm, (room, is_whole): (i32, bool), add: &mut Add) {
    if let Some(values) = &flat.values {
        if values.len() > 1 {
            emit_all(values, "enum", 0, realm, add);
        }
        return;
    }
    emit_all(valid_samples(compiler, node, flat), "example", 1, realm, add);
    if !flat.said {
        return;
    }
    let usable = flat.usable_kinds(compiler, room);
    if usable.len() > 1 {
        for kind in usable.iter() {
            add(&format!("type/{}", kind.name()), Steer::OfKind(kind));
        }
    }
    for kind in usable.iter() {
        match kind {
            Kind::Boolean => {
                add("true", Steer::Emit(Value::Bool(true)));
                add("false", Steer::Emit(Value::Bool(false)));
            }
            Kind::Integer => numbers(&flat.integer_grids, add),
            Kind::Number => numbers(&flat.number_grids, add),
            Kind::String => strings(flat, realm, is_whole, add),
            Kind::Array => arrays(compiler, flat, realm, room, add),
            Kind::Object => objects(compiler, flat, realm, room, add),
            Kind::Null => {}
        }
    }
}

fn emit_all(values: &[Value], label: &str, from: usize, realm: Realm, add: &mut Add) {
    for (index, value) in values.iter().enumerate().take(MOST_VALUES).skip(from) {
        if realm.can_hold(value) {
            add(&format!("{label}/{index}"), Steer::Emit(value.clone()));
        }
    }
}

fn numbers(grids: &[grid::Grid], add: &mut Add) {
    for (label, number) in grid::interesting(grids) {
        add(label, Steer::Emit(number.write()));
    }
}

fn objects(compiler: &Compiler, flat: &Flat, realm: Realm, room: i32, add: &mut Add) {
    if flat.properties.iter().any(|(name, _)| !flat.is_required(name)) {
        add("bare", Steer::Only(vec![]));
    }
    let undeclared = undeclared(compiler, flat, realm, room);
    let add_those = |is_additional: bool, add: &mut Add| {
        for (label, name) in undeclared.iter().filter(|(label, _)| (label == "additional") == is_additional) {
            add(label, Steer::Property(name.as_str().into(), None));
        }
    };
    add_those(true, add);
    sizes(compiler, flat, realm, room, add);
    add_those(false, add);
}

/// Names that are not declared, each with the word for it: one that nothing speaks of, one for every pattern that names must match.
fn undeclared(compiler: &Compiler, flat: &Flat, realm: Realm, room: i32) -> Vec<(String, String)> {
    let is_possible = |name: &str| {
        let is_new = flat.properties.get(name).is_none();
        is_new && flat.may_hold_more(name) && flat.may_be_sent(compiler, name, room)
    };
    let additional = flat.open.then(|| ("additional".to_owned(), "extra1".to_owned()));
    let texts = flat.naming.iter().flat_map(|naming| &naming.texts).take(MOST_VALUES).enumerate();
    let named = texts.filter_map(|(index, node)| {
        let name = text_of(compiler, realm, *node, &mut Draws::of(index as u64))?;
        Some((format!("named/{index}"), name))
    });
    additional.into_iter().chain(named).filter(|(_, name)| is_possible(name)).collect()
}

/// Numbers of properties worth trying, each with the word for it.
fn sizes(compiler: &Compiler, flat: &Flat, realm: Realm, room: i32, add: &mut Add) {
    let low = flat.min_properties;
    let mut wishes = vec![];
    if low > 0 {
        wishes.extend([("minProperties", low), ("above-minProperties", low + 1)]);
    }
    match flat.max_properties {
        Some(high) => wishes.extend([("maxProperties", high), ("below-maxProperties", high.wrapping_sub(1))]),
        None if flat.open && flat.properties.iter().next().is_none() => {
            wishes.push(("several-properties", low.max(SEVERAL)));
        }
        None => {}
    }
    let (mut seen, most) = (vec![], most_items(realm));
    for (label, count) in wishes {
        let is_allowed = low <= count && count <= flat.max_properties.map_or(most, |high| high.min(most));
        if !is_allowed || (count == 0 && realm.is_plain()) || seen.contains(&count) {
            continue;
        }
        let (draws, mode, vary) = (&mut Draws::of(0), Mode::Best, Vary::Nothing);
        let mut maker = Maker { compiler, draws, mode, room, realm, vary, made: 0, doubtful: false };
        if can_have(&mut maker, flat, room, count) {
            seen.push(count);
            add(label, Steer::Size(count));
        }
    }
}

const fn most_items(realm: Realm) -> u64 {
    if realm.is_of_bodies() { MOST_ITEMS_IN_BODIES } else { MOST_ITEMS_ELSEWHERE }
}

fn arrays(compiler: &Compiler, flat: &Flat, realm: Realm, room: i32, add: &mut Add) {
    let low = flat.min_items;
    let mut wishes =
        vec![(if low > 0 { "minItems" } else { "empty" }, low), ("one-item", 1), ("above-minItems", low + 1)];
    match flat.max_items {
        None => wishes.push(("many-items", low.max(many(compiler, flat)))),
        Some(high) => wishes.extend([("maxItems", high), ("below-maxItems", high.wrapping_sub(1))]),
    }
    let (mut seen, most) = (vec![], most_items(realm));
    for (label, length) in wishes {
        let is_allowed = low <= length && length <= most && may_have(flat, length);
        if !is_allowed || (length == 0 && realm.is_plain()) || seen.contains(&length) {
            continue;
        }
        let index = usize::try_from(length).unwrap_or(usize::MAX).checked_sub(1);
        let fits = |node| compiler.node(node).fits(compiler, room - 1);
        if length <= low || (room > 0 && index.and_then(|index| flat.item(index)).is_none_or(fits)) {
            seen.push(length);
            add(label, Steer::Length(length));
        }
    }
}

/// A great many items; no more than there are values where they must differ.
fn many(compiler: &Compiler, flat: &Flat) -> u64 {
    let most = |node| compiler.node(node).most_values(compiler).min(MANY_ITEMS);
    flat.items.filter(|_| flat.unique).map_or(MANY_ITEMS, most)
}

fn may_have(flat: &Flat, items: u64) -> bool {
    flat.max_items.is_none_or(|most| items <= most)
}
