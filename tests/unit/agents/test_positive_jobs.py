"""functional-positive: what a job is told that cannot be made, and what one job or place does not change for another."""

import msgspec
import pytest
from msgspec.msgpack import Ext

from pipeline.messages import ApiSlice, Instance, Job, Slot, Span
from stages.agents.generate import BadJob, Generator, UnknownAgent, answers
from tests.unit.agents.steps import attempt


def test_a_bound_beyond_every_double_is_given_up_by_its_keyword(inputs) -> None:
    """One of 300 digits is a bound like any other."""
    near, far = (Ext(1, b"1" + b"0" * zeros) for zeros in (300, 330))
    bodies = [inputs.json_body({"type": "number", "minimum": bound}) for bound in (near, far)]
    slice_ = ApiSlice(
        digest="s", operations=[inputs.operation(f"POST /{name}", body=body) for name, body in zip("ab", bodies, strict=True)]
    )
    gave_up: list[tuple[str, int, str]] = []
    made = list(Generator(slice_).answers(inputs.job(slice_, 1, (0, 1)), gave_up))
    assert [(attempt(case).body.value, case.intent) for case in made] == [(near, "valid")]
    assert gave_up == [("POST /b", 0, "body: gave up at its root: minimum beyond what is read")]


def test_what_cannot_be_made_is_named(inputs) -> None:
    """An impossible required body gives up every ordinal, with the reason; other operations go on."""
    slice_ = ApiSlice(
        digest="s",
        operations=[inputs.operation("POST /no", body=inputs.json_body(False)), inputs.operation("POST /yes")],
    )
    gave_up: list[tuple[str, int, str]] = []
    made = list(Generator(slice_).answers(inputs.job(slice_, 1, (0, 3)), gave_up))
    assert [case.operation for case in made] == ["POST /yes"]
    assert gave_up == [("POST /no", ordinal, "body: proved empty at its root: a schema that is false") for ordinal in range(3)]


def test_bad_jobs_are_refused_before_the_first_answer(inputs) -> None:
    """Unknown agents, unknown operations, impossible spans."""
    slice_ = ApiSlice(digest="s", operations=[inputs.operation("GET /a")])
    generator = Generator(slice_)
    good = inputs.job(slice_, 1, (0, 1))
    with pytest.raises(UnknownAgent):
        generator.answers(msgspec.structs.replace(good, agent="other"))
    for span in (Span(operation="GET /b", start=0, count=1), Span(operation="GET /a", start=-1, count=1)):
        with pytest.raises(BadJob):
            generator.answers(msgspec.structs.replace(good, spans=[span]))


def test_what_is_kept_of_earlier_jobs_changes_nothing(inputs) -> None:
    """Values made without a draw are kept, those that were drawn are not, also where what is known has replaced them in a case."""
    body = inputs.json_body(
        {"type": "object", "required": ["kind", "name"], "properties": {"kind": {"const": 1}, "name": {"type": "string"}}}
    )
    fixed = inputs.parameter("kind", "query", {"enum": ["a"]}, required=True)
    drawn = inputs.parameter("id", "query", {"type": "string", "format": "uuid"}, required=True)
    slot = Slot(place="body/kind", resource="kind", fields=["id"])
    operation = inputs.operation("POST /a", fixed, drawn, body=body, slots=[slot])
    slice_ = ApiSlice(digest="s", operations=[operation], schemas={})
    known = {"kind": [Instance(fields={"id": 1})]}
    jobs = [
        Job(id=1, agent=inputs.POSITIVE, slice="s", seed=seed, spans=[Span(operation="POST /a", start=0, count=60)], knowledge=knowledge)
        for seed, knowledge in ((1, {}), (2, known), (1, {}), (2, {}), (1, known))
    ]
    generator = Generator(slice_)
    one_after_the_other = [list(generator.answers(job)) for job in jobs]
    assert one_after_the_other == [list(answers(slice_, job)) for job in jobs]
    assert one_after_the_other[0] != one_after_the_other[3]


def test_one_place_never_shifts_another(inputs) -> None:
    """Knowledge and hints replace values; what is drawn for other places stays the same."""
    slice_ = inputs.pets()
    spans = (0, 30), (1000, 30)
    bare = list(answers(slice_, inputs.job(slice_, 3, *spans)))
    known = list(answers(slice_, inputs.job(slice_, 3, *spans, knowledge=inputs.KNOWLEDGE, hints=inputs.HINTS)))
    assert bare != known
    for before, after in zip(bare, known, strict=True):
        filled = {fill.place for fill in (*after.fills, *before.fills)}
        left = {f"{a.location}/{a.name}": a.value for a in attempt(before).arguments}
        right = {f"{a.location}/{a.name}": a.value for a in attempt(after).arguments}
        assert {k: v for k, v in left.items() if k not in filled} == {k: v for k, v in right.items() if k not in filled}
        if not any(place.startswith("body") for place in filled):
            assert attempt(before).body == attempt(after).body
