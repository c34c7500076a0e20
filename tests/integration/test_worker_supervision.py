"""The life of workers between jobs: started beside the event loop and ahead of need, lent to one job, replaced, sent home."""

import sys
import threading
from collections import Counter

import anyio
import psutil
import pytest
from msgspec.structs import replace

from pipeline.messages import ApiSlice, Operation, Parameter
from stages.dispatch.arms import JobDone, JobSetAside
from stages.dispatch.config import ArmConfig
from stages.dispatch.workers import process
from stages.dispatch.workers.worker import Worker
from tests.integration.test_workers import LIMITS, ROOT, SLICE, arm, arms_of, job, looked_after


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ROOT)


class AtWork:
    """Which worker did which job, and how many jobs were under way at a time."""

    def __init__(self):
        self.pids = []  # by job, in the order of their beginnings
        self.now = Counter()
        self.most_of_one = self.most = 0

    def begins(self, pid):
        self.pids.append(pid)
        self.now[pid] += 1
        self.most_of_one = max(self.most_of_one, self.now[pid])
        self.most = max(self.most, self.now.total())

    def ends(self, pid):
        self.now[pid] -= 1


@pytest.fixture
def at_work(monkeypatch):
    seen, run = AtWork(), Worker.run

    async def noted(worker, *arguments, **named):
        seen.begins(worker.process.pid)
        try:
            return await run(worker, *arguments, **named)
        finally:
            seen.ends(worker.process.pid)

    monkeypatch.setattr(Worker, "run", noted)
    return seen


async def gone(pid):
    with anyio.fail_after(10):
        while psutil.pid_exists(pid):
            await anyio.sleep(0.005)


async def test_the_event_loop_turns_while_a_program_is_started(monkeypatch):
    """A start that blocks, as on a slow disk, does so in a thread of its own: another task goes on meanwhile."""
    begun, turned, met = threading.Event(), threading.Event(), []
    spawn = process._spawn

    def blocks(*arguments):
        begun.set()
        met.append(turned.wait(5))
        return spawn(*arguments)

    async def turn():
        while not begun.is_set():
            await anyio.sleep(0.001)
        turned.set()

    monkeypatch.setattr(process, "_spawn", blocks)
    async with arms_of(arm("good", "good")) as arms, anyio.create_task_group() as tasks:
        tasks.start_soon(turn)
        assert isinstance(await arms.run(job(), SLICE, "r"), JobDone)
    assert met == [True]


async def test_warming_up_starts_the_arm_that_is_asked_first():
    """A worker of the first arm of the order that serves the agent stands ready before any job; of no other arm."""
    elsewhere = arm("elsewhere", "good", agents=["data-mocking"])
    async with arms_of(arm("second", "good"), elsewhere, arm("first", "good"), order=["elsewhere", "first", "second"]) as arms:
        arms.warm_up(["functional-positive", "unheard-of"])
        with anyio.fail_after(10):
            while not arms.pools["first"].warm:
                await anyio.sleep(0.005)
        assert {name: len(pool._all) for name, pool in arms.pools.items()} == {"first": 1, "second": 0, "elsewhere": 0}


REAL = ArmConfig(name="real", command=["{python}", "-m", "stages.agents"])
TEXTS = ApiSlice(
    digest="s",
    group="g",
    operations=[
        Operation(key="GET /a", method="GET", path="/a", parameters=[Parameter(name="q", location="query", schema={"type": "string"})])
    ],
)
PATIENT = replace(LIMITS, start_ms=20_000, job_ms=20_000)


async def test_a_worker_is_replaced_when_it_has_done_its_share(at_work, capsys):
    """Three jobs of each process where that is the limit; the same job gets the same answers from all of them, the old ones end."""
    async with arms_of(REAL, limits=replace(PATIENT, jobs=3)) as arms:
        done = [await arms.run(job(0, 8), TEXTS, "r") for _ in range(7)]
        first, second, third = dict.fromkeys(at_work.pids)
        assert at_work.pids == [first] * 3 + [second] * 3 + [third]
        assert done[0].result.answers
        assert all(one.result.answers == done[0].result.answers for one in done)
        await gone(first)
        await gone(second)
        assert [worker.process.pid for worker in arms.pools["real"]._all] == [third]
    assert capsys.readouterr().out.count("worker_recycled") == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no clock of another process's CPU")
async def test_the_cpu_of_a_job_has_fractions_of_a_millisecond():
    """The system's count of the worker: what an agent says of itself is whole milliseconds, of which a short job has none."""
    async with arms_of(REAL, limits=PATIENT) as arms:
        spent = [(await arms.run(job(number, 8), TEXTS, "r")).result.cpu_ms for number in range(8)]
    assert all(0 < ms < 10_000 for ms in spent)
    assert any(ms % 1 for ms in spent)


async def test_a_worker_that_long_had_no_job_is_sent_home():
    """It is told `bye` and ends by itself, however often it was pinged meanwhile; the next job gets another."""
    async with arms_of(arm("good", "good"), limits=replace(LIMITS, idle_ms=100, ping_ms=10)) as arms:
        await arms.run(job(), SLICE, "r")
        (worker,) = arms.pools["good"]._all
        async with looked_after(arms):
            with anyio.fail_after(10):
                while worker in arms.pools["good"]._all or worker.process.popen.poll() is None:
                    await anyio.sleep(0.005)
        assert worker._pings
        assert worker.process.popen.returncode == 0
        assert isinstance(await arms.run(job(), SLICE, "r"), JobDone)
        assert arms.pools["good"]._all.isdisjoint({worker})


async def test_a_worker_has_one_job_at_a_time(at_work):
    """Twelve jobs at once on two workers: both are at work together, and neither is given a second job before its first is done."""
    async with arms_of(arm("slow", "slow", workers=2)) as arms, anyio.create_task_group() as tasks:
        for number in range(12):
            tasks.start_soon(arms.run, job(number), SLICE, "r")
    assert (len(at_work.pids), len(set(at_work.pids))) == (12, 2)
    assert (at_work.most_of_one, at_work.most) == (1, 2)


async def test_what_a_lost_worker_had_answered_is_dropped_whole():
    """It sent one of three cases and died: alone, the job has no answer; before another arm, all three are of that one."""
    async with arms_of(arm("bad", "dies-half-way")) as arms:
        assert isinstance(await arms.run(job(), SLICE, "r"), JobSetAside)
    async with arms_of(arm("bad", "dies-half-way"), arm("good", "good")) as arms:
        rows = []

        async def record(row):
            rows.append(row)

        arms._record = record
        done = await arms.run(job(), SLICE, "r")
    assert [answer.ordinal for answer in done.result.answers] == [0, 1, 2]
    assert [(one.arm, one.kind, one.answers) for one in rows[0].tries] == [("bad", "failed", 0), ("good", "answered", 3)]
