//! The conversation between Sentinel and a worker (PROTOCOL.md, section 2).

use crate::api::ApiSlice;
use crate::error::WireError;
use crate::fields::{Fields, Read};
use crate::job::Job;
use crate::pack::{Packer, Structure};
use crate::unpack::unpack;

/// The version of the protocol that this crate speaks.
pub const PROTOCOL: i64 = 1;
/// At most so many answers in one message.
pub const MAX_ANSWERS: usize = 64;

/// What Sentinel says.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// The handshake is done.
    Welcome {
        /// No frame may be longer.
        max_frame_bytes: i64,
    },
    /// Keep this slice.
    Slice(Box<ApiSlice>),
    /// The slice with this digest is not needed any more.
    Forget(String),
    /// Make answers.
    Job(Box<Job>),
    /// A job whose fields cannot be read: its id, where even that can be, and why.
    BadJob(i64, WireError),
    /// Stop working on the job with this id.
    Cancel(i64),
    /// Are you there?
    Ping(i64),
    /// Finish.
    Bye,
    /// A type of message that this version does not know.
    Unknown,
}

impl Incoming {
    /// Reads the content of one frame.
    ///
    /// # Errors
    ///
    /// When the content is no message at all. A job that cannot be read is [`Incoming::BadJob`], because it has an answer.
    pub fn read(content: &[u8]) -> Result<Self, WireError> {
        let mut fields = Fields::of(unpack(content)?)?;
        let kind: String = fields.need("type")?;
        Ok(match kind.as_str() {
            "welcome" => Self::Welcome { max_frame_bytes: fields.need("max_frame_bytes")? },
            "slice" => Self::Slice(Box::new(fields.need("slice")?)),
            "forget" => Self::Forget(fields.need("digest")?),
            "job" => read_job(fields.need("job")?),
            "cancel" => Self::Cancel(fields.need("job")?),
            "ping" => Self::Ping(fields.need("token")?),
            "bye" => Self::Bye,
            _ => Self::Unknown,
        })
    }
}

fn read_job(value: crate::Value) -> Incoming {
    let id = value.as_map().and_then(|map| map.get("id")).cloned().and_then(|id| i64::read(id).ok()).unwrap_or(-1);
    match Job::read(value) {
        Ok(job) => Incoming::Job(Box::new(job)),
        Err(error) => Incoming::BadJob(id, error),
    }
}

/// Why a job failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Its slice was never sent, or is forgotten.
    UnknownSlice,
    /// This worker does not serve its agent.
    UnknownAgent,
    /// It cannot be read, or asks for an operation that its slice does not have.
    BadJob,
    /// A fault of the worker.
    Internal,
    /// It was to stop, and stopped.
    Cancelled,
}

impl FailureKind {
    /// As the protocol writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnknownSlice => "unknown-slice",
            Self::UnknownAgent => "unknown-agent",
            Self::BadJob => "bad-job",
            Self::Internal => "internal",
            Self::Cancelled => "cancelled",
        }
    }
}

/// An ordinal that could not be made, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GaveUp {
    /// Key of the operation.
    pub operation: String,
    /// The ordinal.
    pub ordinal: i64,
    /// Why.
    pub reason: String,
}

/// `ready`: the first message of a worker that serves these agents, deterministically.
#[must_use]
pub fn ready(name: &str, version: &str, agents: &[&str]) -> Vec<u8> {
    message("ready", |packer, fields| {
        packer.field(fields, "protocol");
        packer.int(PROTOCOL);
        packer.field(fields, "name");
        packer.text(name);
        packer.field(fields, "version");
        packer.text(version);
        packer.field(fields, "agents");
        packer.list(agents.len());
        for agent in agents {
            packer.text(agent);
        }
        packer.field(fields, "deterministic");
        packer.bool(true);
    })
}

/// `answers`: some answers of a job, already in their canonical form.
#[must_use]
pub fn answers(job: i64, packed: &PackedAnswers) -> Vec<u8> {
    message("answers", |packer, fields| {
        packer.field(fields, "job");
        packer.int(job);
        packer.field(fields, "answers");
        packer.list(packed.count);
        packer.append(packed.packer.bytes());
    })
}

/// `done`: a job is finished.
#[must_use]
pub fn done(job: i64, answers: i64, cpu_ms: i64, gave_up: &[GaveUp]) -> Vec<u8> {
    message("done", |packer, fields| {
        packer.field(fields, "job");
        packer.int(job);
        packer.field(fields, "answers");
        packer.int(answers);
        packer.field(fields, "cpu_ms");
        packer.int(cpu_ms);
        packer.field(fields, "gave_up");
        packer.list(gave_up.len());
        for item in gave_up {
            packer.list(3);
            packer.text(&item.operation);
            packer.int(item.ordinal);
            packer.text(&item.reason);
        }
    })
}

/// `error`: a job failed.
#[must_use]
pub fn error(job: i64, kind: FailureKind, detail: &str) -> Vec<u8> {
    message("error", |packer, fields| {
        packer.field(fields, "job");
        packer.int(job);
        packer.field(fields, "kind");
        packer.text(kind.name());
        packer.field(fields, "detail");
        packer.text(detail);
    })
}

/// `pong`: the answer to a ping.
#[must_use]
pub fn pong(token: i64) -> Vec<u8> {
    message("pong", |packer, fields| {
        packer.field(fields, "token");
        packer.int(token);
    })
}

fn message(kind: &str, write: impl FnOnce(&mut Packer, &mut Structure)) -> Vec<u8> {
    let mut packer = Packer::new();
    let mut fields = packer.begin();
    packer.field(&mut fields, "type");
    packer.text(kind);
    write(&mut packer, &mut fields);
    packer.end(&fields);
    packer.into_bytes()
}

/// Answers in their canonical form, waiting to be sent in one message.
#[derive(Debug, Default)]
pub struct PackedAnswers {
    packer: Packer,
    count: usize,
}

impl PackedAnswers {
    /// Adds an answer in its canonical form.
    pub fn push(&mut self, answer: &[u8]) {
        self.packer.append(answer);
        self.count += 1;
    }

    /// How many wait.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// How many bytes they are.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.packer.bytes().len()
    }

    /// Forgets them, keeps the memory.
    pub fn clear(&mut self) {
        self.packer.clear();
        self.count = 0;
    }
}
