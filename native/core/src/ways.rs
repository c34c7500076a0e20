//! How the parts of a value are written beside one another, and which values could be read as others then (GENERATION.md, section 9).

use std::collections::HashSet;

use sentinel_wire::api::{Encoding, Parameter};
use sentinel_wire::value::{EXT_DECIMAL, EXT_INTEGER};
use sentinel_wire::{Map, Value};

/// What in a value would be read otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub struct Way {
    /// Characters that part the members of an array or object.
    texts: &'static str,
    /// Those that part a name from the rest, too.
    names: &'static str,
    /// Nothing at all stands for one empty text.
    joined: bool,
    /// Names stand in brackets.
    deep: bool,
    /// Percent-encoded triplets are left alone.
    reserved: bool,
}

impl Way {
    /// That of a parameter by style; None where every value can be told.
    #[must_use]
    pub fn of(parameter: &Parameter) -> Option<Self> {
        let is_query = parameter.location == "query";
        if !parameter.media_type.is_empty() {
            return (parameter.allow_reserved && is_query).then(|| Self { reserved: true, ..Self::default() });
        }
        match parameter.location.as_str() {
            // `.` is never quoted (RFC 6570, 3.2.5; RFC 3986, 2.3).
            "path" if parameter.style == "label" && parameter.explode => {
                Some(Self { texts: ".", names: ".", ..Self::default() })
            }
            "header" => Some(Self { texts: ",", names: if parameter.explode { ",=" } else { "," }, ..Self::default() }),
            "query" => Self::of_query(&parameter.style, parameter.explode, parameter.allow_reserved),
            _ => None,
        }
    }

    /// Those of the members of a form.
    #[must_use]
    pub fn of_members(encodings: &[Encoding]) -> Vec<(String, Self)> {
        let mut ways: Vec<(String, Self)> = vec![];
        for encoding in encodings.iter().filter(|encoding| !encoding.content_type.contains("json")) {
            ways.retain(|(name, _)| *name != encoding.name);
            let way = Self::of_query(&encoding.style, encoding.explode, encoding.allow_reserved);
            ways.extend(way.map(|way| (encoding.name.clone(), way)));
        }
        ways
    }

    /// Those of the members of multipart whose style counts there.
    #[must_use]
    pub fn of_parts(encodings: &[Encoding]) -> Vec<(String, Self)> {
        let mut ways: Vec<(String, Self)> = vec![];
        for encoding in encodings.iter().filter(|encoding| encoding.styled) {
            ways.retain(|(name, _)| *name != encoding.name);
            ways.extend(Self::of_part(&encoding.style, encoding.explode).map(|way| (encoding.name.clone(), way)));
        }
        ways
    }

    fn of_part(style: &str, explode: bool) -> Option<Self> {
        // Nothing is quoted there.
        let delimiter = match style {
            "deepObject" => return Some(Self { deep: true, ..Self::default() }),
            _ if explode => return None,
            "spaceDelimited" => " ",
            "pipeDelimited" => "|",
            _ => ",",
        };
        Some(Self { texts: delimiter, names: delimiter, joined: true, ..Self::default() })
    }

    fn of_query(style: &str, explode: bool, reserved: bool) -> Option<Self> {
        let delimiter = match style {
            _ if explode => "",
            "spaceDelimited" => " ",
            "pipeDelimited" => "|",
            _ if reserved => ",",
            _ => "",
        };
        let deep = style == "deepObject";
        let way = Self { texts: delimiter, names: delimiter, joined: !explode, deep, reserved };
        (!explode || deep || reserved).then_some(way)
    }

    /// Whether the value can be told from every other on the wire.
    #[must_use]
    pub fn tells(self, value: &Value) -> bool {
        if self.reserved && has_triplet(value) {
            return false;
        }
        match value {
            Value::Map(map) if self.deep => is_deep(map),
            Value::Map(map) => map.iter().all(|(name, item)| !name.contains(is_of(self.names)) && !self.cuts(item)),
            Value::List(items) => {
                let mut present = items.iter().filter(|item| **item != Value::Null);
                let is_nothing = self.joined && present.next() == Some(&Value::text("")) && present.next().is_none();
                !is_nothing && !items.iter().any(|item| self.cuts(item) || (self.deep && is_nested(item)))
            }
            _ => true,
        }
    }

    fn cuts(self, item: &Value) -> bool {
        match item {
            Value::Text(text) => text.contains(is_of(self.texts)),
            Value::Ext(EXT_INTEGER | EXT_DECIMAL, digits) => {
                digits.iter().any(|byte| self.texts.as_bytes().contains(byte))
            }
            _ => false,
        }
    }
}

/// Whether an object of this style is written as its members, beside whatever else there is.
#[must_use]
pub fn is_exploded(style: &str, explode: bool) -> bool {
    explode && style == "form"
}

/// The members of a form of which an object is written so; of multipart, where nothing is `quoted`, if their style counts there.
#[must_use]
pub fn exploded_of(encodings: &[Encoding], quoted: bool) -> Vec<String> {
    let counts = |one: &&Encoding| if quoted { !one.content_type.contains("json") } else { one.styled };
    let exploded = encodings.iter().filter(counts).filter(|one| is_exploded(&one.style, one.explode));
    exploded.map(|one| one.name.clone()).collect()
}

/// Whether two of the values are written under one name. `exploded`: of which of them an object is written as its members.
pub fn is_written_twice<'a>(values: impl Iterator<Item = (&'a str, &'a Value)>, exploded: &[String]) -> bool {
    let mut seen = HashSet::new();
    for (name, value) in values {
        let is_new = match value {
            Value::Map(members) if exploded.iter().any(|one| one == name) => {
                members.iter().all(|(member, _)| seen.insert(member))
            }
            _ => seen.insert(name),
        };
        if !is_new {
            return true;
        }
    }
    false
}

fn is_of(characters: &'static str) -> impl Fn(char) -> bool {
    move |character| characters.contains(character)
}

/// Whether names in brackets say where each text belongs: none has brackets, and lists have texts only.
fn is_deep(map: &Map) -> bool {
    map.iter().all(|(name, item)| {
        let is_named = !name.is_empty() && !name.contains(['[', ']']);
        is_named
            && match item {
                Value::List(items) => !items.iter().any(is_nested),
                Value::Map(inner) => is_deep(inner),
                _ => true,
            }
    })
}

const fn is_nested(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

fn has_triplet(value: &Value) -> bool {
    match value {
        Value::Text(text) => has_triplet_in(text),
        Value::List(items) => items.iter().any(has_triplet),
        Value::Map(map) => map.iter().any(|(name, item)| has_triplet_in(name) || has_triplet(item)),
        _ => false,
    }
}

fn has_triplet_in(text: &str) -> bool {
    text.as_bytes().windows(3).any(|three| three[0] == b'%' && three[1..].iter().all(u8::is_ascii_hexdigit))
}
