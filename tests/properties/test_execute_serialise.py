"""Serialisation of any value at all: exact where there is a form, refused where there is none, and never anything else."""

import json
import posixpath
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from pipeline.messages import Api, Argument, Body, MediaType, Operation, Parameter, Reply, Request
from stages.execute.build import build
from stages.execute.forms import OperationForm
from stages.execute.identities.credential import Credential
from stages.execute.identities.redaction import Redactor
from stages.execute.paths import segments
from stages.execute.serialise import UnknownVariable, Unserialisable, payload
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.style import in_cookie, in_header, in_path, in_query
from stages.execute.serialise.text import cookie_text, percent, percent_path, percent_reserved

REFUSED = (Unserialisable, UnknownVariable)
URI = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%!$&'()*+,;=:@/?[]")

texts = st.text(max_size=12)
extensions = st.one_of(
    st.integers().map(lambda number: Ext(1, str(number).encode())),
    st.decimals(allow_nan=False, allow_infinity=False).map(lambda number: Ext(2, f"{number:E}".encode())),
    st.text(st.characters(codec=None), max_size=8).map(lambda text: Ext(3, text.encode("utf-8", "surrogatepass"))),
    st.binary(max_size=8).map(lambda raw: Ext(4, raw)),
    texts.map(lambda name: Ext(5, name.encode())),
    st.integers(6, 127).map(lambda code: Ext(code, b"x")),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    texts,
    st.text(st.characters(codec=None), max_size=5),
    st.binary(max_size=8),
    extensions,
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8)
styles = st.sampled_from(["simple", "label", "matrix", "form", "spaceDelimited", "pipeDelimited", "deepObject", "nonsense"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@st.composite
def parameters(draw: st.DrawFn, location: Any) -> Parameter:
    return Parameter(
        name=draw(texts.filter(bool)),
        location=location,
        style=draw(styles),
        explode=draw(st.booleans()),
        required=draw(st.booleans()),
        allow_reserved=draw(st.booleans()),
        media_type=draw(st.sampled_from(["", "", "application/json", "text/plain"])),
    )


def has_raw(value: Any) -> bool:
    match value:
        case Ext():
            return value.code == 4
        case list():
            return any(map(has_raw, value))
        case dict():
            return any(map(has_raw, value.values()))
        case _:
            return False


@given(st.data(), values)
def test_targets_are_made_of_characters_of_uris(data: st.DataObject, value: Any) -> None:
    """Whatever the value and the style, path and query hold nothing that is no URI, except raw bytes that were asked for."""
    for write, location in ((in_path, "path"), (in_query, "query")):
        try:
            written = "".join(write(data.draw(parameters(location)), value))
        except REFUSED:
            continue
        assert has_raw(value) or set(written) <= URI, written


@given(st.data(), values)
def test_headers_and_cookies_cannot_be_split(data: st.DataObject, value: Any) -> None:
    """No value ends its header or begins another cookie, except raw bytes within their own header."""
    for write, location in ((in_header, "header"), (in_cookie, "cookie")):
        try:
            written = write(data.draw(parameters(location)), value) or ""
        except REFUSED:
            continue
        text = "".join(written)
        assert has_raw(value) or location == "cookie" or not set(text) & set("\r\n\0")
        for pair in written if isinstance(written, list) else []:
            assert has_raw(value) or not set(pair.partition("=")[2]) & set("\r\n\0; ")


@given(texts)
def test_quoting_can_be_undone(text: str) -> None:
    """Decoding gives the text back, whichever way it was quoted."""
    assert unquote(percent(text)) == text
    assert unquote(percent_path(text)) == text
    assert unquote(cookie_text(text)) == text
    assert unquote(percent_reserved(text.replace("%", ""))) == text.replace("%", "")


@given(st.binary(max_size=20))
def test_bytes_survive_quoting(raw: bytes) -> None:
    """Binary data in a URL decodes to the same bytes."""
    assert unquote_to_bytes(percent(raw)) == raw


@given(json_values)
def test_json_can_be_read_back(value: Any) -> None:
    """JSON text says what the value was."""
    assert json.loads(payload(Body(media_type="application/json", value=value), None, Schemas()).data) == value


@given(st.dictionaries(texts.filter(bool), st.lists(texts.filter(bool), min_size=1, max_size=3), max_size=4))
def test_forms_can_be_read_back(fields: dict[str, list[str]]) -> None:
    """A form's pairs are the object's members, arrays as repeated names."""
    data = payload(Body(media_type="application/x-www-form-urlencoded", value=fields), None, Schemas()).data
    assert parse_qsl(data.decode(), keep_blank_values=True) == [(name, item) for name, items in fields.items() for item in items]


@given(st.lists(st.binary(max_size=40), max_size=4))
def test_multipart_can_be_read_back(contents: list[bytes]) -> None:
    """Every part of a multipart body holds what it was given, whatever looks like a boundary in it."""
    fields = {f"f{number}": content for number, content in enumerate(contents)}
    made = payload(Body(media_type="multipart/form-data", value=fields), None, Schemas())
    if not contents:
        return
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + made.content_type.encode() + b"\r\n\r\n" + made.data)
    boundary = b"--" + made.content_type.partition("boundary=")[2].encode()
    assert made.data.count(boundary) == len(contents) + 1
    assert len(list(message.iter_parts())) == len(contents)
    for content in contents:
        assert b"\r\n\r\n" + content + b"\r\n" + boundary in made.data


media_types = st.sampled_from(
    [
        "application/json",
        "text/plain",
        "text/plain; charset=ascii",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/mixed; boundary=x",
        "application/octet-stream",
        "image/*",
        "*/*",
        "",
        "nonsense",
        "application/x-ndjson",
        "application/yaml",
    ]
)


@given(media_types, values)
def test_bodies_have_a_form_or_are_refused(media_type: str, value: Any) -> None:
    """Any value under any media type ends in bytes or in a refusal; the same value makes the same bytes."""
    body = Body(media_type=media_type, value=value)
    media = MediaType(media_type=media_type, schema={"type": "object", "additionalProperties": {"xml": {"attribute": True}}})
    try:
        made = payload(body, media, Schemas())
    except REFUSED:
        return
    assert "*" not in made.content_type
    assert payload(body, media, Schemas()) == made


locations = st.sampled_from(["path", "query", "header", "cookie"])
arguments = st.builds(lambda place, name, value: Argument(location=place, name=name, value=value), locations, texts, values)


@given(st.lists(arguments, max_size=4), st.one_of(st.none(), values), st.sampled_from(["GET", "POST", "X"]))
def test_whole_requests_are_built_or_refused(given_arguments: list[Argument], value: Any, method: str) -> None:
    """Any arguments and any body end in a request whose head cannot be split, or in a refusal."""
    api = Api(digest="0", operations=[Operation(key="GET /a/{x}", method="GET", path="/a/{x}")])
    form = OperationForm(api.operations[0], "http://h/b", [], [])
    credential = Credential("alice", headers=[("X-Key", "k")], query=[("q", "s")], cookies=[("c", "d")])
    body = Body(media_type="application/json", value=value) if value is not None else None
    try:
        request = build(form, method, given_arguments, body, credential=credential, schemas=Schemas())
    except REFUSED:
        return
    assert request.target.startswith("/b/a/")
    head = [request.target, *(part for pair in request.headers for part in pair)]
    assert not any(set(part) & set("\r\n\0") for part in head)
    "".join(head).encode()


@given(st.text(st.sampled_from("ab./%2eEfF5c\\;"), max_size=14))
def test_compared_paths_mean_what_they_say(path: str) -> None:
    """A path that is compared at all is the same after a server has decoded it twice and resolved its steps."""
    parts = segments(f"/{path}")
    if parts is None:
        return
    for decoded in (f"/{path}", unquote(f"/{path}"), unquote(unquote(f"/{path}"))):
        steps = posixpath.normpath(decoded.replace("\\", "/")).lstrip("/")
        assert len([part for part in steps.split("/") if part and part != "."]) == len(parts)


@given(st.text(st.characters(codec="utf-8"), min_size=6, max_size=20), st.binary(max_size=10), st.binary(max_size=10))
def test_no_known_secret_passes(secret: str, before: bytes, after: bytes) -> None:
    """Wherever it stands in an answer, the secret's bytes are gone afterwards, and said to have been there; a short word of letters only
    where it is no part of another word."""
    redactor = Redactor()
    redactor.learn("N", secret)
    mark = "${N}"
    reply, leaked = redactor.reply(Reply(status=200, body=before + secret.encode() + after, headers=[("X", secret)]))
    if secret in mark or mark.encode() in secret.encode():
        return
    may_be_part_of_a_word = secret.encode().isalpha() and len(secret) <= 15 and (before + after)
    assert leaked[0] == "N in body" or may_be_part_of_a_word
    assert "N in header:X" in leaked
    assert secret not in reply.headers[0][1]
    assert secret not in redactor.request(Request(method="GET", url=f"http://h/{secret}")).url
