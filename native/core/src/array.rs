//! Making arrays: how many items, and that they differ (GENERATION.md, section 9).

use std::collections::{HashMap, HashSet};

use sentinel_wire::Value;

use crate::existence::Existence;
use crate::grid::Grid;
use crate::kind::{Kind, key_of};
use crate::maker::{Maker, Mode, VALUES_BEFORE_THRIFT};
use crate::schema::{Flat, NodeId};
use crate::steer::Steer;

const UNIQUE_TRIES: usize = 8;
/// Numbers of a range.
const MOST_LISTED: u32 = 8192;

impl Maker<'_> {
    /// An array of the alternative.
    pub(crate) fn array(
        &mut self,
        flat: &Flat,
        name: &str,
        room: i32,
        steer: Option<&Steer>,
    ) -> Result<Value, Existence> {
        let mut count = self.item_count(flat, room);
        match steer {
            Some(Steer::Length(length)) => count = *length,
            Some(Steer::Item(index, _)) => count = count.max(*index as u64 + 1),
            _ => {}
        }
        let mut made = vec![];
        let mut keys = HashSet::new();
        let mut spare: HashMap<NodeId, std::vec::IntoIter<Value>> = HashMap::new();
        let mut given = HashSet::new();
        for index in 0..usize::try_from(count).unwrap_or(usize::MAX) {
            let inner = match steer {
                Some(Steer::Item(at, inner)) if *at == index => inner.as_deref(),
                _ => None,
            };
            let mut item = self.item(flat, index, name, room, inner)?;
            if flat.unique {
                let node = flat.item(index);
                let tries = if node.is_some_and(|node| given.contains(&node)) { 0 } else { UNIQUE_TRIES };
                for _ in 0..tries {
                    if !keys.contains(&key_of(&item)) {
                        break;
                    }
                    item = self.other_item(flat, index, name, room)?;
                }
                if let Some(node) = node
                    && keys.contains(&key_of(&item))
                {
                    // Those that it gave are there already.
                    let values = spare.entry(node).or_insert_with(|| self.listed(node, room - 1).into_iter());
                    let is_unused = |value: &Value| self.realm.can_hold(value) && !keys.contains(&key_of(value));
                    if let Some(value) = values.find(is_unused) {
                        given.insert(node);
                        item = value;
                    }
                }
                if !keys.insert(key_of(&item)) {
                    if index as u64 >= flat.min_items && !matches!(steer, Some(Steer::Length(_))) {
                        break;
                    }
                    return Err(Existence::gave_up("too few different items"));
                }
            }
            made.push(item);
        }
        Ok(made.into())
    }

    fn other_item(&mut self, flat: &Flat, index: usize, name: &str, room: i32) -> Result<Value, Existence> {
        let mode = std::mem::replace(&mut self.mode, Mode::Random);
        let item = self.item(flat, index, name, room, None);
        self.mode = mode;
        item
    }

    /// How many items: one, where that is allowed, or up to three more than need be; no more than can be made.
    fn item_count(&mut self, flat: &Flat, room: i32) -> u64 {
        let is_needed = self.realm.is_plain() && flat.max_items != Some(0);
        let low = if is_needed { flat.min_items.max(1) } else { flat.min_items };
        let high = flat.max_items.unwrap_or(low + 3);
        let wish = if self.mode != Mode::Random {
            low.max(1).min(high)
        } else if self.room - room >= 2 || self.made > VALUES_BEFORE_THRIFT {
            low
        } else {
            low + self.draws.below((high - low).min(3) + 1)
        };
        let is_missing = |index: &u64| {
            let node = usize::try_from(*index).ok().and_then(|index| flat.item(index));
            room == 0 || node.is_some_and(|node| !self.compiler.node(node).fits(self.compiler, room - 1))
        };
        (low..wish).find(is_missing).unwrap_or(wish)
    }

    /// The values of a node that can be told one after the other, of all alternatives that fit: those that they list, else null, the
    /// booleans, and the numbers of ranges of at most 8192.
    fn listed(&self, node: NodeId, room: i32) -> Vec<Value> {
        let node = self.compiler.node(node);
        let flats = node.alternatives(self.compiler);
        let mut found = vec![];
        for &index in node.fitting(self.compiler, room).iter() {
            let flat = &flats[index];
            if let Some(values) = &flat.values {
                found.extend(values.iter().cloned());
            } else {
                let values = flat.usable_kinds(self.compiler, room).iter().flat_map(|kind| values_of(flat, kind));
                found.extend(values.filter(|value| !flat.avoid.as_ref().is_some_and(|avoid| avoid.has(value))));
            }
        }
        found
    }
}

fn values_of(flat: &Flat, kind: Kind) -> Vec<Value> {
    match kind {
        Kind::Null => vec![Value::Null],
        Kind::Boolean => vec![Value::Bool(false), Value::Bool(true)],
        Kind::Integer => numbers_of(&flat.integer_grids),
        Kind::Number => numbers_of(&flat.number_grids),
        Kind::String | Kind::Array | Kind::Object => vec![],
    }
}

fn numbers_of(grids: &[Grid]) -> Vec<Value> {
    let points = grids.iter().filter_map(|grid| grid.points(MOST_LISTED));
    points.flatten().map(|number| number.write()).collect()
}
