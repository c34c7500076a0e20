"""What dispatch adds to a job that a warm worker does, and what a caller sees of an arm that keeps crashing: on real processes."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from unittest.mock import patch

import anyio
import uvloop
from anyio.streams.memory import MemoryObjectReceiveStream

from pipeline.build import Streams
from pipeline.messages import DecisionRow
from stages.dispatch.arms import Arms, JobDone
from stages.dispatch.workers.process import Pipe
from tests.agents.pacing import ANSWERS, CRASHES, PART, Row, asked, noted, paced
from tests.bench.routing.steered import configured

WARM_UP = 100


@dataclass(frozen=True, slots=True)
class Added:
    """Median microseconds a job beside the worker's own time. ``own``: within dispatch, up to the job's sending and from its last answer's
    arrival; ``whole``: with what the system takes to hand bytes and turns from process to process; ``cpu``: of dispatch's process."""

    cases: int
    own_us: float
    whole_us: float
    cpu_us: float


class _Moments:
    """When the first bytes of a job left for a worker, and when the last came from one."""

    def __init__(self) -> None:
        self.sent = self.received = 0

    def watched(self) -> Sequence[tuple[str, object]]:
        send, receive = Pipe.send, Pipe.receive

        async def noting_send(pipe: Pipe, data: bytes) -> None:
            await send(pipe, data)
            self.sent = self.sent or time.monotonic_ns()

        async def noting_receive(pipe: Pipe) -> bytes:
            data = await receive(pipe)
            self.received = time.monotonic_ns()
            return data

        return [("send", noting_send), ("receive", noting_receive)]


async def _drain(rows: MemoryObjectReceiveStream[DecisionRow]) -> None:
    """What stands for persist, which takes each decision in a turn of its own."""
    async with rows:
        async for _ in rows:
            pass


async def _added(cases: int, work_ms: float, jobs: int) -> Added:
    moments = _Moments()
    own: list[int] = []
    spans: dict[int, tuple[int, int, str]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = configured([paced(arm, [Row(work_ms)] * jobs, folder, times=True) for arm in ("one", "two")])
        async with anyio.create_task_group() as tasks:
            rows, drained = anyio.create_memory_object_stream[DecisionRow](Streams().events)
            tasks.start_soon(_drain, drained)
            arms = Arms(config, tasks, record=rows.send)
            busy = 0.0
            for number in range(jobs):
                if number == WARM_UP:
                    busy = time.process_time()
                job = asked(number, cases)
                moments.sent = 0
                began = time.monotonic_ns()
                done = await arms.run(job, PART, "bench")
                ended = time.monotonic_ns()
                assert isinstance(done, JobDone)
                own.append(moments.sent - began + ended - moments.received)
                spans[number] = began, ended, done.arm
            busy = time.process_time() - busy
            await arms.close()
            rows.close()
        whole = [
            read - spans[job][0] + spans[job][1] - sent
            for arm in ("one", "two")
            for job, read, sent in noted(arm, folder)
            if job >= WARM_UP and spans[job][2] == arm and spans[job][0] <= read and sent <= spans[job][1]
        ]
    counted = [took for took in own[WARM_UP:] if took > 0]
    return Added(cases, statistics.median(counted) / 1e3, statistics.median(whole) / 1e3, 1e6 * busy / (jobs - WARM_UP))


def added(cases: int, work_ms: float, jobs: int = 1000) -> Added:
    """Of jobs of so many cases at which a worker is for so long, one after the other."""
    moments = _Moments()
    with patch.multiple(Pipe, **dict(moments.watched())), patch(f"{__name__}._Moments", lambda: moments):
        return uvloop.run(_added(cases, work_ms, jobs))


@dataclass(frozen=True, slots=True)
class Crashed:
    """Of so many ``jobs``: crashes of the arm that is asked first, jobs that no arm answered."""

    jobs: int
    crashes: int
    failures: int


async def _crashing(jobs: int, share: float) -> Crashed:
    rng = Random(f"crashing/{jobs}")
    fast = [Row(0.2, 0.0, CRASHES if rng.random() < share else ANSWERS) for _ in range(jobs)]
    crashes = failures = 0

    async def record(row: DecisionRow) -> None:
        nonlocal crashes
        crashes += sum(one.kind == "failed" and one.arm == "crashes" for one in row.tries)

    with tempfile.TemporaryDirectory() as name:
        config = configured([paced("crashes", fast, Path(name)), paced("steady", [Row(2.0)] * jobs, Path(name))])
        async with anyio.create_task_group() as tasks:
            arms = Arms(config, tasks, record=record)
            for number in range(jobs):
                failures += not isinstance(await arms.run(asked(number, 4), PART, "bench"), JobDone)
            await arms.close()
            tasks.cancel_scope.cancel()
    return Crashed(jobs, crashes, failures)


def crashing(jobs: int, share: float = 0.3) -> Crashed:
    """One arm's process dies at that share of its jobs, and it is ten times as fast as the other; both are real processes."""
    return uvloop.run(_crashing(jobs, share))
