//! `sentinel-agents`: the Rust agents, behind the worker protocol of `native/PROTOCOL.md`.
//!
//! The main thread reads; a second one makes answers and writes, so that a `cancel` is seen while a job runs.

mod generate;
mod inbox;
mod negative;
mod output;
mod positive;
mod request;
mod worker;

use std::io;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::inbox::{Ending, Inbox, Signals};
use crate::output::Output;
use crate::worker::Worker;

/// How long a worker that was told to stop may take to leave the answer it is at.
const FAREWELL: Duration = Duration::from_millis(900);
/// How long a worker that finishes what it has may take for one answer, or to get rid of it.
const PATIENCE: Duration = Duration::from_secs(5);
/// Schemas are walked recursively, values are made recursively; both to a bounded depth.
const STACK_BYTES: usize = 32 << 20;

fn main() -> ExitCode {
    let (sender, messages) = mpsc::channel();
    let (ended, end) = mpsc::channel();
    let inbox = Inbox::new(sender);
    let mut output = Output::new(io::stdout());
    if output.ready().is_err() {
        return ExitCode::FAILURE;
    }
    let (signals, watched) = (inbox.signals(), inbox.signals());
    let made = thread::Builder::new().name("worker".to_owned()).stack_size(STACK_BYTES).spawn(move || {
        let outcome = Worker::new(output, signals).serve(&messages);
        if ended.send(()).is_err() {
            eprintln!("sentinel-agents: the reader is gone");
        }
        if let Err(error) = outcome {
            // Sentinel does not listen any more: there is nobody to tell, and nothing left to do.
            eprintln!("sentinel-agents: {error}");
            std::process::exit(1);
        }
    });
    if let Err(error) = made {
        eprintln!("sentinel-agents: no thread to work in: {error}");
        return ExitCode::FAILURE;
    }
    match inbox.read_all(io::stdin().lock()) {
        Ok(Ending::EndOfInput) => finish(&end, &watched),
        Ok(Ending::Bye) => drop(end.recv_timeout(FAREWELL)),
        Err(error) => {
            eprintln!("sentinel-agents: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Waits for the worker's end as long as it gets on.
fn finish(end: &mpsc::Receiver<()>, signals: &Signals) {
    let mut answers = signals.answers();
    while end.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) && signals.answers() != answers {
        answers = signals.answers();
    }
}
