//! The parts of a value, and the one that a pointer's tokens name.

use sentinel_core::maker::GaveUp;
use sentinel_wire::{Map, Value};

/// The part.
///
/// # Errors
///
/// Where it is not there.
pub fn part_at<'a>(whole: &'a Value, tokens: &[String]) -> Result<&'a Value, GaveUp> {
    let part = tokens.iter().try_fold(whole, |whole, token| match whole {
        Value::Map(map) => map.get(token),
        Value::List(items) => items.get(token.parse::<usize>().ok()?),
        _ => None,
    });
    part.ok_or_else(|| GaveUp(format!("gave up: nothing at /{}", tokens.join("/"))))
}

/// The whole with another part where tokens lead, which must be there.
pub fn replaced(whole: &Value, tokens: &[String], part: Value) -> Value {
    let Some((first, rest)) = tokens.split_first() else { return part };
    match whole {
        Value::Map(map) => {
            let mut map = Map::clone(map);
            let inner = replaced(map.get(first).unwrap_or(&Value::Null), rest, part);
            map.set(first.as_str(), inner);
            map.into()
        }
        Value::List(items) => {
            let mut items = Vec::clone(items);
            if let Some(item) = first.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                *item = replaced(item, rest, part);
            }
            items.into()
        }
        other => other.clone(),
    }
}

/// How many parts a value has, itself being one.
pub fn parts_of(whole: &Value) -> usize {
    match whole {
        Value::Map(map) => 1 + map.iter().map(|(_, part)| parts_of(part)).sum::<usize>(),
        Value::List(items) => 1 + items.iter().map(parts_of).sum::<usize>(),
        _ => 1,
    }
}
