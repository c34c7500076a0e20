//! What can be violated of how many items an array contains, and of items that only the others tell about (GENERATION.md, section 16).

use std::sync::Arc;

use sentinel_core::steer::Steer;
use sentinel_wire::{Map, Value};

use super::change::PartChange;
use super::keywords::{Found, LARGE_COUNT, wrong};
use super::together::{Together, is_of};

const CONTAINED: [&str; 3] = ["contains", "minContains", "maxContains"];

/// Violations of what one member says of the array. `sample`: the array as it is valid.
pub fn of_array(whole: &Together, member: &Arc<Map>, sample: &[Value], found: &mut Found) {
    if let Some(contained) = member.get("contains") {
        of_contains(whole, member, contained, sample, found);
    }
    if let Some(schema) = member.get("unevaluatedItems") {
        behind(whole, schema, "unevaluatedItems", found);
    }
    let has_prefix = member.get("prefixItems").and_then(Value::as_list).is_some_and(|list| !list.is_empty());
    if let Some(schema) = member.get("items").filter(|schema| has_prefix || **schema == Value::Bool(false)) {
        behind(whole, schema, "items", found);
    }
}

/// No item of the kind that must be there, one too few, one too many.
fn of_contains(whole: &Together, member: &Arc<Map>, contained: &Value, sample: &[Value], found: &mut Found) {
    let least = count(member.get("minContains"), 1);
    let most = count(member.get("maxContains"), LARGE_COUNT);
    if !sample.is_empty() && least > 0 {
        found.add("contains", PartChange::Put(vec![].into()));
    }
    let mut put = |label: &str, low: u64, high: Option<u64>| {
        let number = |count: u64| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
        let mut asked = vec![("contains", contained.clone()), ("minContains", number(low))];
        asked.extend(high.map(|high| ("maxContains", number(high))));
        let asked: Value = asked.into_iter().collect::<Map>().into();
        if let Some(value) = whole.instead(member, &CONTAINED, vec![asked]) {
            found.add(label, PartChange::Put(value));
        }
    };
    if least > 0 {
        put("contains/none", 0, Some(0));
    }
    if 1 < least && least <= LARGE_COUNT {
        put("minContains", least - 1, Some(least - 1));
    }
    if most < LARGE_COUNT {
        put("maxContains", most + 1, None);
    }
}

/// All items that have a place of their own, and behind them one that must not be there or not be so.
fn behind(whole: &Together, schema: &Value, keyword: &str, found: &mut Found) {
    let flat = whole.flat();
    let count = flat.prefix.len() as u64;
    let Some(rest) = flat.items else { return };
    if flat.max_items.is_some_and(|most| count >= most) {
        return;
    }
    let rest = whole.compiler.node(rest);
    if !is_of(&rest, schema) {
        return;
    }
    let extra: Vec<(String, Value)> = if rest.alternatives(whole.compiler).is_empty() {
        vec![(keyword.to_owned(), "sample".into())]
    } else {
        wrong(whole, &rest).into_iter().map(|(label, value)| (format!("{keyword}/{label}"), value)).collect()
    };
    let steer = Steer::Branch(whole.alternative, Some(Steer::Length(count).into()));
    if let Some(Value::List(items)) = whole.guess(&whole.node, &whole.place.name, Some(&steer)) {
        for (label, item) in extra {
            found.add(label, PartChange::Put([items.as_slice(), &[item]].concat().into()));
        }
    }
}

fn count(value: Option<&Value>, absent: u64) -> u64 {
    match value {
        Some(Value::Int(count)) => u64::try_from(*count).unwrap_or(absent),
        _ => absent,
    }
}
