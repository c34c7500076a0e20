"""No credential leaves execute."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from pipeline.messages import Reply, Request
from stages.execute.identities.redaction import Redactor

SECRET = 'p/a ss"wörd+='


@pytest.fixture
def redactor() -> Redactor:
    redactor = Redactor()
    redactor.learn("alice", SECRET)
    redactor.learn("bob", "bobs-token", "")
    return redactor


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        base64.b64encode(SECRET.encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    ],
)
def test_every_form_of_a_secret_goes(redactor: Redactor, form: str) -> None:
    """Plain, in JSON, percent-encoded, as a form's text and as base64: in URL, headers and body of requests and answers."""
    request = Request(method="GET", url=f"http://h/x?q={form}", headers=[("X-A", f"<{form}>"), ("X-B", "kept")], body=f"a={form}".encode())
    cleaned = redactor.request(request)
    assert cleaned.url == "http://h/x?q=${alice}"
    assert cleaned.headers == [("X-A", "<${alice}>"), ("X-B", "kept")]
    assert cleaned.body == b"a=${alice}"
    reply, leaked = redactor.reply(Reply(status=200, headers=[("X-Echo", form)], body=f'["{form}"]'.encode(), total_ms=5.0))
    assert (reply.status, reply.body, reply.headers, reply.total_ms) == (200, b'["${alice}"]', [("X-Echo", "${alice}")], 5.0)
    assert leaked == ["alice in body", "alice in header:X-Echo"]


def test_padding_of_base64_stays(redactor: Redactor) -> None:
    """The secret is found with its padding as well; the signs that tell nothing are left."""
    assert redactor.text(base64.b64encode(SECRET.encode()).decode()) == "${alice}="


def test_what_holds_no_secret_is_passed_through(redactor: Redactor) -> None:
    """The same objects come out, and nothing is said to have leaked; requests never count as leaks."""
    request = Request(method="GET", url="http://h/", headers=[("A", "b")], body=b"c")
    assert redactor.request(request) is request
    reply = Reply(status=200, headers=[("A", "b")], body=b"alice")
    assert redactor.reply(reply) == (reply, [])


def test_secrets_are_told_apart(redactor: Redactor) -> None:
    """Each secret is replaced by its own holder's name."""
    _, leaked = redactor.reply(Reply(status=200, body=b"bobs-token " + SECRET.encode()))
    assert sorted(leaked) == ["alice in body", "bob in body"]


def test_longer_secrets_first() -> None:
    """A secret that contains another is replaced as a whole."""
    redactor = Redactor()
    redactor.learn("short", "abcdef")
    redactor.learn("long", "xxabcdefxx")
    assert redactor.text("xxabcdefxx abcdef") == "${long} ${short}"


def test_words_too_short_to_be_told_from_text_are_left() -> None:
    """Five bytes or fewer would tear ordinary answers apart; where an identity puts them they are hidden anyway."""
    redactor = Redactor()
    redactor.learn("alice", "admin")
    assert redactor.text("the admin page") == "the admin page"


@pytest.mark.parametrize(
    ("secret", "text", "is_told"),
    [
        ("garden", "the gardener", False),
        ("garden", "Gardens, gardens and 2garden", False),
        ("garden", "gardener: garden", True),
        ("garden", "token=garden&", True),
        ("garden", '["garden"]', True),
        ("garden", '{"said": "password:\\ngarden"}', True),
        ("garden", '{"said": "password\\u003dgarden"}', True),
        ("garden", "/login?password%3Dgarden", True),
        ("garden7", "garden77", True),
        ("abcdefghijklmnop", "xabcdefghijklmnopx", True),
    ],
)
def test_a_word_within_another_is_hidden_and_not_told(secret: str, text: str, is_told: bool) -> None:
    """A short secret of letters alone may be a part of any word; where it stands alone, and where none is like it, it has leaked."""
    redactor = Redactor()
    redactor.learn("alice", secret)
    cleaned, leaked = redactor.reply(Reply(status=400, headers=[("X-A", text)], body=text.encode()))
    assert secret not in cleaned.body.decode() + cleaned.headers[0][1]
    assert leaked == (["alice in body", "alice in header:X-A"] if is_told else [])


def test_renewed_secrets_are_kept_in_mind_for_a_while() -> None:
    """Several generations are looked for, not all for ever."""
    redactor = Redactor()
    for number in range(20):
        redactor.learn("alice", f"token-{number:04}")
    assert redactor.text("token-0019 token-0013") == "${alice} ${alice}"
    assert redactor.text("token-0001") == "token-0001"
