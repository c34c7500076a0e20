"""The Python agents as a worker of the protocol: the golden conversation, and everything that can go wrong on a pipe."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from pipeline.messages import ApiSlice, Job, Operation, Parameter, Span
from stages.agents.wire import Answers, Cancel, Done, FrameReader, JobOrder, Slice, Welcome, WorkerError, dispatch_codec, encode_frame
from stages.agents.worker import VERSION

ROOT = Path(__file__).parents[2]
CONVERSATION = ROOT / "tests" / "golden" / "protocol" / "conversation.bin"
TIMEOUT_S = 20

SLICE = ApiSlice(
    digest="s",
    operations=[
        Operation(
            key="GET /a",
            method="GET",
            path="/a",
            parameters=[Parameter(name="q", location="query", schema={"type": "string"}, style="form", explode=True)],
        )
    ],
)


def job(number: int = 1, count: int = 5) -> Job:
    return Job(id=number, agent="functional-positive", slice="s", seed=3, spans=[Span(operation="GET /a", start=0, count=count)])


def run(command: list[str], data: bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The worker's whole life with this input."""
    return subprocess.run(
        command, input=data, capture_output=True, cwd=ROOT, timeout=TIMEOUT_S, env={**os.environ, **environment}, check=False
    )


def said(output: bytes) -> list[bytes]:
    reader = FrameReader()
    payloads = reader.feed(output)
    assert reader.pending() == 0
    return payloads


def without_times(payload: bytes) -> dict[str, object]:
    message = msgspec.msgpack.decode(payload)
    message.pop("cpu_ms", None)
    return message


def recorded() -> tuple[bytes, list[dict[str, object]]]:
    """What Sentinel sends in the golden conversation, and what the worker answers."""
    data = CONVERSATION.read_bytes()
    sent, answered = b"", []
    while data:
        end = 5 + int.from_bytes(data[1:5], "big")
        if data[:1] == b"s":
            sent += data[1:end]
        else:
            answered.append(without_times(data[5:end]))
        data = data[end:]
    return sent, answered


@pytest.mark.parametrize("hash_seed", ["0", "1234"])
def test_the_golden_conversation(python_agents, hash_seed: str) -> None:
    """Word by word, in a process of any hash seed."""
    sent, answered = recorded()
    done = run(python_agents, sent, PYTHONHASHSEED=hash_seed)
    assert [without_times(payload) for payload in said(done.stdout)] == answered
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_end_of_input_is_good_bye(python_agents) -> None:
    """Wherever it comes: at once, or in the middle of a frame."""
    for data in (b"", b"\x00\x00", encode_frame(b"\x80")[:-1]):
        done = run(python_agents, data)
        assert done.returncode == 0
        assert len(said(done.stdout)) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x00",
        encode_frame(b"\xc1"),
        encode_frame(msgspec.msgpack.encode({"type": "job", "job": {"id": 1}})),
        encode_frame(b"\x91" * 100_000),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_protocol_ends_the_worker_with_a_clear_word(python_agents, data: bytes) -> None:
    """Status 1, one line on standard error, nothing but frames on standard output."""
    done = run(python_agents, data)
    assert done.returncode == 1
    assert len(said(done.stdout)) == 1
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_job_is_cancelled_between_two_answers(python_agents, converse) -> None:
    """Without end in sight, it ends soon; the next job is answered."""
    worker = converse(*python_agents)
    worker.greet()
    worker.send(Slice(slice=SLICE))
    worker.send(JobOrder(job=job(7, count=10**9)))
    assert isinstance(worker.receive(), Answers)
    worker.send(Cancel(job=7))
    while isinstance(message := worker.receive(), Answers):
        pass
    assert message == WorkerError(job=7, kind="cancelled")
    answers, done = worker.answers(job(8))
    assert isinstance(done, Done)
    assert len(answers) == done.answers == 5
    assert worker.end() == 0


def test_a_cancel_that_comes_too_late_is_ignored(python_agents, converse) -> None:
    """The job is done; nothing is answered to it."""
    worker = converse(*python_agents)
    worker.greet()
    first, _ = worker.answers(job(1), of=SLICE)
    worker.send(Cancel(job=1))
    second, _ = worker.answers(job(2))
    assert first == second


def test_answers_do_not_depend_on_job_number_or_earlier_jobs(python_agents, converse) -> None:
    """PROTOCOL.md, section 2, rule 6."""
    used, fresh = converse(*python_agents), converse(*python_agents)
    for worker in (used, fresh):
        worker.greet()
    used.answers(job(1, count=100), of=SLICE)
    assert used.answers(job(2, count=30))[0] == fresh.answers(job(99, count=30), of=SLICE)[0]


def test_batches_keep_to_64_answers_and_to_the_frame_limit(python_agents, converse) -> None:
    """A small limit makes small frames; an answer that fits none is given up, not sent."""
    worker = converse(*python_agents)
    worker.receive()
    worker.send(Welcome(protocol=1, max_frame_bytes=300))
    worker.send(Slice(slice=SLICE))
    worker.send(JobOrder(job=job(1, count=100)))
    count, batches = 0, 0
    while isinstance(message := worker.receive(), Answers):
        assert len(message.answers) <= 64
        assert len(dispatch_codec().encode(message)) <= 300 + 4
        count += len(message.answers)
        batches += 1
    assert isinstance(message, Done)
    assert message.answers == count
    assert batches > 20
    assert {reason for _, _, reason in message.gave_up} == {"an answer larger than a frame"}
    assert count + len(message.gave_up) == 100


def test_a_closed_output_ends_the_worker_quietly(python_agents, converse) -> None:
    """Nobody reads any more: no traceback, and soon."""
    worker = converse(*python_agents)
    worker.greet()
    worker.process.stdout.close()
    worker.send(Slice(slice=SLICE))
    worker.send(JobOrder(job=job(1, count=10**9)))
    assert worker.wait() == 0
    assert worker.process.stderr.read() == b""


def test_lines_of_json(python_agents) -> None:
    """The same conversation in the other encoding."""
    lines = [
        {"type": "welcome", "protocol": 1, "max_frame_bytes": 1 << 20},
        {"type": "slice", "slice": msgspec.to_builtins(SLICE)},
        {"type": "job", "job": msgspec.to_builtins(job(4))},
        {"type": "bye"},
    ]
    done = run([*python_agents, "--json"], b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert [message["type"] for message in messages] == ["ready", "answers", "done"]
    assert messages[2]["answers"] == len(messages[1]["answers"]) == 5
    assert done.returncode == 0


def test_unknown_arguments_are_refused(python_agents) -> None:
    """With the usage, and the status of a wrong command line."""
    done = run([*python_agents, "--xml"], b"")
    assert done.returncode == 2
    assert b"usage" in done.stderr
    assert done.stdout == b""


def test_what_code_prints_goes_to_standard_error() -> None:
    """A stray print cannot break the framing."""
    program = "import sys; from stages.agents import worker, generate\n"
    program += "class Loud:\n    def __init__(self, s): print('noise')\n    def answer(self, *_): print('more'); return None\n"
    program += "    def left_out(self, _): return []\n"
    program += "generate.AGENTS['loud'] = Loud\nsys.exit(worker.main([]))"
    order = Job(id=1, agent="loud", slice="s", seed=0, spans=[Span(operation="GET /a", start=0, count=1)])
    codec = dispatch_codec()
    done = run([sys.executable, "-c", program], codec.encode(Slice(slice=SLICE)) + codec.encode(JobOrder(job=order)))
    assert [msgspec.msgpack.decode(payload)["type"] for payload in said(done.stdout)] == ["ready", "done"]
    assert b"noise" in done.stderr


def test_a_fault_of_an_agent_is_an_error_of_its_job() -> None:
    """The worker lives on; the traceback goes to standard error."""
    program = "import sys; from stages.agents import worker, generate\n"
    program += "class Broken:\n    def __init__(self, s): pass\n    def answer(self, *_): raise ZeroDivisionError('oops')\n"
    program += "    def left_out(self, _): return []\n"
    program += "generate.AGENTS['broken'] = Broken\nsys.exit(worker.main([]))"
    order = Job(id=1, agent="broken", slice="s", seed=0, spans=[Span(operation="GET /a", start=0, count=1)])
    codec = dispatch_codec()
    data = codec.encode(Slice(slice=SLICE)) + codec.encode(JobOrder(job=order)) + codec.encode(JobOrder(job=job(2)))
    done = run([sys.executable, "-c", program], data)
    _, error, answers, end = map(msgspec.msgpack.decode, said(done.stdout))
    assert error == {"type": "error", "job": 1, "kind": "internal", "detail": "ZeroDivisionError: oops"}
    assert (answers["type"], end["type"]) == ("answers", "done")
    assert b"ZeroDivisionError" in done.stderr


def test_the_version_is_that_of_the_distribution() -> None:
    """A worker says the version that the project has."""
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text()
