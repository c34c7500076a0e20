//! The agent functional-positive: requests that the document allows (GENERATION.md, sections 11 to 14).

mod body;
mod compose;
mod draft;
mod making;
mod plan;
mod slots;

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::rc::Rc;

use sentinel_core::compiler::Compiler;
use sentinel_core::maker::GaveUp;
use sentinel_core::places::Request;
use sentinel_core::random::OperationState;
use sentinel_wire::answer::Answer;
use sentinel_wire::job::Job;

use crate::generate::{Agent, Slice};

use self::compose::Composer;
use self::plan::{Entry, behind, plan};

const NAME: &str = "functional-positive";

/// The requests of a slice's operations, by key.
#[derive(Debug)]
pub struct Requests(HashMap<String, Planned>);

#[derive(Debug)]
struct Planned {
    request: Request,
    entries: OnceCell<Vec<Entry>>,
    /// The operation's state for the seed that was asked last.
    state: Cell<Option<(i64, OperationState)>>,
}

impl Planned {
    fn state(&self, seed: i64) -> OperationState {
        match self.state.get() {
            Some((known, state)) if known == seed => state,
            _ => {
                let state = OperationState::new(seed, NAME, &self.request.operation.key);
                self.state.set(Some((seed, state)));
                state
            }
        }
    }
}

impl Requests {
    /// The request of the operation with this key.
    pub fn get(&self, key: &str) -> Option<&Request> {
        self.0.get(key).map(|planned| &planned.request)
    }
}

/// The agent over one slice: everything that depends on the slice alone is made once.
pub struct FunctionalPositive {
    compiler: Compiler,
    requests: Requests,
}

impl FunctionalPositive {
    /// The agent over this slice.
    pub fn new(slice: &Slice) -> Self {
        let compiler = Compiler::new(slice.schemas.clone());
        let planned = |operation: &Rc<_>| Planned {
            request: Request::new(&compiler, Rc::clone(operation)),
            entries: OnceCell::new(),
            state: Cell::new(None),
        };
        let requests = slice.operations.iter().map(|operation| (operation.key.clone(), planned(operation))).collect();
        Self { compiler, requests: Requests(requests) }
    }
}

impl Agent for FunctionalPositive {
    /// There is an end where an unsafe request leaves nothing to choose.
    fn answer(&self, job: &Job, operation: &str, ordinal: i64) -> Result<Option<Answer>, GaveUp> {
        let Some(planned) = self.requests.0.get(operation) else { return Ok(None) };
        let request = &planned.request;
        let entries = planned.entries.get_or_init(|| plan(&self.compiler, request));
        let Ok(index) = usize::try_from(ordinal) else { return Ok(None) };
        let entry = entries.get(index).or_else(|| behind(request, index.saturating_sub(entries.len())));
        let Some(entry) = entry else { return Ok(None) };
        let place = (planned.state(job.seed), ordinal);
        let composer = Composer::new(&self.compiler, &self.requests, job, request, entry, place);
        composer.case().map(|case| Some(Answer::Case(case)))
    }
}
