//! The parts of a place at which something can be violated, nearest to the root first (GENERATION.md, section 15).

use std::collections::VecDeque;
use std::sync::Arc;

use sentinel_core::compiler::Compiler;
use sentinel_core::kind::Kind;
use sentinel_core::places::Place;
use sentinel_core::schema::{Flat, Node, NodeId};
use sentinel_core::steer::Step;
use sentinel_wire::Map;

use super::together::schema;

const MOST_SPOTS: usize = 384;
const MOST_LEVELS: usize = 4;
const MOST_ITEMS: usize = 8;

/// One alternative of a part.
#[derive(Debug)]
pub struct PartSpot {
    /// The part's node.
    pub node: NodeId,
    /// Which of its alternatives.
    pub alternative: usize,
    /// How it is reached.
    pub way: Vec<Step>,
    /// Its pointer.
    pub tokens: Vec<String>,
    /// Whether it is the first of the part's alternatives.
    pub first: bool,
}

struct Part {
    node: NodeId,
    way: Vec<Step>,
    tokens: Vec<String>,
    room: i32,
}

/// At most 384, breadth first, down to four levels; not `deep`: the root, its parts, and items of these.
pub fn spots(compiler: &Compiler, place: &Place, deep: bool) -> Vec<PartSpot> {
    let mut found = vec![];
    let Some(room) = place.room else { return found };
    // What is sent as a body of which the document says nothing.
    let unsaid = [schema([("const", Map::new().into())])];
    if place.location.is_empty() && compiler.node(place.node).schemas[..] == unsaid {
        return found;
    }
    let mut waiting = VecDeque::from([Part { node: place.node, way: vec![], tokens: vec![], room }]);
    while let Some(part) = waiting.pop_front()
        && found.len() < MOST_SPOTS
    {
        let node = compiler.node(part.node);
        let fitting = node.fitting(compiler, part.room);
        for &index in fitting.iter() {
            let flat = &node.alternatives(compiler)[index];
            let mut way = part.way.clone();
            if fitting.len() > 1 {
                way.push(Step::Branch(index));
            }
            let level = part.tokens.len();
            if flat.values.is_none() && part.room > 0 && level < MOST_LEVELS {
                below(compiler, flat, &way, &part, (deep || level == 0, deep || level < 2), &mut waiting);
            }
            let first = index == fitting[0];
            found.push(PartSpot { node: part.node, alternative: index, way, tokens: part.tokens.clone(), first });
        }
    }
    found.truncate(MOST_SPOTS);
    found
}

/// The parts of an alternative that can be there and are not read-only.
fn below(
    compiler: &Compiler,
    flat: &Flat,
    way: &[Step],
    part: &Part,
    (named, items): (bool, bool),
    waiting: &mut VecDeque<Part>,
) {
    let room = part.room - 1;
    let usable = flat.usable_kinds(compiler, part.room);
    let mut add = |child: NodeId, step: Step, token: &str| {
        let node = compiler.node(child);
        if node.fits(compiler, room) && !is_read_only(compiler, &node) {
            let tokens = [part.tokens.as_slice(), &[token.to_owned()]].concat();
            waiting.push_back(Part { node: child, way: [way, &[step]].concat(), tokens, room });
        }
    };
    if named && usable.has(Kind::Object) {
        for (name, child) in flat.properties.iter() {
            if flat.is_required(name) || flat.may_hold_more(name) {
                add(child, Step::Property(Arc::clone(name)), name);
            }
        }
    }
    if items && usable.has(Kind::Array) {
        // What stands at the places kept for `contains` may be violated without any harm but to that.
        let start = if flat.tuple_items > 0 { 0 } else { flat.prefix.len() };
        let end = if flat.tuple_items > 0 { flat.tuple_items } else { start + 1 };
        let most = flat.max_items.map_or(MOST_ITEMS, |most| usize::try_from(most).unwrap_or(MOST_ITEMS));
        for index in start..end.min(MOST_ITEMS).min(most) {
            let Some(item) = flat.item(index).filter(|item| compiler.node(*item).fits(compiler, room)) else { break };
            add(item, Step::Item(index), &index.to_string());
        }
    }
}

/// Whether a server may pass over what a request says of it.
pub fn is_read_only(compiler: &Compiler, node: &Node) -> bool {
    node.alternatives(compiler).iter().any(|flat| flat.read_only)
}
