//! The agent functional-positive: requests that the document allows (GENERATION.md, sections 11 to 14).

mod combinations;
mod distinct;
mod entry;
mod plan;

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;

use sentinel_core::maker::GaveUp;
use sentinel_core::random::OperationState;
use sentinel_wire::answer::Answer;
use sentinel_wire::job::Job;

use crate::generate::{Agent, Slice};
use crate::request::Known;

use self::entry::EntryCase;
use self::plan::{Entry, behind, plan};

const NAME: &str = "functional-positive";

/// What is made once of an operation.
#[derive(Debug, Default)]
struct Planned {
    entries: OnceCell<Vec<Entry>>,
    /// The operation's state for the seed that was asked last.
    state: Cell<Option<(i64, OperationState)>>,
}

impl Planned {
    fn state(&self, seed: i64, operation: &str) -> OperationState {
        match self.state.get() {
            Some((known, state)) if known == seed => state,
            _ => {
                let state = OperationState::new(seed, NAME, operation);
                self.state.set(Some((seed, state)));
                state
            }
        }
    }
}

/// The agent over one slice: everything that depends on the slice alone is made once.
pub struct FunctionalPositive {
    known: Known,
    plans: HashMap<String, Planned>,
}

impl FunctionalPositive {
    /// The agent over this slice.
    pub fn new(slice: &Slice) -> Self {
        let plans = slice.operations.iter().map(|operation| (operation.key.clone(), Planned::default())).collect();
        Self { known: Known::new(slice), plans }
    }
}

impl Agent for FunctionalPositive {
    /// There is an end where an unsafe request leaves nothing to choose.
    fn answer(&self, job: &Job, operation: &str, ordinal: i64) -> Result<Option<Answer>, GaveUp> {
        let (Some(request), Some(planned)) = (self.known.requests.get(operation), self.plans.get(operation)) else {
            return Ok(None);
        };
        let entries = planned.entries.get_or_init(|| plan(&self.known.compiler, request));
        let Ok(index) = usize::try_from(ordinal) else { return Ok(None) };
        let entry = entries.get(index).or_else(|| behind(request, index.saturating_sub(entries.len())));
        let Some(entry) = entry else { return Ok(None) };
        let place = (planned.state(job.seed, operation), ordinal);
        EntryCase::new(&self.known, job, request, entry, place)?.case().map(|case| Some(Answer::Case(case)))
    }
}
