"""Errors that say what went wrong, and such as only say that something did."""

import pytest

from pipeline.messages import Reply, Request, Response
from stages.score.signature import own_words
from stages.score.wording import is_of_any
from tests.unit.score.confirming import confirm


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Internal Server Error",
        "500: Internal Server Error",
        "INTERNAL_SERVER_ERROR",
        "Unhandled error",
        "Server Error (500)",
        "Something went wrong",
        "We're sorry, but something went wrong.",
        "An unexpected error occurred. Please try again later.",
        "An error occurred while processing your request.",
        "Oops! An Error Occurred",
        "A programmatic error occured, developers have been informed",
        "Server got itself in trouble",
        "The server encountered an internal error and was unable to complete your request.",
        "There was an internal issue with the server, please contact the administrator. Reference: <uuid>",
    ],
)
def test_what_servers_say_of_any_failure(text):
    """It is no sign of one cause that several operations say it."""
    assert is_of_any(text)


@pytest.mark.parametrize(
    "text",
    [
        "[Errno <n>] Temporary failure in name resolution",
        "<text> not recognized as being in a supported file format.",
        "database is locked",
        "KeyError: <text>",
        "could not convert string to float: <text>",
        "disk full",
    ],
)
def test_what_says_what_went_wrong(text):
    """One word that is not of any failure suffices."""
    assert not is_of_any(text)


def said(text, url="http://h/a", body=None):
    return own_words(Reply(status=500, body=text.encode()), Request(method="POST", url=url, body=body))


def test_words_that_an_error_quotes_count_but_for_those_of_the_request():
    """The name of a member tells two failures apart; a name that was sent does not."""
    assert said("'Pet' object has no attribute 'age'") != said("'Pet' object has no attribute 'name'")
    assert said("no file 'q' here", url="http://h/q") == said("no file 'zebra' here", url="http://h/zebra")
    assert said("no '/srv/zebra' here", body=b'{"a": "zebra"}') == said("no '/srv/okapi' here", body=b'{"a": "okapi"}')
    assert said("took '17' s") == said("took '18' s")


DATABASE = "the database has no disk left"


@pytest.mark.parametrize(
    ("texts", "sizes"),
    [
        ([DATABASE] * 5 + ["no such pet"], [1, 5]),
        ([DATABASE] * 4 + ["no such pet"], [1, 1, 1, 1, 1]),  # too few
        ([DATABASE] * 6, [1] * 6),  # it may say that of anything
        (["Internal Server Error"] * 5 + ["no such pet", "no such owner"], [1] * 7),
        ([f"no table '{name}' at all" for name in ("pets", "owners", "visits", "clinics", "vets")] + ["no such pet"], [1] * 6),
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
