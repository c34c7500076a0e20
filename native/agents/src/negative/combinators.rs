//! What can be violated of keywords that look at a value as a whole (GENERATION.md, section 16). Each candidate is as good as its proof.

use std::sync::Arc;

use sentinel_core::compiler::Compiler;
use sentinel_core::places::Place;
use sentinel_wire::{Map, Value};

use super::change::PartChange;
use super::items::of_array;
use super::keywords::{Found, MOST_NAMES};
use super::names::of_object;
use super::spots::PartSpot;
use super::together::{Together, is_of, schema};

const MOST_PAIRS: usize = 4;
const CONDITION: [&str; 3] = ["if", "then", "else"];

/// Violations of the part that `spot` is the first alternative of. `sample`: the part as it is valid.
pub fn combined(compiler: &Compiler, place: &Place, spot: &PartSpot, sample: &Value, found: &mut Found) {
    let whole = Together::new(compiler, place, spot);
    for member in &whole.members {
        of_branches(&whole, member, found);
    }
    for member in &whole.members {
        match sample {
            Value::Map(sample) => of_object(&whole, member, sample, found),
            Value::List(sample) => of_array(&whole, member, sample, found),
            _ => {}
        }
    }
}

/// Values for which the branches of the member do not hold as they must.
fn of_branches(whole: &Together, member: &Arc<Map>, found: &mut Found) {
    let mut put = |label: &str, keywords: &[&str], schemas: Vec<Value>| {
        if let Some(value) = whole.instead(member, keywords, schemas) {
            found.add(label, PartChange::Put(value));
        }
    };
    let not = |part: &Value| schema([("not", part.clone())]);
    // A branch brings what its neighbours say.
    let is_brought =
        member.len() == 1 && whole.node.schemas.len() > 1 && is_of(&whole.node, &Value::Map(Arc::clone(member)));
    if let Some(part) = member.get("not").filter(|_| !is_brought) {
        put("not", &["not"], vec![part.clone()]);
    }
    let branches = member.get("oneOf").and_then(Value::as_list).unwrap_or_default();
    for (index, both) in branches.windows(2).take(MOST_PAIRS).enumerate() {
        put(&format!("oneOf/{index}+{}", index + 1), &["oneOf"], both.to_vec());
    }
    if let Some(condition) = member.get("if") {
        if let Some(part) = member.get("then") {
            put("then", &CONDITION, vec![condition.clone(), not(part)]);
        }
        if let Some(part) = member.get("else") {
            put("else", &CONDITION, vec![not(condition), not(part)]);
        }
    }
    if let Some(Value::Map(needs)) = member.get("dependentSchemas") {
        for (name, part) in needs.iter().take(MOST_NAMES) {
            let asked = schema([("required", vec![Value::text(name)].into())]);
            put("dependentSchemas", &["dependentSchemas"], vec![asked, not(part)]);
        }
    }
}
