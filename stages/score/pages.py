"""HTML pages of errors, read as text. In time that grows with the page, whatever it is."""

import html
import re
from functools import lru_cache
from typing import Final

_BEGINS: Final = re.compile(r"\s*(?:<\?xml[^<>]*>\s*)?<(?:!doctype html|html\b)", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^<>]*>([^<]*)</title>", re.IGNORECASE)
_UNSEEN: Final = re.compile(r"<(?:!--|(script|style|svg|template)\b)", re.IGNORECASE)
_BLOCK: Final = re.compile(
    r"</?(?:article|aside|blockquote|body|br|button|caption|d[dlt]|div|footer|form|h[1-6]|head|header|hr|li|main|nav|ol|option|p|pre|section|table"
    r"|tbody|textarea|tfoot|thead|title|tr|ul)(?:[\s/][^<>]*)?>",
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"<[/!?]?[A-Za-z][^<>]*>")
_FRAME: Final = re.compile(r",\s{1,80}line (\d{1,9}),\s{1,80}in (?=[\w<])")  # of Python, which pages break into elements
_HUGE: Final = re.compile(r"&#[0-9]{8,};?")  # references to no character, which Python's own reader fails at
_CELL: Final = re.compile(r"</?t[dh](?:[\s/][^<>]*)?>", re.IGNORECASE)
_ENDS: Final = {name: re.compile(rf"</{name}\b" if name else "-->", re.IGNORECASE) for name in ("", "script", "style", "svg", "template")}


def is_page(text: str) -> bool:
    """Whether a text is an HTML page, by how it begins."""
    return _BEGINS.match(text) is not None


def title(page: str) -> str:
    """The title of a page on one line; "" where it has none."""
    found = _TITLE.search(page)
    return " ".join(html.unescape(without_huge_references(found[1])).split()) if found else ""


@lru_cache(maxsize=4)  # several ask of one answer
def readable(page: str) -> str:
    """The text of a page, blocks and lines on lines of their own; tags, comments, scripts and styles left out."""
    text = _TAG.sub("", _CELL.sub(" ", _BLOCK.sub("\n", _seen(without_huge_references(page)))))
    lines = (line.strip() for line in _FRAME.sub(r", line \1, in ", html.unescape(text)).split("\n"))
    return "\n".join(line for line in lines if line)


def without_huge_references(page: str) -> str:
    """The page with U+FFFD for each number that no character has."""
    return _HUGE.sub("\ufffd", page)


def _seen(page: str) -> str:
    """The page without what no browser shows; nothing behind what never ends."""
    parts, at = list[str](), 0
    while found := _UNSEEN.search(page, at):
        parts.append(page[at : found.start()])
        name = (found[1] or "").lower()
        opened = page.find(">", found.end())
        if name and opened > 0 and page[opened - 1] == "/":  # it ends where it begins
            at = opened + 1
            continue
        ended = _ENDS[name].search(page, found.end())
        if ended is None:
            return " ".join(parts)
        at = ended.start() if name else ended.end()
    return " ".join([*parts, page[at:]])
