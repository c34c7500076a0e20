"""Puts one request together from a form, the arguments of a step and a credential. Pure; raises ``Unserialisable``."""

import re
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, Argument, Body, Request
from stages.execute.forms import OperationForm, origin_of
from stages.execute.identities.credential import NOTHING, Credential
from stages.execute.outgoing import Outgoing
from stages.execute.serialise import Unserialisable, payload
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.style import in_cookie, in_header, in_path, in_query
from stages.execute.serialise.text import header_text

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
# Raw bytes may stand in a target, but not those that would end the request line and so begin another request.
_ENDS_TARGET = re.compile("[\x00\r\n\ud800-\udfff]")
_PENDING = Request(method="", url="")
_TARGET_SAFE = "/?%:@!$&'()*+,;=~-._[]"  # of an URL that somebody else has written: what is encoded stays so
_LONGEST_LENGTH = 18  # digits
# The framing of messages is the client's: a wrong one would shift every later request of the connection. Raw bytes as Content-Length have a
# connection of their own.
_FRAMING = {"content-length", "transfer-encoding", "expect"}


def build(
    form: OperationForm,
    method: str,
    arguments: Sequence[Argument],
    body: Body | None,
    *,
    credential: Credential,
    schemas: Schemas,
    url: str = "",
) -> Outgoing:
    """The request, exactly as it leaves. A credential's places win over arguments; the owner's overrides win over both.

    ``url``, the absolute URL of a next page, stands for the path and the query where it is given.
    """
    if form.fixed:
        arguments = [argument for argument in arguments if (argument.location, argument.name) not in form.fixed_keys] + form.fixed
    in_paths: dict[str, Argument] = {}
    query = [form.query] if form.query else []
    cookies: list[str] = []
    headers: list[tuple[str, str]] = []
    arguments, lengths = _lengths_apart(arguments)
    set_names: set[str] = set()
    for argument in arguments:
        match argument.location:
            case "path":
                in_paths[argument.name] = argument
            case "query":
                if argument.name not in credential.query_names:
                    query += in_query(form.parameter("query", argument.name), argument.value)
            case "cookie":
                if argument.name not in credential.cookie_names:
                    cookies += in_cookie(form.parameter("cookie", argument.name), argument.value)
            case "header":
                name = _header_name(argument.name)
                if name in form.owner_names or name in credential.header_names:
                    continue
                value = in_header(form.parameter("header", argument.name), argument.value)
                if value is not None and name == "cookie":
                    cookies.append(value)
                elif value is not None:
                    headers.append((argument.name, value))
                    set_names.add(name)
    defaults = (
        form.headers if set_names.isdisjoint(form.header_names) else [pair for pair in form.headers if pair[0].lower() not in set_names]
    )
    headers = [*defaults, *headers, *form.owner_headers, *lengths]
    data, typed = None, True
    if body is not None:
        made = payload(body, form.media.get(body.media_type), schemas)
        data = _one_line(made.data) if lengths else made.data
        if "content-type" not in set_names and "content-type" not in form.owner_names:
            typed = bool(made.content_type)
            if typed:
                headers.append(("Content-Type", header_text(made.content_type)))
    origin = form.origin
    if url:
        origin, target = _elsewhere(url, credential)
    else:
        path = _path(form, in_paths)
        target = f"{path}?{'&'.join(query)}" if query else path
    if not (target.isascii() and target.isprintable()) and _ENDS_TARGET.search(target):
        raise Unserialisable("a request target cannot hold CR, LF, NUL or lone surrogates")
    if credential is not NOTHING or cookies:
        bare = Outgoing(method, origin, target, headers, data, _PENDING, typed, bool(lengths), _is_unfinished(data, lengths))
        return _with_credential(bare, cookies, credential)
    shown = Request(method=method, url=origin + target, headers=headers, body=data)
    return Outgoing(method, origin, target, headers, data, shown, typed, bool(lengths), _is_unfinished(data, lengths))


def _path(form: OperationForm, arguments: dict[str, Argument]) -> str:
    parts: list[str] = []
    for piece in form.pieces:
        if isinstance(piece, str):
            parts.append(piece)
        elif (argument := arguments.get(piece.name)) is None:
            raise Unserialisable(f"path parameter {piece.name!r} has no value")
        else:
            parts.append(in_path(piece, argument.value))
    return "".join(parts)


def _elsewhere(url: str, credential: Credential) -> tuple[str, str]:
    """Origin and target of a linked page; the parts of its query that the credential brings itself are left out."""
    try:
        origin = origin_of(url)
        parts = urlsplit(url)
    except ValueError as error:
        raise Unserialisable(f"the next page has no usable URL: {error}") from None
    kept = [part for part in parts.query.split("&") if part and part.partition("=")[0] not in credential.query_names]
    target = quote(parts.path or "/", safe=_TARGET_SAFE)
    return origin, f"{target}?{quote('&'.join(kept), safe=_TARGET_SAFE)}" if kept else target


def _with_credential(bare: Outgoing, cookies: list[str], credential: Credential) -> Outgoing:
    headers = [*bare.headers, *credential.headers]
    shown_headers = [*bare.headers, *credential.shown_headers]
    target = shown_target = bare.target
    if credential.query:
        join = "&" if "?" in target else "?"
        shown_target = f"{target}{join}{'&'.join(credential.shown_query)}"
        target = f"{target}{join}{'&'.join(credential.query)}"
    if cookies or credential.cookies:
        headers.append(("Cookie", header_text(_one_cookie(cookies, credential.cookies))))
        shown_headers.append(("Cookie", _one_cookie(cookies, credential.shown_cookies)))
    shown = Request(method=bare.method, url=bare.origin + shown_target, headers=shown_headers, body=bare.body)
    return Outgoing(bare.method, bare.origin, target, headers, bare.body, shown, bare.typed, bare.framed, bare.unfinished)


def _one_cookie(cookies: list[str], own: list[str]) -> str:
    """All cookies in one header: there may be no more (RFC 6265, 5.4)."""
    return "; ".join(filter(None, [*cookies, *own]))


def _lengths_apart(arguments: Sequence[Argument]) -> tuple[Sequence[Argument], list[tuple[str, str]]]:
    """The arguments without, and the headers of, what the case says itself, as raw bytes, of the length of its body."""
    own = [one for one in arguments if one.location == "header" and one.name.lower() == "content-length" and _is_raw(one.value)]
    if not own:
        return arguments, []
    return [one for one in arguments if one not in own], [(one.name, header_text(bytes(one.value.data))) for one in own]


def _is_raw(value: object) -> bool:
    return isinstance(value, Ext) and value.code == EXT_RAW


def _one_line(data: bytes) -> bytes:
    """A body that no server can take for one more request, however long it thinks that it is."""
    if b"\n" in data or b"\r" in data:
        raise Unserialisable("a body with line ends whose length is said wrong may be read as one more request")
    return data


def _is_unfinished(data: bytes | None, lengths: list[tuple[str, str]]) -> bool:
    """Whether a server may wait for more of the body than there is."""
    if len(lengths) != 1:
        return False
    said = lengths[0][1].strip()
    return said.isascii() and said.isdecimal() and (len(said) > _LONGEST_LENGTH or int(said) > len(data or b""))


def _header_name(name: str) -> str:
    lowered = name.lower()
    if not _TOKEN.fullmatch(name):
        raise Unserialisable(f"{name!r} is not a header name")
    if lowered in _FRAMING:
        raise Unserialisable(f"{name} belongs to the client: a wrong one would spoil the connection for other requests")
    return lowered
