//! One request on its way to become a step: arguments by place, a body, and where filled values came from.

use std::sync::Arc;

use sentinel_core::places::Request;
use sentinel_wire::Value;
use sentinel_wire::answer::{Argument, Body, Fill, Step};

/// A request being made.
#[derive(Debug)]
pub struct Draft<'a> {
    /// What is made.
    pub request: &'a Request,
    /// Values by the key of their place, in the order in which they were first put in.
    values: Vec<(&'a str, Value)>,
    /// The body's value, where there is a media type.
    pub body: Value,
    /// Empty: no body.
    pub media_type: String,
    /// Whether every value is known to be valid.
    pub certain: bool,
    /// In the order in which places were filled; a place filled twice keeps the last.
    pub fills: Vec<Fill>,
}

impl<'a> Draft<'a> {
    /// Nothing of the request yet.
    pub const fn new(request: &'a Request) -> Self {
        Self {
            request,
            values: vec![],
            body: Value::Null,
            media_type: String::new(),
            certain: request.complete,
            fills: vec![],
        }
    }

    /// The value of a parameter.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// Sets the value of a parameter.
    pub fn set(&mut self, key: &'a str, value: Value) {
        match self.values.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => self.values.push((key, value)),
        }
    }

    /// Leaves a parameter out.
    pub fn unset(&mut self, key: &str) {
        self.values.retain(|(known, _)| *known != key);
    }

    /// The places that have a value, in the order in which they got one.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.values.iter().map(|(key, _)| *key)
    }

    /// The values of the parameters by the keys of their places, in the order in which they got one.
    pub fn pairs(&self) -> impl Iterator<Item = (&'a str, &Value)> {
        self.values.iter().map(|(key, value)| (*key, value))
    }

    /// Says where the value of a place came from.
    pub fn filled(&mut self, place: &str, source: &str, origin: &str) {
        self.fills.retain(|fill| fill.place != place);
        self.fills.push(Fill { place: place.to_owned(), source: source.to_owned(), origin: origin.to_owned() });
    }

    /// The values of the path parameters, in the order of the path.
    pub fn path_values(&self) -> Vec<Value> {
        let key = |index: &usize| self.request.places[*index].key.as_str();
        self.request.path.iter().map(|index| self.get(key(index)).cloned().unwrap_or_default()).collect()
    }

    /// The request as a step: arguments in the order of the operation's parameters.
    pub fn step(&self, name: &str, role: &str) -> Step {
        let argument = |place: &sentinel_core::places::Place| {
            let value = self.get(&place.key)?.clone();
            Some(Argument { location: place.location.clone(), name: place.name.clone(), value })
        };
        let body = || Body { media_type: self.media_type.clone(), value: self.body.clone() };
        Step {
            name: name.to_owned(),
            operation: self.request.operation.key.clone(),
            role: role.to_owned(),
            identity: String::new(),
            mutation: String::new(),
            method: String::new(),
            arguments: self.request.places.iter().filter_map(argument).collect(),
            body: (!self.media_type.is_empty()).then(body),
            extract: Arc::default(),
            require: vec![],
            until: None,
        }
    }
}
