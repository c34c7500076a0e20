//! What a JSON Schema validator says of a value: for examples, and for keywords that generation does not guarantee.
//!
//! The validator is the crate `jsonschema`, in the version that the Python agents have as `jsonschema-rs`, so that all
//! implementations hear the same verdict.

use std::collections::HashSet;

use jsonschema::{Draft, Validator};
use sentinel_wire::Value;
use sentinel_wire::value::{EXT_DECIMAL, EXT_INTEGER, EXT_TEXT};
use serde_json::{Map as JsonMap, Number, Value as Json};

use crate::compiler::{Compiler, REFERENCE};
use crate::schema::Node;

/// Whether the validator accepts the value for the node's schemas; formats are asserted. Schemas that the validator refuses accept all.
///
/// A value with parts that the validator cannot be told (raw bytes, variables, numbers beyond a double) is not accepted.
pub fn satisfies(compiler: &Compiler, node: &Node, value: &Value) -> bool {
    match node.validator.get_or_init(|| validator(compiler, node)) {
        None => true,
        Some(validator) => plain(value).is_some_and(|value| validator.is_valid(&value)),
    }
}

fn validator(compiler: &Compiler, node: &Node) -> Option<Validator> {
    let mut names: HashSet<&str> = HashSet::new();
    let mut definitions = JsonMap::new();
    let mut waiting: Vec<&Value> = node.schemas.iter().collect();
    while let Some(part) = waiting.pop() {
        match part {
            Value::Map(map) => {
                if let Some(Value::Text(reference)) = map.get("$ref")
                    && !names.contains(reference.as_str())
                    && let Some(target) = compiler.target(reference)
                {
                    names.insert(reference);
                    let name = reference.strip_prefix(REFERENCE).unwrap_or(reference);
                    definitions.insert(name.to_owned(), plain(target)?);
                    waiting.push(target);
                }
                waiting.extend(map.iter().map(|(_, item)| item));
            }
            Value::List(items) => waiting.extend(items.iter()),
            _ => {}
        }
    }
    let parts: Option<Vec<Json>> = node.schemas.iter().map(plain).collect();
    let mut schema = JsonMap::new();
    schema.insert("$defs".to_owned(), definitions.into());
    schema.insert("allOf".to_owned(), parts?.into());
    jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true).build(&schema.into()).ok()
}

/// The value as the validator takes it: extension values as doubles and text. None for what has no such form.
fn plain(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) => Json::Number(Number::from(*number)),
        Value::Text(text) => Json::String(text.clone()),
        Value::Bytes(bytes) => Json::String(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Value::Ext(EXT_INTEGER | EXT_DECIMAL, digits) => {
            let number: f64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
            Json::Number(Number::from_f64(number)?)
        }
        Value::Ext(EXT_TEXT, bytes) => Json::String(String::from_utf8_lossy(bytes).into_owned()),
        Value::Ext(..) => return None,
        Value::List(items) => Json::Array(items.iter().map(plain).collect::<Option<_>>()?),
        Value::Map(map) => {
            let pairs = map.iter().map(|(key, item)| Some((key.to_owned(), plain(item)?)));
            Json::Object(pairs.collect::<Option<_>>()?)
        }
    })
}
