//! The agents by name, and their answers to a job.

use std::collections::HashMap;
use std::rc::Rc;

use sentinel_core::maker::GaveUp;
use sentinel_wire::Value;
use sentinel_wire::answer::Answer;
use sentinel_wire::api::{ApiSlice, Operation};
use sentinel_wire::job::Job;

use crate::negative::FunctionalNegative;
use crate::positive::FunctionalPositive;

/// An agent over one slice.
pub trait Agent {
    /// The answer of one ordinal of one operation of the slice; None behind the end of its stream. Equal slices and jobs have equal
    /// answers, byte for byte; the job's id has no influence.
    ///
    /// # Errors
    ///
    /// Where the answer could not be made.
    fn answer(&self, job: &Job, operation: &str, ordinal: i64) -> Result<Option<Answer>, GaveUp>;

    /// Parts that all answers of the operation are without, since nothing can be made of them; each with the reason.
    fn left_out(&self, _operation: &str) -> Vec<String> {
        vec![]
    }
}

/// Makes an agent over a slice.
type Make = fn(&Slice) -> Box<dyn Agent>;

/// The agents of this program.
const AGENTS: [(&str, Make); 2] = [
    ("functional-negative", |slice| Box::new(FunctionalNegative::new(slice))),
    ("functional-positive", |slice| Box::new(FunctionalPositive::new(slice))),
];

/// Their names.
pub fn agent_names() -> Vec<&'static str> {
    AGENTS.iter().map(|(name, _)| *name).collect()
}

/// What the agents of one slice share.
#[derive(Debug)]
pub struct Slice {
    /// Its operations, in order.
    pub operations: Vec<Rc<Operation>>,
    /// Its shared schemas.
    pub schemas: HashMap<String, Value>,
    /// Keys of operations that are left out of the run.
    pub others: Vec<String>,
}

/// All agents over one slice, each made when it is first asked.
pub struct Generator {
    slice: Slice,
    agents: HashMap<&'static str, Box<dyn Agent>>,
}

/// Why a job ends before its end.
#[derive(Debug)]
pub enum Refusal {
    /// No such agent is here.
    UnknownAgent(String),
    /// The job cannot be done as it stands; the text says why.
    BadJob(String),
}

impl Generator {
    /// A generator over this slice.
    pub fn new(slice: ApiSlice) -> Self {
        let operations = slice.operations.into_iter().map(Rc::new).collect();
        let slice = Slice { operations, schemas: slice.schemas.into_iter().collect(), others: slice.others };
        Self { slice, agents: HashMap::new() }
    }

    /// The agent that the job asks, once the job is known to be sound.
    ///
    /// # Errors
    ///
    /// Where there is no such agent, or the slice does not have what the job asks for.
    pub fn agent(&mut self, job: &Job) -> Result<&dyn Agent, Refusal> {
        let Some((name, make)) = AGENTS.into_iter().find(|(name, _)| *name == job.agent) else {
            return Err(Refusal::UnknownAgent(job.agent.clone()));
        };
        for span in &job.spans {
            if self.slice.operations.iter().all(|operation| operation.key != span.operation) {
                return Err(Refusal::BadJob(format!("the slice has no operation {:?}", span.operation)));
            }
            if span.start < 0 || span.count < 0 {
                return Err(Refusal::BadJob(format!("a span from {} of {}", span.start, span.count)));
            }
        }
        let agent = self.agents.entry(name).or_insert_with(|| make(&self.slice));
        Ok(&**agent)
    }
}
