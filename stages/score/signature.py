"""What stays the same when one cause shows itself again: normalised answers, and the keys made of them.

A key never holds a seed, a value, a run or a time. So text is normalised: values that the request had, and whatever looks like a value
(numbers, identifiers, dates, quoted words, paths), become placeholders.
"""

import hashlib
import html
import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, unquote_plus

import msgspec

from pipeline.messages import Reply, Request
from stages.score import jsontext, media, pages, urls

MESSAGE_CHARS: Final = 160
READ_CHARS: Final = 4000
_ECHOED_CHARS = 65_536  # in which a value that the request had is looked for, which may be longer than what is read
TRACE_CHARS: Final = 262_144  # since what failed stands at the end of a trace
_MOST_FIELDS = 64  # that say what went wrong
_TEXTS = 4  # in a list that is read as one message
_REQUEST_VALUES = 64
_LITERAL: Final = re.compile(r"\b(?:list|dict|tuple|set) [\[{(]")
_NUMBER: Final = re.compile(r"[-+]?\d+(?:[.,:]\d+)*(?:[eE][-+]?\d+)?")
_LETTER: Final = r"[A-Za-z\u00c0-\u024f\u0400-\u04ff]"  # of scripts that have apostrophes inside of words
_OPENS: Final = rf"(?:(?<!{_LETTER})|(?<=\b[bBuUrRNExX]))'"  # a quotation, or as languages write bytes and texts: b'abc'
# Behind a letter: key'abc', and neither can't and dell'utente nor users' names.
_APOSTROPHE: Final = rf"(?:{_OPENS}|(?<={_LETTER})'(?!\s|\Z|{_LETTER}+(?!{_LETTER}|')))"
_QUOTED: Final = re.compile(rf"({_APOSTROPHE}|[\"`])([^'\"`\n]{{0,400}})\1")
_MOST_ECHOES = 64
_UNENDED = 100  # characters of a quotation without an end: of a value that was cut
_WORDS_OF_JSON = frozenset({"null", "true", "false"})
_PYDANTIC: Final = re.compile(r"\b\d+ validation errors? for ([\w.\[\], ]+)\n.*", re.DOTALL)  # one an operation, whichever fields it names
_DEFAULT_PORTS = {"http": 80, "https": 443}

_NORMALISATIONS: Final = tuple(
    (re.compile(pattern), placeholder)
    for pattern, placeholder in (
        (r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", "<uuid>"),
        (r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", "<date>"),
        (_APOSTROPHE + r"(?:[^'\\\n]|\\.){0,400}'|\"(?:[^\"\\\n]|\\.){0,400}\"|`[^`\n]{0,400}`|\u201c[^\u201d\n]{0,400}\u201d", "<text>"),
        (rf"(?:{_OPENS}|[\"`\u201c])[^'\"`\u201c\u201d\n]{{{_UNENDED},}}\Z", "<text>"),
        (r"https?://[^\s<>]+", "<url>"),
        (r"(?<![\w<])/[\w.%~+@:-]+(?:/[\w.%~+@:-]*)*", "<path>"),
        (r"\b0x[0-9a-fA-F]+\b", "<hex>"),
        (r"\b(?=[0-9a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{8,}\b", "<hex>"),
        (r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}\b", "<id>"),
        (_NUMBER.pattern, "<n>"),
        (r"\b(?:bool|int|float|str|NoneType) (?:True|False|None|<n>|<text>)", "<value>"),  # as Python names one: "the bool True"
        (r"\s+", " "),
    )
)

MESSAGE_KEYS: Final = (
    "exception",
    "exc_type",
    "error_type",
    "type",
    "error",
    "code",
    "title",
    "message",
    "msg",
    "detail",
    "reason",
    "description",
)
MESSAGE_WORDS: Final = ("exception", "error", "message", "detail", "reason")
_STATUS_KEYS: Final = ("status", "statustext", "status_text")  # that many say a phrase by: where nothing else says anything
NO_TYPE: Final = "about:blank"  # a problem's type that says no more than its status (RFC 9457, 4.2.1)


@lru_cache(maxsize=1024)  # of few causes there are many failures
def fingerprint(*parts: str) -> str:
    """32 hex digits of the parts: the form of every key."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def target_name(base_url: str, title: str) -> str:
    """What stands for the target in keys: host, port and path of its base URL.

    On loopback the port is left out, as it is another one at every start; the document's title tells the servers there apart.
    """
    parts = urls.split(base_url)
    host = (parts.hostname or "").lower()
    path = parts.path.rstrip("/")
    if _is_loopback(host):
        return f"loopback {title}{path}"
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    return f"{host}:{port}{path}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def request_values(request: Request) -> list[str]:
    """Values that a request carried and an answer may repeat, longest first: path segments, query values, strings of its body."""
    usable = sorted((value for value in _all_values(request) if len(value) >= 3), key=lambda value: (-len(value), value))
    return usable[:_REQUEST_VALUES]


def _all_values(request: Request) -> set[str]:
    parts = urls.split(request.url)
    values = {unquote(segment) for segment in parts.path.split("/")}
    values.update(value for _, value in parse_qsl(parts.query))
    if request.body:
        values.update(strings(request.body))
    return values


def strings(body: bytes) -> Iterable[str]:
    """The texts of a JSON body, in their order; none of any other."""
    try:
        todo = [msgspec.json.decode(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            todo.extend(reversed(value.values()))
        elif isinstance(value, list):
            todo.extend(reversed(value))


def normalise(text: str, request: Request | None = None, limit: int = MESSAGE_CHARS) -> str:
    """The text with values replaced by placeholders, on one line, at most ``limit`` characters."""
    text = text[:_ECHOED_CHARS]
    if request is not None:
        for value in request_values(request):
            if value not in _WORDS_OF_JSON and not _NUMBER.fullmatch(value):
                text = _without(text, value)
    text = _PYDANTIC.sub(r"validation error for \1", text[:READ_CHARS], count=1)
    text = _without_literals(text)
    for pattern, placeholder in _NORMALISATIONS:
        text = pattern.sub(placeholder, text)
    return text.strip()[:limit]


def _without(text: str, value: str) -> str:
    """The text with a placeholder for the value where it stands as a word of its own, the first few dozen times."""
    parts, begin, at = list[str](), 0, -1
    for _ in range(_MOST_ECHOES):
        at = text.find(value, at + 1)
        if at < 0:
            break
        end = at + len(value)
        if not (_is_in_word(text[at - 1 : at]) or _is_in_word(text[end : end + 1])):
            parts += [text[begin:at], "<value>"]
            begin, at = end, end - 1
    return "".join([*parts, text[begin:]]) if parts else text


def _is_in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _without_literals(text: str) -> str:
    """The text without lists and objects that are named by their Python kind ("the list [[1], 2]"), to their last bracket."""
    parts, at = list[str](), 0
    while found := _LITERAL.search(text, at):
        depth, end = 0, found.end() - 1
        for end in range(found.end() - 1, len(text)):
            depth += (text[end] in "[{(") - (text[end] in "]})")
            if depth == 0:
                break
        parts += [text[at : found.start()], "<value>"]
        at = end + 1
    return "".join([*parts, text[at:]])


def own_words(reply: Reply, request: Request | None) -> list[str]:
    """The words that an error answer quotes, but for what looks like a value and for what the request said: names of the server's own."""
    said, values = (_said_in(request), _all_values(request)) if request is not None else ("", set[str]())
    long = [value for value in values if len(value) >= 3]
    quoted = (found[2] for found in _QUOTED.finditer(words(reply)))
    return [word for word in quoted if word not in said and normalise(word) == word and not any(value in word for value in long)]


def _said_in(request: Request) -> str:
    """All that a request said, as text."""
    body = request.body or b""
    headers = (value for _, value in request.headers)
    return "\n".join((unquote_plus(request.url), *headers, unquote_plus(body.decode("utf-8", "replace")), *strings(body)))


def answer_text(reply: Reply, limit: int = READ_CHARS) -> str:
    """The body as text for reading, whatever it is; of a page what a browser shows. At most ``limit`` characters."""
    text = decoded(reply)
    return (pages.readable(text) if pages.is_page(text) else text)[:limit]


def decoded(reply: Reply) -> str:
    """The body as it stands."""
    return reply.body[:TRACE_CHARS].decode("utf-8", "replace")


def whole_answer(reply: Reply, request: Request | None) -> str:
    """A digest of a whole normalised answer: equal at many operations, it is one cause, whichever promises it breaks there."""
    kind = media.essence(media.header(reply.headers, "content-type") or "")
    return fingerprint(str(reply.status), kind, normalise(answer_text(reply), request, limit=2000))


def message(reply: Reply, request: Request | None) -> str:
    """The normalised words by which an answer says what went wrong: fields of a JSON body, or the text itself."""
    return normalise(words(reply), request)


def words(reply: Reply) -> str:
    """The words by which an answer says what went wrong, as they stand."""
    said = fields(reply, MESSAGE_KEYS, MESSAGE_WORDS) or fields(reply, _STATUS_KEYS)
    if said:
        return html.unescape(pages.without_huge_references("; ".join(said)))  # some servers write for browsers
    text = decoded(reply)
    return pages.title(text) or (answer_text(reply) if pages.is_page(text) else re.sub(r"<[^<>]*>", " ", text[:READ_CHARS]))


def fields(reply: Reply, names: tuple[str, ...], words: tuple[str, ...] = ()) -> list[str]:
    """The texts under ``names`` of a JSON body, in their order, then those whose name has one of ``words``.

    They are looked for in the body's object, and one level below. A text that only says what another one does is left out.
    """
    try:
        value = jsontext.parse(reply.body) if reply.body[:1] in {b"{", b"["} else None
    except (jsontext.NotJson, jsontext.TooDeep):
        return []
    found: dict[str, str] = {}
    for place in _objects(value):
        for key, item in place.items():
            name, text = key.lower(), _said(item)
            if text and name not in found and len(found) < _MOST_FIELDS and (name in names or any(word in name for word in words)):
                found[name] = text
    said: list[str] = []
    for name in (*names, *(name for name in found if name not in names)):
        text = found.get(name, "")
        if text and not any(text in other for other in said):
            said = [*(other for other in said if other not in text), text]
    return said


def _said(item: Any) -> str:
    """A text, or several of one list, such as a kind and a message."""
    if isinstance(item, list) and 0 < len(item) <= _TEXTS and all(isinstance(text, str) for text in item):
        return ": ".join(item)
    return item if isinstance(item, str) else ""


def _objects(value: Any) -> Iterable[dict[str, Any]]:
    if _said(value) and isinstance(value, list):
        yield {"detail": value}
        return
    outer = value if isinstance(value, list) else [value]
    for item in outer[:1]:
        if isinstance(item, dict):
            yield item
            for inner in item.values():
                first = inner[0] if isinstance(inner, list) and inner else inner
                if isinstance(first, dict):
                    yield first
