"""HTML pages of errors, read as the text that a browser would show. One pass, whatever the page."""

import html
import re
from typing import Final

_BEGINS: Final = re.compile(r"\s*(?:<\?xml[^<>]*>\s*)?<(?:!doctype html|html\b)", re.IGNORECASE)
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)|<[!?/]")
_TITLE: Final = re.compile(r"<title[^<>]*>([^<]*)</title>", re.IGNORECASE)
_SPACE: Final = re.compile(r"\s+")
_UNSEEN: Final = frozenset({"script", "style", "svg", "template"})
_BLOCKS: Final = frozenset(
    {"body", "br", "div", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "li", "ol", "p", "pre", "section"}
    | {"table", "textarea", "title", "tr", "ul"}
)
_AS_WRITTEN: Final = frozenset({"pre", "textarea"})


def is_page(text: str) -> bool:
    """Whether a text is an HTML page, by how it begins."""
    return _BEGINS.match(text) is not None


def title(page: str) -> str:
    """The title of a page on one line; "" where it has none."""
    found = _TITLE.search(page)
    return " ".join(html.unescape(found[1]).split()) if found else ""


def readable(page: str) -> str:
    """The text of a page, a line for each block; comments, scripts and styles left out."""
    lower, parts = page.lower(), list[str]()
    at, as_written = 0, 0
    while (start := page.find("<", at)) >= 0:
        parts.append(page[at:start] if as_written else _SPACE.sub(" ", page[at:start]))
        tag = _TAG.match(page, start)
        if tag is None:
            parts.append("<")
            at = start + 1
            continue
        is_end, name = tag[1] == "/", (tag[2] or "").lower()
        opened = page.find("-->" if page.startswith("<!--", start) else ">", start)
        closed = lower.find(f"</{name}", opened) if name in _UNSEEN and not is_end else opened
        if min(opened, closed) < 0:  # it never ends
            at = len(page)
            break
        if name in _BLOCKS:
            parts.append("\n")
        if name in _AS_WRITTEN:
            as_written = max(0, as_written + (-1 if is_end else 1))
        at = closed if closed > opened else page.index(">", opened) + 1
    parts.append(page[at:])
    lines = (line.strip() for line in html.unescape("".join(parts)).split("\n"))
    return "\n".join(line for line in lines if line)
