"""What error answers give away, and 405 with its Allow header: when the checks speak, and when they are silent."""

import time

import pytest

from pipeline.messages import Request, Response


def test_a_leaked_credential_is_a_finding_and_an_echo_a_note(scene, replace):
    """An error that tells a credential is a fault; a success may give it (a login does), and a mirror mirrors it too."""
    exchange = scene.exchange("GET /pets", 404, [], leaked=["alice in body"])
    assert ("secret_leaked", False) in scene.checks(exchange)
    login = scene.exchange("GET /pets", 200, [], leaked=["alice in body"])
    assert scene.checks(login) == [("secret_leaked", True)]
    request = Request(method="GET", url="http://127.0.0.1:4000/pets", headers=[("User-Agent", "sentinel/1.0")])
    mirrored = scene.exchange("GET /pets", 200, b'[{"id": 1, "name": "sentinel/1.0"}]', request=request, leaked=["alice in body"])
    assert scene.checks(mirrored) == [("secret_leaked", True)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('Traceback (most recent call last):\n  File "/srv/app/pets.py", line 40, in find\nKeyError: 5', "a stack trace"),
        ("Error: boom\n    at Pets.find (/srv/app/pets.js:12:7)\n    at next (node:internal:1:2)", "a stack trace"),
        ("java.lang.NullPointerException\n\tat org.pets.Shop.find(Shop.java:81)", "a stack trace"),
        ("System.NullReferenceException: x\n   at Pets.Shop.Find(Int32 id) in C:\\src\\Shop.cs:line 12", "a stack trace"),
        ("PHP Fatal error\n#0 /var/www/index.php(12): find(5)", "a stack trace"),
        ("goroutine 7 [running]:\nmain.find(0x5)", "a stack trace"),
        ("thread 'main' panicked at src/main.rs:4:5:\nboom", "a stack trace"),
        ("app/models/pet.rb:12:in `find'", "a stack trace"),
        ("SQLSTATE[42000]: Syntax error or access violation", "its database's own words"),
        ('(sqlite3.OperationalError) near "FROM": syntax error', "its database's own words"),
        ("ORA-00942: table or view does not exist", "its database's own words"),
        ("failed: SELECT id, name FROM pets WHERE id = 5", "its database's own words"),
        ("org.postgresql.util.PSQLException: ERROR", "its database's own words"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_internals_in_an_error_are_told(*, make_scene, make_operation, text, kind, as_json):
    """As text and within a JSON body, whose escapes are read."""
    scene = make_scene([make_operation("GET /a", [Response(status="404")])])
    sent = scene.exchange("GET /a", 404, {"detail": text} if as_json else text.encode(), intent="invalid")
    failures = [one for one in scene.failures(sent) if one.check == "internals_leaked"]
    assert [(one.title, one.severity, one.note) for one in failures] == [(f"Error answers show {kind}", "low", False)]


def test_one_kind_at_an_operation_is_one_cause(make_scene, make_operation):
    """Whether a refusal or a failure shows the trace: what shows it is mended at one place."""
    scene = make_scene([make_operation("GET /a", [Response(status="404")])])
    shown = [scene.exchange("GET /a", status, b'File "/srv/a.py", line 40, in find', intent="invalid") for status in (404, 500)]
    assert len({one.key for sent in shown for one in scene.failures(sent) if one.check == "internals_leaked"}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "no such pet",
        "select a pet from the list",
        "Please update your request and try again at (a later time)",
        "see https://example.org/docs/etc/errors.html or /app/pets",
        "line 4 of your file is wrong",
        "at noon (local:12)",
        'expected "," in line 3',
    ],
)
def test_an_error_in_plain_words_shows_no_internals(make_scene, make_operation, text):
    """Links, routes, lines of what was sent, and prose that has words of SQL."""
    scene = make_scene([make_operation("GET /a", [Response(status="404")])])
    assert scene.checks(scene.exchange("GET /a", 404, {"detail": text}, intent="invalid")) == []


def test_what_the_request_said_is_no_leak(make_scene, make_operation):
    """An echo of SQL in the query; the same words beside which the server shows a statement of its own are one."""
    scene = make_scene([make_operation("GET /a", [Response(status="404")])])
    request = Request(method="GET", url="http://127.0.0.1:4000/a?q=SELECT%20a%20FROM%20b")
    echo = scene.exchange("GET /a", 404, {"detail": "nothing like SELECT a FROM b"}, request=request, intent="invalid")
    assert scene.checks(echo) == []
    own = scene.exchange("GET /a", 404, {"detail": "SELECT a FROM b: SELECT x FROM pets"}, request=request, intent="invalid")
    assert scene.checks(own) == [("internals_leaked", False)]


def test_paths_alone_are_a_note_and_a_success_may_show_anything(make_scene, make_operation):
    """A path may be meant to be told; what a 200 answers is data."""
    scene = make_scene([make_operation("GET /a", [Response(status="200"), Response(status="404")])])
    assert scene.checks(scene.exchange("GET /a", 404, {"detail": "cannot read /srv/pets/rex.yaml"}, intent="invalid")) == [
        ("internals_leaked", True)
    ]
    assert scene.checks(scene.exchange("GET /a", 200, {"detail": 'File "/a.py", line 1, in b'})) == []


def test_a_long_answer_is_read_in_bounded_time(make_scene, make_operation):
    """Words that begin many expressions, a megabyte of them."""
    scene = make_scene([make_operation("GET /a", [Response(status="404")])])
    text = ("SELECT x at (" * 40_000 + ".rb: .java: /srv/" + "a/" * 200_000).encode()
    started = time.process_time()
    scene.checks(scene.exchange("GET /a", 404, text, content_type="text/plain", intent="invalid"))
    assert time.process_time() - started < 1.0


def test_405_whose_allow_names_the_refused_method_contradicts_itself(make_scene, make_operation):
    """A list that has the method is a finding; one of others is as it should be."""
    scene = make_scene([make_operation("GET /a", [Response(status="405")])])
    refused = scene.exchange("GET /a", 405, headers=[("Allow", "POST, GET")], intent="invalid")
    assert scene.checks(refused) == [("allow_missing", False)]
    assert scene.checks(scene.exchange("GET /a", 405, headers=[("Allow", "POST")], intent="invalid")) == []


def test_405_whose_allow_leaves_out_a_documented_method_is_a_note(make_scene, make_operation):
    """Nothing is said of the method that was refused."""
    scene = make_scene([make_operation(key, [Response(status="405")]) for key in ("GET /a", "POST /a", "PUT /a", "DELETE /b")])
    refused = scene.exchange("GET /a", 405, headers=[("Allow", "GET")], method="PUT", intent="invalid")
    assert [(failure.title, failure.note) for failure in scene.failures(refused)] == [
        ("Allow of a 405 leaves out POST, which the document has", True)
    ]
    assert scene.checks(scene.exchange("GET /a", 405, headers=[("Allow", "GET, POST")], method="PUT", intent="invalid")) == []


def test_405_without_allow_is_a_finding_unless_the_operation_documents_it(make_scene, make_operation):
    """Such a 405 is an answer of the operation itself, as of a mock; that to another method, or documented as any 4xx, is not."""
    scene = make_scene([make_operation("GET /a", [Response(status="405")]), make_operation("GET /b", [Response(status="4XX")])])
    documented = scene.exchange("GET /a", 405, intent="invalid")
    assert scene.checks(documented) == [("allow_missing", True)]
    assert scene.checks(scene.exchange("GET /a", 405, method="PUT", intent="invalid")) == [("allow_missing", False)]
    assert scene.checks(scene.exchange("GET /b", 405, intent="invalid")) == [("allow_missing", False)]
    assert scene.checks(scene.exchange("GET /a", 405, intent="invalid", headers=[("Allow", "POST")])) == []
