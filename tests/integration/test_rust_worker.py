"""The Rust agents as a worker of the protocol: handshake, jobs, errors, ends."""

import subprocess
import time

import pytest

from pipeline.messages import ApiSlice, Job, Operation, Parameter, Span
from stages.agents.wire import Answers, Cancel, Done, Forget, JobOrder, Ping, Pong, Slice, WorkerError

SLICE = ApiSlice(
    digest="s",
    operations=[
        Operation(
            key="GET /pets/{id}",
            method="GET",
            path="/pets/{id}",
            parameters=[
                Parameter(name="id", location="path", required=True, schema={"type": "integer"}),
                Parameter(name="limit", location="query", style="form", schema={"type": "integer", "minimum": 0, "maximum": 1000}),
            ],
        )
    ],
)


def job(*, number=1, count=5, start=0, operation="GET /pets/{id}", agent="functional-positive", digest="s"):
    return Job(id=number, agent=agent, slice=digest, seed=7, spans=[Span(operation=operation, start=start, count=count)])


@pytest.fixture
def worker(rust_agents, converse):
    conversation = converse(rust_agents)
    conversation.greet()
    return conversation


def test_ready(rust_agents, converse):
    """The first message says what the worker is and what it serves."""
    ready = converse(rust_agents).greet()
    assert ready.protocol == 1
    assert ready.name == "sentinel-rust"
    assert "functional-positive" in ready.agents
    assert ready.deterministic


@pytest.mark.alone
def test_start_is_quick(rust_agents, converse):
    """A worker is ready within 20 ms: the best of five starts, because other programs share the machine."""
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        converse(rust_agents).receive()
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.020


def test_job(worker):
    """A job's answers are in order, as many as `done` says."""
    answers, end = worker.answers(job(count=130), SLICE)
    assert isinstance(end, Done)
    assert end.answers == len(answers) > 0


def test_at_most_64_answers_a_message(worker):
    """No message holds more than 64 answers."""
    worker.send(Slice(slice=SLICE))
    worker.send(JobOrder(job=job(count=130)))
    sizes = []
    while isinstance(message := worker.receive(), Answers):
        sizes.append(len(message.answers))
    assert sizes
    assert max(sizes) <= 64


def test_answers_do_not_depend_on_id_or_history(worker):
    """The same job under another id, after other jobs, has the same answers; a part of it has a part of them."""
    first, _ = worker.answers(job(number=1, count=8), SLICE)
    worker.answers(job(number=2, start=3, count=1))
    again, _ = worker.answers(job(number=3, count=8))
    part, _ = worker.answers(job(number=4, start=2, count=3))
    assert again == first
    assert part == first[2:5]


@pytest.mark.parametrize(
    ("order", "kind"),
    [
        (job(digest="other"), "unknown-slice"),
        (job(agent="functional-none"), "unknown-agent"),
        (job(operation="GET /nothing"), "bad-job"),
    ],
)
def test_errors(worker, order, kind):
    """What is wrong with a job is said by its kind, and the next job is answered."""
    worker.send(Slice(slice=SLICE))
    _, end = worker.answers(order)
    assert isinstance(end, WorkerError)
    assert (end.job, end.kind) == (1, kind)
    assert end.detail
    assert isinstance(worker.answers(job(number=2))[1], Done)


def test_forgotten_slice(worker):
    """A forgotten slice is unknown."""
    worker.answers(job(), SLICE)
    worker.send(Forget(digest="s"))
    _, end = worker.answers(job(number=2))
    assert end.kind == "unknown-slice"


def test_job_that_cannot_be_read(worker):
    """A job without its fields is a bad job, and the worker goes on."""
    payload = b"\x82\xa4type\xa3job\xa3job\x81\xa2id\x09"
    worker.send_bytes(len(payload).to_bytes(4, "big") + payload)
    end = worker.receive()
    assert (end.job, end.kind) == (9, "bad-job")
    assert isinstance(worker.answers(job(number=2), SLICE)[1], Done)


def test_cancel(worker):
    """A cancelled job ends soon, with an error that says so, and the next job is answered."""
    worker.send(Slice(slice=SLICE))
    worker.send(JobOrder(job=job(count=2_000_000_000)))
    worker.send(Cancel(job=1))
    while isinstance(end := worker.receive(), Answers):
        pass
    assert isinstance(end, Done | WorkerError)
    assert isinstance(end, Done) or end.kind == "cancelled"
    assert isinstance(worker.answers(job(number=2))[1], Done)


def test_a_cancel_is_for_the_job_before_it(worker):
    """Ids repeat from run to run: one that comes when the job is done does not hit a later job with the same id."""
    worker.answers(job(), SLICE)
    worker.send(Cancel(job=1))
    assert isinstance(worker.answers(job())[1], Done)


def test_ping(worker):
    """A ping is answered with its token."""
    worker.send(Ping(token=77))
    assert worker.receive() == Pong(token=77)


def test_unknown_message_is_ignored(worker):
    """A message of a later version of the protocol changes nothing."""
    payload = b"\x82\xa4type\xa5later\xa1x\x01"
    worker.send_bytes(len(payload).to_bytes(4, "big") + payload)
    worker.send(Ping(token=1))
    assert worker.receive() == Pong(token=1)


@pytest.mark.alone
def test_bye(worker):
    """`bye` ends the worker within a second, with status 0."""
    begun = time.monotonic()
    assert worker.end() == 0
    assert time.monotonic() - begun < 1.5


def test_end_of_input(worker):
    """The end of standard input ends the worker, with status 0."""
    worker.process.stdin.close()
    assert worker.wait() == 0


def test_end_of_input_in_a_job(worker):
    """The end of standard input ends the worker also when nobody reads its answers."""
    worker.send(Slice(slice=SLICE))
    worker.send(JobOrder(job=job(count=2_000_000_000)))
    worker.process.stdin.close()
    assert worker.wait() == 0


def test_closed_output_ends_the_worker(worker):
    """A worker that nobody listens to ends by itself."""
    worker.send(Slice(slice=SLICE))
    worker.process.stdout.close()
    worker.send(JobOrder(job=job()))
    assert worker.wait() == 1


@pytest.mark.parametrize(
    "data", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\1\xc1", b"\0\0\0\1\x01"], ids=["empty", "oversize", "broken", "no-message"]
)
def test_broken_input_ends_the_worker(worker, data):
    """Who breaks the framing is not talked to any more; standard error says why."""
    worker.send_bytes(data)
    assert worker.wait() == 1
    assert b"sentinel-agents: " in worker.process.stderr.read()


def test_nothing_but_frames_on_standard_output(rust_agents):
    """Without a word of input, one `ready` frame is all there is on standard output."""
    done = subprocess.run([rust_agents], stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=20)
    assert int.from_bytes(done.stdout[:4], "big") == len(done.stdout) - 4
    assert done.stderr == b""
