//! What can be violated of keywords that look at a value as a whole (GENERATION.md, section 16). Each candidate is as good as its proof.

use std::collections::HashSet;
use std::sync::Arc;

use sentinel_core::compiler::Compiler;
use sentinel_core::maker::{Maker, Mode, Vary};
use sentinel_core::places::{Part, Place, ROOM};
use sentinel_core::random::CaseState;
use sentinel_core::schema::{Flat, MAX_ROOM, Node};
use sentinel_wire::{Map, Value};

use super::change::PartChange;
use super::keywords::{Found, MOST_NAMES};
use super::spots::PartSpot;

const MOST_PAIRS: usize = 4;

/// Violations of the part that `spot` is the first alternative of. `sample`: the part as it is valid.
pub fn combined(compiler: &Compiler, place: &Place, spot: &PartSpot, sample: &Value, found: &mut Found) {
    let node = compiler.node(spot.node);
    let members = members(compiler, &node);
    for member in &members {
        if let Some(not) = member.get("not") {
            let schemas = [stripped(&members, "not"), vec![not.clone()]].concat();
            made(compiler, place, "not", &schemas, found);
        }
        let branches = member.get("oneOf").and_then(Value::as_list).unwrap_or_default();
        for (index, both) in branches.windows(2).take(MOST_PAIRS).enumerate() {
            let schemas = [stripped(&members, "oneOf"), both.to_vec()].concat();
            made(compiler, place, &format!("oneOf/{index}+{}", index + 1), &schemas, found);
        }
    }
    match sample {
        Value::Map(sample) => {
            let flat = &node.alternatives(compiler)[spot.alternative];
            for member in &members {
                of_object(member, flat, sample, found);
            }
        }
        Value::List(_) if members.iter().any(|member| member.has("contains")) => {
            found.add("contains", PartChange::Put(vec![].into()));
        }
        _ => {}
    }
}

/// The schemas that hold at the node, down `$ref` and `allOf`.
fn members(compiler: &Compiler, node: &Node) -> Vec<Arc<Map>> {
    let mut found = vec![];
    let mut seen = HashSet::new();
    let mut waiting: Vec<Value> = node.schemas.iter().rev().cloned().collect();
    while let Some(schema) = waiting.pop() {
        let Value::Map(member) = schema else { continue };
        let mut below = vec![];
        if let Some(Value::Text(reference)) = member.get("$ref")
            && seen.insert(reference.clone())
        {
            below.extend(compiler.target(reference).cloned());
        }
        below.extend(member.get("allOf").and_then(Value::as_list).unwrap_or_default().iter().cloned());
        waiting.extend(below.into_iter().rev());
        found.push(member);
    }
    found
}

/// The members without what was taken apart, and without a keyword.
fn stripped(members: &[Arc<Map>], keyword: &str) -> Vec<Value> {
    let is_kept = |name: &str| name != keyword && name != "$ref" && name != "allOf";
    let strip = |member: &Arc<Map>| {
        let kept =
            member.iter().filter(|(name, _)| is_kept(name)).map(|(name, value)| (name.to_owned(), value.clone()));
        kept.collect::<Map>().into()
    };
    members.iter().map(strip).collect()
}

/// The best guess of schemas together, which the document says must not hold together.
fn made(compiler: &Compiler, place: &Place, label: &str, schemas: &[Value], found: &mut Found) {
    let node = compiler.node(compiler.node_of(schemas));
    let Some(room) = node.least_room(compiler) else { return };
    let mut draws = CaseState::NONE.stream(place.hash(Part::Attempt));
    let mut maker = Maker {
        compiler,
        draws: &mut draws,
        mode: Mode::Best,
        room: room.clamp(ROOM, MAX_ROOM),
        realm: place.realm,
        vary: Vary::Nothing,
        made: 0,
        doubtful: false,
    };
    if let Ok(value) = maker.make(&node, &place.name, None) {
        found.add(label, PartChange::Put(value));
    }
}

fn of_object(member: &Map, flat: &Flat, sample: &Map, found: &mut Found) {
    if let Some(Value::Map(needs)) = member.get("dependentRequired") {
        for (name, others) in needs.iter() {
            for other in others.as_list().unwrap_or_default().iter().filter_map(Value::as_text) {
                if other != name && sample.has(name) && sample.has(other) {
                    found.add_of(other, "dependentRequired", PartChange::Without(other.to_owned()));
                }
            }
        }
    }
    if let Some(keyword) = ["if", "dependentSchemas"].into_iter().find(|keyword| member.has(keyword)) {
        for (name, _) in sample.iter().take(MOST_NAMES) {
            if !flat.is_required(name) {
                found.add_of(name, keyword, PartChange::Without(name.to_owned()));
            }
        }
    }
    let with = |name: &str| PartChange::With(name.to_owned(), "sample".into());
    if member.has("propertyNames") {
        let long = "a".repeat(300);
        for (index, name) in ["", "!", "extra property", &long].into_iter().enumerate() {
            if !sample.has(name) {
                found.add_of(name, &format!("propertyNames/{index}"), with(name));
            }
        }
    }
    if member.get("unevaluatedProperties") == Some(&Value::Bool(false)) && !sample.has("extra1") {
        found.add_of("extra1", "unevaluatedProperties", with("extra1"));
    }
}
