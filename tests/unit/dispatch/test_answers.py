"""To which of the asked streams an answer belongs."""

import pytest

from pipeline.messages import Case, Record, Span, Step
from stages.agents.wire import OF_NO_ORDINAL
from stages.dispatch.answers import StrayAnswer, operations_of, reasons

SPANS = [Span(operation="GET /a", start=3, count=2), Span(operation="GET /b", start=0, count=4)]


def record(ordinal):
    return Record(ordinal=ordinal, schema="s", value=None)


def case(operation, ordinal, steps=1):
    return Case(operation=operation, ordinal=ordinal, title="", steps=[Step(name="a", operation=operation)] * steps)


def test_answers_without_an_operation_belong_to_the_next_span_where_ordinals_do_not_ascend():
    """As the protocol orders them; a stream may end early, and ordinals may be left out."""
    assert list(operations_of(SPANS, [record(n) for n in (3, 4, 0, 2)])) == ["GET /a", "GET /a", "GET /b", "GET /b"]
    assert list(operations_of(SPANS, [record(n) for n in (3, 0, 1)])) == ["GET /a", "GET /b", "GET /b"]
    assert list(operations_of([*SPANS, *SPANS], [record(n) for n in (4, 3)])) == ["GET /a", "GET /b"]


@pytest.mark.parametrize(
    "answers",
    [
        [record(7)],
        [record(0), record(4)],
        [record(1), record(1)],
        [case("GET /b", 0), case("GET /a", 3)],
        [case("GET /c", 0)],
        [case("GET /a", 5)],
        [case("GET /a", 3, steps=0)],
    ],
)
def test_what_was_not_asked_for_is_named(answers):
    """Another ordinal, another order, another operation, a case without steps."""
    with pytest.raises(StrayAnswer, match="not asked for"):
        list(operations_of(SPANS, answers))


def test_what_was_given_up_is_told_once_by_operation_and_reason():
    """With how many ordinals; an agent that words every one anew does not fill the store."""
    same = [("GET /a", ordinal, "no text matches") for ordinal in range(5)]
    assert reasons([*same, ("GET /b", 0, "no text matches"), ("GET /a", 9, "empty")]) == [
        ("GET /a", "no text matches", 5),
        ("GET /a", "empty", 1),
        ("GET /b", "no text matches", 1),
    ]
    wordy = reasons([("GET /a", ordinal, f"{ordinal} " + "x" * 10_000) for ordinal in range(1000)])
    assert sum(count for _, _, count in wordy) == 1000
    assert sum(len(reason) for _, reason, _ in wordy) < 12_000
    left_out = ("GET /a", OF_NO_ORDINAL, "left out: query/q: empty")
    assert reasons([left_out, ("GET /a", 3, "empty")]) == [("GET /a", "left out: query/q: empty", 0), ("GET /a", "empty", 1)]
