"""Every check: when it speaks, when it is a note, when it is silent."""

import pytest

from pipeline.messages import Expect, Fill, Header, MediaType, Override, Parameter, Request, Response, SecurityScheme, Sent, Step

PET = {"id": 5, "name": "Rex"}


# ── a server that obeys ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("key", "status", "body"),
    [
        ("GET /pets", 200, [PET, {"id": 1, "name": "", "born": "2020-02-29", "tags": []}]),
        ("GET /pets", 200, []),
        ("POST /pets", 201, PET),
        ("POST /pets", 400, {"anything": 1}),
        ("GET /pets/{id}", 200, PET),
        ("GET /pets/{id}", 404, None),
        ("DELETE /pets/{id}", 204, None),
    ],
)
def test_an_answer_as_documented_yields_nothing(scene, key, status, body):
    """No check speaks of an answer that obeys the document; intent "unspecified" keeps rejections out."""
    assert scene.failures(scene.exchange(key, status, body, intent="unspecified")) == []


# ── server error ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_500_is_a_finding(scene):
    """500 is a finding of high severity, and no other check doubles it."""
    failures = scene.failures(scene.exchange("GET /pets", 500, b"Internal Server Error", content_type="text/plain"))
    assert [(one.check, one.note, one.severity) for one in failures] == [("server_error", False, "high")]


def test_a_default_answer_does_not_excuse_a_500(make_scene, make_operation):
    """ "default" covers a 500's form, not the fault itself."""
    scene = make_scene([make_operation("GET /a", [Response(status="default")])])
    assert scene.checks(scene.exchange("GET /a", 500)) == [("server_error", False)]


def test_a_documented_500_is_a_note_unless_a_trace_shows(make_scene, make_operation):
    """What the document permits by number is a note; a visible trace is a fault all the same."""
    scene = make_scene([make_operation("GET /a", [Response(status="500")])])
    assert scene.checks(scene.exchange("GET /a", 500, {"message": "sorry"})) == [("server_error", True)]
    trace = b'Traceback (most recent call last):\n  File "/srv/app.py", line 3, in show\nKeyError: 5'
    shown = scene.checks(scene.exchange("GET /a", 500, trace, content_type="text/plain"))
    assert shown == [("server_error", False), ("internals_leaked", False)]  # two faults, and each is mended at a place of its own


@pytest.mark.parametrize(
    ("status", "headers", "note"), [(503, [("Retry-After", "3")], True), (503, [], False), (501, [], True), (502, [], False)]
)
def test_busy_and_unimplemented_are_weighed(scene, status, headers, note):
    """503 with Retry-After and 501 are notes, other 5xx are findings."""
    assert scene.checks(scene.exchange("GET /pets", status, headers=headers)) == [("server_error", note)]


def test_a_5xx_that_the_owner_expects_is_fine(make_scene):
    """An override's expected status silences the check."""
    scene = make_scene(overrides=[Override(operation="GET /pets", expect=["5XX"])])
    assert scene.checks(scene.exchange("GET /pets", 503)) == []


# ── undocumented status ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "found"),
    [
        *[(status, [("undocumented_status", True)]) for status in (302, 401, 403, 404, 406, 409, 415, 422, 429)],
        (202, [("undocumented_status", False)]),
        (418, [("undocumented_status", False)]),
    ],
)
def test_undocumented_statuses(scene, status, found):
    """2xx and 4xx of no standard are findings; what any server may answer is a note."""
    assert scene.checks(scene.exchange("GET /pets", status, intent="unspecified")) == found


@pytest.mark.parametrize("documented", ["4XX", "4xx", "default", "422"])
def test_classes_and_default_document_a_status(make_scene, make_operation, documented):
    """A wildcard or default documents every status it holds."""
    scene = make_scene([make_operation("GET /a", [Response(status="200"), Response(status=documented)])])
    assert scene.checks(scene.exchange("GET /a", 422, intent="unspecified")) == []


def test_silent_where_nothing_is_documented_or_the_request_asked_for_it(make_scene, make_operation):
    """No documented answers, a slash redirect, a 304 to a conditional request, another method: nothing is said."""
    scene = make_scene([make_operation("GET /a"), make_operation("GET /b", [Response(status="200")])])
    assert scene.checks(scene.exchange("GET /a", 299)) == []
    assert scene.checks(scene.exchange("GET /b", 307, headers=[("Location", "/b/")])) == []
    conditional = Request(method="GET", url="http://127.0.0.1:4000/b", headers=[("If-None-Match", "*")])
    assert scene.checks(scene.exchange("GET /b", 304, request=conditional)) == []
    assert scene.checks(scene.exchange("GET /b", 200, method="OPTIONS")) == []


# ── content type ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_parameters_and_case_of_a_media_type_do_not_matter(scene, content_type):
    """Only type and subtype are compared."""
    assert scene.checks(scene.exchange("GET /pets", 200, [], content_type=content_type)) == []


@pytest.mark.parametrize(
    ("documented", "actual", "ok"),
    [
        ("*/*", "image/png", True),
        ("text/*", "text/html", True),
        ("application/*+json", "application/hal+json", True),
        ("application/xml", "text/xml", False),
        ("json", "application/json", True),
    ],
)
def test_documented_ranges_hold_types(*, make_scene, make_operation, json_content, documented, actual, ok):
    """Ranges and suffix ranges match; names that are no media types are not held against the server."""
    scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content(None, documented))])])
    found = scene.checks(scene.exchange("GET /a", 200, b"{}", content_type=actual))
    assert found == ([] if ok else [("content_type", False)])


def test_wrong_missing_and_broken_bodies(scene):
    """Wrong type, no type, not JSON and no body where JSON is promised are findings of one check, and the schema check is silent."""
    for exchange in (
        scene.exchange("GET /pets", 200, b"<p>hi</p>", content_type="text/html"),
        scene.exchange("GET /pets", 200, b"[]", content_type=""),
        scene.exchange("GET /pets", 200, b"[1, 2", content_type="application/json"),
        scene.exchange("GET /pets", 200, b"NaN", content_type="application/json"),
        scene.exchange("GET /pets", 200),
    ):
        assert scene.checks(exchange) == [("content_type", False)]


def test_the_parse_error_is_named(scene):
    """The detail says where JSON ends to be JSON."""
    (failure,) = scene.failures(scene.exchange("GET /pets", 200, b'[{"id": 1,}]'))
    assert "line 1 column" in failure.detail


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xef\xbb\xbf[]", "application/json"),
        ('[{"id": 1, "name": "\u00fc"}]'.encode("latin-1"), "application/json; charset=iso-8859-1"),
        (b'[{"id": 1, "name": "\\ud800"}]', "application/json"),
        (b"[" * 5000 + b"]" * 5000, "application/json"),
    ],
)
def test_json_that_is_unusual_is_json(scene, body, content_type):
    """Byte order marks, other charsets, lone surrogate escapes and deep nesting are no parse errors."""
    assert ("content_type", False) not in scene.checks(scene.exchange("GET /pets", 200, body, content_type=content_type))


def test_json_of_another_type_and_errors_of_the_server_at_large_are_notes(make_scene, make_operation, json_content):
    """problem+json for json, and HTML errors where only "default" is documented, are notes."""
    responses = [Response(status="400", content=json_content(None)), Response(status="default", content=json_content(None))]
    scene = make_scene([make_operation("GET /a", responses)])
    assert scene.checks(scene.exchange("GET /a", 400, {}, content_type="application/problem+json", intent="invalid")) == [
        ("content_type", True)
    ]
    assert scene.checks(scene.exchange("GET /a", 404, b"<p>", content_type="text/html")) == [("content_type", True)]


def test_a_truncated_body_is_not_judged(scene):
    """Neither JSON nor schema is judged of a body that was cut at the cap."""
    assert scene.checks(scene.exchange("GET /pets", 200, b'[{"id": ', truncated=True)) == []


# ── response schema ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_broken_schema_names_pointer_and_place(scene):
    """The rule is the keyword's place in the document, the place has its indexes left out."""
    (failure,) = scene.failures(scene.exchange("GET /pets", 200, [PET, {"id": "x", "name": "y"}]))
    assert failure.check == "response_schema"
    assert failure.rule.startswith("#/components/schemas/Pet/properties/id/type, documented for 200 at #/paths/~1pets/get/responses/200")
    assert "/*/id" in failure.signature


def test_one_cause_is_one_key_whatever_index_and_value(scene):
    """Equal faults at other indexes and values have the same key; another keyword has another."""
    first, second, other = (
        scene.failures(scene.exchange("GET /pets", 200, body))
        for body in ([{"id": "x", "name": "y"}], [PET, PET, {"id": "zzz", "name": "q"}], [{"id": 1}])
    )
    assert first[0].key == second[0].key != other[0].key


def test_formats_alone_are_notes_and_help_one_of(make_scene, make_operation, json_content):
    """A broken format is a note; branches of oneOf that only formats tell apart are told apart."""
    either = {"oneOf": [{"type": "string", "format": "uuid"}, {"type": "string", "format": "date"}]}
    schema = {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}, "key": either}}
    scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content(schema))])])
    assert scene.checks(scene.exchange("GET /a", 200, {"at": "yesterday"})) == [("response_schema", True)]
    assert scene.checks(scene.exchange("GET /a", 200, {"key": "2020-01-01"})) == []
    assert scene.checks(scene.exchange("GET /a", 200, {"at": 5})) == [("response_schema", False)]


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


# ── response headers ─────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── valid input rejected ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rejected_valid_request_is_a_note(scene):
    """The document cannot say all that a server may ask for."""
    assert scene.checks(scene.exchange("POST /pets", 400, {"e": 1}, intent="valid")) == [("valid_rejected", True)]


@pytest.mark.parametrize(
    ("parameter", "value", "note"),
    [
        ({"schema": {"type": "string", "enum": ["a", "b"]}}, "b", False),
        ({"schema": {"type": "integer", "minimum": 1, "maximum": 100}}, 100, False),
        ({"schema": {"type": "boolean"}}, True, False),
        ({"schema": {"type": "string"}, "examples": ["one"]}, "one", False),
        ({"schema": {"type": "string"}}, "free text", True),
        ({"schema": {"type": "integer"}}, 5, True),
    ],
)
def test_a_rejection_without_a_reason_in_the_document_is_a_finding(make_scene, make_operation, parameter, value, note):
    """Where every value is one that the document names, 400 has no reason."""
    documented = [Response(status="200"), Response(status="400")]
    scene = make_scene([make_operation("GET /a", documented, parameters=[Parameter(name="q", location="query", **parameter)])])
    assert scene.checks(scene.exchange("GET /a", 400, args={"query/q": value})) == [("valid_rejected", note)]


def test_statuses_of_access_and_state_are_no_rejection(scene):
    """401, 404 and 409 say nothing of the request's form."""
    for status in (401, 404, 409, 429):
        assert "valid_rejected" not in [check for check, _ in scene.checks(scene.exchange("POST /pets", status))]


# ── authentication ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_without_the_documented_credential_is_critical(scene):
    """2xx to a case that leaves the credential out is a finding; a credential that was sent after all silences it."""
    (failure,) = scene.failures(scene.exchange("DELETE /pets/{id}", 204, classes=["credential/absent"]))
    assert (failure.check, failure.severity) == ("authentication_ignored", "critical")
    sent = Request(method="DELETE", url="http://127.0.0.1:4000/pets/5", headers=[("Authorization", "${alice}")])
    assert scene.checks(scene.exchange("DELETE /pets/{id}", 204, classes=["credential/absent"], request=sent)) == []
    assert scene.checks(scene.exchange("GET /pets", 200, [], classes=["credential/absent"])) == []
    assert scene.checks(scene.exchange("DELETE /pets/{id}", 401, mutation="absent", intent="invalid")) == [("undocumented_status", True)]


@pytest.mark.parametrize(
    ("location", "sent"),
    [
        ("query", {"url": "http://127.0.0.1:4000/pets/5?a=1&pet_key="}),
        ("header", {"headers": [("Pet_Key", "open sesame")]}),
        ("cookie", {"headers": [("Cookie", "a=1; pet_key=open")]}),
    ],
)
def test_a_documented_key_that_was_sent_by_another_road_is_a_credential(scene, location, sent):
    """A fixed parameter or header of the owner's, say: the answer proves nothing."""
    scheme = SecurityScheme(name="k", type="apiKey", location=location, parameter="pet_key")
    scene.model.api.security_schemes.append(scheme)
    request = Request(**({"method": "DELETE", "url": "http://127.0.0.1:4000/pets/5"} | sent))
    assert scene.checks(scene.exchange("DELETE /pets/{id}", 204, classes=["credential/absent"], request=request)) == []


# ── bodies where none may be ─────────────────────────────────────────────────────────────────────────────────────────────


def test_head_204_and_304_have_no_body(scene):
    """A body to HEAD or in a 204 or 304 breaks HTTP; an empty 204 with Content-Length 0 is let pass."""
    assert scene.checks(scene.exchange("GET /pets", 200, b"x", method="HEAD")) == [("body_not_allowed", False)]
    assert scene.checks(scene.exchange("DELETE /pets/{id}", 204, b"x")) == [("body_not_allowed", False)]
    assert scene.checks(scene.exchange("DELETE /pets/{id}", 204, headers=[("Content-Length", "9")])) == [("body_not_allowed", False)]
    assert scene.checks(scene.exchange("DELETE /pets/{id}", 204, headers=[("Content-Length", "0")])) == []
    assert scene.checks(scene.exchange("GET /pets", 200, method="HEAD", content_type="application/json")) == []


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


# ── connections ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("reset", ["dropped_connection"]),
        ("malformed", ["dropped_connection"]),
        ("timeout", ["hang"]),
        ("refused", []),
        ("dns", []),
        ("tls", []),
        ("unmet", []),
        ("withheld", []),
        ("unrecorded", []),
        ("undecided", []),
    ],
)
def test_missing_answers(scene, kind, found):
    """Only what the target itself did to a request that left is its fault."""
    exchange = scene.exchange("GET /pets", failure=scene.no_reply(kind, total_ms=3000))
    assert [check for check, _ in scene.checks(exchange)] == found


def test_an_unreadable_coding_is_a_note(scene):
    """An answer in a content coding that nobody asked for is no broken HTTP; one that was asked for and is corrupt is."""
    request = Request(method="GET", url="http://127.0.0.1:4000/pets", headers=[("Accept-Encoding", "gzip, deflate")])
    for coding, note in (("brotli (br)", True), ("gzip", False)):
        failure = scene.no_reply("malformed", f"400, message='Can not decode content-encoding: {coding}'")
        exchange = scene.exchange("GET /pets", request=request, failure=failure)
        assert scene.checks(exchange) == [("dropped_connection", note)]
        assert ("content coding br," in scene.failures(exchange)[0].title) == note


def test_a_documented_stream_may_take_its_time(make_scene, make_operation, json_content):
    """No answer in time is no fault where the operation documents an event stream."""
    scene = make_scene([make_operation("GET /a", [Response(status="200", content=json_content(None, "text/event-stream"))])])
    assert scene.checks(scene.exchange("GET /a", failure=scene.no_reply("timeout"))) == []


# ── checks in general ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_check_can_be_switched_off(make_scene, replace):
    """A check named in ``checks_off`` is not made."""
    from stages.score import ScoreConfig

    scene = make_scene(config=ScoreConfig(checks_off=["server_error"]))
    assert scene.checks(scene.exchange("GET /pets", 500)) == []


# ── relations ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def pair(scene, first, second, expect, intent="unspecified"):
    """A case of two steps that answered bodies ``first`` and ``second``."""
    one = scene.exchange("GET /pets/{id}", 200, first)
    two = scene.exchange("GET /pets/{id}", 200, second)
    steps = [Step(name="a", operation="GET /pets/{id}", role="control"), Step(name="b", operation="GET /pets/{id}")]
    trial = scene.trial("GET /pets/{id}", steps=steps, expect=expect, intent=intent)
    sent = [
        Sent(step=name, operation="GET /pets/{id}", request=x.sent[0].request, reply=x.sent[0].reply)
        for name, x in (("a", one), ("b", two))
    ]
    return type(one)(trial=trial, sent=sent)


@pytest.mark.parametrize(
    ("relation", "left", "right", "value", "holds"),
    [
        ("equal", "a.body/name", "b.body/name", None, False),
        ("equal", "a.body/id", "b.body/id", None, True),
        ("different", "a.body/name", "b.body/name", None, True),
        ("equal", "a.status", "", 200, True),
        ("equal", "a.body/id", "", True, False),
        ("contains", "a.body/tags", "", "x", True),
        ("contains", "a.body", "", {"name": "Rex"}, True),
        ("contains", "a.body/name", "", "ex", True),
        ("absent", "b.body/tags", "", None, True),
        ("present", "b.body/tags", "", None, False),
        ("present", "a.header:Content-Type", "", None, True),
        ("equal", "nowhere.status", "", 1, True),
    ],
)
def test_relations_between_answers(*, scene, relation, left, right, value, holds):
    """Each relation at each kind of place; places that cannot be read are not judged."""
    exchange = pair(
        scene,
        {"id": 1, "name": "Rex", "tags": ["x"]},
        {"id": 1, "name": "Max"},
        [Expect(relation=relation, left=left, right=right, value=value)],
    )
    assert [check for check, _ in scene.checks(exchange)] == ([] if holds else ["expectation"])


def test_an_unmet_case_says_nothing_of_its_relations(scene, replace):
    """The answers of the steps before are still judged, the relation is not."""
    exchange = pair(scene, {"id": "x", "name": "Rex"}, {}, [Expect(relation="equal", left="a.body/id", value=5)])
    unmet = replace(exchange.sent[1], request=None, reply=None, failure=scene.no_reply("unmet"))
    assert scene.checks(replace(exchange, sent=[exchange.sent[0], unmet])) == [("response_schema", False)]


def test_examples_of_a_body_leave_no_reason(make_scene, make_operation):
    """A documented example of the whole body that is refused is a finding; any other body is a note."""
    from pipeline.messages import RequestBody

    body = RequestBody(content=[MediaType(media_type="application/json", schema={"type": "object"}, examples=[{"a": 1}])], required=True)
    scene = make_scene([make_operation("POST /a", [Response(status="201"), Response(status="422")], body=body)])
    refused = scene.exchange(
        "POST /a", 422, {"e": 1}, steps=[scene.step("POST /a", body={"a": 1})], fills=[Fill(place="body", source="example")]
    )
    assert scene.checks(refused) == [("valid_rejected", False)]
    assert scene.checks(scene.exchange("POST /a", 422, {"e": 1}, steps=[scene.step("POST /a", body={"a": 2})])) == [
        ("valid_rejected", True)
    ]


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
