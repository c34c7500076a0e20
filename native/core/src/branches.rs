//! Branches of choices of which nothing can be made (GENERATION.md, section 12).

use std::collections::HashSet;

use sentinel_wire::Value;

use crate::compiler::Compiler;
use crate::parts::{Choice, Entry, Parts};
use crate::schema::{MAX_ROOM, Node};

const MOST_BRANCHES: usize = 32;

/// Of the first `MOST_BRANCHES` branches of a node's `oneOf` and `anyOf` that no alternative takes those that none can, as `oneOf/1`,
/// each with why nothing can be made of it; none with `false`.
pub fn impossible_branches(compiler: &Compiler, node: &Node) -> Vec<(String, String)> {
    let mut parts = Parts::new(compiler, true);
    if !node.schemas.iter().all(|schema| parts.add(&Entry::of(schema, false))) {
        return vec![];
    }
    let is_told = |choice: &&Choice| ["oneOf", "anyOf"].contains(&choice.keyword) && !choice.is_quiet();
    let choices: Vec<&Choice> = parts.choices.iter().filter(is_told).collect();
    if choices.is_empty() {
        return vec![];
    }
    let made = node.alternatives(compiler).iter().filter(|flat| flat.fits(compiler, MAX_ROOM));
    let taken: HashSet<&str> = made.flat_map(|flat| flat.label.split('+')).collect();
    let ways = choices.into_iter().flat_map(|choice| {
        choice.ways.iter().enumerate().map(|(index, way)| (format!("{}/{index}", choice.keyword), way))
    });
    let missing = ways.filter(|(name, way)| !taken.contains(&**name) && !way.contains(&Value::Bool(false)));
    missing
        .take(MOST_BRANCHES)
        .filter_map(|(name, way)| {
            let tried = [compiler.node_of(way), compiler.node_of(&[&node.schemas[..], &way[..]].concat())];
            let mut nodes = tried.into_iter().map(|id| compiler.node(id));
            nodes.find(|node| node.least_room(compiler).is_none()).map(|node| (name, node.why_not(compiler).told()))
        })
        .collect()
}
