//! Putting one value into a body: the node it must fit, and the body with it (GENERATION.md, section 13).

use std::rc::Rc;

use sentinel_core::compiler::Compiler;
use sentinel_core::kind::Kind;
use sentinel_core::schema::Node;
use sentinel_wire::{Map, Value};

/// A text of more digits is not taken for a number.
const MOST_DIGITS: usize = 18;

/// The node of the part that a pointer names, by the first alternative of each node on the way.
pub fn descend(compiler: &Compiler, root: Rc<Node>, tokens: &[String]) -> Option<Rc<Node>> {
    tokens.iter().try_fold(root, |node, token| {
        let flat = node.alternatives(compiler).first()?;
        let child = flat.properties.get(token).or_else(|| flat.item(index(token)?))?;
        Some(compiler.node(child))
    })
}

/// The value as the node's first alternative has it: text of digits as a number, a number as text; None where it does not fit.
pub fn fitting(compiler: &Compiler, node: &Node, value: &Value) -> Option<Value> {
    let flat = node.alternatives(compiler).first()?;
    let kind = Kind::of(value)?;
    if flat.values.is_some() {
        return None;
    }
    if flat.kinds.has(kind) || (kind == Kind::Integer && flat.kinds.has(Kind::Number)) {
        return Some(value.clone());
    }
    let is_numeric = flat.kinds.has(Kind::Integer) || flat.kinds.has(Kind::Number);
    match value {
        Value::Int(number) if flat.kinds.has(Kind::String) => Some(Value::Text(number.to_string())),
        Value::Text(text) if is_numeric && text.len() <= MOST_DIGITS && is_digits(text) => {
            text.parse().ok().map(Value::Int)
        }
        _ => None,
    }
}

/// The whole with the value at the pointer; None where the parent (without `add`: the part) is not there.
pub fn replaced(whole: &Value, tokens: &[String], value: &Value, add: bool) -> Option<Value> {
    let Some((first, rest)) = tokens.split_first() else { return Some(value.clone()) };
    match whole {
        Value::Map(map) => {
            let part = map.get(first);
            if part.is_none() && (!rest.is_empty() || !add) {
                return None;
            }
            let inner = replaced(part.unwrap_or(&Value::Null), rest, value, add)?;
            let mut map = Map::clone(map);
            map.set(first.as_str(), inner);
            Some(map.into())
        }
        Value::List(items) => {
            let at = index(first)?;
            let inner = replaced(items.get(at)?, rest, value, add)?;
            let mut items = Vec::clone(items);
            items[at] = inner;
            Some(items.into())
        }
        _ => None,
    }
}

/// The index that a token of at most three digits is.
fn index(token: &str) -> Option<usize> {
    if token.len() < 4 && is_digits(token) { token.parse().ok() } else { None }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
