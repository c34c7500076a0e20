//! Whether values satisfy a node: for examples, and for keywords that generation does not guarantee (GENERATION.md, section 8).

use std::collections::HashSet;

use sentinel_verdict::Validator;
use sentinel_wire::{Map, Value};

use crate::compiler::{Compiler, REFERENCE};
use crate::schema::Node;

/// Whether the validator accepts the value for the node's schemas. Schemas that the validator refuses accept all.
pub fn satisfies(compiler: &Compiler, node: &Node, value: &Value) -> bool {
    known(compiler, node).is_none_or(|validator| validator.accepts(value))
}

/// Whether the validator says that the value is wrong; not where it refuses the schema or cannot be told the value.
pub fn refuses(compiler: &Compiler, node: &Node, value: &Value) -> bool {
    known(compiler, node).is_some_and(|validator| validator.refuses(value))
}

fn known<'a>(compiler: &Compiler, node: &'a Node) -> Option<&'a Validator> {
    node.validator.get_or_init(|| Validator::new(&whole_schema(compiler, node))).as_ref()
}

/// The node's schemas together, with all that they refer to.
fn whole_schema(compiler: &Compiler, node: &Node) -> Value {
    let mut names: HashSet<&str> = HashSet::new();
    let mut definitions = vec![];
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
                    definitions.push((name.into(), target.clone()));
                    waiting.push(target);
                }
                waiting.extend(map.iter().map(|(_, item)| item));
            }
            Value::List(items) => waiting.extend(items.iter()),
            _ => {}
        }
    }
    let definitions = ("$defs".into(), Map::from_pairs(definitions).into());
    let together = ("allOf".into(), node.schemas.clone().into());
    Map::from_pairs(vec![definitions, together]).into()
}
