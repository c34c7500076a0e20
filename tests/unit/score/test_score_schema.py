"""What a body or a header that breaks its schema is told as."""

import pytest

from pipeline.messages import Header, Response

PET = {"id": 5, "name": "Rex"}


def test_a_broken_schema_names_pointer_and_place(scene):
    """The rule is the keyword's place in the document, the place has its indexes left out."""
    (failure,) = scene.failures(scene.exchange("GET /pets", 200, [PET, {"id": "x", "name": "y"}]))
    assert failure.check == "response_schema"
    assert failure.rule.startswith("#/components/schemas/Pet/properties/id/type, documented for 200 at #/paths/~1pets/get/responses/200")
    assert failure.title == "Body of 200 breaks its schema: type at /*/id"


def test_one_cause_is_one_key_whatever_index_and_value(scene):
    """Equal faults at other indexes and values have the same key; another keyword has another."""
    first, second, other = (
        scene.failures(scene.exchange("GET /pets", 200, body))
        for body in ([{"id": "x", "name": "y"}], [PET, PET, {"id": "zzz", "name": "q"}], [{"id": 1}])
    )
    assert first[0].key == second[0].key != other[0].key


def test_a_body_without_content_type_is_held_to_the_one_schema(make_scene, make_operation, json_content):
    """A missing header hides no fault of the body; what is no JSON is told as a missing header only."""
    scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content({"type": "object"}))])])
    assert scene.checks(scene.exchange("GET /a", 200, b"[]", content_type="")) == [("content_type", False), ("response_schema", False)]
    assert scene.checks(scene.exchange("GET /a", 200, b"{}", content_type="")) == [("content_type", False)]
    assert scene.checks(scene.exchange("GET /a", 200, b"hello", content_type="")) == [("content_type", False)]


def test_formats_alone_are_notes_and_help_one_of(make_scene, make_operation, json_content):
    """A broken format is a note; branches of oneOf that only formats tell apart are told apart."""
    either = {"oneOf": [{"type": "string", "format": "uuid"}, {"type": "string", "format": "date"}]}
    schema = {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}, "key": either}}
    scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content(schema))])])
    assert scene.checks(scene.exchange("GET /a", 200, {"at": "yesterday"})) == [("response_schema", True)]
    assert scene.checks(scene.exchange("GET /a", 200, {"key": "2020-01-01"})) == []
    assert scene.checks(scene.exchange("GET /a", 200, {"at": 5})) == [("response_schema", False)]


@pytest.mark.parametrize(("format_", "text"), [("uri", "https://example.org/"), ("email", "a@example.org"), ("time", "10:00:00Z")])
def test_formats_that_are_no_notes_tell_branches_apart(make_scene, make_operation, json_content, format_, text):
    """A text of a format or an empty one: where the format is not asserted, the empty one is both. A text that is neither has no fault."""
    either = {"oneOf": [{"type": "string", "format": format_}, {"type": "string", "maxLength": 0}]}
    scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content({"properties": {"it": either}}))])])
    for value in ("", text, "neither"):
        assert scene.checks(scene.exchange("GET /a", 200, {"it": value})) == []
    assert scene.checks(scene.exchange("GET /a", 200, {"it": 5})) == [("response_schema", False)]


def test_schemas_that_cannot_be_compiled_lose_the_fault_only(make_scene, make_operation, json_content):
    """A pattern of another dialect and a dangling reference are left out, the rest of the schema still holds."""
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "pattern": "(?<"}, "b": {"$ref": "#/$defs/Nowhere"}},
        "required": ["a"],
    }
    scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content(schema))])])
    assert scene.checks(scene.exchange("GET /a", 200, {"a": "x", "b": 1})) == []
    assert scene.checks(scene.exchange("GET /a", 200, {"a": 1})) == [("response_schema", False)]


def test_errors_that_only_default_documents_are_notes(make_scene, make_operation, json_content):
    """A router's 404 need not have the body that "default" documents."""
    responses = [Response(status="200"), Response(status="default", content=json_content({"type": "object", "required": ["code"]}))]
    scene = make_scene([make_operation("GET /a", responses)])
    assert scene.checks(scene.exchange("GET /a", 404, {"detail": "Not Found"})) == [("response_schema", True)]


def test_one_answer_speaks_of_few_causes(make_scene, make_operation, json_content):
    """A body that breaks everything is reported for a bounded number of causes."""
    schema = {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(50)}}
    scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content(schema))])])
    assert len(scene.failures(scene.exchange("GET /a", 200, {f"p{n}": n for n in range(50)}))) == 5


@pytest.mark.parametrize(("value", "found"), [("12", []), ("a", [("response_headers", False)])])
def test_a_header_is_read_by_its_schema(scene, value, found):
    """Header text is read as the number that its schema asks for."""
    assert scene.checks(scene.exchange("GET /pets/{id}", 200, PET, headers=[("X-Age", value)])) == found


def test_a_required_header_must_be_there(make_scene, make_operation):
    """A required documented header that is missing is a finding; Content-Type is left alone."""
    headers = [Header(name="X-Total", required=True), Header(name="Content-Type", required=True)]
    scene = make_scene([make_operation("GET /a", [Response(status="200", headers=headers)])])
    (failure,) = scene.failures(scene.exchange("GET /a", 200))
    assert (failure.check, failure.title) == ("response_headers", "Required header X-Total is missing")


def test_an_object_that_lacks_several_properties_is_one_cause(make_scene, make_operation, json_content):
    """A projection leaves out all but one of them: that is one reason. One or two are named."""
    item = {"type": "object", "required": ["a", "b", "c", "d"]}
    listing = {"type": "array", "items": item}
    scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content(listing))])])
    several = scene.failures(scene.exchange("GET /a", 200, [{"a": 1}]))
    assert [failure.title for failure in several] == ["Body of 200 breaks its schema: required at /*: several properties"]
    two = scene.failures(scene.exchange("GET /a", 200, [{"a": 1, "b": 1}]))
    assert [failure.title.rpartition(": ")[2] for failure in two] == ['"c"', '"d"']
    many = scene.failures(scene.exchange("GET /a", 200, [{"a": 1, "b": 1, "c": 1}] * 5))
    assert [failure.title.rpartition(": ")[2] for failure in many] == ['"d"']


def test_properties_that_are_null_and_must_not_be_are_one_cause(make_scene, make_operation, json_content):
    """Three or more of one object: the document forgot that what is absent is null. One or two are named, so is what is no property."""
    names = {"type": "object", "properties": {name: {"type": "string"} for name in "abcd"}}
    scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content({"type": "array", "items": names}))])])

    def titles(item):
        found = scene.failures(scene.exchange("GET /a", 200, [item]))
        return [failure.title.removeprefix("Body of 200 breaks its schema: ") for failure in found]

    assert titles({"a": None, "b": None, "c": None, "d": 1}) == ["several properties are null in /*", "type at /*/d"]
    assert titles({"a": None, "b": None}) == ["type at /*/a", "type at /*/b"]
    assert titles(None) == ["type at /*"]


def test_the_keys_of_a_map_make_no_causes(make_scene, make_operation, json_content):
    """A thousand entries of one map break one rule once."""
    entry = {"type": "object", "properties": {"size": {"type": "integer"}}}
    listing = {"type": "object", "properties": {"entries": {"type": "object", "additionalProperties": entry}}}
    scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content(listing))])])
    first, second = (
        scene.failures(scene.exchange("GET /a", 200, {"entries": {f"{name}{n}": {"size": "x"} for n in range(9)}})) for name in "uv"
    )
    assert [failure.title for failure in first] == ["Body of 200 breaks its schema: type at /entries/*/size"]
    assert [failure.key for failure in first] == [failure.key for failure in second]


def test_values_of_one_wrong_format_are_one_note(make_scene, make_operation, json_content):
    """A server writes its dates in one way everywhere; another format is another note."""
    dated = {
        "properties": {**{name: {"type": "string", "format": "date-time"} for name in "ab"}, "u": {"type": "string", "format": "uuid"}}
    }
    scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content(dated))])])
    found = scene.failures(scene.exchange("GET /a", 200, {"a": "x", "b": "y", "u": "z"}))
    assert [(failure.signature, failure.note) for failure in found] == [('format "date-time"', True), ('format "uuid"', True)]


def test_of_this_or_null_the_place_inside_is_told(make_scene, make_operation, json_content):
    """The branch whose type the value has; where several could be meant it stays the choice as a whole."""
    named = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "at": {"type": "string", "format": "date-time"}},
    }
    other = {"type": "object", "required": ["code"]}

    def titles(choice, body):
        scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content({"properties": {"it": choice}}))])])
        found = scene.failures(scene.exchange("GET /a", 200, {"it": body}))
        return [(failure.title.removeprefix("Body of 200 breaks its schema: "), failure.note) for failure in found]

    or_null = {"anyOf": [named, {"type": "null"}]}
    assert titles(or_null, {"name": 1}) == [("type at /it/name", False)]
    assert titles(or_null, {"name": "x", "at": "yesterday"}) == [("format at /it/at", True)]
    assert titles({"oneOf": [{"type": "null"}, or_null]}, {}) == [('required at /it: "name"', False)]
    assert titles({"anyOf": [named, other]}, {}) == [("anyOf at /it", False)]
    assert titles(or_null, 5) == [("anyOf at /it", False)]
