"""One arm under measurement, on a real worker: warm before it is measured, and whatever happens is a result."""

import contextlib
import os
import time
from collections import Counter
from itertools import count

import anyio
import pytest
from msgspec.structs import replace

from pipeline.messages import ApiSlice, Span
from stages.dispatch.comparing import MeasuredArm, NotServed
from stages.dispatch.workers.command import resolve
from stages.dispatch.workers.pool import Pool
from stages.dispatch.workers.process import cpu_seconds
from stages.dispatch.workers.worker import Worker
from tests.integration.test_workers import LIMITS, ROOT, SLICE, arm, job

DONE = Counter()  # jobs by worker


@pytest.fixture(autouse=True)
def _counted(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ROOT)
    DONE.clear()
    run = Worker.run

    async def counted(worker, *arguments, **more):
        result = await run(worker, *arguments, **more)
        DONE[worker] += 1
        return result

    monkeypatch.setattr(Worker, "run", counted)


@contextlib.asynccontextmanager
async def measured_arm(behaviour, *, clock=time.perf_counter, cpu_clock=cpu_seconds, limits=LIMITS):
    config = arm("it", behaviour)
    async with anyio.create_task_group() as tasks:
        made = MeasuredArm("it", Pool(config, resolve(config.command), limits, 1, tasks), clock=clock, cpu_clock=cpu_clock)
        try:
            yield made
        finally:
            await made.pool.close()
            tasks.cancel_scope.cancel()


def done(made):
    """Jobs that the arm's worker has done."""
    (worker,) = made.pool._all
    return DONE[worker]


async def test_a_job_is_measured_when_its_like_was_done_before():
    """The first of a slice and operation is done twice, the second time measured; then once, until another operation or slice comes."""
    async with measured_arm("good") as made:
        other = replace(job(2), spans=[Span(operation="GET /b", start=0, count=1)])
        steps = [(job(0), SLICE, 2), (job(1), SLICE, 3), (other, SLICE, 5), (replace(job(3), slice="t"), ApiSlice(digest="t"), 7)]
        for order, part, jobs in steps:
            seen = await made.measure(order, part, 1_000.0)
            assert not seen.failed
            assert done(made) == jobs


async def test_a_worker_that_was_replaced_is_warmed_up_again():
    """What the one before knew is gone with it."""
    async with measured_arm("good") as made:
        await made.measure(job(0), SLICE, 1_000.0)
        (worker,) = made.pool._all
        worker.process.kill()
        lost = await made.measure(job(1), SLICE, 1_000.0)
        assert lost.failed
        again = await made.measure(job(2), SLICE, 1_000.0)
        assert not again.failed
        assert done(made) == 2


async def test_a_new_round_has_a_new_worker():
    """Warmed up like any."""
    async with measured_arm("good") as made:
        await made.measure(job(0), SLICE, 1_000.0)
        (before,) = made.pool._all
        await made.renew()
        await made.measure(job(1), SLICE, 1_000.0)
        (after,) = made.pool._all
        assert before.process.pid != after.process.pid
        assert done(made) == 2


async def test_a_slice_that_the_worker_forgot_is_warmed_up_again():
    """Workers keep so many slices."""
    async with measured_arm("good", limits=replace(LIMITS, slices=1)) as made:
        for number, digest in enumerate(["s", "t", "s"]):
            await made.measure(replace(job(number), slice=digest), ApiSlice(digest=digest), 1_000.0)
        assert done(made) == 6


async def test_times_are_those_of_the_measured_job_alone():
    """By the clocks that are handed in: neither the start of a worker nor its warming up is in them."""
    ticks, cpu_ticks = count(), count(step=3)
    async with measured_arm("good", clock=lambda: float(next(ticks)), cpu_clock=lambda _: float(next(cpu_ticks))) as made:
        seen = await made.measure(job(), SLICE, 1_000.0)
        assert (seen.wall_ms, seen.cpu_ms) == (1_000.0, 3_000.0)
        assert len(seen.answers) == 3


async def test_without_a_cpu_clock_the_agent_is_believed():
    """In its whole milliseconds."""
    async with measured_arm("good", cpu_clock=lambda _: None) as made:
        assert (await made.measure(job(), SLICE, 1_000.0)).cpu_ms == 1.0


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [("dies-on-job", "status 7"), ("refuses", "no wish to"), ("hangs-on-job", "within 100 ms"), ("wrong-count", "says it was 4")],
)
async def test_whatever_goes_wrong_is_a_failure_with_its_reason(behaviour, reason):
    """Also while warming up."""
    async with measured_arm(behaviour) as made:
        seen = await made.measure(job(), SLICE, 100.0)
        assert seen.failed
        assert reason in seen.why


async def test_an_arm_that_does_not_start_any_more_is_asked_no_more():
    """Its starts are as many as the limits allow in a row."""
    async with measured_arm("dies-at-start") as made:
        with pytest.raises(NotServed, match="cannot find my glasses"):
            await made.start("functional-positive")
        for number in range(5):
            assert (await made.measure(job(number), SLICE, 100.0)).failed
        assert made.pool._failed_starts == LIMITS.restarts


async def test_an_agent_that_is_not_served_is_told():
    """Before anything is measured."""
    async with measured_arm("good") as made:
        with pytest.raises(NotServed, match="does not have the agent data-mocking"):
            await made.start("data-mocking")


def test_the_kernels_clock_of_a_process_is_its_cpu_time():
    """Of this one the interpreter knows it, too; of one that is gone there is none."""
    before = time.process_time()
    seen = cpu_seconds(os.getpid())
    assert before <= seen <= time.process_time()
    assert cpu_seconds(2**22 - 1) is None
