//! Kinds and equality of values.

use sentinel_wire::Value;
use sentinel_wire::pack::Packer;
use sentinel_wire::value::{EXT_DECIMAL, EXT_INTEGER, EXT_TEXT};

/// A JSON type; "integer" is that of every whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Kind {
    String,
    Integer,
    Number,
    Boolean,
    Object,
    Array,
    Null,
}

impl Kind {
    /// All of them, in the order in which they are preferred.
    pub const ALL: [Self; 7] =
        [Self::String, Self::Integer, Self::Number, Self::Boolean, Self::Object, Self::Array, Self::Null];

    /// As JSON Schema writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
            Self::Null => "null",
        }
    }

    /// The kind of a value; None for raw bytes and variables, which have none.
    #[must_use]
    pub const fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Int(_) | Value::Ext(EXT_INTEGER, _) => Self::Integer,
            Value::Ext(EXT_DECIMAL, _) => Self::Number,
            Value::Text(_) | Value::Bytes(_) | Value::Ext(EXT_TEXT, _) => Self::String,
            Value::List(_) => Self::Array,
            Value::Map(_) => Self::Object,
            Value::Ext(..) => return None,
        })
    }
}

/// Some kinds, in the order of [`Kind::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kinds(u8);

impl Kinds {
    /// All kinds.
    #[must_use]
    pub fn all() -> Self {
        Kind::ALL.into_iter().collect()
    }

    /// Whether this kind is among them.
    #[must_use]
    pub const fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Adds a kind.
    pub const fn add(&mut self, kind: Kind) {
        self.0 |= 1 << kind as u8;
    }

    /// Takes a kind out.
    pub const fn remove(&mut self, kind: Kind) {
        self.0 &= !(1 << kind as u8);
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Them, in order.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.has(*kind))
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        let mut found = Self::default();
        for kind in kinds {
            found.add(kind);
        }
        found
    }
}

/// Equal for equal values, whatever the order of their keys: `MessagePack` with sorted keys.
#[must_use]
pub fn key_of(value: &Value) -> Vec<u8> {
    let mut packer = Packer::new();
    write_key(&mut packer, value);
    packer.into_bytes()
}

/// The same of named values, equal where they are in the same order.
pub fn key_of_all<'a>(values: impl Iterator<Item = (&'a str, &'a Value)>) -> Vec<u8> {
    let mut packer = Packer::new();
    for (name, value) in values {
        packer.text(name);
        write_key(&mut packer, value);
    }
    packer.into_bytes()
}

fn write_key(packer: &mut Packer, value: &Value) {
    match value {
        Value::List(items) => {
            packer.list(items.len());
            for item in items.as_ref() {
                write_key(packer, item);
            }
        }
        Value::Map(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_unstable_by_key(|(key, _)| *key);
            packer.map(pairs.len());
            for (key, item) in pairs {
                packer.text(key);
                write_key(packer, item);
            }
        }
        plain => packer.value(plain),
    }
}
