//! JSON values that keep what JSON text can say: exact numbers, broken Unicode, raw bytes (PROTOCOL.md, section 4).

use std::collections::HashSet;
use std::sync::Arc;

/// Extension code of an integer past 64 bits: ASCII decimal digits.
pub const EXT_INTEGER: i8 = 1;
/// Extension code of a number with a fraction or an exponent: the JSON number, ASCII.
pub const EXT_DECIMAL: i8 = 2;
/// Extension code of a string with lone surrogates: generalised UTF-8.
pub const EXT_TEXT: i8 = 3;
/// Extension code of bytes that go on the wire without quoting or escaping.
pub const EXT_RAW: i8 = 4;
/// Extension code of the value that an earlier step extracts under this name (UTF-8).
pub const EXT_VARIABLE: i8 = 5;

/// So many keys are compared faster than hashed.
const FEW: usize = 16;

/// A value. Two values are equal exactly when their canonical bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Value {
    /// JSON `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of 64 bits, signed.
    Int(i64),
    /// A well-formed string.
    Text(String),
    /// Binary data: a file's content, an octet-stream body.
    Bytes(Vec<u8>),
    /// One of the extension values above: code and payload.
    Ext(i8, Vec<u8>),
    /// A JSON array, shared by its copies.
    List(Arc<Vec<Value>>),
    /// A JSON object, shared by its copies.
    Map(Arc<Map>),
}

impl Value {
    /// A string value.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The number with this JSON text, `EXT_DECIMAL`.
    #[must_use]
    pub fn decimal(text: &str) -> Self {
        Self::Ext(EXT_DECIMAL, text.as_bytes().to_vec())
    }

    /// The integer with these decimal digits: plain where 64 bits hold it, else `EXT_INTEGER`.
    #[must_use]
    pub fn integer(digits: &str) -> Self {
        digits.parse().map_or_else(|_| Self::Ext(EXT_INTEGER, digits.as_bytes().to_vec()), Self::Int)
    }

    /// The string, where this is a well-formed one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The object, where this is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The items, where this is an array.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List(Arc::new(items))
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(Arc::new(map))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

/// A JSON object that keeps the order of its keys. Setting a key again keeps its place, as in a Python dict.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Map(Vec<(Arc<str>, Value)>);

impl Map {
    /// An empty object.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The object of these pairs; of pairs with the same key the last value counts, at the place of the first.
    #[must_use]
    pub fn from_pairs(pairs: Vec<(Arc<str>, Value)>) -> Self {
        let is_new =
            |(index, (key, _)): (usize, &(Arc<str>, Value))| pairs[..index].iter().all(|(other, _)| other != key);
        let are_new = if pairs.len() <= FEW {
            pairs.iter().enumerate().all(is_new)
        } else {
            let mut seen = HashSet::with_capacity(pairs.len());
            pairs.iter().all(|(key, _)| seen.insert(&**key))
        };
        if are_new {
            return Self(pairs);
        }
        let mut map = Self::new();
        for (key, value) in pairs {
            map.set(key, value);
        }
        map
    }

    /// The value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| **name == *key).map(|(_, value)| value)
    }

    /// Whether there is a value under `key`.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Puts `value` under `key`.
    pub fn set(&mut self, key: impl Into<Arc<str>>, value: Value) {
        let key = key.into();
        match self.0.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key, value)),
        }
    }

    /// Takes the value under `key` out.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        let index = self.0.iter().position(|(name, _)| **name == *key)?;
        Some(self.0.remove(index).1)
    }

    /// The pairs, in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// How many pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Map {
    type Item = (Arc<str>, Value);
    type IntoIter = std::vec::IntoIter<(Arc<str>, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K: Into<Arc<str>>> FromIterator<(K, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(pairs: I) -> Self {
        Self::from_pairs(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repeated key keeps its first place and its last value.
    #[test]
    fn repeated_keys() {
        let pairs = [("a", 1), ("b", 2), ("a", 3)].map(|(key, number)| (key, Value::Int(number)));
        let map: Map = pairs.into_iter().collect();
        assert_eq!(map.iter().collect::<Vec<_>>(), [("a", &Value::Int(3)), ("b", &Value::Int(2))]);
    }

    /// Integers are plain up to 64 bits and extension values beyond.
    #[test]
    fn integers() {
        assert_eq!(Value::integer("-9223372036854775808"), Value::Int(i64::MIN));
        assert_eq!(Value::integer("9223372036854775808"), Value::Ext(EXT_INTEGER, b"9223372036854775808".to_vec()));
    }
}
