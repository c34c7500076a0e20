//! What can be violated of keywords that look at a value as a whole (GENERATION.md, section 16). Each candidate is as good as its proof.

use std::sync::Arc;

use sentinel_core::compiler::Compiler;
use sentinel_core::kind::Kind;
use sentinel_core::places::Place;
use sentinel_core::schema::Flat;
use sentinel_core::verdict::refuses;
use sentinel_wire::{Map, Value};

use super::change::PartChange;
use super::items::of_array;
use super::keywords::{Found, MOST_NAMES, has_default};
use super::names::of_object;
use super::spots::{PartSpot, is_read_only};
use super::together::{Together, is_of, schema};

const MOST_PAIRS: usize = 4;
const MOST_BRANCHES: usize = 16;
/// Members in all conjunctions: each value is made of all of them.
const MOST_TOGETHER: usize = 256;
/// Of which a value that is wrong for all members is sent anyway, but not for one.
const LOST: [&str; 4] = ["enum", "const", "pattern", "multipleOf"];
const CONDITION: [&str; 3] = ["if", "then", "else"];

/// Violations of the part that `spot` is the first alternative of. `sample`: the part as it is valid.
pub fn combined(compiler: &Compiler, place: &Place, spot: &PartSpot, sample: &Value, found: &mut Found) {
    let whole = Together::new(compiler, place, spot);
    let most = (MOST_TOGETHER / whole.members.len().max(1)).max(1);
    for member in whole.members.iter().take(most) {
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
        if let Some(value) = whole.instead(member, keywords, schemas).filter(|value| is_minded(whole, value)) {
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
    for (keyword, label) in [("oneOf", "oneOf/none"), ("anyOf", "anyOf")] {
        let branches = member.get(keyword).and_then(Value::as_list).unwrap_or_default();
        if !(2..=MOST_BRANCHES).contains(&branches.len()) {
            continue;
        }
        let kinds = shared_kinds(whole);
        if !kinds.is_empty() {
            let kinds = schema([("type", kinds.into())]);
            put(label, &[keyword], [kinds].into_iter().chain(branches.iter().map(not)).collect());
        }
    }
    for keyword in LOST {
        let is_other = |other: &Arc<Map>| !Arc::ptr_eq(other, member) && other.has(keyword);
        if let Some(value) = member.get(keyword).filter(|_| whole.members.iter().any(is_other)) {
            put(&format!("allOf/{keyword}"), &[keyword], vec![not(&schema([(keyword, value.clone())]))]);
        }
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

/// Those that two alternatives allow: a value of another kind that is right for none of them is sent without asking for it.
fn shared_kinds(whole: &Together) -> Vec<Value> {
    let alternatives = whole.node.alternatives(whole.compiler);
    let allows =
        |flat: &&Flat, kind| flat.allowed.has(kind) || (kind == Kind::Integer && flat.allowed.has(Kind::Number));
    let is_shared = |kind: &Kind| alternatives.iter().filter(|flat| allows(flat, *kind)).nth(1).is_some();
    Kind::ALL.into_iter().filter(is_shared).map(|kind| kind.name().into()).collect()
}

/// Whether an object is wrong too with what a server puts in by itself: what it alone writes, and defaults of what is missing.
fn is_minded(whole: &Together, value: &Value) -> bool {
    let Value::Map(sent) = value else { return true };
    whole.node.alternatives(whole.compiler).iter().all(|flat| {
        let mut all = Map::clone(sent);
        for (name, node) in flat.properties.iter() {
            let node = whole.compiler.node(node);
            let is_missing = flat.is_required(name) && !sent.has(name);
            let is_written = (is_missing || sent.has(name)) && is_read_only(whole.compiler, &node);
            if (is_written || (is_missing && has_default(whole.compiler, &node)))
                && let Some(made) = whole.guess(&node, name, None)
            {
                all.set(&**name, made);
            }
        }
        all == **sent || refuses(whole.compiler, &whole.node, &all.into())
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::rc::Rc;

    use sentinel_core::places::Request;
    use sentinel_wire::api::{MediaType, Operation, RequestBody};

    use super::*;
    use crate::negative::spots::spots;

    /// What is put for a body with this schema, by label.
    fn put(body: Value) -> HashMap<String, Value> {
        let compiler = Compiler::new(HashMap::new());
        let media_type = "application/json".to_owned();
        let content = vec![MediaType { media_type, schema: body, examples: vec![], encoding: vec![] }];
        let request = Request::new(&compiler, Rc::new(taking(RequestBody { content, required: true })));
        let place = &request.bodies[0];
        let mut found = Found(vec![]);
        combined(&compiler, place, &spots(&compiler, place, true).spots[0], &Value::Null, &mut found);
        let values = found.0.into_iter().filter_map(|one| match one.change {
            PartChange::Put(value) => Some((one.label, value)),
            _ => None,
        });
        values.collect()
    }

    fn taking(body: RequestBody) -> Operation {
        let none = String::new;
        Operation {
            key: "POST /a".to_owned(),
            method: "POST".to_owned(),
            path: "/a".to_owned(),
            operation_id: none(),
            tags: vec![],
            parameters: vec![],
            body: Some(body),
            responses: vec![],
            security: vec![],
            server: none(),
            group: none(),
            resource: none(),
            slots: vec![],
            outputs: vec![],
            maker: none(),
            remover: none(),
            level: 0,
            pointer: none(),
            deprecated: false,
        }
    }

    fn branches(keyword: &'static str, branches: Vec<Value>) -> Value {
        schema([(keyword, branches.into())])
    }

    fn requires(names: &[&str], part: &Value) -> Value {
        let required = names.iter().map(|name| Value::text(*name)).collect::<Vec<_>>();
        let properties: Map = names.iter().map(|name| ((*name).to_owned(), part.clone())).collect();
        schema([("type", "object".into()), ("required", required.into()), ("properties", properties.into())])
    }

    /// A value of a kind that several branches have, and right for none.
    #[test]
    fn none_of_the_branches() {
        let low = schema([("type", "number".into()), ("maximum", Value::Int(1))]);
        let high = schema([("type", "integer".into()), ("minimum", Value::Int(5))]);
        assert_eq!(put(branches("oneOf", vec![high.clone(), low.clone()]))["oneOf/none"], Value::Int(2));
        assert_eq!(put(branches("anyOf", vec![high.clone(), low]))["anyOf"], Value::Int(2));
        let null = schema([("type", "null".into())]);
        assert!(put(branches("anyOf", vec![high, null])).is_empty());
    }

    /// What one part of several says with the same keyword.
    #[test]
    fn one_of_the_parts() {
        let of = |values: [&'static str; 2]| schema([("enum", values.map(Value::text).to_vec().into())]);
        let found = put(branches("allOf", vec![of(["a", "b"]), of(["b", "c"])]));
        assert_eq!(found["allOf/enum"], Value::text("a"));
    }

    /// A branch that lacks only what the server writes is not violated.
    #[test]
    fn what_the_server_writes() {
        let text = schema([("type", "string".into())]);
        let own = schema([("type", "string".into()), ("readOnly", Value::Bool(true))]);
        let both = |part: &Value| branches("anyOf", vec![requires(&["a"], part), requires(&["a", "b"], part)]);
        assert_eq!(put(both(&text))["anyOf"], Map::new().into());
        assert!(put(both(&own)).is_empty());
    }
}
