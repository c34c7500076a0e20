//! The agent functional-positive: requests that the document allows (GENERATION.md, sections 11 to 14).

mod combinations;
mod distinct;
mod entry;
mod left_out;
mod order;
mod plan;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use sentinel_core::maker::GaveUp;
use sentinel_core::random::LastState;
use sentinel_wire::answer::Answer;
use sentinel_wire::job::Job;

use crate::generate::{Agent, Slice};
use crate::request::Known;

use self::distinct::{Breadth, breadth};
use self::entry::EntryCase;
use self::left_out::left_out;
use self::order::{Chosen, Order};
use self::plan::{Entry, behind, plan};

const NAME: &str = "functional-positive";

/// What is made once of an operation.
#[derive(Debug, Default)]
struct Planned {
    entries: OnceCell<Vec<Entry>>,
    state: LastState,
    /// How random cases are told apart.
    breadth: OnceCell<Breadth>,
    /// Those of the seed that was asked last.
    order: RefCell<Option<(i64, Order)>>,
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
    fn left_out(&self, operation: &str) -> Vec<String> {
        self.known.requests.get(operation).map_or_else(Vec::new, |request| left_out(&self.known.compiler, request))
    }

    /// There is an end where nothing new is left to choose.
    fn answer(&self, job: &Job, operation: &str, ordinal: i64) -> Result<Option<Answer>, GaveUp> {
        let (Some(request), Some(planned)) = (self.known.requests.get(operation), self.plans.get(operation)) else {
            return Ok(None);
        };
        let entries = planned.entries.get_or_init(|| plan(&self.known.compiler, request));
        let Ok(index) = usize::try_from(ordinal) else { return Ok(None) };
        let state = planned.state.of(job.seed, NAME, operation);
        let case = |entry, ordinal, drawn| EntryCase::new(&self.known, job, request, entry, (state, ordinal, drawn));
        let chosen = {
            let mut order = planned.order.borrow_mut();
            if order.as_ref().is_none_or(|(seed, _)| *seed != job.seed) {
                *order = Some((job.seed, Order::default()));
            }
            let is_random = !request.places.is_empty() || !request.bodies.is_empty();
            let breadth = || is_random.then(|| *planned.breadth.get_or_init(|| breadth(&self.known.compiler, request)));
            let produce = |entry, ordinal, drawn| {
                let case = case(entry, ordinal, drawn).ok()?;
                let draft = case.draft().ok()?;
                Some((case, draft))
            };
            order.as_mut().and_then(|(_, order)| order.at(index, entries, breadth, produce))
        };
        let (entry, drawn, made) = match chosen {
            None => return Ok(None),
            Some(Chosen::Planned(index, made)) => (&entries[index], index as u64, made),
            Some(Chosen::Behind(index, drawn, made)) => match behind(request, index) {
                None => return Ok(None),
                Some(entry) => (entry, drawn, made.filter(|_| *entry == Entry::Random)),
            },
        };
        let (case, draft) = if let Some(made) = made {
            made
        } else {
            let case = case(entry, index, drawn)?;
            let draft = case.draft()?;
            (case, draft)
        };
        Ok(Some(Answer::Case(case.case(ordinal, draft)?)))
    }
}
