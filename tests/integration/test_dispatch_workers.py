"""What a run makes of its workers: the first is started before the first job, and a slow target is no fault of theirs."""

import time

import anyio
import pytest

from pipeline.messages import DecisionRow, JobRow
from tests.integration.test_dispatch_stage import Behind, config, run
from tests.integration.test_workers import ROOT


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ROOT)


async def test_a_worker_is_started_before_the_first_job(make_api):
    """No job of the run is the one that a worker had to be started for."""
    with anyio.fail_after(20):
        rows = await run(make_api("GET /a"), Behind(), settings=config(order={"functional-positive": ["good"]}))
    tries = [one for row in rows if isinstance(row, DecisionRow) for one in row.tries]
    assert tries
    assert not any(one.cold for one in tries)


class Slow(Behind):
    """Takes nothing from dispatch until it is told to."""

    def __init__(self):
        super().__init__()
        self.takes = anyio.Event()

    async def __call__(self, inbox, feedback):
        await self.takes.wait()
        await super().__call__(inbox, feedback)


@pytest.mark.alone
async def test_a_slow_target_is_not_counted_as_a_slow_agent(make_api):
    """Nobody takes a case, and the only worker goes through all four jobs of the epoch: their times are without that wait."""
    api = make_api(*(f"GET /a{number}" for number in range(256)))
    target, rows, held_ms = Slow(), [], []

    async def hold():
        began = time.perf_counter()
        while sum(isinstance(row, DecisionRow) for row in rows) < 4:
            await anyio.sleep(0.005)
        made = time.perf_counter()
        await anyio.sleep(made - began + 0.2)  # the target is slower than all jobs together
        held_ms.append((time.perf_counter() - made) * 1000)
        target.takes.set()

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hold)
            await run(api, target, settings=config(window=16, job_cases=64), rows=rows)
    assert target.ended.reason == "budget"
    jobs = [row for row in rows if isinstance(row, JobRow)]
    tries = [one for row in rows if isinstance(row, DecisionRow) for one in row.tries]
    assert len(tries) == 4
    assert all(one.wall_ms < held_ms[0] for one in (*jobs, *tries))
