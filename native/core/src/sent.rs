//! What of a value is sent, where not all of it is (GENERATION.md, section 9).

use sentinel_wire::{Map, Value};

use crate::places::FORMS;

/// What a parameter that is written by its style is without nulls, at any depth; None: the same.
pub fn by_style(value: &Value) -> Option<Value> {
    matches!(value, Value::Map(_) | Value::List(_)).then(|| without_nulls(value))
}

/// What a body of this media type is: a form without members that are null, nulls in lists, and lists of nothing else; XML without
/// empty lists, in objects at any depth. None: the same.
pub fn in_body(value: &Value, media_type: &str) -> Option<Value> {
    match value {
        Value::Map(map) if FORMS.contains(&media_type) => {
            let sent = map.iter().filter(|(_, item)| !is_nothing(item));
            Some(sent.map(|(name, item)| (name.to_owned(), without_nulls_in_list(item))).collect::<Map>().into())
        }
        _ if media_type.ends_with("xml") => Some(without_empty_lists(value)),
        _ => None,
    }
}

fn is_nothing(item: &Value) -> bool {
    match item {
        Value::Null => true,
        Value::List(items) => items.iter().all(|one| *one == Value::Null),
        _ => false,
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let sent = map.iter().filter(|(_, item)| **item != Value::Null);
            sent.map(|(name, item)| (name.to_owned(), without_nulls(item))).collect::<Map>().into()
        }
        Value::List(items) => {
            items.iter().filter(|item| **item != Value::Null).map(without_nulls).collect::<Vec<_>>().into()
        }
        _ => value.clone(),
    }
}

fn without_nulls_in_list(value: &Value) -> Value {
    match value {
        Value::List(items) => items.iter().filter(|item| **item != Value::Null).cloned().collect::<Vec<_>>().into(),
        _ => value.clone(),
    }
}

fn without_empty_lists(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let sent = map.iter().filter(|(_, item)| !matches!(item, Value::List(items) if items.is_empty()));
            sent.map(|(name, item)| (name.to_owned(), without_empty_lists(item))).collect::<Map>().into()
        }
        Value::List(items) => items.iter().map(without_empty_lists).collect::<Vec<_>>().into(),
        _ => value.clone(),
    }
}
