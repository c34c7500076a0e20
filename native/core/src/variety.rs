//! How many values there are at random where that is not many (GENERATION.md, section 12).

use std::collections::HashMap;

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
    let of_place = |place: &Place| {
        let mut counter = Counter { compiler, realm: place.realm, known: HashMap::new() };
        place.room.map(|room| counter.node(place.node, room))
    };
    let mut found = 1;
    for place in &request.places {
        match of_place(place) {
            Some(values) => found = (found * (values + usize::from(!place.required))).min(MANY),
            None if place.required => return MANY,
            None => {}
        }
    }
    let bodies: Vec<usize> = request.bodies.iter().filter_map(of_place).collect();
    if bodies.is_empty() {
        return if request.body_required && !request.bodies.is_empty() { MANY } else { found };
    }
    (found * (bodies.iter().sum::<usize>() + usize::from(!request.body_required))).min(MANY)
}

/// Counts within one realm. A node that is asked for again while it is counted has many values: it holds itself.
struct Counter<'a> {
    compiler: &'a Compiler,
    realm: Realm,
    known: HashMap<(NodeId, i32), usize>,
}

impl Counter<'_> {
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
        let can_be = |name: &str| flat.is_required(name) || flat.may_be_sent(self.compiler, name, room);
        let named: Vec<_> = flat.properties.iter().filter(|(name, _)| can_be(name)).collect();
        let is_closed = !(flat.open && room > 0) && flat.naming.is_none() && flat.min_properties <= named.len() as u64;
        if !is_closed || flat.required.iter().any(|name| flat.properties.get(name).is_none()) {
            return MANY;
        }
        named.into_iter().fold(1, |found, (name, node)| {
            (found * (self.node(node, room - 1) + usize::from(!flat.is_required(name)))).min(MANY)
        })
    }
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
