"""The conversation with one agent worker: handshake, then one job at a time."""

import contextlib
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import assert_never

import anyio
from msgspec.structs import replace

from pipeline.messages import Answer, ApiSlice, Job
from stages.agents.wire import (
    PROTOCOL,
    Answers,
    Bye,
    Cancel,
    Codec,
    Done,
    Forget,
    FrameError,
    Framing,
    FromWorker,
    JobOrder,
    MessageError,
    Ping,
    Pong,
    Ready,
    Slice,
    Welcome,
    WorkerError,
    dispatch_codec,
)
from stages.dispatch.config import ArmConfig, WorkerLimits
from stages.dispatch.workers.claims import FalseClaim, hold
from stages.dispatch.workers.process import AgentProcess, PipeEnded, cpu_seconds

BYE_GRACE_S = 1.0
REASON_CHARACTERS = 500  # of what a worker says of its refusal
EXIT_WAIT_S = 0.5  # between the end of a worker's output and its exit status


class WorkerLost(Exception):
    """The worker died, hung, broke the protocol or lied: it was killed, and its job counts as failed."""


class JobLate(WorkerLost):
    """The worker did not finish in time."""


class JobRefused(Exception):
    """The worker answered ``error``; it is in good order and may get the next job."""


@dataclass(frozen=True, slots=True)
class JobAnswers:
    """A job's whole result. ``cpu_ms``: the kernel's count, or the worker's where that is more; ``gave_up``: (operation, ordinal, why)."""

    answers: list[Answer]
    cpu_ms: float
    wall_ms: float
    gave_up: list[tuple[str, int, str]]
    deterministic: bool = True  # whether the same job would be answered so again


class Worker:
    """One started worker. Not for concurrent use: the pool hands it to one job at a time.

    ``ready`` is what it says of itself, as far as the owner's configuration says nothing else.
    """

    def __init__(self, process: AgentProcess, codec: Codec[FromWorker], reader: Framing, ready: Ready, limits: WorkerLimits) -> None:
        self.process = process
        self.ready = ready
        self.idle_since = time.monotonic()
        self.heard_at = time.monotonic()
        self._codec = codec
        self._reader = reader
        self._limits = limits
        self._slices: OrderedDict[str, None] = OrderedDict()
        self._pending: deque[bytes] = deque()
        self._received_bytes = 0  # since the job began
        self._job: Job | None = None  # the one that it is at work on
        self._sending = False  # cut short here, half a frame has left
        self._pings = 0
        self.jobs = 0  # begun
        self.cold = True  # started for the job that it was last lent to
        self.start_ms = 0.0  # from its start to its greeting

    def __repr__(self) -> str:
        return f"<Worker {self.process.arm} pid={self.process.pid} slices={len(self._slices)}>"

    @classmethod
    async def start(cls, arm: ArmConfig, command: list[str], limits: WorkerLimits, tasks: anyio.abc.TaskGroup) -> "Worker":
        """Start the arm's program and shake hands. Raises WorkerLost with the reason where that fails."""
        try:
            process = await AgentProcess.start(arm.name, command, extra_environment=arm.environment, memory_bytes=limits.memory_bytes)
        except OSError as error:
            raise WorkerLost(f"cannot be started: {error.strerror or error}") from error
        tasks.start_soon(process.drain_stderr)
        codec = dispatch_codec(json=arm.encoding == "json")
        reader = codec.reader(limits.frame_bytes)
        draft = cls(process, codec, reader, Ready(protocol=PROTOCOL, name="", version="", agents=[]), limits.of(arm))
        try:
            with anyio.fail_after(limits.start_ms / 1000):
                draft.ready = _as_configured(arm, _greeting(await draft._receive()))
                await draft._send(codec.encode(Welcome(protocol=PROTOCOL, max_frame_bytes=limits.frame_bytes)))
        except TimeoutError:
            await process.close(0)
            raise WorkerLost(f"was not ready within {limits.start_ms} ms") from None
        except BaseException:
            await process.close(0)
            raise
        return draft

    def knows(self, part: ApiSlice) -> bool:
        """Whether the worker has the slice already."""
        return part.digest in self._slices

    async def run(self, job: Job, part: ApiSlice, *, within_ms: float | None = None) -> JobAnswers:
        """Let the worker do ``job``. Raises JobRefused, or WorkerLost (the worker must then be discarded), JobLate among them.

        ``within_ms``: where it is less than the configured limit.

        Cancelled, the worker is still at work: ``leave_off`` it, or discard the worker.
        """
        started, cpu_s = time.perf_counter(), cpu_seconds(self.process.pid)
        limit_ms = self._limits.job_ms if within_ms is None else min(within_ms, self._limits.job_ms)
        told: tuple[list[Answer], Done] | None = None
        with anyio.CancelScope(deadline=anyio.current_time() + limit_ms / 1000):
            self._job = job
            self.jobs += 1
            await self._send(b"".join([*self._introduce(part), self._codec.encode(JobOrder(job=job))]))
            told = await self._answers(job)
        if told is None:
            raise JobLate(f"did not finish the job within {limit_ms:.0f} ms")
        answers, done = told
        try:
            hold(job, answers, done)
        except FalseClaim as lie:  # a worker that lies is not used again
            raise WorkerLost(str(lie)) from lie
        self.idle_since = self.heard_at = time.monotonic()
        wall_ms, spent_s = (time.perf_counter() - started) * 1000, cpu_seconds(self.process.pid)
        # What a worker says is whole milliseconds, of which a short job has none; what the kernel counts lacks what a wrapper's child does.
        counted_ms = (spent_s - cpu_s) * 1000 if spent_s is not None and cpu_s is not None else 0.0
        return JobAnswers(answers, max(counted_ms, float(done.cpu_ms)), wall_ms, done.gave_up, self.ready.deterministic)

    async def leave_off(self) -> None:
        """Tell the worker that the job whose ``run`` was cancelled is not wanted, and see it answer. Raises WorkerLost."""
        job = self._job
        if job is None:
            return
        if self._sending:
            raise WorkerLost("its job was not sent to the end")
        try:
            with anyio.fail_after(self._limits.reply_ms / 1000):
                await self._send(self._codec.encode(Cancel(job=job.id)))
                with contextlib.suppress(JobRefused):
                    await self._answers(job)
        except TimeoutError:
            raise WorkerLost(f"did not leave off its job within {self._limits.reply_ms} ms") from None
        self.idle_since = self.heard_at = time.monotonic()

    async def ping(self) -> None:
        """See whether the worker, which has no job, is still there. Raises WorkerLost."""
        self._pings += 1
        try:
            with anyio.fail_after(self._limits.reply_ms / 1000):
                await self._send(self._codec.encode(Ping(token=self._pings)))
                answer = await self._receive()
        except TimeoutError:
            raise WorkerLost(f"did not answer `ping` within {self._limits.reply_ms} ms") from None
        if answer != Pong(token=self._pings):
            raise WorkerLost("answered `ping` with something else than its token")
        self.heard_at = time.monotonic()

    async def close(self) -> None:
        """Say goodbye and end the process, by force where it does not listen."""
        with anyio.move_on_after(BYE_GRACE_S, shield=True):
            with contextlib.suppress(WorkerLost):
                await self._send(self._codec.encode(Bye()))
        await self.process.close(BYE_GRACE_S)

    async def kill(self) -> None:
        """End the process and its children without a word."""
        await self.process.close(0)

    def _introduce(self, part: ApiSlice) -> list[bytes]:
        """The frames that make the worker know ``part``, and forget what it used longest ago."""
        if part.digest in self._slices:
            self._slices.move_to_end(part.digest)
            return []
        frames: list[bytes] = []
        if len(self._slices) >= self._limits.slices:
            oldest, _ = self._slices.popitem(last=False)
            frames.append(self._codec.encode(Forget(digest=oldest)))
        self._slices[part.digest] = None
        frames.append(self._codec.encode(Slice(slice=part)))
        return frames

    async def _answers(self, job: Job) -> tuple[list[Answer], Done]:
        asked = sum(span.count for span in job.spans)
        answers: list[Answer] = []
        self._received_bytes = 0
        while True:
            message = await self._receive()
            if self._received_bytes > self._limits.job_bytes:
                raise WorkerLost(f"sent more than {self._limits.job_bytes} bytes for one job")
            match message:
                case Answers():
                    self._same_job(job, message.job)
                    answers.extend(message.answers)
                    if len(answers) > asked:
                        raise WorkerLost(f"gave more answers than the {asked} it was asked for")
                case Done():
                    self._same_job(job, message.job)
                    self._job = None
                    return answers, message
                case WorkerError():
                    self._same_job(job, message.job)
                    self._job = None
                    if message.kind == "unknown-slice":
                        self._slices.pop(job.slice, None)  # it is told of it again with the next job
                    raise JobRefused(f"{message.kind}: {message.detail}"[:REASON_CHARACTERS] if message.detail else message.kind[:80])
                case Pong():
                    continue
                case Ready():
                    raise WorkerLost("said `ready` twice")
                case _:
                    assert_never(message)

    @staticmethod
    def _same_job(job: Job, named: int) -> None:
        if named != job.id:
            raise WorkerLost(f"answered job {named} when asked for job {job.id}")

    async def _send(self, data: bytes) -> None:
        self._sending = True
        try:
            await self.process.pipe.send(data)
        except PipeEnded as error:
            raise WorkerLost(await self._died("closed its standard input")) from error
        self._sending = False

    async def _receive(self) -> FromWorker:
        while True:
            while self._pending:
                try:
                    message = self._codec.decode(self._pending.popleft())
                except MessageError as error:
                    raise WorkerLost(f"sent what is no message of the protocol: {error}") from error
                if message is not None:
                    return message
            try:
                data = await self.process.pipe.receive()
                self._received_bytes += len(data)
                self._pending.extend(self._reader.feed(data))
            except FrameError as error:
                raise WorkerLost(f"broke the framing: {error}") from error
            except PipeEnded as error:
                raise WorkerLost(await self._died("ended")) from error

    async def _died(self, what: str) -> str:
        code = await self.process.exit_code(EXIT_WAIT_S)
        status = "" if code is None else f" with status {code}" if code >= 0 else f" by signal {-code}"
        last = f"; last said: {self.process.last_stderr}" if self.process.last_stderr else ""
        return f"{what}{status}{last}"


def _greeting(message: FromWorker) -> Ready:
    if not isinstance(message, Ready) or message.protocol != PROTOCOL:
        raise WorkerLost(f"does not begin with `ready` of protocol {PROTOCOL}")
    return message


def _as_configured(arm: ArmConfig, ready: Ready) -> Ready:
    """The owner's word goes over the worker's: on which of its agents it is asked for, and on determinism."""
    agents = [agent for agent in ready.agents if arm.serves(agent)]
    if arm.agents and not agents:
        raise WorkerLost(f"has none of the agents that it is configured for: it says {', '.join(sorted(ready.agents)) or 'none'}")
    return replace(ready, agents=agents, deterministic=ready.deterministic if arm.deterministic is None else arm.deterministic)
