"""Fixtures that several folders of tests share."""

import fcntl
import importlib.util
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

from pipeline.messages import Api, ApiSlice, Job, Operation, Parameter
from stages.agents.wire import (
    DEFAULT_MAX_FRAME_BYTES,
    Answers,
    Bye,
    Done,
    FromWorker,
    JobOrder,
    Ready,
    Slice,
    ToWorker,
    Welcome,
    WorkerError,
    dispatch_codec,
    encode_answer,
)

ROOT = Path(__file__).parent.parent

# The first text drawn builds a table of all characters, which takes seconds on a slow machine: no health of the test. Examples are the
# same in every run, so that a change is judged by what it changed; `.ci/full` searches on with new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("searching", parent=settings.get_profile("repeatable"), derandomize=False)
settings.load_profile(os.environ.get("SENTINEL_HYPOTHESIS", "repeatable"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Under ``-n``: tests marked ``alone`` wait until no other runs, and the others behind them; all others run beside each other."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    assert item.config.cache is not None
    folder = item.config.cache.mkdir("turns")
    alone = item.get_closest_marker("alone") is not None
    with (folder / "queue").open("a") as queue, (folder / "running").open("a") as running:
        fcntl.flock(queue, fcntl.LOCK_EX)
        fcntl.flock(running, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(queue, fcntl.LOCK_UN)
        try:
            return (yield)
        finally:
            fcntl.flock(running, fcntl.LOCK_UN)  # of what the test started, too


@pytest.fixture
def make_api() -> Callable[..., Api]:
    """Builds an Api from keys such as "GET /pets/{id}"; keyword ``level`` gives levels by key, ``group`` groups by key."""

    def build(*keys: str, level: dict[str, int] | None = None, group: dict[str, str] | None = None) -> Api:
        operations = []
        for key in keys:
            method, path = key.split(" ", 1)
            names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
            operations.append(
                Operation(
                    key=key,
                    method=method,
                    path=path,
                    parameters=[Parameter(name=name, location="path", required=True, schema={"type": "string"}) for name in names],
                    group=(group or {}).get(key, "all"),
                    level=(level or {}).get(key, 0),
                )
            )
        return Api(digest="0", operations=operations)

    return build


@pytest.fixture(scope="session")
def runs() -> ModuleType:
    """The module that makes the messages of a run and lets persist write them."""
    spec = importlib.util.spec_from_file_location("scenes_runs", ROOT / "tests" / "scenes" / "runs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def rust_agents() -> str:
    """The Rust agents' program: built from the checkout where cargo is, else the one beside this Python. Skips where neither is."""
    if shutil.which("cargo"):
        manifest = ROOT / "native" / "Cargo.toml"
        command = ["cargo", "build", "--quiet", "--release", "--locked", "--bin", "sentinel-agents", "--manifest-path", str(manifest)]
        subprocess.run(command, check=True, timeout=600)
        return str(ROOT / "native" / "target" / "release" / "sentinel-agents")
    installed = Path(sys.executable).parent / "sentinel-agents"
    if not installed.exists():
        pytest.skip("no Rust toolchain, and no Rust agents are installed")
    return str(installed)


class Conversation:
    """A worker process and Sentinel's end of the talk with it. Every wait is bounded."""

    def __init__(self, command: Sequence[str], timeout_s: float = 20.0) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, bufsize=0)
        self.timeout_s = timeout_s
        self._codec = dispatch_codec()
        self._reader = self._codec.reader()
        self._payloads: list[bytes] = []

    def send_bytes(self, data: bytes) -> None:
        self.process.stdin.write(data)

    def send(self, message: ToWorker) -> None:
        self.send_bytes(self._codec.encode(message))

    def receive(self) -> FromWorker:
        """The next message; fails when the worker ends or says nothing in time."""
        while not self._payloads:
            readable, _, _ = select.select([self.process.stdout], [], [], self.timeout_s)
            assert readable, "the worker says nothing"
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            assert data, f"the worker ended: {self.process.stderr.read().decode(errors='replace')}"
            self._payloads += self._reader.feed(data)
        message = self._codec.decode(self._payloads.pop(0))
        assert message is not None
        return message

    def greet(self) -> Ready:
        ready = self.receive()
        assert isinstance(ready, Ready)
        self.send(Welcome(protocol=1, max_frame_bytes=DEFAULT_MAX_FRAME_BYTES))
        return ready

    def answers(self, job: Job, of: ApiSlice | None = None) -> tuple[list[bytes], Done | WorkerError]:
        """The job's answers in canonical form, and its end. ``of`` is sent before the job."""
        if of is not None:
            self.send(Slice(slice=of))
        self.send(JobOrder(job=job))
        found: list[bytes] = []
        while True:
            match self.receive():
                case Answers(answers=answers):
                    found += map(encode_answer, answers)
                case Done() | WorkerError() as end:
                    return found, end
                case other:
                    pytest.fail(f"in the middle of a job: {other}")

    def end(self) -> int:
        """Says good-bye; the exit status."""
        if self.process.poll() is None:
            self.send(Bye())
        return self.wait()

    def wait(self) -> int:
        return self.process.wait(self.timeout_s)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()


@pytest.fixture(scope="session")
def python_agents() -> list[str]:
    """The command of the Python agents."""
    return [sys.executable, "-m", "stages.agents"]


@pytest.fixture(scope="session")
def converse() -> Iterator[Callable[..., Conversation]]:
    """Starts a worker and talks with it; ends all that were started."""
    started: list[Conversation] = []

    def start(*command: str, **options: float) -> Conversation:
        started.append(Conversation(command, **options))
        return started[-1]

    yield start
    for conversation in started:
        conversation.close()
