"""The router on real workers: what is measured decides, and is kept; answers that should be equal and are not are told."""

import json
import shutil
from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace

from stages.dispatch.arms import Arms
from stages.dispatch.attempts import Tries
from stages.dispatch.config import DispatchConfig, RoutingConfig
from stages.dispatch.routing import ArmFacts, JobFacts, ShadowPlan
from stages.dispatch.whole_job import read
from tests.integration.test_workers import IN_ORDER, LIMITS, ROOT, SLICE, arm, job


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ROOT)


async def routed(*arms, jobs, state=None, routing=None, first=0):
    """The arms and rows after some jobs, one after the other; the first arm is the configured one."""
    rows = {}

    async def record(row):
        rows[row.job] = row

    order = {"functional-positive": [one.name for one in arms]}
    config = DispatchConfig(arms=list(arms), order=order, limits=LIMITS, workers=1, routing=routing or IN_ORDER)
    async with anyio.create_task_group() as tasks:
        made = Arms(config, tasks, record=record)
        if state is not None:
            made.restore(state)
        made._cores = 8  # nothing else keeps this machine busy, for the router
        try:
            done = [await made.run(job(number), SLICE, "r") for number in range(first, first + jobs)]
        finally:
            await made.close()
            tasks.cancel_scope.cancel()
    return done, rows, made


def leader(row):
    """The arm that was asked first."""
    return json.loads(row.plan)["order"][0]


async def test_the_faster_arm_is_found_and_leads_from_then_on_and_after_a_restart():
    """The configured order begins; what shadows measure turns it; the state of one session leads the next from its first job."""
    slow_first = [arm("slow", "slow"), arm("good", "good")]
    done, rows, made = await routed(*slow_first, jobs=60)
    assert [one.arm for one in done[:3]] == ["slow"] * 3
    assert [leader(rows[number]) for number in range(40, 60)].count("good") >= 15
    assert json.loads(rows[59].plan)["why"] == "score"
    _, again, _ = await routed(*slow_first, jobs=5, state=made.learned())
    assert [leader(row) for row in again.values()] == ["good"] * 5


async def test_a_damaged_memory_is_set_aside():
    """The configured order begins again."""
    done, _, _ = await routed(arm("slow", "slow"), arm("good", "good"), jobs=2, state=b'{"version": 1, "arms": 5}')
    assert [one.arm for one in done] == ["slow"] * 2


async def test_a_job_that_stalls_is_answered_by_another_arm():
    """Every tenth job of the first arm hangs for two seconds: once times are known, a second start saves most of it."""
    stalls = replace(arm("stalls", "slow-at-times"))
    _, rows, _ = await routed(stalls, arm("slow", "slow"), jobs=80)
    answered = [[one for one in row.tries if one.kind == "answered" and not one.shadow] for row in rows.values()]
    assert all(answered)
    late = [row for number, row in rows.items() if number >= 40 and number % 10 == 9 and leader(row) == "stalls"]
    saved = [row for row in late if any(one.arm == "slow" and one.kind == "answered" for one in row.tries)]
    assert 2 * len(saved) >= len(late)


async def test_answers_that_differ_are_told_and_the_first_ones_stand():
    """Both arms claim to be deterministic, so a replay on the other must give equal answers: one of them has a fault."""
    config = DispatchConfig(arms=[arm("good", "good"), arm("different", "different"), arm("same", "good")], limits=LIMITS, workers=1)
    async with anyio.create_task_group() as tasks:
        arms = Arms(config, tasks)
        try:
            facts = JobFacts(agent="functional-positive", size=3, arms=tuple(ArmFacts(name=one) for one in ("good", "different", "same")))
            for other, told in (("different", "different"), ("same", "")):
                plan = arms.router.decide(facts)
                tries = Tries(arms.pools, arms.router, plan, job(), SLICE, run="r")
                counting = (await tries.attempt("good")).result
                await tries.shadow(ShadowPlan(ticket=plan.ticket, arm=other, stop_after_ms=60_000.0), counting, anyio.CancelScope())
                assert tries.row.differs == told
                assert tries.row.counted.arm == "good"
                assert (read(tries.row.asked).of(SLICE) == job()) if told else (tries.row.asked == "")
                assert [(one.arm, one.kind, one.shadow) for one in tries.row.tries] == [
                    ("good", "answered", False),
                    (other, "answered", True),
                ]
        finally:
            await arms.close()
            tasks.cancel_scope.cancel()


def left_out(row):
    """The arms that were known to have answered otherwise when the job was decided."""
    return [one["name"] for one in json.loads(row.plan)["facts"]["arms"] if one["last_resort"]]


def behind_the_difference(rows):
    """All jobs from the first one on that was decided when a difference was known: it is measured beside callers' jobs."""
    first = min(number for number, row in rows.items() if left_out(row))
    return [row for number, row in rows.items() if number >= first]


async def test_behind_the_first_difference_the_default_arm_has_the_jobs(capsys):
    """The other is asked only where the default fails, which is told once; at the end of the run all is forgotten."""
    for default, other, jobs in (("slow", "different", 60), ("different", "good", 1500)):  # beside enough jobs for a worker to start
        _, rows, made = await routed(arm(default, default), arm(other, other), jobs=jobs)
        behind = behind_the_difference(rows)
        assert any(row.differs for row in rows.values())
        assert len(behind) > 20
        for row in behind:
            plan = json.loads(row.plan)
            assert plan["order"] == [default, other]
            assert (plan["mode"], plan["delays_ms"][1]) == ("sequence", None)
            assert left_out(row) == [other]
            assert {one.arm for one in row.tries} == {default}
        assert (capsys.readouterr().out.count("arm_left_out"), made._trust.last("functional-positive")) == (1, {other})
        await made.end_run()
        assert made._trust.last("functional-positive") == set()


async def test_an_arm_that_was_left_out_is_asked_where_the_default_fails():
    """A different answer is better than none."""
    _, rows, _ = await routed(arm("default", "refuses-every-other"), arm("different", "different"), jobs=60)
    behind = behind_the_difference(rows)
    assert {row.counted.arm for row in behind if row.job % 2} == {"different"}
    assert {row.counted.arm for row in behind if not row.job % 2} == {"default"}
    assert {leader(row) for row in behind} == {"default"}


async def test_without_shadows_and_hedges_the_configured_order_stays():
    """Nothing is measured of the other arm, so nothing speaks for it."""
    quiet = RoutingConfig(hedge=False, shadow_share=0.0, first_races=False)
    done, rows, _ = await routed(arm("slow", "slow"), arm("good", "good"), jobs=30, routing=quiet)
    assert {one.arm for one in done} == {"slow"}
    assert {one.arm for row in rows.values() for one in row.tries} == {"slow"}


EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "agent.pl"


@pytest.mark.skipif(shutil.which("perl") is None, reason="the example is in Perl")
def test_the_example_in_another_language_takes_part(sentinel, demo, headers):
    """Written from the protocol alone, it reaches most of the demo by itself."""
    pipeline = {
        "spec": demo.url,
        "run": {"seed": 1, "time": "20s", "max_requests": 250},
        "dispatch": {
            "arms": [{"name": "perl", "command": ["perl", str(EXAMPLE), "--json"], "encoding": "json"}],
            "order": {"functional-positive": ["perl"]},
        },
    }
    (sentinel.home / "p.yaml").write_text(json.dumps(pipeline))
    done = sentinel("run", "--config", "p.yaml", "--header-file", headers, "--report", "ndjson=out")
    assert done.returncode in {0, 1}, done.stderr
    operations = [line for line in map(json.loads, (sentinel.home / "out").read_text().splitlines()) if line["type"] == "operation"]
    assert sum(any(status.startswith("2") for status in line["statuses"]) for line in operations) >= 20
    assert sentinel("routing", "--json").stdout.count('"samples":0') == 1  # it does not have the other agent, and none else is there
    assert [done.stderr.count(event) for event in ('"agent_unserved"', '"job_set_aside"', '"job_failed"')] == [1, 0, 0]
    assert len(EXAMPLE.read_text().splitlines()) <= 200


@pytest.mark.skipif(shutil.which("perl") is None, reason="the example is in Perl")
def test_the_example_is_measured_beside_the_built_in_ones(sentinel, demo, headers):
    """It leads, a built-in one does some of the jobs as the second or again, and nothing fails."""
    pipeline = {
        "spec": demo.url,
        "run": {"seed": 1, "time": "20s", "max_requests": 1500, "agents": ["functional-positive"]},
        "agents": [{"name": "perl", "command": ["perl", str(EXAMPLE), "--json"], "encoding": "json", "agents": ["functional-positive"]}],
        "dispatch": {"order": {"functional-positive": ["perl", "python", "rust"]}, "routing": {"first_races": False}},
    }
    (sentinel.home / "p.yaml").write_text(json.dumps(pipeline))
    done = sentinel("run", "--config", "p.yaml", "--header-file", headers)
    assert done.returncode in {0, 1}, done.stderr
    assert [done.stderr.count(event) for event in ('"answers_differ"', '"job_set_aside"', '"job_failed"')] == [0, 0, 0]
    explained = json.loads(sentinel("routing", "explain", "0", "--json").stdout)  # before anything is known; the next one may be a draw
    assert explained["plan"]["order"] == ["perl", "python", "rust"]
    samples = {row["arm"]: row["samples"] for row in map(json.loads, sentinel("routing", "--json").stdout.splitlines())}
    assert set(samples) == {"perl", "python", "rust"}
    assert samples["perl"] >= 5, samples
    assert samples["python"] + samples["rust"] >= 1, samples
