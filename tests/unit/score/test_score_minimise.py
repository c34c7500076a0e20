"""Minimising: what is dropped, what must stay, when it ends."""

from msgspec.msgpack import Ext

from pipeline.messages import EXT_VARIABLE, Case, Expect, Extract, Step
from stages.score.minimise import shrink


def minimise(model, case, shows):
    """The smallest case, driving the generator with the oracle ``shows``; and how many candidates that took."""
    generator, tried = shrink(model, case), 0
    try:
        candidate = next(generator)
        while True:
            tried += 1
            candidate = generator.send(shows(candidate))
    except StopIteration as end:
        return end.value, tried


def body_of(case):
    return case.steps[-1].body.value


def test_only_the_guilty_property_is_left(scene):
    """Optional properties that do not matter go, required ones stay, values become simple."""
    step = scene.step("POST /pets", body={"name": "Rex the long name", "tag": "guilty", "age": 73, "x": [1, 2, 3]})
    case = Case(operation="POST /pets", ordinal=0, title="t", steps=[step])
    smallest, _ = minimise(scene.model, case, lambda one: "tag" in body_of(one))
    assert body_of(smallest) == {"name": "a", "tag": ""}


def test_a_valid_case_stays_valid(scene):
    """minLength 1 keeps the name from becoming empty; an invalid case is not held to the schema."""
    step = scene.step("POST /pets", body={"name": "Rex"})
    valid = Case(operation="POST /pets", ordinal=0, title="t", steps=[step])
    invalid = Case(operation="POST /pets", ordinal=0, title="t", intent="invalid", steps=[step])
    assert body_of(minimise(scene.model, valid, lambda _: True)[0]) == {"name": "a"}
    assert body_of(minimise(scene.model, invalid, lambda _: True)[0]) == {"name": ""}


def test_steps_that_nothing_needs_go(scene):
    """A step whose value is used, or that a relation speaks of, stays; the others go first."""
    used = Step(name="make", operation="POST /pets", role="prepare", extract=[Extract(name="id", pointer="/id")])
    idle = Step(name="look", operation="GET /pets", role="control")
    told = Step(name="peek", operation="GET /pets", role="observe")
    attempt = scene.step("GET /pets/{id}", args={"path/id": Ext(EXT_VARIABLE, b"id")})
    expect = [Expect(relation="equal", left="peek.status", value=200)]
    case = Case(operation="GET /pets/{id}", ordinal=0, title="t", steps=[used, idle, attempt, told], expect=expect)
    smallest, _ = minimise(scene.model, case, lambda _: True)
    assert [step.name for step in smallest.steps] == ["make", "attempt", "peek"]


def test_required_parameters_stay(scene):
    """Path parameters are never dropped or changed; optional query parameters are."""
    step = scene.step("GET /pets/{id}", args={"path/id": "abcdef", "query/q": "x"})
    case = Case(operation="GET /pets/{id}", ordinal=0, title="t", steps=[step])
    smallest, _ = minimise(scene.model, case, lambda _: True)
    assert [(one.location, one.value) for one in smallest.steps[0].arguments] == [("path", "abcdef")]


def test_nothing_to_make_smaller_asks_for_nothing(scene):
    """A bare request has no candidates."""
    case = Case(operation="GET /pets", ordinal=0, title="t", steps=[scene.step("GET /pets")])
    assert minimise(scene.model, case, lambda _: True) == (case, 0)


def test_no_candidate_is_tried_twice_and_halving_finds_one_of_many(scene):
    """One guilty item among 64 is found in far fewer tries than items."""
    step = scene.step("POST /pets", body={"name": "a", "items": list(range(64))})
    case = Case(operation="POST /pets", ordinal=0, title="t", steps=[step])
    seen = []

    def shows(one):
        assert one not in seen
        seen.append(one)
        return 37 in body_of(one).get("items", [])

    smallest, tried = minimise(scene.model, case, shows)
    assert body_of(smallest)["items"] == [37]
    assert tried < 40


def test_a_finding_is_reported_with_its_smaller_case(scene):
    """The fold sends candidates one by one, within its bound, and tells the finding again with what was left."""
    from stages.score import ScoreConfig

    assert ScoreConfig().minimise_max == 12
    body = {"name": "Rex", "tag": "t", "age": 5}
    outcome = scene.add(scene.exchange("POST /pets", 500, steps=[scene.step("POST /pets", body=body)]))
    todo, findings, purposes = list(outcome.suspicions), [], []
    while todo:
        one = todo.pop(0)
        purposes.append(one.purpose)
        status = 500 if "age" in body_of(one.case) else 400
        outcome = scene.add(
            scene.exchange("POST /pets", status, {} if status == 400 else None, attempt=one.attempt, purpose=one.purpose, case=one.case)
        )
        todo += outcome.suspicions
        findings += outcome.findings
    assert purposes[:3] == ["confirm", "confirm", "minimise"]
    assert len(purposes) <= 14
    assert [body_of(finding.case) for finding in findings if not finding.note] == [body, {"name": "a", "age": 0}]
