"""Text from documents and servers, made fit for a terminal, and tables."""

import os
import re
import shutil
from collections.abc import Sequence
from typing import TextIO

PLAIN_WIDTH = 100

_control = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """One line without anything that a terminal would obey or that has no UTF-8 form: such characters stand as \\x1b, \\ud800."""
    return _control.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def width(stream: TextIO) -> int:
    """Columns of a terminal; a readable width elsewhere."""
    return min(shutil.get_terminal_size().columns, 140) if stream.isatty() else PLAIN_WIDTH


def coloured(stream: TextIO) -> bool:
    """Whether colours are welcome: on a terminal, unless NO_COLOR is set (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def counted(number: int, noun: str) -> str:
    """``1 finding``, ``1,200 findings``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns padded to their widest cell, the last one left ragged; an empty text without rows."""
    if not rows:
        return ""
    cells = [list(head), *([printable(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells)
