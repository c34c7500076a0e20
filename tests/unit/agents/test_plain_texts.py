"""functional-positive: the characters that are tried in headers and cookies arrive as they are sent."""

import re
from http.cookies import SimpleCookie
from urllib.parse import unquote

from stages.execute.serialise.style import in_cookie, in_header
from tests.unit.agents.steps import values

TEXT = {"type": "string", "maxLength": 60}
FIELD_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")  # RFC 9110, 5.5, without tabs and obs-text
COOKIE_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]+")  # RFC 6265, 4.1.1


def tried(made, name):
    """What is tried of a parameter's text, by label."""
    found = {case.title.partition(": ")[2]: values(case).get(name) for case in made}
    return {label: found[label] for label in ("special", "delimiters", "percent") if label in found}


def test_a_header_has_every_visible_character(inputs, positives) -> None:
    """As it is, since nothing is encoded there (OpenAPI 3.1, 4.8.12.3)."""
    parameter = inputs.parameter("X-Note", "header", TEXT, required=True)
    made = positives(inputs.operation("GET /a", parameter))
    sent = tried(made, "X-Note")
    assert sent.keys() == {"special", "delimiters"}
    wire = [in_header(parameter, text) for text in sent.values()]
    assert wire == list(sent.values())
    assert all(FIELD_VALUE.fullmatch(text) for text in wire)
    assert {chr(code) for code in range(0x20, 0x7F) if not chr(code).isalnum()} <= set("".join(wire))
    assert all(case.intent == "valid" for case in made)


def test_an_item_of_a_header_has_nothing_that_parts_items(inputs, positives) -> None:
    """No comma, and no equals sign, which parts names from values."""
    parameter = inputs.parameter("X-Notes", "header", {"type": "array", "items": TEXT, "minItems": 2}, required=True)
    sent = tried(positives(inputs.operation("GET /a", parameter)), "X-Notes")
    assert sent.keys() == {"special"}
    wire = in_header(parameter, sent["special"])
    assert wire.split(",") == sent["special"]
    assert "=" not in wire


def test_a_cookie_has_every_character_that_it_holds(inputs, positives) -> None:
    """A percent sign is encoded, for servers that decode; others get the escape."""
    parameter = inputs.parameter("note", "cookie", TEXT, required=True)
    made = positives(inputs.operation("GET /a", parameter))
    sent = tried(made, "note")
    assert sent.keys() == {"special", "percent"}
    wire = {label: in_cookie(parameter, text)[0].partition("=")[2] for label, text in sent.items()}
    assert all(COOKIE_VALUE.fullmatch(text) for text in wire.values())
    assert wire["special"] == sent["special"]
    assert {label: unquote(text) for label, text in wire.items()} == sent
    assert SimpleCookie(f"note={wire['special']}; other=1")["note"].value == sent["special"]
    assert all(case.intent == "valid" for case in made)


def test_what_is_too_long_as_it_is_sent_is_not_tried_in_a_cookie(inputs, positives) -> None:
    """A server that does not decode counts the escape."""
    for longest, labels in ((5, set()), (6, {"percent"})):
        parameter = inputs.parameter("note", "cookie", {"type": "string", "maxLength": longest}, required=True)
        assert tried(positives(inputs.operation("GET /a", parameter)), "note").keys() == labels
