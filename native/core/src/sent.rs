//! What of a value is sent in its place, and whether it is said how (GENERATION.md, section 9).

use sentinel_wire::api::{MediaType, Parameter};
use sentinel_wire::{Map, Value};

/// The media types of forms.
pub const FORMS: [&str; 2] = ["application/x-www-form-urlencoded", "multipart/form-data"];

/// How a value of a parameter, or of a property of a form, is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Styled {
    /// The parts of an array or object are plain texts.
    Parts,
    /// As `deepObject`.
    Deep,
}

/// How the values of a place are written.
#[derive(Debug)]
pub struct Written(Writing);

#[derive(Debug)]
enum Writing {
    /// As they are: as JSON, or as a text.
    Whole,
    Parameter {
        styled: Styled,
        /// Whether there must be one.
        needed: bool,
    },
    /// With the properties that are written like parameters.
    Form(Vec<(String, Styled)>),
    Multipart,
    Xml,
}

impl Written {
    /// The values of a parameter.
    #[must_use]
    pub fn of_parameter(parameter: &Parameter, required: bool) -> Self {
        if !parameter.media_type.is_empty() {
            return Self(Writing::Whole);
        }
        let is_deep = parameter.location == "query" && parameter.style == "deepObject";
        Self(Writing::Parameter { styled: if is_deep { Styled::Deep } else { Styled::Parts }, needed: required })
    }

    /// Bodies of a media type; `bare`: without its parameters.
    #[must_use]
    pub fn of_body(bare: &str, media: &MediaType) -> Self {
        Self(match bare {
            form if form == FORMS[0] => {
                // An entry whose type is JSON says that it is written as JSON.
                let entries = media.encoding.iter().filter(|entry| !entry.content_type.contains("json"));
                let styled = entries.map(|entry| {
                    (entry.name.clone(), if entry.style == "deepObject" { Styled::Deep } else { Styled::Parts })
                });
                Writing::Form(styled.collect())
            }
            multipart if multipart == FORMS[1] => Writing::Multipart,
            xml if xml.ends_with("xml") => Writing::Xml,
            _ => Writing::Whole,
        })
    }

    /// Whether values are written as they are.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        matches!(self.0, Writing::Whole)
    }

    /// Whether anything is sent for the value at all.
    #[must_use]
    pub const fn can_be_sent(&self, value: &Value) -> bool {
        match self.0 {
            Writing::Parameter { needed, .. } => !matches!(value, Value::Null) || !needed,
            Writing::Form(_) => matches!(value, Value::Map(_) | Value::Bytes(_)),
            Writing::Multipart => matches!(value, Value::Map(_)),
            Writing::Whole | Writing::Xml => true,
        }
    }

    /// Whether `OpenAPI` says how the value is written: not of arrays and objects inside of a parameter's (3.1, 4.8.12.3).
    #[must_use]
    pub fn is_defined(&self, value: &Value) -> bool {
        match (&self.0, value) {
            (Writing::Parameter { styled, .. }, _) => is_shallow(*styled, value),
            (Writing::Form(styled), Value::Map(map)) => {
                styled.iter().all(|(name, styled)| map.get(name).is_none_or(|item| is_shallow(*styled, item)))
            }
            _ => true,
        }
    }

    /// The value without the parts that are not sent.
    #[must_use]
    pub fn sent(&self, value: &Value) -> Value {
        match (&self.0, value) {
            (Writing::Parameter { styled, .. }, _) => of_parameter(*styled, value),
            (Writing::Form(styled), Value::Map(map)) => of_form(styled, map),
            (Writing::Multipart, Value::Map(map)) => of_form(&[], map),
            (Writing::Xml, _) => without_empty_lists(value),
            _ => value.clone(),
        }
    }
}

const fn is_nested(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

/// Whether no array or object is inside of the value; in deepObject objects may be, in objects.
fn is_shallow(styled: Styled, value: &Value) -> bool {
    match value {
        Value::Map(map) if styled == Styled::Deep => map.iter().all(|(_, item)| is_shallow(styled, item)),
        Value::Map(map) => !map.iter().any(|(_, item)| is_nested(item)),
        Value::List(items) => !items.iter().any(is_nested),
        _ => true,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// An array or object without nulls; in deepObject at any depth, and without empty ones inside.
fn of_parameter(styled: Styled, value: &Value) -> Value {
    match value {
        Value::List(items) => without_nulls(items),
        Value::Map(map) => {
            let parts = map.iter().filter_map(|(name, item)| {
                let sent = if styled == Styled::Deep { of_parameter(styled, item) } else { item.clone() };
                let is_sent = sent != Value::Null && (styled == Styled::Parts || !is_empty(&sent));
                is_sent.then(|| (name.to_owned(), sent))
            });
            parts.collect::<Map>().into()
        }
        _ => value.clone(),
    }
}

/// A form without members that are nothing.
fn of_form(styled: &[(String, Styled)], map: &Map) -> Value {
    let members = map.iter().filter_map(|(name, item)| {
        let writing = styled.iter().rfind(|(styled, _)| styled == name).map(|(_, writing)| *writing);
        let sent = match (writing, item) {
            (Some(writing), _) => of_parameter(writing, item),
            (None, Value::List(items)) => without_nulls(items),
            (None, _) => item.clone(),
        };
        let is_nothing =
            sent == Value::Null || (is_empty(&sent) && (writing.is_some() || !matches!(sent, Value::Map(_))));
        (!is_nothing).then(|| (name.to_owned(), sent))
    });
    members.collect::<Map>().into()
}

fn without_nulls(items: &[Value]) -> Value {
    items.iter().filter(|item| **item != Value::Null).cloned().collect::<Vec<_>>().into()
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
