"""Every check: when it speaks, when it is a note, when it is silent."""

import pytest

from pipeline.messages import Fill, MediaType, Override, Parameter, Request, Response, SecurityScheme

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


_LONG = "The server encountered an internal error and was unable to complete your request."


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ({"code": 500, "status": "Internal Server Error"}, "500 answered: Internal Server Error"),
        ({"type": "about:blank", "title": "Oops", "status": 500}, "500 answered: Oops"),
        (
            {"type": "about:blank", "title": "Failure", "detail": _LONG},
            "500 answered: Failure; The server encountered an internal error and was unable to complete…",
        ),
        ({"status": "error", "message": "no room"}, "500 answered: no room"),
        ({"code": 500, "detail": "", "info": None}, "500 answered: no reason given"),
        ({"detail": "'user_cache'"}, "500 answered: 'user_cache'"),
        ({"detail": "2024-05-01 12:00:00"}, "500 answered: no reason given"),
        ({"status": "500"}, "500 answered: no reason given"),
        ({"err": "cannot connect to db", "id": "3f2504e0-4f89-11d3-9a0c-0305e82c3301"}, "500 answered: cannot connect to db"),
        (
            {"fault": {"host": "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "faultstring": "Execution failed", "node": "web"}},
            "500 answered: Execution failed",
        ),
        (b'{"info": "disk"} trailing', "500 answered: {<text>: <text>} trailing"),
    ],
)
def test_a_server_error_is_told_in_the_words_of_the_answer(scene, body, title):
    """A status phrase where nothing else says anything, no type that says nothing, and whole words."""
    assert [failure.title for failure in scene.failures(scene.exchange("GET /pets", 500, body))] == [title]


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


@pytest.mark.parametrize(("path", "judged"), [("/a/sample%zz", False), ("/a/50%", False), ("/a/%2", False), ("/a/50%25", True)])
def test_what_refuses_a_path_that_is_none_is_not_the_operation(*, make_scene, make_operation, json_content, path, judged):
    """A server that cannot read the path answers before it knows the operation: its 4xx is of no documented form. The rest is judged."""
    answers = [
        Response(status="200", content=json_content({"type": "object"})),
        Response(status="400", content=json_content({"type": "object"})),
    ]
    scene = make_scene([make_operation("GET /a/{id}", answers), make_operation("GET /b/{id}", answers[:1])])
    url = f"http://127.0.0.1:4000{path}"
    refused = scene.exchange("GET /a/{id}", 400, b"400 Bad Request", content_type="text/plain", url=url, intent="unspecified")
    assert scene.checks(refused) == ([("content_type", False)] if judged else [])
    unknown = scene.exchange("GET /b/{id}", 418, b"no", content_type="text/plain", url=url, intent="unspecified")
    assert scene.checks(unknown) == ([("undocumented_status", False)] if judged else [])
    for status, body, check in ((500, b"no", "server_error"), (200, b"[]", "response_schema")):
        assert check in [name for name, _ in scene.checks(scene.exchange("GET /a/{id}", status, body, url=url, intent="unspecified"))]


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


def test_an_operation_that_documents_refusals_only_may_refuse(make_scene, make_operation):
    """Its document says that a valid request is answered so."""
    scene = make_scene([make_operation("GET /status/400", [Response(status="400")])])
    assert scene.checks(scene.exchange("GET /status/400", 400)) == [("valid_rejected", True)]


@pytest.mark.parametrize(("key", "note"), [("POST /stop", True), ("GET /a", False)])
def test_what_takes_nothing_and_changes_something_refuses_for_its_state(make_scene, make_operation, key, note):
    """No input could be at fault, and it is asked whatever was done before; what is only read has no such reason."""
    scene = make_scene([make_operation(key, [Response(status="200"), Response(status="400")])])
    assert scene.checks(scene.exchange(key, 400)) == [("valid_rejected", note)]


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


def test_a_certificate_is_left_out_by_no_request(make_scene, make_operation):
    """Mutual TLS is seen to by the connection, or by what stands before the server."""
    missed = [("authentication_ignored", False)]
    for kind, also, checks in (("mutualTLS", {}, []), ("mutualTLS", {"key": []}, missed), ("http", {}, missed)):
        scene = make_scene([make_operation("GET /a", [Response(status="200")], security=[{"tls": [], **also}])])
        scene.model.api.security_schemes.append(SecurityScheme(name="tls", type=kind))
        assert scene.checks(scene.exchange("GET /a", 200, classes=["credential/absent"])) == checks


# ── bodies where none may be ─────────────────────────────────────────────────────────────────────────────────────────────


def test_head_204_and_304_have_no_body(scene):
    """A body to HEAD or in a 204 or 304 breaks HTTP; an empty 204 with Content-Length 0 is let pass."""
    assert scene.checks(scene.exchange("GET /pets", 200, b"x", method="HEAD")) == [("body_not_allowed", False)]
    assert scene.checks(scene.exchange("DELETE /pets/{id}", 204, b"x")) == [("body_not_allowed", False)]
    assert scene.checks(scene.exchange("DELETE /pets/{id}", 204, headers=[("Content-Length", "9")])) == [("body_not_allowed", False)]
    assert scene.checks(scene.exchange("DELETE /pets/{id}", 204, headers=[("Content-Length", "0")])) == []
    assert scene.checks(scene.exchange("GET /pets", 200, method="HEAD", content_type="application/json")) == []


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
