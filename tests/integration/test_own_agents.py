"""Agents of one's own (`agents:` in YAML) on real workers: what the owner says of them counts, and they come and go."""

import json
import sys

import anyio
import pytest

from stages.dispatch.arms import Arms, JobDone
from stages.dispatch.config import DispatchConfig, RoutingConfig, RoutingWeights
from tests.integration.test_routing import leader, routed
from tests.integration.test_workers import LIMITS, ROOT, SCRIPT, SLICE, arm, job


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ROOT)


def shadows(rows):
    return [one.arm for row in rows.values() for one in row.tries if one.shadow]


async def test_an_arm_of_a_language_model_gets_the_policy_of_models():
    """Where a model serves too nothing is replayed, its deadline is that of models and second starts are paid by their own account;
    the same two arms without a model among them are measured by shadows."""
    _, plain, _ = await routed(arm("slow", "slow"), arm("other", "good"), jobs=40)
    assert shadows(plain)
    _, rows, arms = await routed(arm("slow", "slow"), arm("other", "good", model=True), jobs=40)
    assert not shadows(rows)
    plan = json.loads(rows[0].plan)
    assert dict(zip(plan["order"], plan["deadlines_ms"], strict=True)) == {"slow": LIMITS.job_ms, "other": LIMITS.model_job_ms}
    state = arms.router.state
    assert state.shadows.live_ms == 0.0
    assert state.model_shadows.live_ms > 0.0
    assert state.arms["other"].language_model


async def test_the_owners_word_on_determinism_goes_over_the_agents():
    """An agent that claims to be deterministic and is not is told, unless the owner says `deterministic: false`."""
    for word in (None, False):
        _, rows, arms = await routed(arm("slow", "slow"), arm("different", "different", deterministic=word), jobs=40)
        assert "different" in shadows(rows)
        assert any(row.differs for row in rows.values()) == (word is None)
        assert arms.router.state.arms["different"].deterministic == (word is None)


async def test_an_arm_may_have_workers_of_its_own_number():
    """Four jobs at once: as many workers as its arm says, whatever all others may have."""
    for own, all_together in ((3, 1), (1, 3)):
        config = DispatchConfig(arms=[arm("good", "good", workers=own)], order={}, limits=LIMITS, workers=all_together)
        async with anyio.create_task_group() as tasks:
            arms = Arms(config, tasks)
            try:
                async with anyio.create_task_group() as jobs:
                    for number in range(4):
                        jobs.start_soon(arms.run, job(number), SLICE, "r")
                assert len(arms.pools["good"]._all) == own
            finally:
                await arms.close()
                tasks.cancel_scope.cancel()


async def test_an_arm_is_asked_only_for_the_agents_that_it_is_configured_for():
    """One for another agent is never started; one that has none of its agents fails with what it has."""
    config = DispatchConfig(
        arms=[arm("elsewhere", "good", agents=["data-mocking"]), arm("good", "good")],
        order={"functional-positive": ["elsewhere", "good"], "data-mocking": ["elsewhere"]},
        limits=LIMITS,
        workers=1,
    )
    async with anyio.create_task_group() as tasks:
        arms = Arms(config, tasks)
        try:
            assert arms.serving("functional-positive") == ["good"]
            done = await arms.run(job(0), SLICE, "r")
            assert isinstance(done, JobDone)
            assert (done.arm, done.failed, arms.pools["elsewhere"]._all) == ("good", [], set())
            wanting = await arms.run(job_of("data-mocking"), SLICE, "r")
            assert "has none of the agents that it is configured for: it says functional-positive" in wanting.failed[0]
        finally:
            await arms.close()
            tasks.cancel_scope.cancel()


def job_of(agent):
    one = job(1)
    return type(one)(id=1, agent=agent, slice=one.slice, seed=1, spans=one.spans)


async def test_an_arm_that_is_gone_and_back_leads_by_what_was_known():
    """The first session finds the faster arm, the second has it not, the third begins with it; one that is new then is untried."""
    slow, good = arm("slow", "slow"), arm("good", "good")
    _, _, first = await routed(slow, good, jobs=40)
    _, without, second = await routed(slow, jobs=5, state=first.learned())
    assert {leader(row) for row in without.values()} == {"slow"}
    _, back, _ = await routed(slow, good, arm("new", "good"), jobs=1, state=second.learned())
    plan = json.loads(back[0].plan)
    assert plan["order"][0] == "good"
    assert {reason["arm"]: reason["samples"] > 0 for reason in plan["reasons"]} == {"slow": True, "good": True, "new": False}


async def test_a_window_of_one_and_weights_of_nothing_serve():
    """The smallest window and both weights 0: every job is answered, in the configured order where nothing fails."""
    least = RoutingConfig(window=1, min_samples=1, weights=RoutingWeights(speed=0, quality=0), first_races=False)
    done, rows, arms = await routed(arm("slow", "slow"), arm("good", "good"), jobs=30, routing=least)
    assert all(isinstance(one, JobDone) for one in done)
    assert {leader(row) for row in rows.values()} == {"slow"}
    assert all(len(model.window("functional-positive").rows) == 1 for model in arms.router.state.arms.values())


def test_an_agent_of_the_pipeline_takes_part_beside_the_built_in_ones(sentinel, demo, headers):
    """From YAML to the store: it does jobs, `sentinel agents` lists it, a run without it keeps what is known of it, and it is back."""
    own = {"name": "own", "command": [sys.executable, SCRIPT, "slow"], "agents": ["functional-positive"]}
    own |= {"deterministic": False, "model": True}
    in_order = {"routing": {"first_races": False}}
    pipeline = {
        "spec": demo.url,
        "run": {"seed": 1, "time": "20s", "max_requests": 120, "agents": ["functional-positive"]},
        "agents": [own],
        "dispatch": in_order | {"order": {"functional-positive": ["own", "python"]}},
    }
    (sentinel.home / "with.yaml").write_text(json.dumps(pipeline))
    (sentinel.home / "without.yaml").write_text(json.dumps(pipeline | {"agents": [], "dispatch": in_order}))
    listed = sentinel("agents", "--config", "with.yaml", "--json").stdout.splitlines()
    assert [(one["arm"], one["deterministic"], one["model"]) for one in map(json.loads, listed)][-1] == ("own", False, True)

    def samples(file):
        done = sentinel("run", "--config", file, "--header-file", headers)
        assert done.returncode in {0, 1}, done.stderr
        rows = map(json.loads, sentinel("routing", "--json").stdout.splitlines())
        return {row["arm"]: row["samples"] for row in rows}

    def planned():
        return json.loads(sentinel("routing", "explain", "0", "--json").stdout)["plan"]

    first, plan = samples("with.yaml"), planned()
    assert dict(zip(plan["order"], plan["deadlines_ms"], strict=True))["own"] == 120_000
    second, third = samples("without.yaml"), samples("with.yaml")
    assert 0 < first["own"] == second["own"] <= third["own"]
    assert first.get("python", 0) < second["python"]
    seen = {reason["arm"]: reason["samples"] for reason in planned()["reasons"]}
    assert (seen["own"], seen["python"]) == (second["own"], second["python"])
