"""The worker: protocol messages in, answers out, over blocking pipes (native/PROTOCOL.md)."""

import os
import select
import sys
import time
from collections import deque

from pipeline.messages import Answer, Job
from stages.agents.generate import AGENTS, BadJob, Generator, UnknownAgent
from stages.agents.wire import (
    DEFAULT_MAX_FRAME_BYTES,
    MAX_ANSWERS_PER_FRAME,
    PROTOCOL,
    Answers,
    Bye,
    Cancel,
    Done,
    ErrorKind,
    Forget,
    FrameError,
    FromWorker,
    JobOrder,
    MessageError,
    Ping,
    Pong,
    Ready,
    Slice,
    ToWorker,
    Welcome,
    WorkerError,
    worker_codec,
)

NAME = "sentinel-python"
VERSION = "0.1.0"

_READ_BYTES = 1 << 16
_LOOK_EVERY = 8  # answers between two looks at the input for a cancel


class Gone(Exception):
    """There is nobody left to answer."""


class Pipe:
    """Messages over a pair of file descriptors. Raises Gone at the end of input and on a broken pipe."""

    def __init__(self, source: int, target: int, *, json: bool) -> None:
        self.limit = DEFAULT_MAX_FRAME_BYTES
        self._source = source
        self._target = target
        self._codec = worker_codec(json=json)
        self._reader = self._codec.reader()
        self._waiting: deque[bytes] = deque()
        self._ended = False

    def set_limit(self, max_frame_bytes: int) -> None:
        self.limit = self._reader.limit = max_frame_bytes

    def encode(self, message: FromWorker) -> bytes:
        """The message as a frame."""
        return self._codec.encode(message)

    def send(self, frame: bytes) -> None:
        view = memoryview(frame)
        try:
            while view:
                view = view[os.write(self._target, view) :]
        except BrokenPipeError as error:
            raise Gone from error

    def receive(self) -> ToWorker | None:
        """Wait for the next message; None for one of an unknown type. Raises MessageError, FrameError, Gone."""
        while not self._waiting:
            if self._ended:
                raise Gone
            self._read()
        return self._codec.decode(self._waiting.popleft())

    def cancelled(self, job: int) -> bool:
        """Whether a cancel of the job has come; does not wait. Other messages stay for later, and so does the end of input."""
        while not self._ended and select.select([self._source], [], [], 0)[0]:
            self._read()
        for payload in self._waiting:
            message = self._codec.decode(payload)
            if isinstance(message, Cancel) and message.job == job:
                self._waiting.remove(payload)
                return True
        return False

    def _read(self) -> None:
        data = os.read(self._source, _READ_BYTES)
        self._ended = not data
        self._waiting.extend(self._reader.feed(data))


class Worker:
    """Answers one message after the other."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.generators: dict[str, Generator] = {}

    def run(self) -> int:
        """Until bye or the end of input; the exit status."""
        try:
            self._say(Ready(protocol=PROTOCOL, name=NAME, version=VERSION, agents=sorted(AGENTS), deterministic=True))
            while True:
                message = self.pipe.receive()
                if isinstance(message, Bye):
                    return 0
                self._handle(message)
        except Gone:
            return 0
        except (FrameError, MessageError) as error:
            sys.stderr.write(f"the input is no protocol message: {error}\n")
            return 1

    def _say(self, message: FromWorker) -> None:
        self.pipe.send(self.pipe.encode(message))

    def _handle(self, message: ToWorker | None) -> None:
        match message:
            case Welcome():
                self.pipe.set_limit(message.max_frame_bytes)
            case Slice():
                self.generators[message.slice.digest] = Generator(message.slice)
            case Forget():
                self.generators.pop(message.digest, None)
            case JobOrder():
                self._do(message.job)
            case Ping():
                self._say(Pong(token=message.token))
            case _:
                pass  # a cancel of a job that is done already, a type that a later version knows

    def _do(self, job: Job) -> None:
        """One job, to its done or error."""
        started = time.process_time()
        generator = self.generators.get(job.slice)
        if generator is None:
            self._fail(job, "unknown-slice", job.slice)
            return
        gave_up: list[tuple[str, int, str]] = []
        try:
            count = self._answer(job, generator, gave_up)
        except UnknownAgent as error:
            self._fail(job, "unknown-agent", str(error))
        except BadJob as error:
            self._fail(job, "bad-job", str(error))
        except (Gone, FrameError, MessageError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a document provokes is this job's fault, not the worker's end
            sys.excepthook(type(error), error, error.__traceback__)
            self._fail(job, "internal", f"{type(error).__name__}: {error}"[:500])
        else:
            if count is None:
                self._fail(job, "cancelled", "")
            else:
                spent = int((time.process_time() - started) * 1000)
                self._say(Done(job=job.id, answers=count, cpu_ms=spent, gave_up=gave_up))

    def _answer(self, job: Job, generator: Generator, gave_up: list[tuple[str, int, str]]) -> int | None:
        """Send the answers; how many, or None when the job was cancelled."""
        batch: list[Answer] = []
        count = 0
        for number, answer in enumerate(generator.answers(job, gave_up)):
            if number % _LOOK_EVERY == 0 and self.pipe.cancelled(job.id):
                return None
            batch.append(answer)
            if len(batch) == MAX_ANSWERS_PER_FRAME:
                count += self._flush(job, batch, gave_up)
                batch = []
        return count + self._flush(job, batch, gave_up)

    def _flush(self, job: Job, batch: list[Answer], gave_up: list[tuple[str, int, str]]) -> int:
        """Send answers in as few frames as the limit allows; how many were sent."""
        if not batch:
            return 0
        frame = self.pipe.encode(Answers(job=job.id, answers=batch))
        if len(frame) <= self.pipe.limit:
            self.pipe.send(frame)
            return len(batch)
        if len(batch) == 1:
            gave_up.append((getattr(batch[0], "operation", ""), batch[0].ordinal, "an answer larger than a frame"))
            return 0
        half = len(batch) // 2
        return self._flush(job, batch[:half], gave_up) + self._flush(job, batch[half:], gave_up)

    def _fail(self, job: Job, kind: ErrorKind, detail: str) -> None:
        self._say(WorkerError(job=job.id, kind=kind, detail=detail))


def main(arguments: list[str]) -> int:
    """Run a worker on this process's standard streams; what else is printed goes to standard error."""
    unknown = [argument for argument in arguments if argument != "--json"]
    if unknown:
        sys.stderr.write(f"usage: python -m stages.agents [--json]\nunknown: {' '.join(unknown)}\n")
        return 2
    target = os.dup(1)
    os.dup2(2, 1)
    return Worker(Pipe(0, target, json="--json" in arguments)).run()
