//! One job after the other: slices are kept, jobs are answered, whatever goes wrong in one becomes its error.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use rustix::time::{ClockId, clock_gettime};
use sentinel_core::maker::GaveUp;
use sentinel_wire::job::Job;
use sentinel_wire::protocol::{FailureKind, Incoming};

use crate::generate::{Generator, Refusal};
use crate::inbox::Signals;
use crate::output::Output;

/// Makes answers and writes them.
pub struct Worker {
    output: Output,
    signals: Arc<Signals>,
    generators: HashMap<String, Generator>,
}

/// How a job ends before its end.
enum Halt {
    Cancelled,
    Refused(Refusal),
    Write(io::Error),
}

impl Worker {
    /// A worker that has no slice yet.
    pub fn new(output: Output, signals: Arc<Signals>) -> Self {
        Self { output, signals, generators: HashMap::new() }
    }

    /// Handles messages until there are no more.
    ///
    /// # Errors
    ///
    /// When writing fails.
    pub fn serve(&mut self, messages: &mpsc::Receiver<Incoming>) -> io::Result<()> {
        for message in messages {
            match message {
                Incoming::Welcome { max_frame_bytes } => {
                    self.output.set_limit(usize::try_from(max_frame_bytes).unwrap_or(usize::MAX));
                }
                Incoming::Slice(slice) => {
                    self.generators.insert(slice.digest.clone(), Generator::new(*slice));
                }
                Incoming::Forget(digest) => {
                    self.generators.remove(&digest);
                }
                Incoming::Job(job) => self.work(&job)?,
                Incoming::BadJob(job, error) => self.output.failed(job, FailureKind::BadJob, &error.to_string())?,
                Incoming::Ping(token) => self.output.pong(token)?,
                Incoming::Cancel(_) | Incoming::Bye | Incoming::Unknown => {} // the inbox has seen to them
            }
        }
        Ok(())
    }

    fn work(&mut self, job: &Job) -> io::Result<()> {
        let begun_ns = cpu_ns();
        let Some(generator) = self.generators.get_mut(&job.slice) else {
            return self.output.failed(job.id, FailureKind::UnknownSlice, &job.slice);
        };
        self.output.begin(job.id);
        // A panic is a fault of ours that must cost this job only; what it leaves half done is thrown away below.
        let outcome = catch_unwind(AssertUnwindSafe(|| answer(generator, job, &mut self.output, &self.signals)));
        match outcome {
            Ok(Ok(())) => self.output.done((cpu_ns() - begun_ns) / 1_000_000),
            Ok(Err(Halt::Write(error))) => Err(error),
            Ok(Err(Halt::Cancelled)) => self.output.failed(job.id, FailureKind::Cancelled, ""),
            Ok(Err(Halt::Refused(Refusal::UnknownAgent(name)))) => {
                self.output.failed(job.id, FailureKind::UnknownAgent, &name)
            }
            Ok(Err(Halt::Refused(Refusal::BadJob(why)))) => self.output.failed(job.id, FailureKind::BadJob, &why),
            Err(_) => {
                self.generators.remove(&job.slice); // it may have been left half made
                self.output.failed(job.id, FailureKind::Internal, "the agent panicked; standard error says where")
            }
        }
    }
}

/// Where the protocol names no case, but a part that all are without.
const OF_NO_ORDINAL: i64 = -1;

/// Makes the answers of the job's spans, in order.
fn answer(generator: &mut Generator, job: &Job, output: &mut Output, signals: &Signals) -> Result<(), Halt> {
    let agent = generator.agent(job).map_err(Halt::Refused)?;
    for span in &job.spans {
        if span.start == 0 && span.count > 0 {
            for reason in agent.left_out(&span.operation) {
                output.gave_up(&span.operation, OF_NO_ORDINAL, reason);
            }
        }
        for ordinal in span.start..span.start.saturating_add(span.count) {
            if signals.stops(job.id) {
                return Err(Halt::Cancelled);
            }
            signals.answered();
            match agent.answer(job, &span.operation, ordinal) {
                Ok(Some(answer)) => output.answer(&span.operation, &answer).map_err(Halt::Write)?,
                Ok(None) => break,
                Err(GaveUp(reason)) => output.gave_up(&span.operation, ordinal, reason),
            }
        }
    }
    Ok(())
}

/// CPU time of this process so far.
fn cpu_ns() -> i64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
