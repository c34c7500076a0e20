//! What a JSON Schema validator says of a value.
//!
//! The validator is the crate `jsonschema`, in the version that the Python agents have as `jsonschema-rs`, so that all
//! implementations hear the same verdict. It compiles slowly, and what uses it instantiates much of it: hence a crate of its own.

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{Draft, PatternOptions, ValidationError};
use sentinel_wire::Value;
use sentinel_wire::value::{EXT_DECIMAL, EXT_INTEGER, EXT_TEXT};
use serde_json::{Map, Number, Value as Json};

/// How large a compiled pattern may be, in bytes: ten times the validator's own limit, so that `.{0,65535}` is within it. Everything that
/// compiles schemas of a document has the same limit.
const MAX_PATTERN_BYTES: usize = 1 << 27;

/// A JSON Schema 2020-12, ready to be asked. Formats are asserted; nothing is fetched.
#[derive(Debug)]
pub struct Validator {
    validator: jsonschema::Validator,
    /// Whether a match may end at the limit of its work: only those of patterns with look-around or back-references do.
    backtracks: bool,
}

impl Validator {
    /// The validator of a schema; None where the validator refuses it.
    #[must_use]
    pub fn new(schema: &Value) -> Option<Self> {
        let patterns = PatternOptions::fancy_regex().size_limit(MAX_PATTERN_BYTES);
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
        let schema = plain(schema)?;
        let validator = options.with_pattern_options(patterns).build(&schema).ok()?;
        let text = schema.to_string();
        let refers = |(at, _): (usize, &str)| text[at + 2..].starts_with(|next: char| "123456789k".contains(next));
        let backtracks = text.contains("(?") || text.match_indices("\\\\").any(refers);
        Some(Self { validator, backtracks })
    }

    /// Whether it accepts a value. One with parts that it cannot be told (raw bytes, variables, numbers beyond a double) is not accepted.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        plain(value).is_some_and(|value| self.validator.is_valid(&value))
    }

    /// Whether it says that the value is wrong, which it does not of one that it cannot be told, nor where only the end of a match that it
    /// gave up would say so (it tries all ends).
    #[must_use]
    pub fn refuses(&self, value: &Value) -> bool {
        let is_certain = |error: ValidationError| {
            let kind = error.kind();
            !matches!(kind, Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. })
        };
        plain(value).is_some_and(|value| {
            !self.validator.is_valid(&value) && (!self.backtracks || self.validator.iter_errors(&value).any(is_certain))
        })
    }
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
            Json::Object(pairs.collect::<Option<Map<_, _>>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(keyword: &str, value: Value) -> Value {
        [(keyword, value)].into_iter().collect::<sentinel_wire::Map>().into()
    }

    /// Decimals are compared as what they say, not as sums of binary fractions.
    #[test]
    fn decimals() {
        let tenths = Validator::new(&schema("multipleOf", Value::decimal("0.1"))).unwrap();
        assert!(tenths.accepts(&Value::decimal("0.3")));
        assert!(!tenths.accepts(&Value::decimal("0.35")));
    }

    /// Formats are asserted.
    #[test]
    fn formats() {
        let date = Validator::new(&schema("format", "date".into())).unwrap();
        assert!(date.accepts(&"2024-02-29".into()));
        assert!(!date.accepts(&"2023-02-29".into()));
    }

    /// Patterns with repeats by the ten thousand are asserted.
    #[test]
    fn large_patterns() {
        let large = Validator::new(&schema("pattern", "^(|.{2,65535})$".into())).unwrap();
        assert!(large.accepts(&"".into()));
        assert!(large.accepts(&"ab".into()));
        assert!(!large.accepts(&"a".into()));
    }

    /// A match that is given up says nothing; another fault beside it does.
    #[test]
    fn limits() {
        let pattern = Validator::new(&schema("pattern", r"^(?!(?:(x+)(?=x)(x*))+y)[x!]*$".into())).unwrap();
        let long = Value::Text("x".repeat(40) + "!");
        assert!(!pattern.accepts(&long));
        assert!(!pattern.refuses(&long));
        assert!(pattern.refuses(&"y".into()));
    }

    /// What cannot be told is not accepted, a schema that is none makes no validator, and nothing is fetched.
    #[test]
    fn refusals() {
        let anything = Validator::new(&Value::Bool(true)).unwrap();
        assert!(!anything.accepts(&Value::decimal("1E999")));
        assert!(!anything.refuses(&Value::decimal("1E999")));
        assert!(Validator::new(&schema("type", Value::Int(5))).is_none());
        assert!(Validator::new(&schema("$ref", "http://127.0.0.1:9/schema".into())).is_none());
    }
}
