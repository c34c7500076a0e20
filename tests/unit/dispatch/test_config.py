"""What dispatch does where a pipeline says nothing."""

from stages.dispatch.config import BUILT_IN, DispatchConfig, RoutingConfig
from stages.dispatch.routing import IMPLEMENTATIONS, MODELS, Weights


def test_each_agent_begins_with_the_implementation_that_was_agreed():
    """Negative cases and data records are asked of Rust first, all others of Python, until data decide."""
    assert DispatchConfig().order == {
        "functional-positive": ["python", "rust"],
        "security-auth": ["python", "rust"],
        "security-injection": ["python", "rust"],
        "functional-negative": ["rust", "python"],
        "data-mocking": ["rust", "python"],
        "functional-stateful": ["python", "rust"],
        "performance-planner": ["python", "rust"],
    }
    assert [arm.name for arm in BUILT_IN] == [arm.name for arm in DispatchConfig().arms] == ["python", "rust"]


def test_a_hundred_outcomes_are_looked_back_upon_and_five_let_data_decide():
    """With speed and worth of equal weight: in the configuration and, without one, in both records of the router."""
    config = RoutingConfig()
    assert (config.window, config.min_samples, config.weights.speed, config.weights.quality) == (100, 5, 1.0, 1.0)
    for policy in (IMPLEMENTATIONS, MODELS):
        assert (policy.window, policy.min_samples, policy.weights) == (100, 5, Weights(speed=1.0, quality=1.0))
