//! An API slice, ready to be looked things up in.

use std::collections::HashMap;

use sentinel_wire::Value;
use sentinel_wire::api::{ApiSlice, Operation};

/// An [`ApiSlice`] with an index of its operations and schemas.
#[derive(Debug)]
pub struct Slice {
    operations: Vec<Operation>,
    by_key: HashMap<String, usize>,
    schemas: HashMap<String, Value>,
}

impl Slice {
    /// Indexes the slice.
    #[must_use]
    pub fn new(slice: ApiSlice) -> Self {
        let by_key =
            slice.operations.iter().enumerate().map(|(index, operation)| (operation.key.clone(), index)).collect();
        Self { operations: slice.operations, by_key, schemas: slice.schemas.into_iter().collect() }
    }

    /// The operation with this key.
    #[must_use]
    pub fn operation(&self, key: &str) -> Option<&Operation> {
        self.by_key.get(key).map(|&index| &self.operations[index])
    }

    /// The shared schema with this name.
    #[must_use]
    pub fn schema(&self, name: &str) -> Option<&Value> {
        self.schemas.get(name)
    }
}
