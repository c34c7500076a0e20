//! Writing: each message a frame, flushed at once.

use std::io::{self, Stdout};

use sentinel_wire::answer::Answer;
use sentinel_wire::frame::{MAX_FRAME_BYTES, write_frame};
use sentinel_wire::pack::Packer;
use sentinel_wire::protocol::{self, FailureKind, GaveUp, MAX_ANSWERS, PackedAnswers};

use crate::generate::agent_names;

/// A message is sent before its answers grow past this size, so that Sentinel can begin with them.
const ENOUGH_BYTES: usize = 256 * 1024;
/// What a message of answers has beside them, at the most.
const ENVELOPE_BYTES: usize = 64;

/// The writing end, and what was said of the job at hand.
#[derive(Debug)]
pub struct Output {
    stream: Stdout,
    limit: usize,
    job: i64,
    answers: i64,
    gave_up: Vec<GaveUp>,
    waiting: PackedAnswers,
    packed: Packer,
}

impl Output {
    /// Writes to this stream.
    pub fn new(stream: Stdout) -> Self {
        Self {
            stream,
            limit: MAX_FRAME_BYTES,
            job: 0,
            answers: 0,
            gave_up: vec![],
            waiting: PackedAnswers::default(),
            packed: Packer::new(),
        }
    }

    /// The handshake's limit of a frame.
    pub const fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Says who we are.
    pub fn ready(&mut self) -> io::Result<()> {
        self.send(&protocol::ready("sentinel-rust", env!("CARGO_PKG_VERSION"), &agent_names()))
    }

    /// Answers a ping.
    pub fn pong(&mut self, token: i64) -> io::Result<()> {
        self.send(&protocol::pong(token))
    }

    /// What follows is said of this job.
    pub fn begin(&mut self, job: i64) {
        self.job = job;
        self.answers = 0;
        self.gave_up.clear();
        self.waiting.clear();
    }

    /// Sends an answer, now or together with later ones. One that no frame can hold counts as given up.
    pub fn answer(&mut self, operation: &str, answer: &Answer) -> io::Result<()> {
        self.packed.clear();
        answer.write(&mut self.packed);
        let size = self.packed.bytes().len();
        if size + ENVELOPE_BYTES > self.limit {
            self.gave_up(operation, answer.ordinal(), "an answer larger than a frame".to_owned());
            return Ok(());
        }
        let is_full = self.waiting.size_bytes() + size + ENVELOPE_BYTES > self.limit.min(ENOUGH_BYTES);
        if is_full || self.waiting.count() == MAX_ANSWERS {
            self.send_waiting()?;
        }
        self.waiting.push(self.packed.bytes());
        self.answers += 1;
        Ok(())
    }

    /// Takes note of an ordinal that could not be made.
    pub fn gave_up(&mut self, operation: &str, ordinal: i64, reason: String) {
        self.gave_up.push(GaveUp { operation: operation.to_owned(), ordinal, reason });
    }

    /// Ends the job.
    pub fn done(&mut self, cpu_ms: i64) -> io::Result<()> {
        self.send_waiting()?;
        self.send(&protocol::done(self.job, self.answers, cpu_ms, &self.gave_up))
    }

    /// Ends a job that failed; answers of it that were not sent are dropped, those that were do not count.
    pub fn failed(&mut self, job: i64, kind: FailureKind, detail: &str) -> io::Result<()> {
        self.waiting.clear();
        self.send(&protocol::error(job, kind, detail))
    }

    fn send_waiting(&mut self) -> io::Result<()> {
        if self.waiting.count() > 0 {
            let message = protocol::answers(self.job, &self.waiting);
            self.waiting.clear();
            self.send(&message)?;
        }
        Ok(())
    }

    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        write_frame(&mut self.stream, message, self.limit)
    }
}
