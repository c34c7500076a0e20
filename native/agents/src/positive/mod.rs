//! The agent functional-positive: requests that the document allows (GENERATION.md, sections 11 to 14).

mod combinations;
mod distinct;
mod entry;
mod few;
mod left_out;
mod plan;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use sentinel_core::maker::GaveUp;
use sentinel_core::places::Request;
use sentinel_core::random::OperationState;
use sentinel_core::variety::{MANY, variety};
use sentinel_wire::answer::Answer;
use sentinel_wire::job::Job;

use crate::generate::{Agent, Slice};
use crate::request::Known;

use self::entry::EntryCase;
use self::few::Few;
use self::left_out::left_out;
use self::plan::{Entry, behind, plan};

const NAME: &str = "functional-positive";

/// What is made once of an operation.
#[derive(Debug, Default)]
struct Planned {
    entries: OnceCell<Vec<Entry>>,
    /// The operation's state for the seed that was asked last.
    state: Cell<Option<(i64, OperationState)>>,
    /// Whether there are few random cases.
    is_few: OnceCell<bool>,
    /// These, of the seed that was asked last.
    few: RefCell<Option<(i64, Few)>>,
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

impl FunctionalPositive {
    /// The ordinal whose streams make the random case of this index behind the plan, where there are few; None: an end.
    fn few(&self, job: &Job, request: &Request, planned: &Planned, entries: &[Entry], index: usize) -> Option<u64> {
        let state = planned.state(job.seed, &request.operation.key);
        let draft = |entry, ordinal| {
            let case = EntryCase::new(&self.known, job, request, entry, (state, 0, ordinal));
            case.and_then(|case| case.draft()).ok()
        };
        let mut few = planned.few.borrow_mut();
        if few.as_ref().is_none_or(|(seed, _)| *seed != job.seed) {
            let planned = entries.iter().zip(0..).filter(|(entry, _)| **entry != Entry::BareCredentials);
            let drafts = planned.filter_map(|(entry, ordinal)| draft(entry, ordinal));
            *few = Some((job.seed, Few::new(drafts, entries.len())));
        }
        few.as_mut()?.1.at(index, |ordinal| draft(&Entry::Random, ordinal))
    }
}

impl Agent for FunctionalPositive {
    fn left_out(&self, operation: &str) -> Vec<String> {
        self.known.requests.get(operation).map_or_else(Vec::new, |request| left_out(&self.known.compiler, request))
    }

    /// There is an end where nothing new is left to choose.
    fn answer(&self, job: &Job, operation: &str, ordinal: i64) -> Result<Option<Answer>, GaveUp> {
        let (Some(request), Some(planned)) = (self.known.requests.get(operation), self.plans.get(operation)) else {
            return Ok(None);
        };
        let compiler = &self.known.compiler;
        let entries = planned.entries.get_or_init(|| plan(compiler, request));
        let Ok(index) = usize::try_from(ordinal) else { return Ok(None) };
        let mut drawn = ordinal.unsigned_abs();
        let entry = if let Some(entry) = entries.get(index) {
            entry
        } else {
            let behind_plan = index.saturating_sub(entries.len());
            let Some(entry) = behind(request, behind_plan) else { return Ok(None) };
            let is_random = !request.places.is_empty() || !request.bodies.is_empty();
            if is_random && *planned.is_few.get_or_init(|| variety(compiler, request) < MANY) {
                let Some(new) = self.few(job, request, planned, entries, behind_plan) else { return Ok(None) };
                drawn = new;
                &Entry::Random
            } else {
                entry
            }
        };
        let place = (planned.state(job.seed, operation), ordinal, drawn);
        EntryCase::new(&self.known, job, request, entry, place)?.case().map(|case| Some(Answer::Case(case)))
    }
}
