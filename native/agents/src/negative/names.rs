//! What can be violated of an object by the names of its properties (GENERATION.md, section 16).

use std::sync::Arc;

use sentinel_core::verdict::refuses;
use sentinel_wire::{Map, Value};

use super::change::PartChange;
use super::keywords::{Found, MOST_NAMES, is_put_in, wrong};
use super::together::{Together, is_of, schema};

/// Violations of what one member says of the object. `sample`: the object as it is valid.
pub fn of_object(whole: &Together, member: &Arc<Map>, sample: &Map, found: &mut Found) {
    if let Some(Value::Map(needs)) = member.get("dependentRequired") {
        without_company(whole, member, needs, sample, found);
    }
    if member.has("if") || member.has("dependentSchemas") {
        without_one(whole, member, sample, found);
    }
    if let Some(Value::Map(properties)) = member.get("properties") {
        let barred =
            properties.iter().map(|(name, _)| name).filter(|name| !sample.has(name) && may_not_be(whole, name));
        for name in barred.take(MOST_NAMES) {
            found.add_of(name, "properties", with(name, &"sample".into()));
        }
    }
    if let Some(names) = member.get("propertyNames") {
        with_odd_name(whole, names, sample, found);
    }
    if let Some(Value::Map(patterns)) = member.get("patternProperties") {
        for (pattern, _) in patterns.iter().take(MOST_NAMES) {
            with_matching_name(whole, pattern, sample, found);
        }
    }
    if let Some(schema) = member.get("unevaluatedProperties").filter(|_| !sample.has("extra1")) {
        unevaluated(whole, schema, found);
    }
}

/// A further property that must not be there or not be so.
fn unevaluated(whole: &Together, schema: &Value, found: &mut Found) {
    let Some(rest) = whole.flat().additional.map(|rest| whole.compiler.node(rest)) else { return };
    if !is_of(&rest, schema) {
        return;
    }
    if rest.alternatives(whole.compiler).is_empty() {
        found.add_of("extra1", "unevaluatedProperties", with("extra1", &"sample".into()));
        return;
    }
    for (label, value) in wrong(whole, &rest) {
        found.add_of("extra1", &format!("unevaluatedProperties/{label}"), with("extra1", &value));
    }
}

/// Whether a property of this name has nothing that it may be.
fn may_not_be(whole: &Together, name: &str) -> bool {
    let node = whole.flat().property(whole.compiler, name).map(|node| whole.compiler.node(node));
    node.is_some_and(|node| node.alternatives(whole.compiler).is_empty())
}

fn with(name: &str, value: &Value) -> PartChange {
    PartChange::With(name.to_owned(), value.clone())
}

/// One name, and not another that must be there with it.
fn without_company(whole: &Together, member: &Arc<Map>, needs: &Map, sample: &Map, found: &mut Found) {
    let others = |others: &Value| -> Vec<String> {
        others.as_list().unwrap_or_default().iter().filter_map(Value::as_text).map(str::to_owned).collect()
    };
    let pairs = needs.iter().flat_map(|(name, asked)| others(asked).into_iter().map(move |other| (name, other)));
    for (name, other) in pairs.filter(|(name, other)| name != other).take(MOST_NAMES) {
        if is_put_in(whole.compiler, whole.flat(), &other) {
            continue;
        }
        if sample.has(name) && sample.has(&other) {
            found.add_of(&other, "dependentRequired", PartChange::Without(other.clone()));
        } else if !sample.has(name) {
            let none: Map = [(other.as_str(), Value::Bool(false))].into_iter().collect();
            let alone = schema([("required", vec![Value::text(name)].into()), ("properties", none.into())]);
            if let Some(value) = whole.instead(member, &["dependentRequired"], vec![alone]) {
                found.add_of(&other, "dependentRequired", PartChange::Put(value));
            }
        }
    }
}

/// Without a property that only some condition asks for; the label says which branch of it.
fn without_one(whole: &Together, member: &Map, sample: &Map, found: &mut Found) {
    let condition =
        member.get("if").map(|part| whole.compiler.node(whole.compiler.node_of(std::slice::from_ref(part))));
    for (name, _) in sample.iter().take(MOST_NAMES) {
        if whole.flat().is_required(name) || is_put_in(whole.compiler, whole.flat(), name) {
            continue;
        }
        let label = condition.as_ref().map_or("dependentSchemas", |condition| {
            let mut left = sample.clone();
            left.take(name);
            if refuses(whole.compiler, condition, &left.into()) { "else" } else { "then" }
        });
        found.add_of(name, label, PartChange::Without(name.to_owned()));
    }
}

/// A further property that would be right under another name.
fn with_odd_name(whole: &Together, names: &Value, sample: &Map, found: &mut Found) {
    let text = schema([("type", "string".into())]);
    let other = whole.compiler.node_of(&[text, schema([("not", names.clone())])]);
    let made = whole.guess(&whole.compiler.node(other), "name", None);
    let rest = whole.flat().additional.map(|rest| whole.compiler.node(rest));
    // None where there must be no further property at all.
    let Some(value) = rest.map_or_else(|| Some("sample".into()), |rest| whole.guess(&rest, "name", None)) else {
        return;
    };
    let long = "a".repeat(300);
    let odd = ["", "!", "extra property", &long].into_iter().chain(made.as_ref().and_then(Value::as_text));
    for (index, name) in odd.enumerate() {
        if !sample.has(name) {
            found.add_of(name, &format!("propertyNames/{index}"), with(name, &value));
        }
    }
}

/// A property whose name a pattern finds something in, with a value that it may not have.
fn with_matching_name(whole: &Together, pattern: &str, sample: &Map, found: &mut Found) {
    let mut limits: Vec<Value> =
        whole.members.iter().filter_map(|member| member.get("propertyNames")).cloned().collect();
    limits.push(schema([("type", "string".into()), ("pattern", pattern.into())]));
    let made = whole.guess(&whole.compiler.node(whole.compiler.node_of(&limits)), "name", None);
    let Some(name) = made.as_ref().and_then(Value::as_text).filter(|name| !sample.has(name)) else { return };
    let Some(node) = whole.flat().property(whole.compiler, name) else { return };
    let node = whole.compiler.node(node);
    if node.alternatives(whole.compiler).is_empty() {
        found.add_of(name, "patternProperties", with(name, &"sample".into()));
        return;
    }
    for (label, value) in wrong(whole, &node) {
        found.add_of(name, &format!("patternProperties/{label}"), with(name, &value));
    }
}
