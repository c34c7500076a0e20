"""HTML pages of errors, read as text. In time that grows with the page, whatever it is."""

import html
import re
from functools import lru_cache
from typing import Final

_BEGINS: Final = re.compile(r"\s*(?:<\?xml[^<>]*>\s*)?<(?:!doctype html|html\b)", re.IGNORECASE)
_TITLE: Final = re.compile(r"<title[^<>]*>([^<]*)</title>", re.IGNORECASE)
_UNSEEN: Final = re.compile(r"<(?:!--|(script|style|svg|template)\b)", re.IGNORECASE)
_BLOCK: Final = re.compile(
    r"</?(?:body|br|div|footer|h[1-6]|head|header|hr|li|ol|p|pre|section|table|textarea|title|tr|ul)(?:[\s/][^<>]*)?>", re.IGNORECASE
)
_TAG: Final = re.compile(r"<[/!?]?[A-Za-z][^<>]*>")
_FRAME: Final = re.compile(r",\s{1,80}line (\d{1,9}),\s{1,80}in (?=[\w<])")  # of Python, which pages break into elements
_LINE: Final = re.compile(r"\s*\n\s*")


def is_page(text: str) -> bool:
    """Whether a text is an HTML page, by how it begins."""
    return _BEGINS.match(text) is not None


def title(page: str) -> str:
    """The title of a page on one line; "" where it has none."""
    found = _TITLE.search(page)
    return " ".join(html.unescape(found[1]).split()) if found else ""


@lru_cache(maxsize=4)  # several ask of one answer
def readable(page: str) -> str:
    """The text of a page, blocks and lines on lines of their own; tags, comments, scripts and styles left out."""
    text = _TAG.sub("", _BLOCK.sub("\n", _seen(page)))
    return _LINE.sub("\n", _FRAME.sub(r", line \1, in ", html.unescape(text))).strip()


def _seen(page: str) -> str:
    """The page without what no browser shows; nothing behind what never ends."""
    lower, parts, at = page.lower(), list[str](), 0
    while found := _UNSEEN.search(page, at):
        parts.append(page[at : found.start()])
        ends = "-->" if found[1] is None else f"</{found[1].lower()}"
        at = lower.find(ends, found.end())
        if at < 0:
            return " ".join(parts)
        at += len("-->") if found[1] is None else 0
    return " ".join([*parts, page[at:]])
