//! The program answers the golden vectors of `tests/golden` byte for byte, and keeps up its end of the golden conversation.
#![allow(clippy::unwrap_used, reason = "a test fails by it, at the right line")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use sentinel_wire::frame::{MAX_FRAME_BYTES, read_frame, write_frame};
use sentinel_wire::pack::pack;
use sentinel_wire::unpack::unpack;
use sentinel_wire::{Map, Value};

/// The program, and our end of the talk with it.
struct Worker {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Worker {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sentinel-agents"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output }
    }

    fn send(&mut self, content: &[u8]) {
        write_frame(&mut self.input, content, MAX_FRAME_BYTES).unwrap();
    }

    /// The next message; it must be canonical.
    fn receive(&mut self) -> Map {
        let content = read_frame(&mut self.output, MAX_FRAME_BYTES).unwrap().expect("the worker ended");
        let message = unpack(&content).unwrap();
        assert_eq!(pack(&message), content, "a message that is not canonical");
        message.as_map().unwrap().clone()
    }

    fn end(mut self) {
        drop(self.input);
        assert!(self.child.wait().unwrap().success());
    }
}

fn golden(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(folder)
}

fn message(kind: &str, name: &str, value: &Value) -> Vec<u8> {
    let pairs = [("type".to_owned(), kind.into()), (name.to_owned(), value.clone())];
    pack(&Value::from(pairs.into_iter().collect::<Map>()))
}

fn text<'a>(message: &'a Map, name: &str) -> &'a str {
    message.get(name).and_then(Value::as_text).unwrap_or_default()
}

/// The answers of every vector, and what is given up.
#[test]
fn generation() {
    let mut seen = 0;
    for entry in fs::read_dir(golden("generation")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "msgpack") {
            continue;
        }
        let vector = unpack(&fs::read(&path).unwrap()).unwrap();
        let vector = vector.as_map().unwrap();
        let mut worker = Worker::start();
        assert_eq!(text(&worker.receive(), "type"), "ready");
        worker.send(&message("slice", "slice", vector.get("slice").unwrap()));
        worker.send(&message("job", "job", vector.get("job").unwrap()));
        let mut answers = vec![];
        let done = loop {
            let message = worker.receive();
            match message.get("answers") {
                Some(Value::List(some)) => answers.extend(some.iter().map(|answer| Value::Bytes(pack(answer)))),
                _ => break message,
            }
        };
        let name = path.display();
        assert_eq!(text(&done, "type"), "done", "{name}");
        let expected = vector.get("answers").and_then(Value::as_list).unwrap();
        assert_eq!(answers.len(), expected.len(), "{name}");
        for (answer, expected) in answers.iter().zip(expected) {
            assert_eq!(answer, expected, "{name}");
        }
        let refused = done.get("gave_up").and_then(Value::as_list).unwrap();
        let refused: Vec<Value> = refused.iter().map(|item| item.as_list().unwrap()[..2].to_vec().into()).collect();
        assert_eq!(vector.get("gave_up"), Some(&refused.into()), "{name}");
        worker.end();
        seen += 1;
    }
    assert!(seen > 0, "no vectors were found");
}

/// The golden conversation, but for who the worker is, how it words its errors and how long it takes.
#[test]
fn conversation() {
    let recorded = fs::read(golden("protocol").join("conversation.bin")).unwrap();
    let mut rest = recorded.as_slice();
    let mut worker = Worker::start();
    while let Some((who, behind)) = rest.split_first() {
        rest = behind;
        let content = read_frame(&mut rest, MAX_FRAME_BYTES).unwrap().unwrap();
        if *who == b's' {
            worker.send(&content);
            continue;
        }
        let expected = unpack(&content).unwrap().as_map().unwrap().clone();
        let said = worker.receive();
        for (name, value) in expected.iter() {
            if !matches!(name, "name" | "version" | "detail" | "cpu_ms") {
                assert_eq!(said.get(name), Some(value), "{name} of {}", text(&expected, "type"));
            }
        }
    }
    worker.end();
}
