"""What an error answer shows of the server's own trace: the exception, the frame where it ends, and what of it is worth reading."""

import html
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from pipeline.messages import Reply, Request
from stages.score import pages
from stages.score.signature import MESSAGE_KEYS, MESSAGE_WORDS, READ_CHARS, TRACE_CHARS, answer_text, decoded, fields, message

_EXCEPTION: Final = re.compile(r"\b((?:[A-Za-z_]\w{0,80}[.:]{1,2}){0,12}[A-Z]\w{0,80}(?:Error|Exception|Fault|Panic|Interrupt))\b")
_PYTHON_FRAME: Final = re.compile(r'File "([^"\n]+)", line \d+, in ([\w<>]+)')
_OTHER_FRAME: Final = re.compile(r"^[ \t]*at (?:async )?([\w$.<>\[\]/ ]+?) ?\((?:[^()\n]*[/\\])?([\w.$-]+?)(?::\d+)*\)", re.MULTILINE)
_GO_FRAME: Final = re.compile(
    r"^([^\s()][^\n]{0,400}?)\([^()\n]*\)\n[ \t]{1,8}+(?=\S)(?:[^\n]{0,400}[/\\])?([\w.$-]{1,100}\.go):\d", re.MULTILINE
)
_GO_RUNTIME: Final = re.compile(r"panic|runtime[./]")
_GO_PANIC: Final = re.compile(r"^panic: ", re.MULTILINE)
_GO_KIND: Final = re.compile(r"\bruntime error: ([a-z][a-z -]{0,80}[a-z])|\b(interface conversion): ")
_SEPARATOR: Final = re.compile(r"[/\\]")
_TRACE_KEYS: Final = ("traceback", "trace", "stack", "stacktrace", "stack_trace", "exc_info", "exception")
_MOST_FRAMES = 200
_MOST_TOLD = 3  # lines of an exception on a page
_BEHIND = 2000  # characters behind the last frame, among which the exception stands


class _Frame(NamedTuple):
    """Where a trace ends: "FILE:FUNCTION", and its place in the text."""

    where: str
    start: int
    end: int
    is_last: bool  # the exception stands behind it; else it stands before
    exception: str = ""  # where the trace tells it in words, not by the name of a class


def server_fault(reply: Reply, request: Request | None) -> str:
    """The signature of a 5xx answer: the exception and the innermost frame where a trace shows them, else the normalised message."""
    text, frame = _trace(reply)
    if frame is not None:
        name = frame.exception or _exception(text, frame)
        if name:
            return f"{reply.status} {name} in {frame.where}"
    head = text[:READ_CHARS]
    if "\n" not in head:
        head += "\n" + "\n".join(fields(reply, MESSAGE_KEYS, MESSAGE_WORDS))
    said = message(reply, request)
    if names := _EXCEPTION.findall(head):
        told = said.removeprefix("Error <n> ")  # as Jetty's pages begin
        while told.startswith(f"{names[0]}: "):
            told = told.removeprefix(f"{names[0]}: ")
        return f"{reply.status} {names[0]}: {told}"
    return f"{reply.status} {said}".rstrip()


def shows_trace(reply: Reply) -> bool:
    """Whether a frame of the server's own code stands in the answer."""
    return _trace(reply)[1] is not None


def excerpt(reply: Reply, limit: int = 1000) -> str:
    """What an error answer says, at most so many characters: of a longer trace its first line and where it ends."""
    text, frame = _trace(reply)
    if len(text) <= limit or frame is None or not frame.is_last:
        return text[:limit]
    first = text.partition("\n")[0][: limit // 3]
    end = _end_on_page(text, frame) if pages.is_page(decoded(reply)) else None
    return f"{first}\n…\n{text[frame.start : end].rstrip()}"[:limit]


def _end_on_page(text: str, frame: _Frame) -> int | None:
    """Where the exception behind the last frame has been told: what a page says then is of the page."""
    behind = _EXCEPTION.finditer(text, frame.end, frame.end + _BEHIND)
    begun = next((found.start() for found in behind if text[found.start() - 1] == "\n"), None)
    if begun is None:
        return None
    told = "\n".join(text[begun : begun + _BEHIND].split("\n")[:_MOST_TOLD])
    return begun + len(told)


def _trace(reply: Reply) -> tuple[str, _Frame | None]:
    """The text with the trace, and its innermost frame; what is read of the answer, and None, where there is none."""
    read = ""
    for text in _texts(reply):
        read = read or text
        frame = _innermost(text)
        if frame is not None:
            return text, frame
    return read, None


def _texts(reply: Reply) -> Iterator[str]:
    """Where a trace may stand: in fields of JSON, in what is read of the answer, in what a page hides (comments, scripts)."""
    if told := "\n".join(fields(reply, _TRACE_KEYS)):
        yield told
        return
    yield answer_text(reply, TRACE_CHARS)
    if pages.is_page(whole := decoded(reply)):
        yield html.unescape(pages.without_huge_references(whole))


def _innermost(text: str) -> _Frame | None:
    """The frame where a trace ends, file and function without directories and lines. Python, Go, JVM, JavaScript, .NET."""
    for last in deque(_PYTHON_FRAME.finditer(text), maxlen=1):
        return _Frame(f"{_SEPARATOR.split(last[1])[-1]}:{last[2]}", last.start(), last.end(), is_last=True)
    if "goroutine " in text and (panicked := _go_frame(text)) is not None:
        return panicked
    first = _OTHER_FRAME.search(text[: 3 * READ_CHARS])
    return None if first is None else _Frame(f"{first[2]}:{first[1].strip()}", first.start(), first.end(), is_last=False)


def _go_frame(text: str) -> _Frame | None:
    """Where a goroutine panicked: the first frame, but for the runtime's, behind the panic that came first, which is the last one written.
    What stands before it recovered from the panic and wrote the trace. None without a panic: such a stack shows where an error was told."""
    start = text.find("goroutine ")
    frames = list(islice(_GO_FRAME.finditer(text, start), _MOST_FRAMES))
    first = max((index + 1 for index, frame in enumerate(frames) if frame[1] == "panic"), default=0)
    head = text[:READ_CHARS]
    if not first and not _GO_PANIC.search(head) and not _GO_KIND.search(head):
        return None
    found = next((frame for frame in frames[first:] if not _GO_RUNTIME.match(frame[1])), None)
    if found is None:
        return None
    kind = _GO_KIND.search(head)
    said = f"panic: {kind[1] or kind[2]}" if kind else "panic"
    return _Frame(f"{found[2]}:{_function(found[1])}", found.start(), found.end(), is_last=False, exception=said)


def _function(name: str) -> str:
    """A function of Go without the path of its package: "http.(*conn).serve" of net/http."""
    package = name.partition("(")[0].partition("[")[0]
    return name[package.rfind("/") + 1 :]


def _exception(text: str, frame: _Frame) -> str:
    """The exception of a trace: behind its last frame where one begins a line there, else the first that is named."""
    behind = list(_EXCEPTION.finditer(text[frame.end : frame.end + _BEHIND])) if frame.is_last else []
    begins = [found[1] for found in behind if found.start() and text[frame.end + found.start() - 1] == "\n"]
    if begins:
        return begins[0]
    before = _EXCEPTION.findall(text[:READ_CHARS])
    return before[0] if before else behind[-1][1] if behind else ""
