//! Jobs, which agents read. Fields and defaults are those of `pipeline/messages`.

use crate::error::WireError;
use crate::fields::{Fields, Read};
use crate::value::{Map, Value};

/// One object known to exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// Its own scalar fields; `{}` is its own path parameter.
    pub fields: Map,
    /// The path parameters of its parents, outermost first.
    pub parents: Vec<Value>,
    /// Created by this run.
    pub made: bool,
}

impl Read for Instance {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self { fields: fields.need("fields")?, parents: fields.get("parents")?, made: fields.get("made")? })
    }
}

/// A value that a language model proposed for a place of an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Hint {
    /// Key of the operation.
    pub operation: String,
    /// Where the value goes.
    pub place: String,
    /// The value.
    pub value: Value,
    /// Which model proposed it.
    pub model: String,
}

impl Read for Hint {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            operation: fields.need("operation")?,
            place: fields.need("place")?,
            value: fields.need("value")?,
            model: fields.get("model")?,
        })
    }
}

/// Which ordinals of one operation's stream a job asks for: `start` to `start + count - 1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Key of the operation.
    pub operation: String,
    /// The first ordinal.
    pub start: i64,
    /// How many.
    pub count: i64,
}

impl Read for Span {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self { operation: fields.need("operation")?, start: fields.need("start")?, count: fields.need("count")? })
    }
}

/// The whole input of an agent, beside the slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Answers must not depend on it.
    pub id: i64,
    /// Which agent is asked.
    pub agent: String,
    /// Digest of the slice.
    pub slice: String,
    /// The run's seed.
    pub seed: i64,
    /// What is asked for.
    pub spans: Vec<Span>,
    /// Objects known, by resource.
    pub knowledge: Vec<(String, Vec<Instance>)>,
    /// Values proposed.
    pub hints: Vec<Hint>,
}

impl Read for Job {
    fn read(value: Value) -> Result<Self, WireError> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            id: fields.need("id")?,
            agent: fields.need("agent")?,
            slice: fields.need("slice")?,
            seed: fields.need("seed")?,
            spans: fields.need("spans")?,
            knowledge: fields.get("knowledge")?,
            hints: fields.get("hints")?,
        })
    }
}
