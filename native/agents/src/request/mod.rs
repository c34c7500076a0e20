//! From an operation's request to the steps of a case: values, slots, what must be there before. Shared by the agents; no order of cases.

mod body;
mod composer;
mod draft;
mod making;
mod slots;

use std::collections::HashMap;
use std::rc::Rc;

use sentinel_core::compiler::Compiler;
use sentinel_core::places::{Place, Request};

use self::making::{MadeBy, made_by};

pub use self::composer::{Choice, Composer, has_body_method};
pub use self::draft::Draft;
pub use self::slots::Focus;

use crate::generate::Slice;

/// The requests of a slice's operations, by key.
#[derive(Debug)]
pub struct Requests(HashMap<String, Request>);

impl Requests {
    /// The request of the operation with this key.
    pub fn get(&self, key: &str) -> Option<&Request> {
        self.0.get(key)
    }
}

/// What a slice says, compiled.
#[derive(Debug)]
pub struct Known {
    /// The nodes.
    pub compiler: Compiler,
    /// The requests.
    pub requests: Requests,
    /// How what they take is made, by the keys of the operations that need that.
    makers: HashMap<String, MadeBy>,
}

impl Known {
    /// Compiles a slice.
    pub fn new(slice: &Slice) -> Self {
        let compiler = Compiler::new(slice.schemas.clone());
        let request = |operation: &Rc<_>| Request::new(&compiler, Rc::clone(operation));
        let requests: HashMap<_, _> =
            slice.operations.iter().map(|operation| (operation.key.clone(), request(operation))).collect();
        let made = |(key, request): (&String, &Request)| Some((key.clone(), made_by(request, &requests)?));
        let makers = requests.iter().filter_map(made).collect();
        Self { compiler, requests: Requests(requests), makers }
    }
}

/// One of a request's places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spot {
    /// A parameter, by its index.
    Parameter(usize),
    /// A body, by its index.
    Body(usize),
}

impl Spot {
    /// The place itself.
    pub fn of(self, request: &Request) -> &Place {
        match self {
            Self::Parameter(index) => &request.places[index],
            Self::Body(index) => &request.bodies[index],
        }
    }
}
