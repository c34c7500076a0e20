//! What the text of a request can be read as (GENERATION.md, section 17).
//!
//! Outside of JSON a text says nothing of its kind: "5" is a number as well as a string, and a list of one is that one. A value is
//! proved wrong only where no reading of it is right; where it is not plain which readings there are, it counts as right.

use std::collections::HashSet;

use sentinel_core::compiler::Compiler;
use sentinel_core::exact::Exact;
use sentinel_core::kind::Kind;
use sentinel_core::schema::{Flat, Node};
use sentinel_core::search::MAX_COMBINED;
use sentinel_core::verdict::refuses;
use sentinel_wire::Value;
use sentinel_wire::value::{EXT_DECIMAL, EXT_INTEGER};

const MOST_DEPTH: usize = 4;
const DELIMITERS: [char; 5] = [',', '|', ' ', ';', '\t'];
/// By which lists are written in one text.
const JOINTS: [&str; 4] = [",", "|", " ", "."];
const BOOLEANS: [&str; 12] = ["true", "false", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n"];
const NULLS: [&str; 4] = ["", "null", "none", "nil"];

/// Texts as they stand in a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wire {
    /// Nothing stands there.
    Nothing,
    /// What could be read in ways that are not looked into.
    Opaque,
    /// A text.
    Text(String),
    /// Several, in order.
    List(Vec<Wire>),
    /// By name.
    Members(Vec<(String, Wire)>),
}

impl Wire {
    /// The texts of a value. `joined`: parts may stand in one text, so that a delimiter in one makes all unclear.
    pub fn of(value: &Value, joined: bool) -> Self {
        Self::at(value, joined, true)
    }

    fn at(value: &Value, joined: bool, is_root: bool) -> Self {
        match value {
            Value::Null => Self::Nothing,
            Value::Bool(flag) => Self::Text(flag.to_string()),
            Value::Int(number) => Self::Text(number.to_string()),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Ext(EXT_INTEGER | EXT_DECIMAL, digits) => Self::Text(String::from_utf8_lossy(digits).into_owned()),
            Value::Bytes(_) | Value::Ext(..) => Self::Opaque,
            Value::List(items) => {
                let items = items.iter().map(|item| Self::at(item, true, false));
                let items: Vec<Self> = items.filter(|item| *item != Self::Nothing).collect();
                if items.iter().all(Self::is_plain) { Self::List(items) } else { Self::Opaque }
            }
            Value::Map(_) if !is_root => Self::Opaque,
            Value::Map(map) => {
                let members = map.iter().map(|(name, item)| (name.to_owned(), Self::at(item, joined, false)));
                let members: Vec<(String, Self)> = members.filter(|(_, item)| *item != Self::Nothing).collect();
                let is_fine = |(name, item): &(String, Self)| {
                    is_plain(name) && (!matches!(item, Self::Text(_)) || item.is_plain())
                };
                if joined && !members.iter().all(is_fine) { Self::Opaque } else { Self::Members(members) }
            }
        }
    }

    fn is_plain(&self) -> bool {
        matches!(self, Self::Text(text) if is_plain(text))
    }

    /// Whether nothing stands there, or nothing but a name.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Opaque => false,
            Self::Text(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Members(members) => members.is_empty(),
        }
    }
}

/// Whether a text of the value, or a name in it, has one of the characters.
pub fn has_character(value: &Value, characters: &[char]) -> bool {
    match value {
        Value::List(items) => items.iter().any(|item| has_character(item, characters)),
        Value::Map(map) => map.iter().any(|(name, item)| name.contains(characters) || has_character(item, characters)),
        _ => matches!(Wire::of(value, false), Wire::Text(text) if text.contains(characters)),
    }
}

fn is_plain(text: &str) -> bool {
    !text.contains(DELIMITERS) && !text.contains(['=', '&'])
}

/// Whether there is a reading that the node may accept.
pub fn can_be_right(compiler: &Compiler, node: &Node, wire: &Wire, depth: usize) -> bool {
    let flats = node.alternatives(compiler);
    if *wire == Wire::Opaque || depth > MOST_DEPTH || flats.len() >= MAX_COMBINED {
        return true;
    }
    if flats.is_empty() {
        return false;
    }
    match wire {
        Wire::Opaque => true,
        Wire::Nothing => text_can(compiler, node, "", depth),
        Wire::Text(text) => text_can(compiler, node, text, depth),
        Wire::List(items) => {
            if flats.iter().any(|flat| list_can(compiler, flat, items, depth)) {
                return true;
            }
            let ends: Vec<&str> = match items.as_slice() {
                [] => return text_can(compiler, node, "", depth),
                [only] if only.as_text() == Some("") => return text_can(compiler, node, "", depth),
                [first, .., last] => [first, last].into_iter().filter_map(Wire::as_text).collect(),
                [only] => only.as_text().into_iter().collect(),
            };
            ends.into_iter().any(|text| scalar_can(compiler, node, text)) || joined_can(compiler, node, items)
        }
        Wire::Members(members) => {
            let mut flats = flats.iter();
            flats.any(|flat| members_can(compiler, flat, members, depth))
                || (members.is_empty() && text_can(compiler, node, "", depth))
        }
    }
}

/// What the parameters may be called among which the members of an object stand.
#[derive(Debug, Default)]
pub struct Elsewhere {
    /// Their names.
    pub names: HashSet<String>,
    /// Anything.
    pub any: bool,
}

/// Whether members that are parameters of their own, and those `elsewhere`, may be an object that the node accepts.
pub fn can_be_scattered(compiler: &Compiler, node: &Node, members: &[(String, Wire)], elsewhere: &Elsewhere) -> bool {
    let flats = node.alternatives(compiler);
    flats.len() >= MAX_COMBINED || flats.iter().any(|flat| scattered_can(compiler, flat, members, elsewhere))
}

fn scattered_can(compiler: &Compiler, flat: &Flat, members: &[(String, Wire)], elsewhere: &Elsewhere) -> bool {
    if flat.values.is_some() || !flat.allowed.has(Kind::Object) {
        return may_be(flat, Kind::Object);
    }
    let has = |name: &str| members.iter().any(|(member, _)| member == name);
    let may_have = |name: &str| elsewhere.any || elsewhere.names.contains(name);
    if flat.required.iter().any(|name| !has(name) && !may_have(name)) {
        return false;
    }
    // Whatever has no name in the schema may be another parameter, and the other way round.
    let is_own = |(name, _): &&(String, Wire)| flat.properties.get(name).is_some() && !elsewhere.names.contains(name);
    let own: Vec<&(String, Wire)> = members.iter().filter(is_own).collect();
    let is_alone = !elsewhere.any && elsewhere.names.is_empty();
    if (is_alone && (members.len() as u64) < flat.min_properties)
        || flat.max_properties.is_some_and(|most| own.len() as u64 > most)
    {
        return false;
    }
    own.into_iter().all(|(name, item)| member_can(compiler, flat, name, item, 0))
}

impl Wire {
    fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

fn text_can(compiler: &Compiler, node: &Node, text: &str, depth: usize) -> bool {
    if scalar_can(compiler, node, text) {
        return true;
    }
    let whole = vec![Wire::Text(text.to_owned())];
    let cut = |delimiter: char| text.split(delimiter).map(|part| Wire::Text(part.to_owned())).collect();
    let mut cuts: Vec<Vec<Wire>> = DELIMITERS.into_iter().filter(|one| text.contains(*one)).map(cut).collect();
    if text.is_empty() {
        cuts.push(Vec::new());
    }
    node.alternatives(compiler).iter().any(|flat| {
        (text.contains([',', '=']) && may_be(flat, Kind::Object))
            || (text.is_empty() && members_can(compiler, flat, &[], depth))
            || list_can(compiler, flat, &whole, depth)
            || cuts.iter().any(|parts| list_can(compiler, flat, parts, depth))
    })
}

fn scalar_can(compiler: &Compiler, node: &Node, text: &str) -> bool {
    let is_numeric = |flat| may_be(flat, Kind::Integer) || may_be(flat, Kind::Number);
    let numbers = node.alternatives(compiler).iter().any(is_numeric);
    readings(text, numbers).is_none_or(|found| found.iter().any(|value| !refuses(compiler, node, value)))
}

fn list_can(compiler: &Compiler, flat: &Flat, items: &[Wire], depth: usize) -> bool {
    if flat.values.is_some() || !flat.allowed.has(Kind::Array) {
        return may_be(flat, Kind::Array);
    }
    let count = items.len() as u64;
    if count < flat.min_items || flat.max_items.is_some_and(|most| count > most) {
        return false;
    }
    if flat.unique && items.iter().filter_map(Wire::as_text).collect::<HashSet<_>>().len() < items.len() {
        return false;
    }
    let can = |(index, item): (usize, &Wire)| {
        flat.item(index).is_none_or(|node| can_be_right(compiler, &compiler.node(node), item, depth + 1))
    };
    items.iter().enumerate().all(can)
}

/// Whether a list that is written in one text may be right as that text, or as names and values in turn.
fn joined_can(compiler: &Compiler, node: &Node, items: &[Wire]) -> bool {
    if items.len() < 2 {
        return false;
    }
    let is_of_text = |kind| matches!(kind, Kind::String | Kind::Integer | Kind::Number);
    let may_be_text = |flat: &Flat| Kind::ALL.into_iter().any(|kind| is_of_text(kind) && flat.allowed.has(kind));
    let texts: Vec<&str> = items.iter().filter_map(Wire::as_text).collect();
    has(compiler, node, Kind::Object)
        || (node.alternatives(compiler).iter().any(may_be_text)
            && JOINTS.into_iter().any(|joint| scalar_can(compiler, node, &texts.join(joint))))
}

/// Whether anything of this kind is right for the alternative, as far as its type and its values say.
fn may_be(flat: &Flat, kind: Kind) -> bool {
    let is_one = |value| Kind::of(value) == Some(kind);
    flat.allowed.has(kind) && flat.values.as_ref().is_none_or(|values| values.iter().any(is_one))
}

/// Whether anything of this kind may be right, as far as types and values say.
pub fn has(compiler: &Compiler, node: &Node, kind: Kind) -> bool {
    node.alternatives(compiler).iter().any(|flat| may_be(flat, kind))
}

fn members_can(compiler: &Compiler, flat: &Flat, members: &[(String, Wire)], depth: usize) -> bool {
    if flat.values.is_some() || !flat.allowed.has(Kind::Object) {
        return may_be(flat, Kind::Object);
    }
    let count = members.len() as u64;
    if count < flat.min_properties || flat.max_properties.is_some_and(|most| count > most) {
        return false;
    }
    let names: HashSet<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    if flat.required.iter().any(|name| !names.contains(name.as_str())) {
        return false;
    }
    members.iter().all(|(name, item)| member_can(compiler, flat, name, item, depth))
}

fn member_can(compiler: &Compiler, flat: &Flat, name: &str, item: &Wire, depth: usize) -> bool {
    let is_left_out = item.as_text() == Some("") && !flat.is_required(name);
    let node = flat.property(compiler, name).filter(|_| !is_left_out);
    node.is_none_or(|node| can_be_right(compiler, &compiler.node(node), item, depth + 1))
}

/// The scalars that a text can be read as; None where that is not plain. `numbers`: whether one may be right at all. If not, one
/// that is too long to be read is the text alone.
pub fn readings(text: &str, numbers: bool) -> Option<Vec<Value>> {
    let bare = text.trim_matches([' ', '\t', '\r', '\n']);
    if is_unclear(bare) {
        return None;
    }
    let mut found = vec![Value::text(text)];
    if bare != text {
        found.push(Value::text(bare));
    }
    if let Some(number) = tidy_number(bare) {
        match Exact::read(&Value::decimal(&number)) {
            Some(exact) => found.push(exact.write()),
            None if numbers => return None,
            None => {}
        }
    }
    let lower = if bare.is_ascii() { bare.to_ascii_lowercase() } else { bare.to_owned() };
    if BOOLEANS.contains(&lower.as_str()) {
        found.extend([Value::Bool(true), Value::Bool(false)]);
    }
    if NULLS.contains(&lower.as_str()) {
        found.push(Value::Null);
    }
    Some(found)
}

/// Whether it begins like JSON text or like a number that only some languages know.
fn is_unclear(bare: &str) -> bool {
    let unsigned = bare.strip_prefix(['+', '-']).unwrap_or(bare).as_bytes();
    let begins = |words: &[&str]| words.iter().any(|word| begins_with(unsigned, word));
    bare.starts_with(['[', '{', '"', '\'']) || begins(&["0x", "0o", "0b", "inf", "nan"])
}

fn begins_with(text: &[u8], word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

/// A number as JSON writes it: without "+" and "_", with digits on both sides of a point. None where it is none.
fn tidy_number(bare: &str) -> Option<String> {
    let unsigned = bare.strip_prefix(['+', '-']).unwrap_or(bare);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            (mantissa, Some(exponent))
        }
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let begins = |text: &str| text.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let is_number =
        is_digits(whole) && is_digits(fraction) && (begins(whole) || (whole.is_empty() && begins(fraction)));
    if !is_number {
        return None;
    }
    let (whole, fraction) = (whole.replace('_', ""), fraction.replace('_', ""));
    let sign = if bare.starts_with('-') { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { &whole };
    let point = if fraction.is_empty() { "" } else { "." };
    let mark = exponent.map(|exponent| format!("e{exponent}")).unwrap_or_default();
    Some(format!("{sign}{whole}{point}{fraction}{mark}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text is all that some server reads it as; where that is not plain it is nothing that proves.
    #[test]
    fn texts() {
        let text = |text: &str| Value::text(text);
        assert_eq!(readings("a", true), Some(vec![text("a")]));
        assert_eq!(readings(" 5 ", true), Some(vec![text(" 5 "), text("5"), Value::Int(5)]));
        assert_eq!(readings("+1_0.50e1", true), Some(vec![text("+1_0.50e1"), Value::Int(105)]));
        assert_eq!(readings("1", true), Some(vec![text("1"), Value::Int(1), Value::Bool(true), Value::Bool(false)]));
        assert_eq!(readings("Null", true), Some(vec![text("Null"), Value::Null]));
        assert_eq!(readings(".", true), Some(vec![text(".")]));
        for unclear in ["0x1F", "-Infinity", "{\"a\":1}", "1e999"] {
            assert_eq!(readings(unclear, true), None);
        }
    }

    /// Lists are of plain texts, objects are looked into once, and what may be cut apart again is unclear.
    #[test]
    fn values() {
        let list = |items: &[&str]| Value::from(items.iter().map(|item| Value::text(*item)).collect::<Vec<_>>());
        assert_eq!(Wire::of(&list(&["a"]), false), Wire::List(vec![Wire::Text("a".to_owned())]));
        assert_eq!(Wire::of(&list(&["a,b"]), false), Wire::Opaque);
        let object: Value = [("a", Value::Null), ("b", list(&[]))].into_iter().collect::<sentinel_wire::Map>().into();
        assert_eq!(Wire::of(&object, true), Wire::Members(vec![("b".to_owned(), Wire::List(vec![]))]));
        assert_eq!(Wire::of(&vec![object].into(), true), Wire::Opaque);
    }
}
