//! What an agent is: (slice, job) to answers, and nothing else.

use std::io;

use sentinel_core::Slice;
use sentinel_wire::answer::Answer;
use sentinel_wire::job::Job;

/// Why an agent leaves a job before its end.
#[derive(Debug)]
pub enum Halt {
    /// It was told to.
    Cancelled,
    /// Nobody reads its answers.
    Write(io::Error),
    /// This ordinal's answer does not fit into any frame.
    TooLarge(i64),
    /// The job asks for what the slice does not have; the text says what.
    BadJob(String),
}

/// Where an agent puts what it makes, in the order of the job's spans.
pub trait Sink {
    /// Takes an answer.
    ///
    /// # Errors
    ///
    /// When the agent is to stop; it returns the error as it is.
    fn answer(&mut self, answer: &Answer) -> Result<(), Halt>;

    /// Takes note of an ordinal that could not be made.
    ///
    /// # Errors
    ///
    /// When the agent is to stop; it returns the error as it is.
    fn give_up(&mut self, operation: &str, ordinal: i64, reason: &str) -> Result<(), Halt>;
}

/// One of the seven kinds of agent.
pub trait Agent: Sync {
    /// Its name in jobs and configuration.
    fn name(&self) -> &'static str;

    /// Makes the answers that the job asks for. Equal slices and jobs have equal answers, byte for byte; the job's id has no influence.
    ///
    /// # Errors
    ///
    /// The sink's, as they are, and `BadJob`.
    fn answer(&self, slice: &Slice, job: &Job, sink: &mut dyn Sink) -> Result<(), Halt>;
}

/// All agents of this program.
pub const AGENTS: [&dyn Agent; 1] = [&crate::functional_positive::FunctionalPositive];

/// The agent with this name.
pub fn by_name(name: &str) -> Option<&'static dyn Agent> {
    AGENTS.into_iter().find(|agent| agent.name() == name)
}
