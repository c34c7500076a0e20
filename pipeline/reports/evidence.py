"""One finding, so that who owns the API can judge it: what is wrong, by which rule, what was sent, what came back, how to repeat it."""

import time
from collections.abc import Iterable, Iterator

import msgspec

from pipeline.messages import Finding, Reply
from pipeline.reports.layout import coloured, columns, cut, labelled, one_line, padded, printable, wrapped
from stages.persist import FindingRow

_GAP = 7  # of the labels
_SHORT_LINES = 6
_SHORT_CHARACTERS = 600
_LONG_LINES = 60
_LONG_CHARACTERS = 4_000
_CURL_SHOWN = 1_500
_TELLING_HEADERS = {"content-type", "allow", "location", "www-authenticate", "retry-after", "content-length"}


def finding_text(row: FindingRow, *, width: int = 80, colour: bool = False, again: str = "") -> str:
    """Everything there is to say of it, for `sentinel show`; ``again`` are the options that replaying it needs."""
    evidence = evidence_lines(row, width=width - 2, whole=True, again=again)
    lines = [headline(row, width=width, colour=colour), *evidence, *_history(row, width)]
    return "\n".join(lines) + "\n"


def headline(row: FindingRow, *, width: int, colour: bool = False) -> str:
    """Severity, title and id, on as many lines as the title needs."""
    finding = row.finding
    word = kind(row).upper().ljust(8) + " "
    title = list(wrapped(one_line(finding.title), max(20, width - len(word) - 14)))
    first = word + padded(title[0], width - len(word) - 12) + finding.id
    first = first.replace(word, coloured(word, "info" if finding.note else finding.severity, colour=colour), 1)
    rest = [" " * len(word) + line for line in title[1:]]
    return "\n".join([first, *rest])


def kind(row: FindingRow) -> str:
    """One word: its severity, "note", or, where it was not seen again, the severity in doubt ("high?")."""
    if row.finding.note:
        return "note"
    return row.finding.severity if row.is_fault else f"{row.finding.severity}?"


def evidence_lines(row: FindingRow, *, width: int, whole: bool = False, again: str = "") -> list[str]:
    """The body of a finding, two columns indented; ``whole`` with the long forms of headers and bodies."""
    finding, room = row.finding, width - 2 - _GAP
    parts: list[tuple[str, Iterable[str]]] = [
        ("at", _operations(finding, room, whole=whole)),
        ("why", wrapped(finding.rule, room)),
        ("", wrapped(one_line(f"in this request {finding.broken}"), room) if finding.broken else []),
        ("", [] if _is_repeated(finding) else wrapped(finding.detail, room)),
        ("sent", _sent(finding, room, whole=whole)),
        ("got", _got(finding, room, whole=whole)),
        ("seen", wrapped(_seen(row), room)),
        ("again", [f"sentinel replay {finding.id}{again}"] if finding.case is not None else []),
    ]
    lines: list[str] = []
    for label, content in parts:
        lines += labelled(label, content, indent=2, gap=_GAP)
    return lines


def _operations(finding: Finding, room: int, *, whole: bool) -> Iterator[str]:
    yield from wrapped(one_line(finding.operation), room)
    others = [operation for operation in finding.operations if operation != finding.operation]
    shown = others if whole else others[:3]
    for operation in shown:
        yield cut("and " + one_line(operation), room)
    if len(others) > len(shown):
        yield f"and {len(others) - len(shown)} more"


def _is_repeated(finding: Finding) -> bool:
    """Whether the detail says nothing that the answer, shown below, does not say itself."""
    below = finding.reply.body.decode("utf-8", "replace") if finding.reply is not None else ""
    below += finding.failure.detail if finding.failure is not None else ""
    return "".join(finding.detail.split()).rstrip("….") in "".join(below.split())


def _sent(finding: Finding, room: int, *, whole: bool) -> Iterator[str]:
    if finding.curl:
        yield from command_lines(finding.curl, room, whole=whole)
    elif finding.request is not None:
        yield from wrapped(f"{finding.request.method} {finding.request.url}", room)


def command_lines(command: str, room: int, *, whole: bool) -> Iterator[str]:
    """A shell command, broken before its options where it is longer than a line: it can still be copied and run."""
    if not whole and len(command) > _CURL_SHOWN:
        yield from _limited(printable(command).splitlines(), room, _SHORT_LINES)
        yield "(the whole command: sentinel show)"
        return
    pieces = [printable(piece) for piece in _pieces(command)] if columns(command) > room else [printable(command)]
    line = pieces[0]
    for piece in pieces[1:]:
        if columns(line) + columns(piece) + 3 > room:
            yield from (line + " \\").split("\n")
            line = "  " + piece
        else:
            line += " " + piece
    yield from line.split("\n")


def _pieces(command: str) -> Iterator[str]:
    """The command cut before each " -" that stands outside quotes."""
    quote, begin = "", 0
    for index, each in enumerate(command):
        if quote:
            quote = "" if each == quote else quote
        elif each in "'\"" and (index == 0 or command[index - 1] != "\\"):
            quote = each
        elif each == " " and command[index + 1 : index + 2] == "-" and index > begin:
            yield command[begin:index]
            begin = index + 1
    yield command[begin:]


def _got(finding: Finding, room: int, *, whole: bool) -> Iterator[str]:
    if finding.reply is not None:
        yield from _reply(finding.reply, room, whole=whole)
    if finding.failure is not None:
        failure = finding.failure
        detail = f": {one_line(failure.detail)}" if failure.detail else ""
        yield from wrapped(f"no answer: {failure.kind} after {failure.total_ms:,.0f} ms{detail}", room)


def _reply(reply: Reply, room: int, *, whole: bool) -> Iterator[str]:
    kind = next((value for name, value in reply.headers if name.lower() == "content-type"), "no Content-Type")
    yield cut(one_line(f"{reply.status}, {kind}, {len(reply.body):,} bytes, {reply.total_ms:,.0f} ms"), room)
    for name, value in reply.headers:
        if whole or (name.lower() in _TELLING_HEADERS and name.lower() not in {"content-type", "content-length"}):
            yield cut(one_line(f"{name}: {value}"), room)
    if not reply.body:
        return
    if whole:
        yield from _limited(body_text(reply.body, _LONG_CHARACTERS).splitlines(), room, _LONG_LINES)
    else:
        yield from _short_body(reply.body, room)
    if reply.truncated:
        yield "(the answer was longer than what is kept)"


def _short_body(body: bytes, room: int) -> Iterator[str]:
    """Indented where that is short, else in a few lines: JSON without line ends, however it came."""
    lines = body_text(body, _SHORT_CHARACTERS).splitlines()
    if len(lines) > _SHORT_LINES and body[:1] in b"{[":
        lines = list(wrapped(one_line(body.decode("utf-8", "replace")[:_LONG_CHARACTERS])[:_SHORT_CHARACTERS], room))
    yield from _limited(lines, room, _SHORT_LINES if len(lines) <= _SHORT_LINES else _SHORT_LINES - 2)


def body_text(body: bytes, characters: int) -> str:
    """A body for reading: JSON indented, other text as it is, anything else as a count of bytes; at most so many characters."""
    text: str
    try:
        text = msgspec.json.format(body, indent=2).decode() if body[:1] in b"{[" else body.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last: nested deeper than msgspec goes
        text = body.decode("utf-8", "replace")
        if text.count("\ufffd") * 8 > len(text) or "\0" in text:
            return f"({len(body):,} bytes that are no text)"
    if len(text) > characters:
        return printable(text[:characters]) + "…"
    return printable(text)


def _limited(lines: Iterable[str], room: int, most: int) -> Iterator[str]:
    """At most so many lines, each cut to the room."""
    for index, line in enumerate(lines):
        if index == most:
            yield "…"
            return
        yield cut(line.expandtabs(4), room)


def _seen(row: FindingRow) -> str:
    finding = row.finding
    times = "once" if finding.occurrences == 1 else f"{finding.occurrences:,} times"
    again = {
        "confirmed": _sent_again(finding.confirmations),
        "flaky": "not seen each time it was sent again",
        "unverified": "not sent again",
        "suspected": "not sent again yet",
    }[finding.state]
    return f"{times} in this run; {again}; {row.standing}"


def _sent_again(times: int) -> str:
    if times == 0:
        return "by different requests, as none could be sent again to the same effect"
    return f"sent again {'once' if times == 1 else f'{times} times'} with the same result"


def _history(row: FindingRow, width: int) -> Iterator[str]:
    first = time.strftime("%Y-%m-%d %H:%M", time.localtime(row.first_seen_at)) if row.first_seen_at is not None else "?"
    text = f"check {row.finding.check} of {row.finding.agent or 'sentinel'}; run {row.run}; first seen {first} in run {row.first_run}"
    yield from labelled("", wrapped(text, width - 2 - _GAP), indent=2, gap=_GAP)
