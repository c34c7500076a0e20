//! The parts of a place at which something can be violated, nearest to the root first (GENERATION.md, section 15).

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use sentinel_core::compiler::Compiler;
use sentinel_core::kind::Kind;
use sentinel_core::maker::text_of;
use sentinel_core::places::Place;
use sentinel_core::random::Draws;
use sentinel_core::realm::Realm;
use sentinel_core::schema::{Flat, Node, NodeId};
use sentinel_core::steer::Step;
use sentinel_wire::Map;

use super::together::schema;

const MOST_SPOTS: usize = 1024;
const MOST_LEVELS: usize = 4;
const MOST_ITEMS: usize = 64;
const MOST_PATTERNS: usize = 64;

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

/// Those of a place.
pub struct Spots {
    /// In order.
    pub spots: Vec<PartSpot>,
    /// How many parts, at least, there are behind them.
    pub more: usize,
}

/// At most 1024, breadth first, down to four levels; not `deep`: the root, its parts, and items of these.
pub fn spots(compiler: &Compiler, place: &Place, deep: bool) -> Spots {
    let mut found = vec![];
    let mut waiting = VecDeque::new();
    // What is sent as a body of which the document says nothing.
    let unsaid = [schema([("const", Map::new().into())])];
    let is_unsaid = place.location.is_empty() && compiler.node(place.node).schemas[..] == unsaid;
    if let Some(room) = place.room.filter(|_| !is_unsaid) {
        waiting.push_back(Part { node: place.node, way: vec![], tokens: vec![], room });
    }
    while found.len() < MOST_SPOTS
        && let Some(part) = waiting.pop_front()
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
                let usable = flat.usable_kinds(compiler, part.room);
                let mut below = Below { compiler, flat, way: &way, part: &part, waiting: &mut waiting };
                if usable.has(Kind::Object) && (deep || level == 0) {
                    below.members(place.realm);
                }
                if usable.has(Kind::Array) && (deep || level < 2) {
                    below.items();
                }
            }
            let first = index == fitting[0];
            found.push(PartSpot { node: part.node, alternative: index, way, tokens: part.tokens.clone(), first });
        }
    }
    found.truncate(MOST_SPOTS);
    Spots { spots: found, more: waiting.len() }
}

/// The parts of an alternative that can be there and are not read-only.
struct Below<'a> {
    compiler: &'a Compiler,
    flat: &'a Flat,
    way: &'a [Step],
    part: &'a Part,
    waiting: &'a mut VecDeque<Part>,
}

impl Below<'_> {
    fn add(&mut self, child: NodeId, step: Step, token: &str) {
        let node = self.compiler.node(child);
        let room = self.part.room - 1;
        if node.fits(self.compiler, room) && !is_read_only(self.compiler, &node) {
            let tokens = [self.part.tokens.as_slice(), &[token.to_owned()]].concat();
            self.waiting.push_back(Part { node: child, way: [self.way, &[step]].concat(), tokens, room });
        }
    }

    /// The properties that are declared, one of any other name, and one of each pattern.
    fn members(&mut self, realm: Realm) {
        let flat = self.flat;
        for (name, child) in flat.properties.iter() {
            if flat.is_required(name) || flat.may_hold_more(name) {
                self.add(child, Step::Property(Arc::clone(name)), name);
            }
        }
        let mut seen = HashSet::new();
        for name in self.undeclared(realm) {
            let is_new = flat.properties.get(&name).is_none() && seen.insert(name.clone());
            if is_new
                && let Some(child) = flat.property(self.compiler, &name)
                && flat.may_hold_more(&name)
                && flat.may_be_sent(self.compiler, &name, self.part.room)
            {
                self.add(child, Step::Property(name.as_str().into()), &name);
            }
        }
    }

    /// Names that no property has: any, one that propertyNames asks for, and one for each pattern of names.
    fn undeclared(&self, realm: Realm) -> Vec<String> {
        let mut found = vec![];
        if self.flat.additional.is_some() || self.flat.texts_of_names().is_some() {
            found.push("extra1".to_owned());
        }
        let texts = self.flat.texts_of_names().unwrap_or_default().iter().take(MOST_PATTERNS);
        let made = texts
            .enumerate()
            .filter_map(|(index, node)| text_of(self.compiler, realm, *node, &mut Draws::of(index as u64)));
        found.extend(made);
        found
    }

    /// Those that have a place of their own, and the first of the others.
    ///
    /// What stands at the places kept for `contains` may be violated without any harm but to that.
    fn items(&mut self) {
        let flat = self.flat;
        let most =
            flat.max_items.map_or(MOST_ITEMS, |most| usize::try_from(most).unwrap_or(MOST_ITEMS).min(MOST_ITEMS));
        let fits = |item: &NodeId| self.compiler.node(*item).fits(self.compiler, self.part.room - 1);
        let indices = (0..flat.tuple_items).chain([flat.prefix.len()]);
        let items: Vec<(usize, NodeId)> =
            indices.map_while(|index| Some((index, flat.item(index).filter(|_| index < most).filter(fits)?))).collect();
        for (index, item) in items {
            self.add(item, Step::Item(index), &index.to_string());
        }
    }
}

/// Whether a server may pass over what a request says of it.
pub fn is_read_only(compiler: &Compiler, node: &Node) -> bool {
    node.alternatives(compiler).iter().any(|flat| flat.read_only)
}
