"""A router's state from outside: whatever stands in it, it is set aside with a reason or it serves."""

import json
import math
from random import Random

import msgspec
import pytest

from pipeline.measured import performance
from stages.dispatch.routing import IMPLEMENTATIONS, ArmFacts, JobFacts, Outcome, Policy, Router, RouterState, SetAside, exported, imported
from stages.dispatch.routing.hedge import Residuals
from stages.dispatch.routing.tracker import Row, Window
from tests.scenes import routed

EXTREMES = [0, -1, 1e308, -1e308, 1e-320, 2**62, 10**19, "x", None, []]


def places(value, path=()):
    """The path of every value in it, one of each form (lists by their first entry)."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


def put(value, path, item):
    """A copy with something else at that place."""
    changed = whole = json.loads(json.dumps(value))
    for key in path[:-1]:
        changed = changed[key]
    changed[path[-1]] = item
    return json.dumps(whole).encode()


def serve(state: RouterState) -> None:
    """A few jobs of every kind on a router that begins with it."""
    rng = Random(1)
    router = Router(IMPLEMENTATIONS, {}, lambda: rng.gauss(0, 1), machine="here", state=state)
    arms = tuple(ArmFacts(name=name, version="1", deterministic=True) for name in routed.MEANS_MS)
    for number in range(4):
        for of in (arms, (*arms, ArmFacts(name="model", model=True))):
            plan = router.decide(JobFacts(agent=routed.AGENT, size=number, arms=of, idle_cores=2.0))
            for reason in plan.reasons:
                assert all(map(math.isfinite, (reason.expected_ms, reason.low_ms, reason.high_ms, reason.score)))
            for arm in plan.order:
                kind = "answered" if number % 2 else "failed"
                router.record(Outcome(ticket=plan.ticket, arm=arm, kind=kind, wall_ms=10.0, answers=number, worth=1.0), 0.0)
            router.shadow(plan.ticket, 2.0)
    msgspec.json.encode(performance(router.state))
    assert not isinstance(imported(exported(router.state)), SetAside)


def test_a_state_with_anything_in_any_place_is_set_aside_or_serves():
    """Each value of a real state replaced by what is extreme or of another type: no exception, then or later."""
    state = json.loads(exported(routed.decided(jobs=40)[1].state))
    served = 0
    for path in filter(None, places(state)):
        for extreme in EXTREMES:
            found = imported(put(state, path, extreme))
            if isinstance(found, SetAside):
                assert found.reason
            else:
                serve(found)
                served += 1
    assert served > 50


@pytest.mark.parametrize(
    ("path", "item", "reason"),
    [
        (("jobs",), -5, "jobs is -5, which the router never writes: it is from 0 to 1e+15"),
        (("jobs",), 10**30, "jobs is 1e+30"),
        (("arms", "quick", "latency", "covariance", 1), [0.0], "arms['quick'].latency.covariance is out of shape"),
        (("arms", "quick", "latency", "covariance", 0, 1), 0.5, "arms['quick'].latency.covariance is not symmetric"),
        (("arms", "quick", "latency", "covariance", 0, 0), 1e-320, "arms['quick'].latency.covariance is not positive definite"),
        (("arms", "quick", "latency", "covariance", 0, 0), -1.0, "arms['quick'].latency.covariance is not positive definite"),
        (("arms", "quick", "latency", "covariance", 0, 0), 1e300, "arms['quick'].latency.covariance[0][0] is 1e+300"),
        (
            ("arms", "quick", "latency", "mean", 1),
            1e300,
            "arms['quick'].latency.mean[1] is 1e+300, which the router never writes: it is from -2 to 4",
        ),
        (("arms", "quick", "latency", "noise"), 1e-9, "arms['quick'].latency.noise is 1e-09"),
        (
            ("arms", "quick", "latency", "at"),
            10**15,
            "arms['quick'].latency.at is 1e+15, which the router never writes: it is from 0 to 40",
        ),
        (("arms", "quick", "latency", "samples"), -1, "arms['quick'].latency.samples is -1"),
        (("arms", "quick", "cusum", "high"), 1e300, "arms['quick'].cusum.high is 1e+300, which the router never writes: it is from 0 to 6"),
        (("arms", "quick", "cusum", "low"), 4.5, "arms['quick'].cusum.low is 4.5"),
        (("arms", "quick", "coverage", "width"), 1e300, "arms['quick'].coverage.width is 1e+300"),
        (("arms", "quick", "coverage", "held"), 10**6, "arms['quick'].coverage.held is 1e+06"),
        (("arms", "quick", "residuals", "recent", 0), 1e300, "arms['quick'].residuals do not agree"),
        (("arms", "quick", "last", 0, 1), 1, "arms['quick'].last: an agent is 1"),
        (("arms", "quick", "cold_ms"), -7, "arms['quick'].cold_ms is -7"),
        (("arms", "quick", "cpu_share"), 1e9, "arms['quick'].cpu_share is 1e+09"),
        (("arms", "quick", "used_at"), 41, "arms['quick'].used_at is 41"),
        (("arms", "quick", "windows", routed.AGENT, "rows", 0, 2), -1.0, "arms['quick'].windows['functional-positive'].rows: a time is -1"),
        (("arms", "quick", "windows", routed.AGENT, "breaker", "failed"), -1e308, ".breaker.failed is beyond all bounds"),
        (("arms", "quick", "windows", routed.AGENT, "breaker", "backoff"), 10**15, ".breaker.backoff is 1e+15"),
        (("arms", "quick", "windows", routed.AGENT, "breaker", "opened_at"), 41, ".breaker.opened_at is 41"),
        (("arms", "quick", "windows", routed.AGENT, "breaker", "evidence"), 5.0, ".breaker.evidence is 5, which"),
        (("values", "", routed.AGENT, "worth", "mean"), 1e30, "values['']['functional-positive'].worth.mean is 1e+30"),
        (("values", "", routed.AGENT, "yielded", "variance"), 2.0, "values['']['functional-positive'].yielded.variance is 2"),
        (("tokens", "held"), -1e12, "tokens.held is -1e+12, which the router never writes: it is from -64 to 64"),
        (("model_tokens", "held"), 65, "model_tokens.held is 65"),
        (("shadows", "live_ms"), -1e308, "shadows.live_ms is beyond all bounds"),
        (("shadows", "next_job"), 10**15, "shadows.next_job is 1e+15, which the router never writes: it is from 0 to 56"),
        (("shadows", "last_job"), 41, "shadows.last_job is 41"),
        (("shadows", "credit"), 21, "shadows.credit is 21"),
        (("model_shadows", "looks"), 5, "model_shadows.looks is 5"),
        (("agents",), [routed.AGENT] * 2, "agents has more than 32 names, or one of them twice"),
    ],
)
def test_numbers_that_no_router_writes_are_named(path, item, reason):
    """Counts below nothing or ahead of the jobs, filters out of their clips, a covariance of no numbers: with its place and its range."""
    state = json.loads(exported(routed.decided(jobs=40)[1].state))
    found = imported(put(state, path, item))
    assert isinstance(found, SetAside)
    assert reason in found.reason


def test_a_window_that_was_made_smaller_is_cut_at_once():
    """However much more an earlier session kept, the next outcome leaves as many as the window has."""
    window, residuals = Window(), Residuals()
    for number in range(300):
        window.add(Row(float(number), "answered", 1.0, 1.0, 0.0, 1, 1, 1, False, False), 300)
        residuals.add(1.0 + number % 7, 300, censored=False)
    window.add(window.rows[0], 5)
    residuals.add(2.0, 5, censored=False)
    assert [row.at_ms for row in window.rows] == [296.0, 297.0, 298.0, 299.0, 0.0]
    assert residuals.ordered == sorted(residuals.recent)
    assert len(residuals.recent) == 5


def test_a_smaller_window_serves_on_what_a_larger_one_left():
    """From 100 outcomes to one, in the configuration."""
    state = imported(exported(routed.decided(jobs=40)[1].state))
    assert not isinstance(state, SetAside)
    router = Router(Policy(window=1), {}, lambda: 0.0, machine="here", state=state)
    arms = tuple(ArmFacts(name=name, version="1", deterministic=True) for name in routed.MEANS_MS)
    for _ in range(3):
        plan = router.decide(JobFacts(agent=routed.AGENT, size=8, arms=arms))
        router.record(Outcome(ticket=plan.ticket, arm=plan.order[0], kind="answered", wall_ms=10.0, answers=8), 0.0)
    assert len(router.state.arms[plan.order[0]].windows[routed.AGENT].rows) == 1
