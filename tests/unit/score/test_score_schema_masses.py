"""Answers that break their schemas alike: when that is one finding, and what it says."""

import pytest

from pipeline.messages import Response
from tests.unit.score.confirming import confirm


def shown_of(make_scene, make_operation, json_content, schemas, bodies):
    """The findings of operations that answer so, each with its schema."""
    answers = [[Response(status="200", content=json_content(schema))] for schema in schemas]
    scene = make_scene([make_operation(f"GET /r{n}", each) for n, each in enumerate(answers)])
    findings = {}
    for n, body in enumerate(bodies):
        outcome = scene.add(scene.exchange(f"GET /r{n}", 200, body, ordinal=n))
        for one in [outcome, *confirm(scene, outcome.suspicions, 200, body)]:
            findings |= {finding.id: finding for finding in one.findings}
    findings |= {finding.id: finding for finding in scene.end()[0].findings}
    return [finding for finding in findings.values() if not finding.merged_into]


def test_a_shared_schema_that_is_broken_alike_is_one_finding(make_scene, make_operation, json_content):
    """Three operations answer one component's schema with the same fault: the cause has one place in the document."""
    bodies = [{"id": n} if n < 3 else {"id": n, "name": "x"} for n in range(40)]
    (shown,) = shown_of(make_scene, make_operation, json_content, [{"$ref": "#/$defs/Pet"}] * 40, bodies)
    assert (len(shown.operations), shown.state) == (3, "confirmed")


def of_property(schema):
    return {"properties": {"id": schema}}


@pytest.mark.parametrize(
    ("schemas", "bad", "shown"),
    [
        ([of_property({"type": "string"})] * 4, {"id": 1}, 4),
        ([of_property({"type": "string"})] * 5, {"id": 1}, 1),
        ([of_property({"type": kind}) for kind in ("string", "array", "object", "boolean", "null")], {"id": 1}, 5),
        ([of_property({"enum": [f"a{n}"]}) for n in range(5)], {"id": 1}, 5),
        ([of_property({"anyOf": [{"type": "string"}, {"enum": [f"a{n}"]}]}) for n in range(5)], {"id": 1}, 5),
        ([{"properties": {"a": {"additionalProperties": False}}}] * 5, {"a": {"id": 1}}, 1),
        ([{"type": "string"}] * 5, {"id": 1}, 5),
    ],
)
def test_schemas_of_a_framework_that_are_broken_alike_are_one_finding(*, make_scene, make_operation, json_content, schemas, bad, shown):
    """Five of many operations, each with a schema of its own, that have the same fault at the same place: what wrote them wrote it. Not
    where other things were wanted, or the whole body is another one."""
    schemas, bodies = [*schemas, *([True] * 35)], [*([bad] * len(schemas)), *([{}] * 35)]
    found = shown_of(make_scene, make_operation, json_content, schemas, bodies)
    assert [len(finding.operations) for finding in found] == [(len(schemas) - 35) // shown] * shown


def test_formats_of_shared_schemas_are_one_note(make_scene, make_operation, json_content):
    """Whichever property answers first."""
    time = {"type": "string", "format": "date-time"}
    of_time = {"type": "object", "properties": {"at": time, "by": time}}
    bodies = [{"by": "x", "at": "2024-01-01T00:00:00Z"}, {"at": "x"}, {"at": "x", "by": "x"}, {"by": "y"}]
    (note,) = shown_of(make_scene, make_operation, json_content, [of_time] * 4, bodies)
    assert (len(note.operations), note.note) == (4, True)


@pytest.mark.parametrize("places", [2, 3])
def test_a_shared_schema_that_is_broken_at_three_places_is_one_finding(make_scene, make_operation, json_content, places):
    """Whatever the places and the operations: the finding is titled by the keyword and lists them. Two are two findings."""
    pet, good, bad = {"$ref": "#/$defs/Pet"}, {"id": 1, "name": "x"}, {"id": "z", "name": "x"}
    schemas = [{"properties": {"a": pet, "b": pet}}, {"type": "array", "items": pet}, *([True] * 18)]
    bodies = [{"a": bad, "b": bad if places == 3 else good}, [good, bad], *([{}] * 18)]
    shown = shown_of(make_scene, make_operation, json_content, schemas, bodies)
    if places == 2:
        assert {finding.title.rpartition(": ")[2] for finding in shown} == {"type at /a/id", "type at /*/id"}
        return
    (one,) = shown
    assert (one.title, one.state) == ("At 2 operations: Body of 2xx breaks #/components/schemas/Pet/properties/id/type", "confirmed")
    assert one.detail.endswith("; GET /r0: /a/id, /b/id; GET /r1: /*/id")


def test_places_of_three_operations_are_told(make_scene, make_operation, json_content):
    """One each: another one at each."""
    schemas = [{"properties": {f"p{n}": {"$ref": "#/$defs/Pet"}}} for n in range(3)]
    (one,) = shown_of(make_scene, make_operation, json_content, schemas, [{f"p{n}": {"id": "z", "name": "x"}} for n in range(3)])
    assert one.detail.endswith("; GET /r0: /p0/id; GET /r1: /p1/id; GET /r2: /p2/id")
