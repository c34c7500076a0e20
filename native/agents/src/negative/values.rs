//! Values of another kind than those that are right, and near misses of these (GENERATION.md, section 16).

use sentinel_core::compiler::Compiler;
use sentinel_core::exact::Exact;
use sentinel_core::kind::{Kind, Kinds};
use sentinel_core::schema::{Flat, Node};
use sentinel_wire::{Map, Value};

use super::change::PartChange;
use super::keywords::Found;

/// Values of kinds that no alternative of the node allows.
pub fn types(compiler: &Compiler, node: &Node, exact: bool, found: &mut Found) {
    let mut allowed = Kinds::default();
    for flat in node.alternatives(compiler) {
        flat.allowed.iter().for_each(|kind| allowed.add(kind));
    }
    if allowed.has(Kind::String) && !exact {
        return; // every text is a string
    }
    for kind in Kind::ALL {
        let is_allowed = allowed.has(kind) || (kind == Kind::Integer && allowed.has(Kind::Number));
        if is_allowed || (kind == Kind::Number && !allowed.has(Kind::Integer)) {
            continue; // a number is as good as an integer where neither is allowed
        }
        if let Some(change) = of_kind(kind, exact) {
            found.add(format!("type/{}", kind.name()), change);
        }
    }
}

/// Near misses of a text or number among the values, and values of kinds that none of them is of.
pub fn other_values(flat: &Flat, sample: &Value, exact: bool, found: &mut Found) {
    let values = flat.values.as_deref().unwrap_or_default();
    let is_scalar = |value: &&Value| matches!(value, Value::Text(_)) || Exact::read(value).is_some();
    if let Some(near) = std::iter::once(sample).chain(values).find(is_scalar) {
        near_values(near, found);
    }
    let is_present = |kind: Kind| values.iter().any(|value| Kind::of(value) == Some(kind));
    if is_present(Kind::String) && !exact {
        return;
    }
    for kind in Kind::ALL.into_iter().filter(|kind| flat.allowed.has(*kind) && !is_present(*kind)) {
        if let Some(change) = of_kind(kind, exact) {
            found.add(format!("enum/{}", kind.name()), change);
        }
    }
    match sample {
        _ if !exact => {}
        Value::Bool(is_set) => found.add("enum/boolean", PartChange::Put(Value::Bool(!is_set))),
        Value::Map(map) => {
            let mut map = Map::clone(map);
            map.set("extra1", "sample".into());
            found.add("enum/object", PartChange::Put(map.into()));
        }
        Value::List(items) => {
            found.add("enum/array", PartChange::Put([items.as_slice(), &["sample".into()]].concat().into()));
        }
        _ => {}
    }
}

/// A value of a kind, or a text that reads like one where it is not sent as JSON.
fn of_kind(kind: Kind, exact: bool) -> Option<PartChange> {
    Some(PartChange::Put(match (kind, exact) {
        (Kind::String, _) => return Some(PartChange::Letters),
        (Kind::Integer, true) => Value::Int(7),
        (Kind::Integer, false) => "7".into(),
        (Kind::Number, true) => Value::decimal("1.5"),
        (Kind::Number, false) => "1.5".into(),
        (Kind::Boolean, true) => Value::Bool(true),
        (Kind::Boolean, false) => "true".into(),
        (Kind::Object, true) => Map::new().into(),
        (Kind::Array, true) => vec![].into(),
        (Kind::Null, true) => Value::Null,
        (Kind::Null, false) => "null".into(),
        (Kind::Object | Kind::Array, false) => return None,
    }))
}

/// Near misses of a value.
fn near_values(sample: &Value, found: &mut Found) {
    if let Value::Text(text) = sample {
        let swap =
            |char: char| if char.is_ascii_uppercase() { char.to_ascii_lowercase() } else { char.to_ascii_uppercase() };
        let swapped: String = text.chars().map(swap).collect();
        let mut prefix = text.clone();
        prefix.pop();
        for (which, near) in [("case", swapped), ("prefix", prefix), ("suffix", format!("{text}x"))] {
            if near != *text {
                found.add(format!("enum/{which}"), PartChange::Put(Value::Text(near)));
            }
        }
    }
    if let Some(number) = Exact::read(sample) {
        for (which, step) in [("above", 1), ("below", -1)] {
            let near = number.plus(&Exact::from(step));
            found.add(format!("enum/{which}"), PartChange::Put(near.write()));
        }
    }
}
