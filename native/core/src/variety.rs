//! How many values there are at random where that is not many (GENERATION.md, section 12).

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::compiler::Compiler;
use crate::formats;
use crate::grid::Grid;
use crate::kind::Kind;
use crate::patterned::prepared;
use crate::places::{Place, Request};
use crate::realm::Realm;
use crate::schema::{Flat, NodeId};
use crate::tree::{Shape, Tree};

/// Below this there are few.
pub const FEW: usize = 256;
/// Counts end here: what has more values has many.
pub const MANY: usize = 65_536;
/// Of whatever bounds: most are small.
const MOST_NUMBERS: usize = 256;
const MOST_SHORT: usize = 256;
/// Characters.
const SHORT: u64 = 2;
/// Lengths of a text of one character.
const MOST_MORE: u64 = 256;

/// At most how many requests differ in the values that are made for them, 65,536 for all larger numbers, and where none can be made.
#[must_use]
pub fn variety(compiler: &Compiler, request: &Request) -> usize {
    variety_of(compiler, &request.places.iter().collect::<Vec<_>>(), &request.bodies, request.body_required)
}

/// The same of a request of these places and bodies.
#[must_use]
pub fn variety_of(compiler: &Compiler, places: &[&Place], bodies: &[Place], body_required: bool) -> usize {
    let of_place = |place: &Place| place.room.map(|room| Counter::new(compiler, place).node(place.node, room));
    let mut found = 1;
    for place in places {
        match of_place(place) {
            Some(values) => found = (found * (values + usize::from(!place.required))).min(MANY),
            None if place.required => return MANY,
            None => {}
        }
    }
    let of_bodies: Vec<usize> = bodies.iter().filter_map(of_place).collect();
    if of_bodies.is_empty() {
        return if body_required && !bodies.is_empty() { MANY } else { found };
    }
    (found * (of_bodies.iter().sum::<usize>() + usize::from(!body_required))).min(MANY)
}

/// How many values of a place differ in which a part is always the same.
pub struct Beside<'a> {
    place: &'a Place,
    counter: Counter<'a>,
}

impl<'a> Beside<'a> {
    /// Of this place.
    #[must_use]
    pub fn new(compiler: &'a Compiler, place: &'a Place) -> Self {
        Self { place, counter: Counter::new(compiler, place) }
    }

    /// The part that tokens lead to (none: all of it); None: no part is. Where nothing can be made of the place, 0.
    pub fn count(&mut self, tokens: Option<&[String]>) -> usize {
        let Some(room) = self.place.room else { return 0 };
        match tokens {
            None => self.counter.node(self.place.node, room),
            Some(tokens) => self.counter.beside(self.place.node, room, tokens),
        }
    }
}

/// Counts within one realm. A node that is asked for again while it is counted has many values: it holds itself.
struct Counter<'a> {
    compiler: &'a Compiler,
    realm: Realm,
    known: HashMap<(NodeId, i32), usize>,
    members: HashMap<(NodeId, usize, i32), Members>,
}

/// How many values each property has, none being one where it is optional; None where there may be others.
type Members = Option<Rc<[(Arc<str>, usize)]>>;

impl<'a> Counter<'a> {
    fn new(compiler: &'a Compiler, place: &Place) -> Self {
        Self { compiler, realm: place.realm, known: HashMap::new(), members: HashMap::new() }
    }

    /// Values in which the part that tokens lead to is always the same.
    fn beside(&mut self, id: NodeId, room: i32, tokens: &[String]) -> usize {
        let Some((token, rest)) = tokens.split_first() else { return 1 };
        let node = self.compiler.node(id);
        let flats = node.alternatives(self.compiler);
        let mut found = 0;
        for &index in node.fitting(self.compiler, room).iter() {
            let flat = &flats[index];
            let usable = flat.usable_kinds(self.compiler, room);
            if flat.values.is_some() {
                continue;
            }
            if usable.has(Kind::Object) {
                found += self.beside_of((id, index, room), flat, token, rest);
            } else if usable.has(Kind::Array) {
                found += self.array(flat, room);
            }
        }
        found.min(MANY)
    }

    /// What an object has, but of the property that the first token names only what is beside the rest of them.
    fn beside_of(&mut self, key: (NodeId, usize, i32), flat: &Flat, token: &str, rest: &[String]) -> usize {
        if !self.members.contains_key(&key) {
            let members = self.of_members(flat, key.2).map(Rc::from);
            self.members.insert(key, members);
        }
        let Some(members) = self.members[&key].clone() else { return MANY };
        let others = product(members.iter().filter(|(name, _)| **name != *token));
        let own = members.iter().find(|(name, _)| **name == *token).and_then(|_| flat.properties.get(token));
        own.map_or(others, |node| (others * self.beside(node, key.2 - 1, rest)).min(MANY))
    }

    fn node(&mut self, id: NodeId, room: i32) -> usize {
        if let Some(known) = self.known.get(&(id, room)) {
            return *known;
        }
        self.known.insert((id, room), MANY);
        let node = self.compiler.node(id);
        let flats = node.alternatives(self.compiler);
        let fitting = node.fitting(self.compiler, room);
        let found = fitting.iter().map(|index| self.flat(&flats[*index], room)).sum::<usize>().min(MANY);
        self.known.insert((id, room), found);
        found
    }

    fn flat(&mut self, flat: &Flat, room: i32) -> usize {
        match &flat.values {
            Some(values) => values.len(),
            None if !flat.said => MANY,
            None => flat.usable_kinds(self.compiler, room).iter().map(|kind| self.kind(flat, kind, room)).sum(),
        }
    }

    fn kind(&mut self, flat: &Flat, kind: Kind, room: i32) -> usize {
        match kind {
            Kind::Null => 1,
            Kind::Boolean => 2,
            Kind::Integer => points(&flat.integer_grids),
            Kind::Number => points(&flat.number_grids),
            Kind::String => texts(flat),
            Kind::Array => self.array(flat, room),
            Kind::Object => self.object(flat, room),
        }
    }

    /// Of every number of items, up to three more than need be, all values of each.
    fn array(&mut self, flat: &Flat, room: i32) -> usize {
        if room <= 0 {
            return 1; // the empty one
        }
        let low =
            if self.realm.is_plain() && flat.max_items != Some(0) { flat.min_items.max(1) } else { flat.min_items };
        let high = flat.max_items.map_or(low + 3, |most| most.min(low + 3));
        if high > FEW as u64 {
            return MANY;
        }
        let (mut found, mut product) = (0, 1);
        for index in 0..=high {
            if index >= low {
                found += product;
            }
            if found >= MANY || product >= MANY || index == high {
                break;
            }
            let item = usize::try_from(index).ok().and_then(|index| flat.item(index));
            product = (product * item.map_or(MANY, |node| self.node(node, room - 1))).min(MANY);
            if product == 0 {
                return found;
            }
        }
        if product >= MANY { MANY } else { found.min(MANY) }
    }

    /// All values of every property that is declared, and where it is optional none; others have many.
    fn object(&mut self, flat: &Flat, room: i32) -> usize {
        self.of_members(flat, room).map_or(MANY, |members| product(members.iter()))
    }

    fn of_members(&mut self, flat: &Flat, room: i32) -> Option<Vec<(Arc<str>, usize)>> {
        let can_be = |name: &str| flat.is_required(name) || flat.may_be_sent(self.compiler, name, room);
        let named: Vec<_> = flat.properties.iter().filter(|(name, _)| can_be(name)).collect();
        let is_closed = !(flat.open && room > 0) && flat.naming.is_none() && flat.min_properties <= named.len() as u64;
        if !is_closed || flat.required.iter().any(|name| flat.properties.get(name).is_none()) {
            return None;
        }
        let count = |(name, node): (&Arc<str>, NodeId)| {
            (Arc::clone(name), self.node(node, room - 1) + usize::from(!flat.is_required(name)))
        };
        Some(named.into_iter().map(count).collect())
    }
}

/// Of all of them.
fn product<'a>(counts: impl Iterator<Item = &'a (Arc<str>, usize)>) -> usize {
    let mut found = 1;
    for (_, count) in counts {
        found *= count;
        if found >= MANY {
            return MANY;
        }
    }
    found
}

fn points(grids: &[Grid]) -> usize {
    let ends = grids.last().and_then(|grid| Some(grid.high()? - grid.low()? + 1));
    ends.and_then(|count| usize::try_from(count).ok()).map_or(MOST_NUMBERS, |count| count.min(MOST_NUMBERS))
}

/// By the first pattern with room around it; else by the length.
fn texts(flat: &Flat) -> usize {
    if flat.max_length == Some(0) {
        return 1;
    }
    if formats::known(&flat.format).is_some() {
        return MANY;
    }
    match prepared(flat) {
        None if flat.max_length.is_some_and(|most| most <= SHORT) => MOST_SHORT,
        Some(known) if known.whole.most.is_none_or(|most| most >= flat.min_length) && known.needs.is_empty() => {
            matching(&known.whole, flat.max_length).min(MANY)
        }
        _ => MANY,
    }
}

/// How many texts of at most this length a pattern has; more than there are where it counts one twice, or what is too long.
fn matching(tree: &Tree, longest: Option<u64>) -> usize {
    match &tree.shape {
        Shape::Class(class) => {
            class.ranges.iter().map(|(low, high)| (high - low + 1) as usize).sum::<usize>().min(MANY)
        }
        Shape::Group(part, _) => matching(part, longest),
        Shape::Sequence(parts) => parts.iter().fold(1, |found, part| {
            let own = longest.map(|longest| (longest + part.least).saturating_sub(tree.least));
            (found * matching(part, own)).min(MANY)
        }),
        Shape::Choice(branches) => branches.iter().map(|branch| matching(branch, longest)).sum::<usize>().min(MANY),
        Shape::Repeat(part, low, high) => {
            let high = high.unwrap_or(low + MOST_MORE);
            let high = longest.filter(|_| part.least > 0).map_or(high, |longest| high.min(longest / part.least));
            repeated(matching(part, longest), *low, high)
        }
        Shape::Edge(_) | Shape::Boundary(..) | Shape::Look(..) | Shape::Back(_) => 1,
    }
}

/// So many texts, from `low` to `high` times behind each other.
fn repeated(each: usize, low: u64, high: u64) -> usize {
    if high < low || each == 0 {
        return usize::from(low == 0);
    }
    if each == 1 {
        return usize::try_from(high - low + 1).map_or(MANY, |count| count.min(MANY));
    }
    let (mut found, mut power) = (0, 1);
    for count in 0..=high {
        if count >= low {
            found += power;
        }
        power *= each;
        if found >= MANY || (power >= MANY && count < high) {
            return MANY;
        }
    }
    found
}
