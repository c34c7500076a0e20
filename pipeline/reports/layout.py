"""Text fit for a terminal: nothing in it is obeyed, and it keeps to its width."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

# C0, C1, line and paragraph separators, bidirectional overrides, surrogates: what a terminal or an editor would act on
_ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_COLOURS = {"critical": "1;31", "high": "31", "medium": "33", "low": "36", "info": "2", "bold": "1", "dim": "2", "good": "32"}


def printable(text: str) -> str:
    """``text`` with acting characters written as ``\\x1b``; line ends and tabs stay."""
    return _ACTING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """As ``printable``, on one line."""
    return " ".join(printable(text).split())


def columns(text: str) -> int:
    """How many columns of a terminal ``text`` takes: wide characters two, combining ones none."""
    return sum(0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns, with an ellipsis where something is left out."""
    if columns(text) <= width:
        return text
    taken = ""
    for each in text:
        if columns(taken + each) > width - 1:
            break
        taken += each
    return taken.rstrip() + "…"


def padded(text: str, width: int) -> str:
    """``text`` cut or filled up to exactly ``width`` columns."""
    text = cut(text, width)
    return text + " " * (width - columns(text))


def wrapped(text: str, width: int) -> Iterator[str]:
    """The lines of ``text``, broken between words; a word longer than a line is broken anywhere."""
    for line in printable(text).expandtabs(4).splitlines() or [""]:
        current = ""
        for word in line.split(" "):
            joined = f"{current} {word}" if current else word
            if columns(joined) <= width:
                current = joined
                continue
            if current:
                yield current
            current = word
            while columns(current) > width:
                head = cut(current, width + 1).removesuffix("…")[:width]
                yield head
                current = current[len(head) :]
        yield current


def labelled(label: str, lines: Iterable[str], *, indent: int, gap: int) -> Iterator[str]:
    """``lines`` beside a label of ``gap`` columns that stands before the first."""
    for line in lines:
        yield f"{' ' * indent}{label.ljust(gap)}{line}".rstrip()
        label = ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, width: int) -> Iterator[str]:
    """Columns: the first is cut so that all fit ``width``, the others stand to the right."""
    widths = [max(columns(row[column]) for row in [head, *rows]) for column in range(len(head))]
    rest = sum(each + 2 for each in widths[1:])
    widths[0] = max(8, min(widths[0], width - rest))
    for row in [head, *rows]:
        cells = [padded(row[0], widths[0]), *(" " * (size - columns(cell)) + cell for cell, size in zip(row[1:], widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()


def coloured(text: str, name: str, *, colour: bool) -> str:
    """``text`` in the colour of that name where colours are wanted."""
    return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if colour and text else text
