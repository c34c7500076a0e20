"""Jobs that are cut short on real workers: nobody waits for who lost, a start is not thrown away, a replay makes way."""

import contextlib
from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace

from stages.dispatch.arms import Arms, JobDone
from stages.dispatch.config import DispatchConfig, WorkerLimits
from stages.dispatch.routing import JobFacts, Outcome, ShadowPlan
from stages.dispatch.workers.worker import Worker
from tests.agents.pacing import AGENT, CRASHES, PART, REFUSES, Row, asked, paced
from tests.integration.test_workers import IN_ORDER

LONG_MS = 60_000.0  # beyond the patience of every test here
LIMITS = WorkerLimits(start_ms=10_000, job_ms=120_000, reply_ms=60_000, backoff_ms=1)


@contextlib.asynccontextmanager
async def arms_of(*configs, cores=8, workers=1):
    """The arms, which keep the rows of decisions in ``rows``."""
    order = {AGENT: [one.name for one in configs]}
    config = DispatchConfig(arms=list(configs), order=order, limits=LIMITS, workers=workers, routing=IN_ORDER)
    rows = {}

    async def keep(row):
        rows[row.job] = row

    async with anyio.create_task_group() as tasks:
        arms = Arms(config, tasks, record=keep)
        arms._cores = cores
        arms.rows = rows
        try:
            with anyio.fail_after(30):
                yield arms
        finally:
            await arms.close()
            tasks.cancel_scope.cancel()


def raced(arms):
    """From now on every job starts all arms at once."""
    decide = arms.router.decide

    def race(facts):
        plan = decide(facts)
        return replace(plan, mode="race", delays_ms=(0.0,) * len(plan.order))

    arms.router.decide = race


@pytest.fixture
def starts(monkeypatch):
    """How many workers were started so far."""
    started = []
    start = Worker.start

    async def counted(*arguments):
        worker = await start(*arguments)
        started.append(worker)
        return worker

    monkeypatch.setattr(Worker, "start", counted)
    return started


def _slow_to_start(folder):
    """An arm that answers when the others have long begun."""
    return paced("good", [Row(20.0)] * 2, folder, start_ms=300.0)


@pytest.mark.parametrize("row", [Row(work_ms=LONG_MS), Row(hang_ms=LONG_MS)], ids=["listens", "is stuck"])
async def test_an_answer_does_not_wait_for_the_loser_to_leave_off(tmp_path: Path, row: Row):
    """The winner's answer is handed on at once, although the other worker may take a minute to say that it left its job off."""
    async with arms_of(paced("late", [row] * 9, tmp_path), paced("good", [Row(20.0)] * 9, tmp_path, start_ms=300.0)) as arms:
        raced(arms)
        for number in range(2):
            done = await arms.run(asked(number, 3), PART, "r")
            assert isinstance(done, JobDone)
            assert done.arm == "good"
        assert [(one.arm, one.kind) for one in arms.rows[1].tries] == [("good", "answered"), ("late", "cancelled")]


async def test_a_stuck_worker_does_not_hold_its_place(tmp_path: Path, starts: list[Worker]):
    """Who does not leave its job off is waited for as long as a start takes; then another worker does the next job."""
    async with arms_of(paced("stuck", [Row(hang_ms=LONG_MS), Row()], tmp_path), _slow_to_start(tmp_path)) as arms:
        raced(arms)
        await arms.run(asked(0, 3), PART, "r")
        del arms.router.decide
        await arms.run(asked(1, 3), PART, "r")
        assert arms.rows[1].tries[0].arm == "stuck"
        assert arms.rows[1].tries[0].kind == "answered"
        assert [worker.process.arm for worker in starts].count("stuck") == 2


async def test_who_leaves_off_in_time_does_the_next_job(tmp_path: Path, starts: list[Worker]):
    """It is no new start, and does not count as one: its next try is warm, and takes what the job takes."""
    async with arms_of(paced("late", [Row(LONG_MS), Row(1.0)], tmp_path), _slow_to_start(tmp_path)) as arms:
        raced(arms)
        await arms.run(asked(0, 3), PART, "r")
        (worker,) = (worker for worker in starts if worker.process.arm == "late")
        worker.start_ms = LONG_MS  # were it counted twice, it would show
        del arms.router.decide
        assert arms._facts("late").warm
        await arms.run(asked(1, 3), PART, "r")
        tried = next(one for one in arms.rows[1].tries if one.arm == "late")
        assert (tried.kind, tried.cold) == ("answered", False)
        assert tried.wall_ms < LONG_MS / 10
        assert [worker.process.arm for worker in starts].count("late") == 1


async def test_the_start_of_a_worker_counts_once_also_where_its_first_job_failed(tmp_path: Path):
    """A worker that refused its first job is warm at the second, and its start is not part of what that takes."""
    async with arms_of(paced("refuses", [Row(ending=REFUSES), Row()], tmp_path), paced("good", [Row()] * 2, tmp_path)) as arms:
        await arms.run(asked(0, 3), PART, "r")
        arms.router.state = type(arms.router.state)()  # so that it is first again
        await arms.run(asked(1, 3), PART, "r")
        assert [arms.rows[number].tries[0].cold for number in range(2)] == [True, False]


async def test_a_start_that_was_cut_short_goes_on_for_the_next_job(tmp_path: Path, starts: list[Worker]):
    """The job is not wanted any more when its worker says `ready`; the next job finds that worker and starts none."""
    async with arms_of(paced("slow", [Row()] * 2, tmp_path, start_ms=300.0)) as arms:
        for _ in range(3):
            with anyio.move_on_after(0.05):
                await arms.run(asked(0, 3), PART, "r")
        done = await arms.run(asked(1, 3), PART, "r")
        assert isinstance(done, JobDone)
        assert len(starts) == 1


async def test_a_worker_that_died_is_replaced_before_the_next_job(tmp_path: Path, starts: list[Worker]):
    """The start is not the next caller's: that finds a warm worker."""
    async with arms_of(paced("dies", [Row(ending=CRASHES), Row()], tmp_path), paced("good", [Row()] * 2, tmp_path)) as arms:
        await arms.run(asked(0, 3), PART, "r")
        while [worker.process.arm for worker in starts].count("dies") < 2 or not arms._facts("dies").warm:
            await anyio.lowlevel.checkpoint()
        arms.router.state = type(arms.router.state)()  # so that it is first again
        done = await arms.run(asked(1, 3), PART, "r")
        assert isinstance(done, JobDone)
        assert done.arm == "dies"
        assert not arms.rows[1].tries[0].cold


async def test_two_jobs_do_not_wait_for_one_start(tmp_path: Path, monkeypatch):
    """A start that goes on is for one of them; the other has its own started beside it, where there is a place."""
    begun = 0
    start = Worker.start

    async def counted(*arguments):
        nonlocal begun
        begun += 1
        return await start(*arguments)

    monkeypatch.setattr(Worker, "start", counted)
    async with arms_of(paced("slow", [Row()] * 3, tmp_path, start_ms=300.0), workers=2) as arms:
        with anyio.move_on_after(0.05):
            await arms.run(asked(0, 3), PART, "r")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(arms.run, asked(1, 3), PART, "r")
            tasks.start_soon(arms.run, asked(2, 3), PART, "r")
            while begun < 2:
                await anyio.lowlevel.checkpoint()
            assert not arms.pools["slow"]._all
        assert begun == 2


async def test_jobs_in_line_are_not_taken_for_cold(tmp_path: Path):
    """Where every worker of an arm has a job the next one waits, and no start is added to what is expected."""
    async with arms_of(paced("one", [Row(LONG_MS)], tmp_path)) as arms, anyio.create_task_group() as tasks:
        assert not arms._facts("one").warm
        tasks.start_soon(arms.run, asked(0, 3), PART, "r")
        while not arms.pools["one"].busy:
            await anyio.lowlevel.checkpoint()
        assert arms._facts("one").warm
        tasks.cancel_scope.cancel()


async def replay(arms, number, arm):
    """Job ``number`` is done and then done again on ``arm``; returns when that replay is at work."""
    arms.router.shadow = lambda ticket, idle: ShadowPlan(ticket=ticket, arm=arm, stop_after_ms=LONG_MS)
    await arms.run(asked(number, 3), PART, "r")
    del arms.router.shadow
    while not any(worker._job and not worker._sending for worker in arms.pools[arm]._all):
        await anyio.lowlevel.checkpoint()


async def test_a_replay_makes_way_for_a_caller(tmp_path: Path, starts: list[Worker]):
    """The only worker of an arm is at a replay when a caller's job comes for it: that is done at once, by the same worker."""
    rows = [Row(LONG_MS), Row(1.0)]
    async with arms_of(paced("one", [Row()] * 2, tmp_path), paced("other", rows, tmp_path)) as arms:
        await replay(arms, 0, "other")
        assert arms._facts("other").busy == 0
        decide = arms.router.decide
        arms.router.decide = lambda facts: replace(decide(replace(facts, arms=facts.arms[1:])), delays_ms=(0.0,))
        done = await arms.run(asked(1, 3), PART, "r")
        assert isinstance(done, JobDone)
        assert done.arm == "other"
        assert [worker.process.arm for worker in starts].count("other") == 1
        assert [(one.kind, one.shadow) for one in arms.rows[0].tries] == [("answered", False), ("cancelled", True)]


async def test_the_end_of_a_run_ends_its_replays_and_they_are_known_to_have_ended(tmp_path: Path):
    """Each is a row before the run is over, and counts no more among those in flight: the next run may replay as many."""
    async with arms_of(paced("one", [Row()] * 9, tmp_path), paced("other", [Row(LONG_MS)] * 9, tmp_path)) as arms:
        for number in range(4):
            await arms.run(asked(number, 3), PART, "r")
            assert arms.router.state.shadows.in_flight == 1
            await arms.end_run()
            assert arms.router.state.shadows.in_flight == 0
            assert arms.rows[number].tries[-1].shadow


async def test_a_job_that_never_reached_a_worker_is_no_sample(tmp_path: Path):
    """An attempt that was stopped while it waited in line says nothing of its arm: the configured order goes on to hold."""
    async with arms_of(paced("one", [Row()], tmp_path), paced("other", [Row()], tmp_path)) as arms:
        for _ in range(20):
            plan = arms.router.decide(_facts(arms))
            arms.router.record(Outcome(ticket=plan.ticket, arm="other", kind="cancelled", wall_ms=0.0), 0.0)
        plan = arms.router.decide(_facts(arms))
        assert [reason.samples for reason in plan.reasons] == [0, 0]


def _facts(arms):
    return JobFacts(agent=AGENT, size=3, arms=tuple(arms._facts(name) for name in arms.pools))
