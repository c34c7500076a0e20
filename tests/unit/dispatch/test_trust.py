"""Of two arms that differ and should not, the later of the configured order is asked last."""

import pytest

from stages.dispatch.trust import Trust


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("b", "a")])
def test_the_default_arm_stands_whichever_answered_first(one, other):
    """At that agent alone, and until the run ends."""
    trust = Trust({"x": ["a", "b"]}, ["b", "a"])
    assert trust.last("x") == set()
    assert trust.differ("x", one, other) == "b"
    assert trust.last("x") == {"b"}
    assert trust.last("y") == set()
    assert trust.differ("y", one, other) == "a"  # nothing is configured there: as the arms are named
    trust.clear()
    assert trust.last("x") == trust.last("y") == set()


def test_it_is_told_once():
    """And what one that is asked last already says against another does not count."""
    trust = Trust({"x": ["a", "b"]}, ["c", "a", "b"])
    assert trust.differ("x", "b", "c") == "c"
    assert trust.differ("x", "c", "b") == ""
    assert trust.differ("x", "c", "a") == ""
    assert trust.differ("x", "a", "b") == "b"
    assert trust.last("x") == {"b", "c"}
