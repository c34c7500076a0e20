//! Parts of a request of which nothing can be made, so that no case has them (GENERATION.md, section 12).

use std::collections::{HashSet, VecDeque};

use sentinel_core::branches::impossible_branches;
use sentinel_core::compiler::Compiler;
use sentinel_core::interesting::MOST_VALUES;
use sentinel_core::places::{Place, Request};
use sentinel_core::samples::valid_samples;
use sentinel_core::schema::Node;
use sentinel_wire::Value;

const MOST_TOLD: usize = 16;
const MOST_PARTS: usize = 512;
const MOST_LEVELS: usize = 4;

/// What all cases of the operation are without, by place and pointer, each with the reason; what a request must have is not among it.
pub fn left_out(compiler: &Compiler, request: &Request) -> Vec<String> {
    let mut found = vec![];
    let bodies = request.bodies.iter().map(|body| (body, request.body_required && request.bodies.len() == 1));
    for (place, must) in request.places.iter().map(|place| (place, place.required)).chain(bodies) {
        if place.room.is_some() {
            parts(compiler, place, &mut found);
        } else if !must {
            found.push(format!("left out: {}: {}", place.key, compiler.node(place.node).why_not(compiler).told()));
        }
    }
    found.truncate(MOST_TOLD);
    found
}

/// The values of enums and the examples that no request can have in the place, each once.
fn unheld(compiler: &Compiler, place: &Place, node: &Node) -> Vec<String> {
    let mut found = vec![];
    for flat in node.alternatives(compiler) {
        let (kind, values) = match &flat.values {
            Some(values) => ("enum", values.as_slice()),
            None if flat.samples.iter().all(|sample| place.realm.can_hold(sample)) => continue,
            None => ("example", valid_samples(compiler, node, flat)),
        };
        for (index, value) in values.iter().take(MOST_VALUES).enumerate() {
            let name = format!("{kind}/{index}");
            if !place.realm.can_hold(value) && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}

/// Breadth first, each node once, where it stands first.
fn parts(compiler: &Compiler, place: &Place, found: &mut Vec<String>) {
    let mut seen = HashSet::from([place.node]);
    let mut waiting = VecDeque::from([(place.node, String::new(), 0)]);
    while let Some((node, pointer, level)) = waiting.pop_front() {
        for (branch, why) in impossible_branches(compiler, &compiler.node(node)) {
            found.push(format!("left out: {}{pointer} {branch}: {why}", place.key));
        }
        for name in unheld(compiler, place, &compiler.node(node)) {
            found.push(format!("left out: {}{pointer} {name}: no form in its place", place.key));
        }
        for flat in compiler.node(node).alternatives(compiler) {
            let declared = flat.declared(compiler).map(|(name, child)| (&**name, child));
            for (name, child) in declared.chain(flat.item(0).map(|first| ("0", first))) {
                let part = compiler.node(child);
                if seen.contains(&child) || seen.len() == MOST_PARTS || part.schemas.contains(&Value::Bool(false)) {
                    continue;
                }
                seen.insert(child);
                let below = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                if part.least_room(compiler).is_none() {
                    found.push(format!("left out: {}{below}: {}", place.key, part.why_not(compiler).told()));
                } else if level + 1 < MOST_LEVELS {
                    waiting.push_back((child, below, level + 1));
                }
            }
        }
    }
}
