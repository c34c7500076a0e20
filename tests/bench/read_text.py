"""What stands on the wire for a parameter or in a form, read back as values (OpenAPI 3.1, 4.8.12.3; RFC 6570).

A text is not typed: what it can be read as depends on the kinds that the schema allows (``shape``), and may be several values. All are
given, up to ``MOST``.
"""

import itertools
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, unquote_plus

from tests.bench.documented import Way
from tests.bench.json_values import loads
from tests.bench.shape import Shape, scalars

MOST = 256
_VARIED = 6  # so many items of an array are read in every way
_DELIMITERS = {"form": (",",), "simple": (",",), "spaceDelimited": ("%20", "+"), "pipeDelimited": ("%7C", "|")}
Pairs = list[tuple[str, str]]  # a name, decoded, and its text, as it is quoted on the wire


def pairs_of(query: str) -> Pairs:
    """The pairs of a query or an urlencoded body."""
    found = [part.partition("=") for part in query.split("&") if part]
    return [(unquote_plus(name), text) for name, _, text in found]


def products(choices: Iterable[list[Any]]) -> list[tuple[Any, ...]]:
    return list(itertools.islice(itertools.product(*choices), MOST))


class Texts:
    """Reads texts by a shape. ``decode``: what undoes the quoting of the place."""

    def __init__(self, shape: Shape, decode: Any = unquote_plus) -> None:
        self._shape = shape
        self._decode = decode

    def values(self, schema: Any, texts: list[str], delimiters: tuple[str, ...] = ()) -> list[Any]:
        """What texts that stand under one name can be; ``delimiters``: what may stand between the items of a text."""
        kinds = self._shape.kinds(schema)
        found = scalars(self._decode(texts[0]), kinds) if len(texts) == 1 else []
        if "array" in kinds:
            found += self._array(schema, texts)
            if len(texts) == 1:
                for delimiter in delimiters:
                    parts = texts[0].split(delimiter) if delimiter in texts[0] else []
                    found += self._array(schema, parts) if parts else []
                found += [[]] if texts == [""] else []
        if "object" in kinds and len(texts) == 1:
            for delimiter in delimiters:
                parts = texts[0].split(delimiter)
                if len(parts) % 2 == 0:
                    found += self.members(schema, list(zip(map(self._decode, parts[::2]), parts[1::2], strict=True)))
            found += [{}] if texts == [""] else []
        return found or [[self._decode(text) for text in texts]]

    def _array(self, schema: Any, texts: list[str]) -> list[Any]:
        item = self._shape.items(schema)
        kinds = self._shape.kinds(item)
        rest = [scalars(self._decode(text), kinds)[0] for text in texts[_VARIED:]]
        return [[*some, *rest] for some in products(scalars(self._decode(text), kinds) for text in texts[:_VARIED])]

    def members(self, schema: Any, pairs: Pairs, ways: dict[str, Way] | None = None) -> list[Any]:
        """The objects that pairs can be."""
        grouped: dict[str, list[str]] = {}
        for name, text in pairs:
            grouped.setdefault(name, []).append(text)
        choices = []
        for name, texts in grouped.items():
            way = (ways or {}).get(name)
            if way is not None and "json" in way.media_type:
                choices.append([as_json(self._decode(text)) for text in texts])
                continue
            delimiters = _DELIMITERS.get(way.style, ()) if way is not None and not way.explode else ()
            choices.append(self.values(self._shape.property(schema, name), texts, delimiters))
        return [dict(zip(grouped, some, strict=True)) for some in products(choices)]

    def deep(self, schema: Any, pairs: Pairs, name: str) -> list[Any]:
        """The objects that the pairs ``name[key]...`` can be."""
        inner: dict[str, Pairs] = {}
        for full, text in pairs:
            if full.startswith(f"{name}[") and "]" in full:
                key, _, rest = full[len(name) + 1 :].partition("]")
                inner.setdefault(key, []).append((key + rest, text))
        choices = []
        for key, found in inner.items():
            part = self._shape.property(schema, key)
            is_nested = all(full.startswith(f"{key}[") for full, _ in found) and not all(full == f"{key}[]" for full, _ in found)
            choices.append(self.deep(part, found, key) if is_nested else self.values(part, [text for _, text in found]))
        return [dict(zip(inner, some, strict=True)) for some in products(choices)]

    def form(self, schema: Any, body: str, ways: dict[str, Way]) -> list[Any]:
        """The objects that an urlencoded body can be."""
        pairs = pairs_of(body)
        choices, left = [], pairs
        named = self._shape.properties(schema)
        for name, way in ways.items():
            part = named.get(name, True)
            if "object" not in self._shape.kinds(part) or name in dict(pairs) or "json" in way.media_type:
                continue
            if way.style == "deepObject":
                own = [pair for pair in left if pair[0].startswith(f"{name}[")]
                values = self.deep(part, own, name)
            elif way.explode:
                own = [pair for pair in left if pair[0] in self._shape.properties(part) and pair[0] not in named]
                values = self.members(part, own)
            else:
                continue
            if own:
                left = [pair for pair in left if pair not in own]
                choices.append([{name: value} for value in values])
        choices.append(self.members(schema, left, ways))
        return [{key: value for part in some for key, value in part.items()} for some in products(choices)]


def as_json(text: str) -> Any:
    """The value of a JSON text; the text where it is none."""
    try:
        return loads(text)
    except ValueError:
        return text


def in_query(shape: Shape, name: str, way: Way, parts: list[str]) -> list[Any]:
    """What the parts that a parameter adds to the query can be; empty: nothing is sent."""
    texts = Texts(shape)
    if not parts:
        return []
    pairs = pairs_of("&".join(parts))
    own = [text for called, text in pairs if called == name]
    if way.media_type:
        return [as_json(unquote_plus(own[0]))] if "json" in way.media_type else texts.values(shape.root, own)
    kinds = shape.kinds(shape.root)
    found = []
    if "object" in kinds and way.style == "deepObject" and not own:
        found += texts.deep(shape.root, pairs, name)
    elif "object" in kinds and way.explode and (way.style == "form" or not own) and (not own or name in shape.properties(shape.root)):
        found += texts.members(shape.root, pairs)
    if own:
        found += texts.values(shape.root, own, () if way.explode and len(own) > 1 else _DELIMITERS.get(way.style, (",",)))
    return found or [dict(pairs)]


def in_path(shape: Shape, name: str, way: Way, text: str) -> list[Any]:
    """What a segment of the path can be."""
    texts = Texts(shape, unquote)
    if way.media_type:
        return [as_json(unquote(text))] if "json" in way.media_type else texts.values(shape.root, [text])
    if way.style == "matrix":
        pairs = [part.partition("=")[::2] for part in text.split(";")[1:]]
        own = [value for called, value in pairs if unquote(called) == name]
        decoded = [(unquote(called), value) for called, value in pairs]
        found = texts.members(shape.root, decoded) if way.explode and "object" in shape.kinds(shape.root) else []
        return found + (texts.values(shape.root, own, (",",)) if own else [])
    if way.style == "label":
        return simple(texts, shape, text.removeprefix("."), "." if way.explode else ",", explode=way.explode)
    return simple(texts, shape, text, ",", explode=way.explode)


def simple(texts: Texts, shape: Shape, text: str, delimiter: str, *, explode: bool) -> list[Any]:
    """What a text of the styles simple and label can be."""
    parts = text.split(delimiter)
    if explode and "object" in shape.kinds(shape.root) and all("=" in part for part in parts):
        pairs = [part.partition("=")[::2] for part in parts]
        return [*texts.members(shape.root, [(unquote(name), value) for name, value in pairs]), *texts.values(shape.root, [text])]
    return texts.values(shape.root, [text], (delimiter,))


def in_header(shape: Shape, way: Way, text: str | None) -> list[Any]:
    """What a header's text can be; None: it is not sent."""
    if text is None:
        return []
    if "json" in way.media_type:
        return [as_json(text)]
    return simple(Texts(shape, str), shape, text, ",", explode=way.explode)


def in_cookie(shape: Shape, name: str, way: Way, parts: list[str]) -> list[Any]:
    """What the pairs that a parameter adds to Cookie can be."""
    pairs = [(called, text) for called, _, text in (part.partition("=") for part in parts)]
    own = [text for called, text in pairs if called == name]
    if not pairs:
        return []
    if "json" in way.media_type and own:
        return [as_json(unquote(own[0]))]
    texts = Texts(shape, unquote)
    found = texts.members(shape.root, pairs) if "object" in shape.kinds(shape.root) and way.explode else []
    return found + (texts.values(shape.root, own, (",",)) if own else [])
