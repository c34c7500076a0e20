"""What stays the same when one cause shows itself again: normalised answers, and the keys made of them.

A key never holds a seed, a value, a run or a time. So text is normalised: values that the request had, and whatever looks like a value
(numbers, identifiers, dates, quoted words, paths), become placeholders.
"""

import hashlib
import ipaddress
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec

from pipeline.messages import Reply, Request
from stages.score import jsontext, media, pages, urls

MESSAGE_CHARS: Final = 160
_READ_CHARS = 4000
_TRACE_CHARS = 262_144  # since what failed stands at the end of a trace, of which the first and the last are read
_TEXTS = 4  # in a list that is read as one message
_REQUEST_VALUES = 64
_QUOTED: Final = re.compile(r"(['\"`])([^'\"`\n]{0,400})\1")
_DEFAULT_PORTS = {"http": 80, "https": 443}

_NORMALISATIONS: Final = tuple(
    (re.compile(pattern), placeholder)
    for pattern, placeholder in (
        (r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", "<uuid>"),
        (r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", "<date>"),
        (r"'(?:[^'\\\n]|\\.){0,400}'|\"(?:[^\"\\\n]|\\.){0,400}\"|`[^`\n]{0,400}`|\u201c[^\u201d\n]{0,400}\u201d", "<text>"),
        (r"https?://[^\s<>]+", "<url>"),
        (r"(?<![\w<])/[\w.%~+@:-]+(?:/[\w.%~+@:-]*)*", "<path>"),
        (r"\b0x[0-9a-fA-F]+\b", "<hex>"),
        (r"\b(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}\b", "<hex>"),
        (r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}\b", "<id>"),
        (r"[-+]?\d+(?:[.,:]\d+)*(?:[eE][-+]?\d+)?", "<n>"),
        # A value by kind, as Python's programs write of one that they did not want: "the bool True", "the list []".
        (r"\b(?:bool|int|float|str|list|dict|NoneType) (?:True|False|None|<n>|<text>|\[[^\]\n]{0,400}\]|\{[^}\n]{0,400}\})", "<value>"),
        (r"\s+", " "),
    )
)

_EXCEPTION = re.compile(r"\b((?:[A-Za-z_]\w{0,80}[.:]{1,2}){0,12}[A-Z]\w{0,80}(?:Error|Exception|Fault|Panic|Interrupt))\b")
_PYTHON_FRAME = re.compile(r'File "([^"\n]+)", line \d+, in ([\w<>]+)')
_SEPARATOR = re.compile(r"[/\\]")
_OTHER_FRAME = re.compile(r"^\s*at (?:async )?([\w$.<>\[\]/ ]+?) ?\((?:[^()\n]*[/\\])?([\w.$-]+?)(?::\d+)*\)", re.MULTILINE)
_MESSAGE_KEYS = (
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
_MESSAGE_WORDS = ("exception", "error", "message", "detail", "reason")
_TRACE_KEYS = ("traceback", "trace", "stack", "stacktrace", "stack_trace", "exc_info", "exception")


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
    """The texts of a JSON body, in any order; none of any other."""
    try:
        todo = [msgspec.json.decode(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)


def normalise(text: str, request: Request | None = None, limit: int = MESSAGE_CHARS) -> str:
    """The text with values replaced by placeholders, on one line, at most ``limit`` characters."""
    text = text[:_READ_CHARS]
    if request is not None:
        for value in request_values(request):
            if value in text:
                text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "<value>", text)
    for pattern, placeholder in _NORMALISATIONS:
        text = pattern.sub(placeholder, text)
    return text.strip()[:limit]


def own_words(reply: Reply, request: Request | None) -> tuple[str, ...]:
    """The signature of a 5xx answer, and behind it the words that it quotes, but for those of the request: where equal answers of several
    operations are of one cause, these are equal, too."""
    values = _all_values(request) if request is not None else set[str]()
    long = [value for value in values if len(value) >= 3]
    quoted = (found[2] for found in _QUOTED.finditer(_words(reply)))
    own = [word for word in quoted if word not in values and not any(value in word for value in long) and normalise(word) == word]
    return server_fault(reply, request), *own


def answer_text(reply: Reply, limit: int = _READ_CHARS) -> str:
    """The body as text for reading, whatever it is; of a page what a browser shows. At most ``limit`` characters."""
    text = _decoded(reply)
    return (pages.readable(text) if pages.is_page(text) else text)[:limit]


def _decoded(reply: Reply) -> str:
    return reply.body[:_TRACE_CHARS].decode("utf-8", "replace")


def whole_answer(reply: Reply, request: Request | None) -> str:
    """A digest of a whole normalised answer: equal at many operations, it is one cause, whichever promises it breaks there."""
    kind = media.essence(media.header(reply.headers, "content-type") or "")
    return fingerprint(str(reply.status), kind, normalise(answer_text(reply), request, limit=2000))


def message(reply: Reply, request: Request | None) -> str:
    """The normalised words by which an answer says what went wrong: fields of a JSON body, or the text itself."""
    return normalise(_words(reply), request)


def _words(reply: Reply) -> str:
    said = _fields(reply, _MESSAGE_KEYS, _MESSAGE_WORDS)
    if said:
        return "; ".join(said)
    text = _decoded(reply)
    return pages.title(text) or (answer_text(reply) if pages.is_page(text) else re.sub(r"<[^<>]*>", " ", text[:_READ_CHARS]))


def server_fault(reply: Reply, request: Request | None) -> str:
    """The signature of a 5xx answer: the exception and the innermost frame where a trace shows them, else the normalised message."""
    text = "\n".join(_fields(reply, _TRACE_KEYS)) or answer_text(reply, _TRACE_CHARS)
    if len(text) > 3 * _READ_CHARS:
        text = f"{text[:_READ_CHARS]}\n{text[-2 * _READ_CHARS :]}"
    if "\n" not in text:
        text += "\n" + "\n".join(_fields(reply, _MESSAGE_KEYS, _MESSAGE_WORDS))
    names: list[str] = _EXCEPTION.findall(text)
    frame = innermost_frame(text)
    if names and frame:
        is_last = "Traceback (most recent" in text and not pages.is_page(_decoded(reply))  # a page has it in its title
        return f"{reply.status} {names[-1] if is_last else names[0]} in {frame}"
    if names:
        return f"{reply.status} {names[0]}: {message(reply, request).removeprefix(f'{names[0]}: ')}"
    return f"{reply.status} {message(reply, request)}".rstrip()


def excerpt(reply: Reply, limit: int = 1000) -> str:
    """What an error answer says, at most so many characters: of a longer trace its first line and where it ends."""
    text = answer_text(reply, _TRACE_CHARS)
    frames = [found.start() for found in _PYTHON_FRAME.finditer(text)]
    if len(text) <= limit or not frames:
        return text[:limit]
    first = text[: min(limit // 3, text.find("\n") % limit)]
    return f"{first}\n…\n{text[frames[-1] :][: limit - len(first)]}"


def innermost_frame(text: str) -> str:
    """File and function where a trace ends, without directories and lines; "" where no trace is seen. Python, JVM, JavaScript, .NET."""
    python = _PYTHON_FRAME.findall(text)
    if python:
        file, function = python[-1]
        return f"{_SEPARATOR.split(file)[-1]}:{function}"
    other = _OTHER_FRAME.search(text)
    return f"{other[2]}:{other[1].strip()}" if other else ""


def _fields(reply: Reply, names: tuple[str, ...], words: tuple[str, ...] = ()) -> list[str]:
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
            if text and name not in found and (name in names or any(word in name for word in words)):
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
