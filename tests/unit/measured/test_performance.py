"""What the service will answer on performance, from the router's state."""

import math

import msgspec
import pytest

from pipeline.measured import performance
from stages.dispatch.routing import RouterState, exported, imported
from tests.scenes import routed


def test_every_agent_and_implementation_has_its_figures():
    """Efficiency, window, predictions with intervals, calibration, breaker, failures by kind, duplicates: for each, best first."""
    _, router = routed.decided(jobs=200)
    found = performance(router.state, sizes=(1, 16))
    assert (found.jobs, [agent.agent for agent in found.agents]) == (200, [routed.AGENT])
    quick, slow = found.agents[0].implementations
    assert (quick.arm, slow.arm) == ("quick", "slow")
    assert quick.efficiency > 2 * slow.efficiency
    assert (quick.version, quick.machine, quick.deterministic, quick.language_model) == ("1", "here", True, False)
    assert quick.window.outcomes == 100
    assert quick.efficiency == pytest.approx(quick.window.answers / (quick.window.wall_ms * sum(
        row.kind == "answered" for row in router.state.arms["quick"].window(routed.AGENT).rows)))  # fmt: skip
    assert [time.size for time in quick.predictions] == [1, 16]
    for time in quick.predictions:
        assert time.low_ms < time.expected_ms < time.high_ms
    assert quick.predictions[0].expected_ms < quick.predictions[1].expected_ms < slow.predictions[1].expected_ms
    assert 0.8 < quick.calibration.share < 1.0
    assert quick.breaker.state == "closed"
    assert quick.breaker.trial_in_jobs == 0
    assert quick.failures.failed > 0
    assert quick.failures.share == (quick.failures.failed + quick.failures.timeouts) / quick.window.outcomes
    assert quick.worth is not None
    assert quick.worth == slow.worth, "both are deterministic: the same tests, one worth"
    assert slow.duplicates_share > quick.duplicates_share
    assert 0 < found.agents[0].duplicates_share < 0.5


def test_a_broken_implementation_says_when_it_is_tried_again():
    """In jobs, which is how the breaker counts."""
    _, router = routed.decided(jobs=20)
    breaker = router.state.arms["slow"].windows[routed.AGENT].breaker
    breaker.opened_at, breaker.backoff = router.state.jobs - 3, 8
    slow = next(one for one in performance(router.state).agents[0].implementations if one.arm == "slow")
    assert (slow.breaker.state, slow.breaker.trial_in_jobs) == ("open", 5)


def test_asking_changes_nothing_and_the_answer_is_json():
    """A pure function of the state, finite throughout, the same for a state that was stored and read."""
    _, router = routed.decided(jobs=50)
    before = exported(router.state)
    text = msgspec.json.encode(performance(router.state))
    assert exported(router.state) == before
    assert text == msgspec.json.encode(performance(imported(before)))
    numbers = [value for agent in performance(router.state).agents for one in agent.implementations for value in (one.efficiency,)]
    assert all(map(math.isfinite, numbers))


def test_nothing_measured_is_an_answer_too():
    """A state without jobs has no agents; an arm that only failed has no predictions and no calibration."""
    assert performance(RouterState()).agents == []
    _, router = routed.decided(jobs=1, means_ms={"only": 10.0, "never": 10.0})
    model = router.state.arms["only"]
    model.latency.samples, model.coverage.asked = 0, 0
    only = next(one for one in performance(router.state).agents[0].implementations if one.arm == "only")
    assert only.predictions == []
    assert only.calibration.share is None
