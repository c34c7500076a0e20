"""The canonical form of answers."""

import msgspec
import pytest

from pipeline.messages import Answer, Case, Expect, Extract, Fill, LoadShare, LoadStage, Plan, Record, Step, Until
from stages.agents.wire import canonical, encode_answer


def fresh(text: str) -> str:
    """An equal string that is another object."""
    made = "".join(list(text))
    assert made is not text or len(text) < 2
    return made


def built() -> Case:
    step = Step(name="a", operation="GET /", role=fresh("attempt"), extract=[Extract(name="x", source=fresh("body"))])
    return Case(operation="GET /", ordinal=0, title="t", intent=fresh("valid"), steps=[step])


def test_fields_equal_to_their_default_are_left_out_wherever_the_string_came_from() -> None:
    """Strings that a program built are left out like those of the source text."""
    assert msgspec.msgpack.decode(encode_answer(built())) == {
        "type": "case",
        "operation": "GET /",
        "ordinal": 0,
        "title": "t",
        "steps": [{"name": "a", "operation": "GET /", "extract": [{"name": "x"}]}],
    }


def test_the_same_holds_for_the_cases_of_a_plan() -> None:
    """Plans hold cases, which are canonical too."""
    plan = Plan(
        ordinal=0, title="p", kind="smoke", stages=[LoadStage(duration_ms=1, rate_millihertz=2)], shares=[LoadShare(weight=1, case=built())]
    )
    [share] = msgspec.msgpack.decode(encode_answer(plan))["shares"]
    assert "intent" not in share["case"]
    assert "role" not in share["case"]["steps"][0]


def test_decoding_and_encoding_again_changes_no_byte() -> None:
    """What travelled is as canonical as what was made."""
    until = Until(statuses=["200"], tries=5, interval_ms=200)
    step = Step(name="a", operation="GET /", role="observe", until=until, extract=[Extract(name="x", source="status")])
    case = Case(
        operation="GET /",
        ordinal=1 << 40,
        title="é",
        intent="invalid",
        steps=[step],
        expect=[Expect(relation="equal", left="a.status", value=200)],
        fills=[Fill(place="query/a", source="hint")],
    )
    data = encode_answer(case)
    assert encode_answer(msgspec.msgpack.decode(data, type=Answer)) == data


def test_canonical_answers_are_not_copied() -> None:
    """The common case costs nothing."""
    case = Case(operation="GET /", ordinal=0, title="t", steps=[Step(name="a", operation="GET /")])
    assert canonical(case) is case


@pytest.mark.parametrize("root", [Case, Plan, Record])
def test_no_other_default_of_an_answer_is_a_string_of_its_own(root: type) -> None:
    """The canonical form must know every non-empty string default in answers; a new one has to be added there."""
    seen: set[type] = set()
    found: set[tuple[str, str]] = set()
    waiting: list[object] = [root]
    while waiting:
        kind = waiting.pop()
        waiting.extend(getattr(kind, "__args__", ()))
        if not isinstance(kind, type) or kind in seen or not issubclass(kind, msgspec.Struct):
            continue
        seen.add(kind)
        for field in msgspec.structs.fields(kind):
            waiting.append(field.type)
            if isinstance(field.default, str) and field.default:
                found.add((kind.__name__, field.name))
    assert found <= {("Case", "intent"), ("Step", "role"), ("Extract", "source")}
