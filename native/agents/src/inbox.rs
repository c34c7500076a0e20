//! Reading: frames become messages for the worker, or signals that reach it at once.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};

use sentinel_wire::frame::{MAX_FRAME_BYTES, read_frame};
use sentinel_wire::protocol::Incoming;

/// What the reader and the worker let each other know between messages.
#[derive(Debug)]
pub struct Signals {
    stopping: AtomicBool,
    cancelled: AtomicI64,
    answers: AtomicU64,
}

impl Signals {
    /// The worker's word that it gets on.
    pub fn answered(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it gave it.
    pub fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Whether the job with this id is to stop.
    pub fn stops(&self, job: i64) -> bool {
        self.stopping.load(Ordering::Relaxed) || self.cancelled.load(Ordering::Relaxed) == job
    }
}

/// How reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Sentinel said good-bye.
    Bye,
    /// There is no more to read.
    EndOfInput,
}

/// The reading end.
#[derive(Debug)]
pub struct Inbox {
    messages: mpsc::Sender<Incoming>,
    signals: Arc<Signals>,
}

impl Inbox {
    /// An inbox that passes on what it reads.
    pub fn new(messages: mpsc::Sender<Incoming>) -> Self {
        // No job has this id: Sentinel counts up from 0.
        let cancelled = AtomicI64::new(i64::MIN);
        let signals = Signals { stopping: AtomicBool::new(false), cancelled, answers: AtomicU64::new(0) };
        Self { messages, signals: Arc::new(signals) }
    }

    /// What the worker is to look at.
    pub fn signals(&self) -> Arc<Signals> {
        Arc::clone(&self.signals)
    }

    /// Reads until `bye`, which tells the worker to stop, or until the end of the stream, before which it may finish what it has.
    ///
    /// # Errors
    ///
    /// When the stream breaks the framing, or a frame holds no message; the worker is told to stop.
    pub fn read_all(self, mut stream: impl Read) -> io::Result<Ending> {
        let outcome = self.read_messages(&mut stream);
        if !matches!(outcome, Ok(Ending::EndOfInput)) {
            self.signals.stopping.store(true, Ordering::Relaxed);
        }
        outcome
    }

    fn read_messages(&self, stream: &mut impl Read) -> io::Result<Ending> {
        let mut limit = MAX_FRAME_BYTES;
        while let Some(content) = read_frame(stream, limit)? {
            let message =
                Incoming::read(&content).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            match message {
                Incoming::Bye => return Ok(Ending::Bye),
                Incoming::Cancel(job) => self.signals.cancelled.store(job, Ordering::Relaxed),
                Incoming::Unknown => {}
                message => {
                    if let Incoming::Welcome { max_frame_bytes } = message {
                        limit = usize::try_from(max_frame_bytes).unwrap_or(limit);
                    }
                    if let Incoming::Job(_) = message {
                        // Ids repeat from run to run: a cancel that came too late must not hit a later job.
                        self.signals.cancelled.store(i64::MIN, Ordering::Relaxed);
                    }
                    if self.messages.send(message).is_err() {
                        return Ok(Ending::Bye); // The worker has ended, and has said why.
                    }
                }
            }
        }
        Ok(Ending::EndOfInput)
    }
}
