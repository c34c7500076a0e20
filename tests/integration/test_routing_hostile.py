"""What must not break routing on real workers: arms that only fail, clocks that step, jobs of nothing, many arms, busy cores."""

import itertools
import json
from pathlib import Path

import anyio

from stages.dispatch.arms import JobDone, JobSetAside
from stages.dispatch.routing import SetAside, imported
from tests.agents.pacing import CRASHES, PART, REFUSES, Row, asked, paced
from tests.integration.test_cut_short import LONG_MS, arms_of

BRIEF_MS = 20


def plan(arms, number):
    """What was decided for that job."""
    return json.loads(arms.rows[number].plan)


async def test_an_arm_that_always_dies_is_soon_asked_last_and_no_caller_sees_it(tmp_path: Path):
    """Its process ends at every job: the other arm answers each of them, and the dying one leads no more, but stays in the order."""
    jobs = 40
    async with arms_of(paced("dies", [Row(ending=CRASHES)] * jobs, tmp_path), paced("good", [Row()] * jobs, tmp_path)) as arms:
        done = [await arms.run(asked(number, 3), PART, "r") for number in range(jobs)]
        assert all(isinstance(one, JobDone) and one.arm == "good" for one in done)
        led = [plan(arms, number)["order"][0] for number in range(jobs)]
        assert led[0] == "dies"
        assert led.count("dies") <= 6
        assert all(sorted(plan(arms, number)["order"]) == ["dies", "good"] for number in range(jobs))


async def test_jobs_at_which_all_arms_fail_are_set_aside_and_the_others_go_on(tmp_path: Path):
    """Each with every arm's reason, in order; the jobs before and behind them are done."""
    bad = {2, 3}
    rows = [[Row(ending=ending if number in bad else 0) for number in range(6)] for ending in (CRASHES, REFUSES)]
    async with arms_of(paced("one", rows[0], tmp_path), paced("two", rows[1], tmp_path)) as arms:
        done = [await arms.run(asked(number, 3), PART, "r") for number in range(6)]
        for number, ended in enumerate(done):
            assert isinstance(ended, JobSetAside) == (number in bad)
            if isinstance(ended, JobSetAside):
                assert sorted(ended.failed) == ["one: ended with status 7", "two: internal"]
        assert set(arms.rows) == set(range(6))


async def test_a_clock_that_steps_back_and_forth_breaks_nothing(tmp_path: Path, monkeypatch):
    """Times are never negative, jobs are done, and what was learned can be read back."""
    steps = itertools.cycle([0.0, 1e6, -1e6, 5.0, -5.0, 0.0, 1e12])
    async with arms_of(paced("one", [Row()] * 20, tmp_path), paced("two", [Row()] * 20, tmp_path)) as arms:
        with monkeypatch.context() as patched:
            patched.setattr("stages.dispatch.attempts.time.perf_counter", lambda: next(steps))
            patched.setattr("stages.dispatch.attempts.time.monotonic", lambda: next(steps))
            for number in range(20):
                assert isinstance(await arms.run(asked(number, 3), PART, "r"), JobDone)
        assert all(one.wall_ms >= 0 and one.queue_ms >= 0 for row in arms.rows.values() for one in row.tries)
        assert not isinstance(imported(arms.learned()), SetAside)


async def test_jobs_of_no_cases_are_done_and_teach_nothing_false(tmp_path: Path):
    """An answer of nothing is an answer; the jobs behind it are done as ever."""
    async with arms_of(paced("one", [Row()] * 12, tmp_path), paced("two", [Row()] * 12, tmp_path)) as arms:
        for number in range(12):
            done = await arms.run(asked(number, 0 if number < 6 else 3), PART, "r")
            assert isinstance(done, JobDone)
            assert len(done.result.answers) == (0 if number < 6 else 3)
        assert not isinstance(imported(arms.learned()), SetAside)


async def test_sixty_four_arms_are_planned_for_and_only_those_asked_are_started(tmp_path: Path):
    """Every plan has each of them once; a process is started for who leads and who is replayed on, and for nobody else."""
    async with arms_of(*(paced(f"arm-{number}", [Row()] * 8, tmp_path) for number in range(64))) as arms:
        for number in range(8):
            assert isinstance(await arms.run(asked(number, 3), PART, "r"), JobDone)
            assert len(set(plan(arms, number)["order"])) == 64
        assert sum(len(pool._all) + pool._orphans for pool in arms.pools.values()) <= 16


async def test_where_both_cores_are_busy_nothing_slows_what_is_measured(tmp_path: Path):
    """With a job at work on two cores, one of which is the pipeline's, no job is replayed or raced, and a second start waits until the
    first arm is later than it mostly is; once a core idles, the other arm is measured again."""
    one = paced("one", [Row(LONG_MS), *[Row(BRIEF_MS)] * 60], tmp_path)
    async with arms_of(one, paced("two", [Row(BRIEF_MS)] * 60, tmp_path), cores=2, workers=2) as arms:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(arms.run, asked(0, 3), PART, "r")
            while not any(worker._job for worker in arms.pools["one"]._all):
                await anyio.lowlevel.checkpoint()
            for number in range(1, 20):
                await arms.run(asked(number, 3), PART, "r")
                assert not arms._shadows
                decided = plan(arms, number)
                first, delay_ms = decided["reasons"][0], decided["delays_ms"][1]
                known = first["samples"] >= 5  # one that is tried has a known one behind it, sooner
                assert decided["mode"] != "race"
                assert not known or delay_ms >= first["start_ms"] + first["high_ms"]
            assert known
            tasks.cancel_scope.cancel()
        assert all(not attempt.shadow for row in arms.rows.values() for attempt in row.tries)
        for number in range(20, 40):
            await arms.run(asked(number, 3), PART, "r")
        assert any(attempt.shadow for row in arms.rows.values() for attempt in row.tries)
