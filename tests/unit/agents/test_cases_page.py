"""The page on valid cases says what is planned."""

from pathlib import Path

from stages.agents.core import interesting, variety
from stages.agents.positive import distinct, order

PAGE = " ".join((Path(__file__).parents[3] / "docs" / "cases.md").read_text(encoding="utf-8").split())


def test_the_bounds_of_the_plan_are_told():
    assert f"of one `enum` the first {interesting.MOST_VALUES} values are planned" in PAGE
    assert f"the first {interesting.MOST_VALUES} examples of one schema" in PAGE
    assert f"{interesting.MOST_TRIED:,} things are looked at, and {distinct.MOST_OF_A_PLACE} are planned" in PAGE
    assert f"parts are looked at down to four levels, {interesting.MOST_PARTS} of them" in PAGE
    assert interesting.MOST_LEVELS == 4
    assert f"fewer than {variety.FEW} different requests" in PAGE
    assert f"when {order.MOST_OLD} in a row come up" in PAGE


def test_values_beyond_the_plan_come_up_at_random(inputs, positives):
    """Each of a long list is as likely as the others, where the stream ends none comes twice; planned are the first, one case each."""
    operation = inputs.operation("GET /a", inputs.parameter("q", "query", {"enum": list(range(100))}, required=True))

    def values(start, count):
        return [case.steps[-1].arguments[0].value for case in positives(operation, start=start, count=count)]

    assert values(0, interesting.MOST_VALUES) == list(range(interesting.MOST_VALUES))
    more = values(interesting.MOST_VALUES, 200)
    assert sorted(set(more)) == sorted(more)
    assert set(more) <= set(range(interesting.MOST_VALUES, 100))
    assert len(more) >= 33  # of 36
