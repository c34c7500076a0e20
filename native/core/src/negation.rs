//! What must hold where a schema must not: the negation of its keywords, each a branch of its own (GENERATION.md, section 8).
//!
//! The branches are schemas again. `!` in one says that it evaluates nothing (it stands under `not`); `!enum`, `!pattern` and
//! `!multipleOf` are the three negations that no keyword can say.

use sentinel_wire::{Map, Value};

use crate::exact::Exact;

const KINDS: [&str; 6] = ["string", "number", "boolean", "object", "array", "null"];
const LOSSY: [&str; 7] = [
    "format",
    "uniqueItems",
    "propertyNames",
    "patternProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "oneOf",
];
const OPPOSITES: [(&str, &str); 5] = [
    ("minimum", "exclusiveMaximum"),
    ("maximum", "exclusiveMinimum"),
    ("exclusiveMinimum", "maximum"),
    ("exclusiveMaximum", "minimum"),
    ("multipleOf", "!multipleOf"),
];

/// Values of any of the branches do not satisfy the schema.
#[derive(Debug)]
pub struct Negation {
    /// Schemas.
    pub branches: Vec<Value>,
    /// Whether no other values are such.
    pub exact: bool,
}

/// The negation of a schema; a reference stays one, under `not`.
pub fn negation(schema: &Value) -> Negation {
    let Value::Map(schema) = schema else {
        let branches = if *schema == Value::Bool(false) { vec![Value::Bool(true)] } else { vec![] };
        return Negation { branches, exact: true };
    };
    let mut branches = vec![];
    of_any(schema, &mut branches);
    of_numbers(schema, &mut branches);
    of_counts(schema, "string", "minLength", "maxLength", &mut branches);
    if let Some(pattern @ Value::Text(_)) = schema.get("pattern") {
        branches.push(branch("string", [("!pattern", pattern.clone())]));
    }
    of_objects(schema, &mut branches);
    of_arrays(schema, &mut branches);
    of_parts(schema, &mut branches);
    Negation { branches, exact: !LOSSY.iter().any(|keyword| schema.has(keyword)) && !is_lossy(schema) }
}

/// `{"not": schema}`.
pub fn denied(schema: &Value) -> Value {
    object([("not", schema.clone())])
}

/// Whether a schema is as good as true.
fn says_nothing(schema: &Value) -> bool {
    *schema != Value::Bool(false) && schema.as_map().is_none_or(Map::is_empty)
}

/// The schema of these keywords.
pub fn object<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    pairs.into_iter().collect::<Map>().into()
}

fn branch<const N: usize>(kind: &str, pairs: [(&str, Value); N]) -> Value {
    let marks = [("!", Value::Bool(true)), ("type", kind.into())];
    marks.into_iter().chain(pairs).collect::<Map>().into()
}

fn only(name: &str, schema: Value) -> Value {
    object([(name, schema)])
}

fn names(names: &[&str]) -> Value {
    names.iter().map(|name| Value::text(*name)).collect::<Vec<_>>().into()
}

/// Whether the negation is narrower than it could be: only one of many places is looked at.
fn is_lossy(schema: &Map) -> bool {
    let says = |keyword: &&str| schema.get(keyword).is_some_and(|part| !says_nothing(part));
    let is_unread = |(keyword, _): &(&str, &str)| schema.get(keyword).is_some_and(|value| Exact::read(value).is_none());
    if ["additionalProperties", "items"].iter().any(says) || OPPOSITES.iter().any(is_unread) {
        return true;
    }
    schema.has("contains") && (schema.has("maxContains") || count(schema, "minContains").unwrap_or(1) > 1)
}

fn of_any(schema: &Map, branches: &mut Vec<Value>) {
    if let Some(declared) = schema.get("type") {
        let has = |kind: &str| match declared {
            Value::List(names) => names.iter().any(|name| name.as_text() == Some(kind)),
            name => name.as_text() == Some(kind),
        };
        let others: Vec<&str> =
            KINDS.into_iter().filter(|kind| !(has(kind) || (*kind == "number" && has("integer")))).collect();
        if !others.is_empty() {
            branches.push(object([("!", Value::Bool(true)), ("type", names(&others))]));
        }
        if has("integer") && !has("number") {
            branches.push(branch("number", [("!multipleOf", Value::Int(1))]));
        }
    }
    if let Some(value) = schema.get("const") {
        branches.push(object([("!", Value::Bool(true)), ("!enum", vec![value.clone()].into())]));
    }
    if let Some(values @ Value::List(_)) = schema.get("enum") {
        branches.push(object([("!", Value::Bool(true)), ("!enum", values.clone())]));
    }
}

fn of_numbers(schema: &Map, branches: &mut Vec<Value>) {
    for (keyword, opposite) in OPPOSITES {
        if let Some(value) = schema.get(keyword)
            && Exact::read(value).is_some()
        {
            branches.push(branch("number", [(opposite, value.clone())]));
        }
    }
}

fn of_counts(schema: &Map, kind: &str, low: &str, high: &str, branches: &mut Vec<Value>) {
    if let Some(least) = count(schema, low)
        && least > 0
    {
        branches.push(branch(kind, [(high, Value::Int(least - 1))]));
    }
    if let Some(most) = count(schema, high) {
        branches.push(branch(kind, [(low, Value::Int(most.saturating_add(1)))]));
    }
}

fn of_objects(schema: &Map, branches: &mut Vec<Value>) {
    let absent = |name: &str| ("properties", only(name, Value::Bool(false)));
    for name in list(schema, "required").iter().filter_map(Value::as_text) {
        branches.push(branch("object", [absent(name)]));
    }
    of_counts(schema, "object", "minProperties", "maxProperties", branches);
    for (name, others) in table(schema, "dependentRequired") {
        for other in others.as_list().unwrap_or_default().iter().filter_map(Value::as_text) {
            branches.push(branch("object", [("required", names(&[name])), absent(other)]));
        }
    }
    for (name, part) in table(schema, "properties") {
        if !says_nothing(part) {
            branches.push(with_property(name, part));
        }
    }
    if let Some(rest) = schema.get("additionalProperties")
        && !says_nothing(rest)
        && !schema.has("patternProperties")
    {
        let properties = schema.get("properties").and_then(Value::as_map);
        let is_free = |name: &String| properties.is_none_or(|properties| !properties.has(name));
        let last = properties.map_or(1, |properties| properties.len() + 1);
        let name = (1..=last).map(|number| format!("extra{number}")).find(is_free).unwrap_or_default();
        branches.push(with_property(&name, rest));
    }
    for (name, part) in table(schema, "dependentSchemas") {
        branches.push(branch("object", [("required", names(&[name])), ("not", part.clone())]));
    }
}

/// An object with a property that does not satisfy a schema.
fn with_property(name: &str, part: &Value) -> Value {
    branch("object", [("required", names(&[name])), ("properties", only(name, denied(part)))])
}

fn of_arrays(schema: &Map, branches: &mut Vec<Value>) {
    of_counts(schema, "array", "minItems", "maxItems", branches);
    let prefix = list(schema, "prefixItems");
    for (index, part) in prefix.iter().chain(schema.get("items")).enumerate() {
        if !says_nothing(part) {
            let mut items = vec![Value::Bool(true); index];
            items.push(denied(part));
            let least = i64::try_from(index + 1).unwrap_or(i64::MAX);
            branches.push(branch("array", [("minItems", Value::Int(least)), ("prefixItems", items.into())]));
        }
    }
    if let Some(part) = schema.get("contains")
        && count(schema, "minContains").unwrap_or(1) > 0
    {
        branches.push(branch("array", [("items", denied(part))]));
    }
}

fn of_parts(schema: &Map, branches: &mut Vec<Value>) {
    let together = |parts: Vec<Value>| object([("allOf", parts.into())]);
    if let Some(reference @ Value::Text(_)) = schema.get("$ref") {
        branches.push(denied(&object([("$ref", reference.clone())])));
    }
    branches.extend(list(schema, "allOf").iter().map(denied));
    for keyword in ["oneOf", "anyOf"] {
        let parts = list(schema, keyword);
        if !parts.is_empty() {
            branches.push(together(parts.iter().map(denied).collect()));
        }
    }
    branches.extend(schema.get("not").cloned());
    if let Some(condition) = schema.get("if") {
        if let Some(part) = schema.get("then") {
            branches.push(together(vec![condition.clone(), denied(part)]));
        }
        if let Some(part) = schema.get("else") {
            branches.push(together(vec![denied(condition), denied(part)]));
        }
    }
}

fn list<'a>(schema: &'a Map, keyword: &str) -> &'a [Value] {
    schema.get(keyword).and_then(Value::as_list).unwrap_or_default()
}

fn table<'a>(schema: &'a Map, keyword: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    schema.get(keyword).and_then(Value::as_map).into_iter().flat_map(Map::iter)
}

fn count(schema: &Map, keyword: &str) -> Option<i64> {
    match schema.get(keyword) {
        Some(Value::Int(count)) if *count >= 0 => Some(*count),
        _ => None,
    }
}
