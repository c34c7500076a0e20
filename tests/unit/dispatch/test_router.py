"""The router before measured data: the configured order, and failures."""

from stages.dispatch.router import Router


def test_the_configured_order_holds_and_unnamed_arms_follow():
    """Arms that the order does not name come last, in the order given."""
    router = Router({"a": ["two", "one"]})
    assert router.decide("a", ["other", "one", "two"]).arms == ("two", "one", "other")
    assert router.decide("unknown agent", ["other", "one"]).arms == ("other", "one")


def test_a_failing_arm_goes_behind_and_returns_after_a_success():
    """A failure demotes, a success restores; nobody is excluded."""
    router = Router({"a": ["one", "two"]})
    router.record("a", "one", failed=True)
    decision = router.decide("a", ["one", "two"])
    assert decision.arms == ("two", "one")
    assert "one" in decision.reason
    router.record("a", "one", failed=False)
    assert router.decide("a", ["one", "two"]).arms == ("one", "two")


def test_agents_are_judged_apart():
    """A failure at one agent says nothing of another."""
    router = Router({"a": ["one", "two"], "b": ["one", "two"]})
    router.record("a", "one", failed=True)
    assert router.decide("b", ["one", "two"]).arms == ("one", "two")
