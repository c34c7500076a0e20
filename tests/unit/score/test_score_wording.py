"""Errors that say what went wrong, and such as only say that something did."""

import pytest

from pipeline.messages import Reply, Request, Response
from stages.score.signature import own_words
from stages.score.wording import is_own
from tests.unit.score.confirming import confirm


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Internal Server Error",
        "500: Internal Server Error",
        "INTERNAL_SERVER_ERROR",
        "InternalServerError; An error occurred.",
        "Unhandled error",
        "UnhandledException",
        "KeyError",
        "java.lang.NullPointerException",
        "Server Error (500)",
        "No message available",
        "Something went wrong",
        "We're sorry, but something went wrong.",
        "Whoops, looks like something went wrong.",
        "An unexpected error occurred. Please try again later.",
        "An error occurred while processing your request.",
        "Oops! An Error Occurred",
        "A programmatic error occured, developers have been informed",
        "Server got itself in trouble",
        "The server encountered an internal error and was unable to complete your request.",
        "The server encountered an unexpected condition which prevented it from fulfilling the request.",
        "The server has either erred or is incapable of performing the requested operation.",
        "There was an internal issue with the server, please contact the administrator. Reference: <uuid>",
        "Interner Serverfehler",
        "Ein unerwarteter Fehler ist bei der Verarbeitung aufgetreten",
        "Se ha producido un error inesperado en el servidor",
        "Une erreur interne est survenue lors du traitement de la requ\u00eate",
        "\u670d\u52a1\u5668\u5185\u90e8\u9519\u8bef",
        "<text> object has no attribute <text>",
        "could not convert string to float: <text>",
        "list index out of range",
        "Cannot read properties of undefined (reading <text>)",
    ],
)
def test_what_servers_say_of_any_failure(text):
    """Or may say, for all that is known: it is no sign of one cause that several operations say it."""
    assert not is_own(text)


@pytest.mark.parametrize(
    "text",
    [
        "[Errno <n>] Temporary failure in name resolution",
        "<text> not recognized as being in a supported file format.",
        "Database not connected.",
        "database is locked",
        "Input is a zero-length, empty document",
        "Prisma client not initialized",
        "the database has no disk space left for its journal",
        "RetryError: Error performing GET <url> in <n>s, after <n> retries of the connection",
    ],
)
def test_what_says_what_went_wrong(text):
    """Two words that are neither of any failure nor of a language suffice, in English."""
    assert is_own(text)


def said(text, url="http://h/a", **request):
    return own_words(Reply(status=500, body=text.encode()), Request(method="POST", url=url, **request))


def test_words_that_an_error_quotes_are_its_own_but_for_those_of_the_request():
    """The name of a member is; a name that was sent is not, wherever it was."""
    assert said("'Pet' object has no attribute 'age'") == ["Pet", "age"]
    no_colour = "no colour named 'banana' in the 'palette'"
    roads = [
        {"url": "http://h/banana"},
        {"url": "http://h/a?b=apple%2Cbanana"},
        {"body": b'{"a": ["banana"]}'},
        {"body": b'{"banana": 1}'},
        {"body": b"a=b&colour=banana"},
        {"body": b"a=b%62anana".replace(b"b%62", b"%62")},
        {"headers": [("X-Colour", "banana")]},
    ]
    assert [said(no_colour, **road) for road in roads] == [["palette"]] * len(roads)
    assert said(no_colour) == ["banana", "palette"]
    assert said("no '/srv/zebra' here, took '17' s", body=b'{"a": "zebra"}') == []


TABLES = ("pets", "owners", "visits", "clinics", "vets")
OTHER = "there is no such animal of that kind at our clinic"
ANOTHER = "there is no such owner with that address in our books"
DATABASE = "the database has no disk space left for its journal"


@pytest.mark.parametrize(
    ("texts", "sizes"),
    [
        ([DATABASE] * 5 + [OTHER], [1, 5]),
        ([DATABASE] * 4 + [OTHER], [1, 1, 1, 1, 1]),  # too few
        ([DATABASE] * 6, [1] * 6),  # it may say that of anything
        (
            ["Internal Server Error"] * 5 + [OTHER, ANOTHER],
            [1] * 7,
        ),
        (
            [f"the database has no table '{name}' of its schema" for name in ("pets", "owners", "visits", "clinics", "vets")] + [OTHER],
            [1] * 6,
        ),
    ],
)
def test_equal_words_of_their_own_at_five_of_many_operations_are_one_cause(make_scene, make_operation, texts, sizes):
    """Where the server words its failures in more than one way, and less than a third of its operations fail so."""
    scene = make_scene([make_operation(f"GET /r{n}", [Response(status="200")]) for n in range(60)])
    found = []
    for n in range(60):
        status, answer = (500, {"error": texts[n]}) if n < len(texts) else (200, {})
        outcome = scene.add(scene.exchange(f"GET /r{n}", status, answer, ordinal=n))
        found += outcome.findings
        for done in confirm(scene, outcome.suspicions, status, answer):
            found += done.findings
    final = {finding.id: finding for finding in [*found, *scene.end()[0].findings]}
    shown = [finding for finding in final.values() if not finding.merged_into]
    assert sorted(max(1, len(finding.operations)) for finding in shown) == sizes
    assert {finding.state for finding in shown} == {"confirmed"}


def test_equal_words_at_all_of_a_few_operations_stay_several(make_scene, make_operation):
    """Fewer than five by the same words, whatever share of all that is."""
    scene = make_scene([make_operation(f"GET /r{n}", [Response(status="200")]) for n in range(4)])
    for n in range(4):
        scene.add(scene.exchange(f"GET /r{n}", 500, {"error": [OTHER, DATABASE, DATABASE, DATABASE][n]}, ordinal=n, classes=[CLASSES[n]]))
    shown = [finding for finding in scene.end()[0].findings if not finding.merged_into]
    assert [max(1, len(finding.operations)) for finding in shown] == [1] * 4


CLASSES = ["query/a:plain", "body:violates/malformed/deep", "query/a:violates/encoding/nul", "query/a:plain"]


def test_long_answers_are_one_cause_only_where_they_end_alike(make_scene, make_operation):
    """What is kept of an answer as evidence is less than what it is known by."""
    scene = make_scene([make_operation(f"GET /r{n}", [Response(status="200")]) for n in range(60)])
    for n in range(60):
        trace = "".join(f"\\tat org.server.Layer{k}.call(Layer.java:1)\\n" for k in range(700))
        first = f"\\tat com.shop.Items.{TABLES[n % 5]}(Items.java:{n})\\n"
        body = f'{{"error": "the shop has no item for that order", "trace": "java.lang.NullPointerException: no\\n{first}{trace}"}}'
        status, answer = (500, body.encode()) if n < 5 else (500, {"error": OTHER}) if n == 5 else (200, {})
        scene.add(scene.exchange(f"GET /r{n}", status, answer, ordinal=n))
    shown = [finding for finding in scene.end()[0].findings if not finding.merged_into and finding.check == "server_error"]
    assert [max(1, len(finding.operations)) for finding in shown] == [1] * 6
    assert len({finding.signature for finding in shown}) == 6
