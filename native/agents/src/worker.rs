//! One job after the other: slices are kept, jobs are answered, whatever goes wrong in one becomes its error.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use rustix::time::{ClockId, clock_gettime};
use sentinel_core::Slice;
use sentinel_wire::answer::Answer;
use sentinel_wire::job::Job;
use sentinel_wire::protocol::{FailureKind, GaveUp, Incoming};

use crate::agent::{self, Halt, Sink};
use crate::inbox::Signals;
use crate::output::Output;

/// Makes answers and writes them.
pub struct Worker {
    output: Output,
    signals: Arc<Signals>,
    slices: HashMap<String, Slice>,
}

impl Worker {
    /// A worker that has no slice yet.
    pub fn new(output: Output, signals: Arc<Signals>) -> Self {
        Self { output, signals, slices: HashMap::new() }
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
                    self.slices.insert(slice.digest.clone(), Slice::new(*slice));
                }
                Incoming::Forget(digest) => {
                    self.slices.remove(&digest);
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
        let Some(slice) = self.slices.get(&job.slice) else {
            let detail = format!("no slice has the digest {}", job.slice);
            return self.output.failed(job.id, FailureKind::UnknownSlice, &detail);
        };
        let Some(agent) = agent::by_name(&job.agent) else {
            let detail = format!("this worker does not serve {}", job.agent);
            return self.output.failed(job.id, FailureKind::UnknownAgent, &detail);
        };
        let mut answers =
            Answers { job: job.id, count: 0, gave_up: vec![], output: &mut self.output, signals: &self.signals };
        // A panic is a fault of ours that must cost this job only. What it leaves behind half done is `answers`, which is dropped.
        let outcome = catch_unwind(AssertUnwindSafe(|| agent.answer(slice, job, &mut answers)));
        let Answers { count, gave_up, .. } = answers;
        match outcome {
            Ok(Ok(())) => self.output.done(job.id, count, (cpu_ns() - begun_ns) / 1_000_000, &gave_up),
            Ok(Err(Halt::Write(error))) => Err(error),
            Ok(Err(Halt::Cancelled)) => self.output.failed(job.id, FailureKind::Cancelled, "as asked"),
            Ok(Err(Halt::BadJob(detail))) => self.output.failed(job.id, FailureKind::BadJob, &detail),
            Ok(Err(Halt::TooLarge(ordinal))) => {
                let detail = format!("the answer at ordinal {ordinal} is larger than a frame may be");
                self.output.failed(job.id, FailureKind::Internal, &detail)
            }
            Err(_) => {
                self.output.failed(job.id, FailureKind::Internal, "the agent panicked; standard error says where")
            }
        }
    }
}

struct Answers<'a> {
    job: i64,
    count: i64,
    gave_up: Vec<GaveUp>,
    output: &'a mut Output,
    signals: &'a Signals,
}

impl Sink for Answers<'_> {
    fn answer(&mut self, answer: &Answer) -> Result<(), Halt> {
        self.go_on()?;
        self.count += 1;
        match self.output.answer(self.job, answer) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Halt::TooLarge(answer.ordinal())),
            Err(error) => Err(Halt::Write(error)),
        }
    }

    fn give_up(&mut self, operation: &str, ordinal: i64, reason: &str) -> Result<(), Halt> {
        self.go_on()?;
        self.gave_up.push(GaveUp { operation: operation.to_owned(), ordinal, reason: reason.to_owned() });
        Ok(())
    }
}

impl Answers<'_> {
    fn go_on(&self) -> Result<(), Halt> {
        if self.signals.stops(self.job) { Err(Halt::Cancelled) } else { Ok(()) }
    }
}

/// CPU time of this process so far.
fn cpu_ns() -> i64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
