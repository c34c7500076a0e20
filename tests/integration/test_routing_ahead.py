"""Many jobs at once: no more of them are decided than soon have a worker, and what they spend together stays within its bounds."""

import json

import anyio
import pytest

from stages.dispatch.arms import Arms, JobDone
from stages.dispatch.config import DispatchConfig, RoutingConfig
from stages.dispatch.routing import imported
from tests.integration.test_workers import LIMITS, ROOT, SLICE, arm, job

JOBS = 80


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ROOT)


async def test_jobs_that_come_at_once_are_decided_by_what_those_before_them_showed():
    """Of two workers: two jobs are decided, the third when one of these is done. So data decide within a batch."""
    rows, done, decided, most = {}, [], 0, 0

    async def record(row):
        rows[row.job] = row

    config = DispatchConfig(
        arms=[arm("slow", "slow"), arm("good", "good")], order={"functional-positive": ["slow", "good"]}, limits=LIMITS, workers=1,
        routing=RoutingConfig(),
    )  # fmt: skip
    async with anyio.create_task_group() as tasks:
        arms = Arms(config, tasks, record=record)
        arms._cores = 8  # nothing else keeps this machine busy, for the router
        decide = arms.router.decide

        def deciding(facts):
            nonlocal decided, most
            decided += 1
            most = max(most, decided - len(done))
            return decide(facts)

        arms.router.decide = deciding

        async def one(number):
            done.append(await arms.run(job(number), SLICE, "r"))

        async with anyio.create_task_group() as callers:
            for number in range(JOBS):
                callers.start_soon(one, number)
        state = arms.learned()
        await arms.close()
        tasks.cancel_scope.cancel()
    assert [type(one) for one in done] == [JobDone] * JOBS
    assert most == 2
    leaders = [json.loads(rows[number].plan)["order"][0] for number in sorted(rows)]
    assert leaders[0] == "slow"
    assert leaders[JOBS // 2 :].count("good") > JOBS // 4
    assert imported(state).tokens.held >= 0.0


async def test_a_job_that_is_cut_off_has_its_row():
    """What was decided, and the try that was under way."""
    rows = []

    async def record(row):
        await anyio.lowlevel.checkpoint()  # as a stream does
        rows.append(row)

    config = DispatchConfig(arms=[arm("stuck", "hangs-on-job")], order={"functional-positive": ["stuck"]}, limits=LIMITS, workers=1)
    async with anyio.create_task_group() as tasks:
        arms = Arms(config, tasks, record=record)
        with anyio.move_on_after(0.5):
            await arms.run(job(7), SLICE, "r")
        await arms.close()
        tasks.cancel_scope.cancel()
    assert [(row.job, [one.kind for one in row.tries]) for row in rows] == [(7, ["cancelled"])]
