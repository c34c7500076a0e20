//! At most how many values there are, where that proves that there are too few (GENERATION.md, section 8).

use crate::compiler::Compiler;
use crate::grid::Grid;
use crate::kind::Kind;
use crate::schema::{Flat, Node, NodeId};

/// Counts end here: what has more values has many.
const MANY: u64 = 65_536;

/// Whether an array cannot have as many different items as it must have; what cannot be counted is many.
pub fn too_few_items(flat: &Flat, compiler: &Compiler) -> bool {
    let has_fewer = |node: NodeId, count: u64| compiler.node(node).most_values(compiler) < count;
    if !flat.unique {
        return false;
    }
    if flat.asks_contained {
        return flat.contained.iter().any(|(node, count)| has_fewer(*node, *count));
    }
    let first = usize::try_from(flat.min_items).unwrap_or(usize::MAX).min(flat.prefix.len());
    let mut wanted: Vec<(NodeId, u64)> = vec![];
    let more = flat.min_items.saturating_sub(flat.prefix.len() as u64);
    let parts = flat.prefix[..first].iter().map(|node| (*node, 1)).chain(flat.items.map(|node| (node, more)));
    for (node, count) in parts {
        match wanted.iter_mut().find(|(known, _)| *known == node) {
            Some((_, known)) => *known += count,
            None => wanted.push((node, count)),
        }
    }
    wanted.into_iter().any(|(node, count)| count > 1 && has_fewer(node, count))
}

/// Whether propertyNames allows fewer names than an object must have.
pub fn too_few_names(flat: &Flat, compiler: &Compiler) -> bool {
    let naming = flat.naming.as_ref().filter(|naming| naming.names.is_some());
    naming.is_some_and(|naming| compiler.node(naming.texts[0]).most_values(compiler) < flat.min_properties)
}

impl Node {
    /// No more values than this satisfy it; 65,536 for all larger numbers, and where alternatives may be missing.
    pub(crate) fn most_values(&self, compiler: &Compiler) -> u64 {
        *self.values.get_or_init(|| {
            let found = self.found(compiler);
            let count = found.flats.iter().map(of_alternative).sum::<u64>();
            if found.is_complete { count.min(MANY) } else { MANY }
        })
    }
}

fn of_alternative(flat: &Flat) -> u64 {
    if let Some(values) = &flat.values {
        let is_inexact = !flat.patterns.is_empty() || !flat.unread.is_empty();
        let avoids = flat.avoid.as_ref().is_some_and(|avoid| !avoid.is_exact());
        return if is_inexact || avoids { MANY } else { values.len() as u64 };
    }
    flat.allowed.iter().map(|kind| of_kind(flat, kind)).sum::<u64>().min(MANY)
}

fn of_kind(flat: &Flat, kind: Kind) -> u64 {
    let one = |only: bool| if only { 1 } else { MANY };
    match kind {
        Kind::Null => 1,
        Kind::Boolean => 2,
        Kind::Integer | Kind::Number => {
            let grids = if kind == Kind::Integer { &flat.integer_grids } else { &flat.number_grids };
            if !flat.unread.is_empty() || grids.len() > 1 {
                return MANY;
            }
            let points = |grid: &Grid| u64::try_from(grid.high()? - grid.low()? + 1).ok();
            grids.iter().map(|grid| points(grid).unwrap_or(MANY)).fold(0, u64::saturating_add)
        }
        Kind::String => one(flat.max_length == Some(0)),
        Kind::Array => one(flat.max_items == Some(0)),
        Kind::Object => one(flat.max_properties == Some(0)),
    }
}
