//! Structures out of maps: fields by name, defaults for what is left out, unknown fields ignored.

use std::sync::Arc;

use crate::error::WireError;
use crate::value::{Map, Value};

/// The fields of one structure, taken out one by one.
pub struct Fields(Map);

/// What can be read from a value.
pub trait Read: Sized {
    /// Reads it.
    fn read(value: Value) -> Result<Self, WireError>;
}

impl Fields {
    /// The fields of `value`, which must be a map.
    pub fn of(value: Value) -> Result<Self, WireError> {
        match value {
            Value::Map(map) => Ok(Self(Arc::unwrap_or_clone(map))),
            _ => Err(WireError::new("not a map")),
        }
    }

    /// A field that must be there.
    pub fn need<T: Read>(&mut self, name: &str) -> Result<T, WireError> {
        let value = self.0.take(name).ok_or_else(|| WireError::new(format!("the field {name} is missing")))?;
        T::read(value).map_err(|error| error.inside(name))
    }

    /// A field with a default.
    pub fn get<T: Read + Default>(&mut self, name: &str) -> Result<T, WireError> {
        self.get_or(name, T::default())
    }

    /// A field with this default.
    pub fn get_or<T: Read>(&mut self, name: &str, default: T) -> Result<T, WireError> {
        self.0.take(name).map_or(Ok(default), |value| T::read(value).map_err(|error| error.inside(name)))
    }
}

impl Read for Value {
    fn read(value: Value) -> Result<Self, WireError> {
        Ok(value)
    }
}

impl Read for bool {
    fn read(value: Value) -> Result<Self, WireError> {
        if let Value::Bool(flag) = value { Ok(flag) } else { Err(WireError::new("not a boolean")) }
    }
}

impl Read for i64 {
    fn read(value: Value) -> Result<Self, WireError> {
        if let Value::Int(number) = value { Ok(number) } else { Err(WireError::new("not an integer of 64 bits")) }
    }
}

impl Read for String {
    fn read(value: Value) -> Result<Self, WireError> {
        if let Value::Text(text) = value { Ok(text) } else { Err(WireError::new("not a string")) }
    }
}

impl Read for Map {
    fn read(value: Value) -> Result<Self, WireError> {
        if let Value::Map(map) = value { Ok(Arc::unwrap_or_clone(map)) } else { Err(WireError::new("not a map")) }
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: Value) -> Result<Self, WireError> {
        if value == Value::Null { Ok(None) } else { T::read(value).map(Some) }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: Value) -> Result<Self, WireError> {
        let Value::List(items) = value else { return Err(WireError::new("not an array")) };
        Arc::unwrap_or_clone(items)
            .into_iter()
            .enumerate()
            .map(|(index, item)| T::read(item).map_err(|error| error.inside(&index.to_string())))
            .collect()
    }
}

/// A map with values of one kind, in order.
impl<T: Read> Read for Vec<(String, T)> {
    fn read(value: Value) -> Result<Self, WireError> {
        let map = Map::read(value)?;
        map.into_iter()
            .map(|(key, item)| T::read(item).map_err(|error| error.inside(&key)).map(|item| (key.to_string(), item)))
            .collect()
    }
}
