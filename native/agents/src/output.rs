//! Writing: each message a frame, flushed at once.

use std::io::{self, Stdout};

use sentinel_wire::answer::Answer;
use sentinel_wire::frame::{MAX_FRAME_BYTES, write_frame};
use sentinel_wire::pack::Packer;
use sentinel_wire::protocol::{self, FailureKind, GaveUp, MAX_ANSWERS, PackedAnswers};

use crate::agent::{AGENTS, Agent};

/// A message is sent before its answers grow past this size, so that Sentinel can begin with them.
const ENOUGH_BYTES: usize = 256 * 1024;
/// What a message of answers has beside them, at the most.
const ENVELOPE_BYTES: usize = 64;

/// The writing end.
#[derive(Debug)]
pub struct Output {
    stream: Stdout,
    limit: usize,
    waiting: PackedAnswers,
    packed: Packer,
}

impl Output {
    /// Writes to this stream.
    pub fn new(stream: Stdout) -> Self {
        Self { stream, limit: MAX_FRAME_BYTES, waiting: PackedAnswers::default(), packed: Packer::new() }
    }

    /// The handshake's limit of a frame.
    pub const fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Says who we are.
    pub fn ready(&mut self) -> io::Result<()> {
        let names = AGENTS.map(Agent::name);
        self.send(&protocol::ready("sentinel-agents", env!("CARGO_PKG_VERSION"), &names))
    }

    /// Answers a ping.
    pub fn pong(&mut self, token: i64) -> io::Result<()> {
        self.send(&protocol::pong(token))
    }

    /// Sends an answer, now or together with later ones. False when no frame can hold it.
    pub fn answer(&mut self, job: i64, answer: &Answer) -> io::Result<bool> {
        self.packed.clear();
        answer.write(&mut self.packed);
        let size = self.packed.bytes().len();
        if size + ENVELOPE_BYTES > self.limit {
            return Ok(false);
        }
        let full = self.waiting.size_bytes() + size + ENVELOPE_BYTES > self.limit.min(ENOUGH_BYTES);
        if full || self.waiting.count() == MAX_ANSWERS {
            self.send_waiting(job)?;
        }
        self.waiting.push(self.packed.bytes());
        Ok(true)
    }

    /// Ends a job.
    pub fn done(&mut self, job: i64, answers: i64, cpu_ms: i64, gave_up: &[GaveUp]) -> io::Result<()> {
        self.send_waiting(job)?;
        self.send(&protocol::done(job, answers, cpu_ms, gave_up))
    }

    /// Ends a job that failed; answers of it that were not sent are dropped, those that were do not count.
    pub fn failed(&mut self, job: i64, kind: FailureKind, detail: &str) -> io::Result<()> {
        self.waiting.clear();
        self.send(&protocol::error(job, kind, detail))
    }

    fn send_waiting(&mut self, job: i64) -> io::Result<()> {
        if self.waiting.count() > 0 {
            let message = protocol::answers(job, &self.waiting);
            self.waiting.clear();
            self.send(&message)?;
        }
        Ok(())
    }

    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        write_frame(&mut self.stream, message, self.limit)
    }
}
