"""Programs that fail to start: each further start waits longer, up to a limit, until one goes well or the run is over."""

import contextlib
import shlex
import sys
import time

import anyio
import pytest
from msgspec.structs import replace

from stages.dispatch.arms import JobDone
from stages.dispatch.config import ArmConfig
from stages.dispatch.workers.pool import Pool
from stages.dispatch.workers.worker import Worker, WorkerLost
from tests.integration.test_workers import LIMITS, ROOT, SCRIPT, SLICE, arms_of, job

pytestmark = pytest.mark.alone  # they measure time


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ROOT)


@pytest.fixture
def waits_ms(monkeypatch):
    """How long each start but the first waited behind the end of the one before."""
    waits, ended, start = [], [], Worker.start

    async def timed(*arguments):
        waits.extend((time.monotonic() - at) * 1000 for at in ended[-1:])
        try:
            return await start(*arguments)
        finally:
            ended.append(time.monotonic())

    monkeypatch.setattr(Worker, "start", timed)
    return waits


def starts_where(marker):
    """An arm whose program fails as long as that file is not there."""
    good = shlex.join([sys.executable, SCRIPT, "good"])
    return ArmConfig(name="moody", command=["/bin/sh", "-c", f"test -e {shlex.quote(str(marker))} || exit 3; exec {good}"])


@contextlib.asynccontextmanager
async def pool_of(arm, **limits):
    async with anyio.create_task_group() as tasks:
        pool = Pool(arm, arm.command, replace(LIMITS, **limits), 1, tasks)
        try:
            with anyio.fail_after(20):
                yield pool
        finally:
            await pool.close()
            tasks.cancel_scope.cancel()


async def fails(pool, times=1):
    for _ in range(times):
        with pytest.raises(WorkerLost):
            async with pool.lend():
                pytest.fail("it was started")


async def test_starts_that_fail_wait_twice_as_long_each_time_up_to_a_limit(monkeypatch, waits_ms):
    """25 ms, 50, 100, 200, and no more where that is the limit."""
    monkeypatch.setattr("stages.dispatch.workers.pool.BACKOFF_CAP_MS", 200)
    async with pool_of(ArmConfig(name="none", command=["/nowhere/no-such-agent"]), backoff_ms=25) as pool:
        await fails(pool, times=8)
    for wait_ms, least_ms in zip(waits_ms, [25, 50, 100, 200, 200, 200, 200], strict=True):
        assert wait_ms > 0.9 * least_ms
    assert waits_ms[-1] < 1_000  # 1,600 without a limit


async def test_a_start_that_goes_well_makes_good_those_that_failed(tmp_path, waits_ms):
    """Behind it starts are counted anew, and the first wait is the short one again."""
    marker = tmp_path / "marker"
    async with pool_of(starts_where(marker), backoff_ms=250, restarts=3) as pool:
        await fails(pool, times=2)
        marker.touch()
        async with pool.lend():
            marker.unlink()
        await pool.renew()
        await fails(pool, times=2)
        assert pool.usable
        assert 225 < waits_ms[-1] < 900  # 1,000 where all four count
        await fails(pool)
        assert not pool.usable


async def test_the_end_of_a_run_makes_good_starts_that_failed(tmp_path):
    """The arm was given up; the next run asks it again, and does not wait for what the last one had still to wait."""
    marker = tmp_path / "marker"
    async with arms_of(starts_where(marker), limits=replace(LIMITS, backoff_ms=60_000, restarts=1)) as arms:
        await fails(arms.pools["moody"])
        assert arms.serving("functional-positive") == []
        marker.touch()
        await arms.end_run()
        with anyio.fail_after(7):  # 10 seconds are the longest wait
            assert isinstance(await arms.run(job(), SLICE, "r"), JobDone)
