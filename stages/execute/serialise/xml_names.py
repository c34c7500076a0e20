"""The names of XML elements and attributes: prefixes, and the namespaces that they stand for (Namespaces in XML 1.0).

A namespace is declared on the element that it is said of. A prefix that no namespace is said of, there or around it, is left out: no
parser that knows of namespaces would read the document.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from msgspec import Struct

from stages.execute.serialise.text import Unserialisable

# What an XML 1.0 document cannot hold, not even as a character reference (XML 1.0, 2.2).
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[^\W\d][\w.-]*(:[^\W\d][\w.-]*)?")
_XML = "http://www.w3.org/XML/1998/namespace"  # bound to "xml" alone, without a declaration (3)
_XMLNS = "http://www.w3.org/2000/xmlns/"  # never declared (3)

Scope = Mapping[str, str]
"""Which prefixes stand for which namespaces; "" for that of elements without a prefix."""


class Attribute(Struct, frozen=True):
    """An attribute before its prefix is known. ``text`` is quoted; bytes stand there as they are."""

    name: str
    xml: Mapping[str, Any]
    text: str | bytes


class Start:
    """What an element begins with.

    ``name`` has its prefix; ``pieces`` are ``<name xmlns="..." a="..."``, ``names`` all names in them; ``scope`` is that of its content.
    """

    def __init__(self, name: str, xml: Mapping[str, Any], attributes: list[Attribute], around: Scope) -> None:
        self._declared: dict[str, str] = {}
        self._around = around
        self.names: set[str] = set()
        prefix, namespace = _wanted(xml)
        if namespace:
            self._declared[prefix] = namespace
        prefixes = {index: self._prefix_for(attribute) for index, attribute in enumerate(attributes) if _wanted(attribute.xml)[1]}
        self.scope: Scope = {**around, **self._declared} if self._declared else around
        self.name = self._written(name, prefix)
        self.pieces: list[str | bytes] = [f"<{self.name}"]
        for bound, meant in self._declared.items():
            self.pieces.append(f" xmlns{':' if bound else ''}{bound}={quoteattr(possible(meant))}")
        seen = {(f"xmlns:{bound}" if bound else "xmlns", "") for bound in self._declared}
        for index, attribute in enumerate(attributes):
            own = prefixes.get(index, _wanted(attribute.xml)[0])
            written = self._written(attribute.name, own)
            key = (attribute.name, self.scope.get(own, own)) if written != attribute.name else (written, "")
            if key in seen:
                raise Unserialisable(f"two attributes of one element are called {written!r} in XML")
            seen.add(key)
            self.pieces += [f" {written}=", attribute.text]

    def _prefix_for(self, attribute: Attribute) -> str:
        """A prefix for an attribute's namespace, which the default one is not: it does not apply to attributes (6.2)."""
        prefix, namespace = _wanted(attribute.xml)
        scope = {**self._around, **self._declared}
        if not prefix:
            prefix = next((bound for bound, meant in scope.items() if bound and meant == namespace), "")
        if scope.get(prefix) == namespace and prefix:
            return prefix
        if not prefix or prefix in self._declared:  # none of its own, or here it stands for another one
            prefix = next(made for number in range(1, len(scope) + 2) if (made := f"ns{number}") not in scope)
        self._declared[prefix] = namespace
        return prefix

    def _written(self, name: str, prefix: str) -> str:
        tag = f"{prefix}:{name}" if prefix and (prefix in self.scope or prefix == "xml") else name
        if not _NAME.fullmatch(tag):
            raise Unserialisable(f"{tag!r} is not a name in XML")
        self.names.add(tag)
        return tag


def possible(text: str) -> str:
    """The text, if XML has a form for it. Raises ``Unserialisable``."""
    if _FORBIDDEN.search(text):
        raise Unserialisable("XML has no form for control characters and lone surrogates")
    return text


def _wanted(xml: Mapping[str, Any]) -> tuple[str, str]:
    """The prefix and the namespace that are asked for, as far as they may be."""
    prefix, namespace = str(xml.get("prefix") or ""), str(xml.get("namespace") or "")
    if prefix and (not _NAME.fullmatch(prefix) or ":" in prefix):
        raise Unserialisable(f"{prefix!r} is not a prefix in XML")
    if namespace == _XML:
        return "xml", ""
    if namespace == _XMLNS or prefix == "xmlns":
        return "", "" if namespace == _XMLNS else namespace
    return ("" if prefix == "xml" and namespace else prefix), namespace
