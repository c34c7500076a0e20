"""Strict reading of YAML text: YAML 1.2's core schema over libyaml's event parser, with the place of every value.

What YAML 1.1 readers get wrong for settings and API documents is right here: ``no`` and ``on`` are text, there are no dates and no
base-60 numbers, a duplicate key is a fault, every key is a string (``200:`` is "200", as in JSON), aliases cannot explode.
Merge keys (``<<``), which 1.2 left out, are understood. A fault never raises: it is listed, and reading goes on where it can.
"""

import re
from collections.abc import Callable
from typing import Any, NoReturn

import yaml
from msgspec import Struct

from pipeline.messages import Value
from stages.ingest.numbers import exact_number

Path = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_UNWRITABLE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMBER_START = frozenset("0123456789+-.")
# What libyaml refuses to see, YAML 1.2 section 5.1; U+FEFF is allowed at the start only.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]|(?<!^)\ufeff")


class YamlLimits(Struct, frozen=True, kw_only=True):
    """What bounds the reading of one text."""

    depth: int = 200  # levels of lists and mappings
    alias_nodes: int = 100_000  # values that aliases and merges stand for, counted as often as they stand there
    faults: int = 100


class YamlFault(Struct, frozen=True, kw_only=True):
    """One fault of the text; ``line`` and ``column`` count from 1."""

    path: Path
    line: int
    column: int
    message: str


class YamlDocument(Struct, frozen=True, kw_only=True):
    """What a text says. ``complete`` is False where a fault ended the reading: ``value`` is None then."""

    value: Value
    marks: dict[Path, tuple[int, int]]  # where each value (a mapping's: each key) stands, from 1
    faults: list[YamlFault]
    complete: bool = True

    def mark(self, path: Path) -> tuple[int, int]:
        """Line and column of the value at ``path``, or of the nearest place above it that the text has."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, (1, 1))


def read_yaml(
    text: str,
    limits: YamlLimits | None = None,
    *,
    number: Callable[[str], Value] = exact_number,
    marked: bool = True,
) -> YamlDocument:
    """Read the first document of ``text``.

    ``number`` makes the value of each number from its decimal text (``plain_number`` for settings); ``marked=False`` leaves ``marks``
    empty, for large documents.
    """
    return _Reader(text, limits or YamlLimits(), number, marked=marked).read()


class _StoppedError(Exception):
    """Reading cannot go on: the last fault says why."""


class _Open:
    """A list or mapping that is being read."""

    __slots__ = ("anchor", "dropped", "key", "key_mark", "merges", "nodes", "step", "value")

    def __init__(self, value: dict[str, Value] | list[Value], anchor: str | None, step: str | int | None) -> None:
        self.value = value
        self.anchor = anchor
        self.step = step  # its own place in the parent
        self.key: str | None = None
        self.key_mark: tuple[int, int] = (1, 1)
        self.dropped = False  # the key cannot stand: its value is read and left out
        self.merges: list[dict[str, Value]] = []
        self.nodes = 1


_MERGE = "<<"


class _Reader:
    def __init__(self, text: str, limits: YamlLimits, number: Callable[[str], Value], *, marked: bool) -> None:
        self._limits = limits
        self._number = number
        self._marked = marked
        self._text = text
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Value, int] | None] = {}
        self._alias_nodes = 0
        self._marks: dict[Path, tuple[int, int]] = {}
        self._faults: list[YamlFault] = []
        self._root: Value = None
        self._refused_depth = 0  # levels below a key that is itself a list or mapping

    def read(self) -> YamlDocument:
        self._clean()
        complete = True
        try:
            self._events()
        except _StoppedError:
            complete = False
        return YamlDocument(value=self._root if complete else None, marks=self._marks, faults=self._faults, complete=complete)

    def _clean(self) -> None:
        """Replace what no YAML text may hold, so that one stray byte in a description does not cost the document."""
        for found in _UNPRINTABLE.finditer(self._text):
            line = self._text.count("\n", 0, found.start()) + 1
            column = found.start() - self._text.rfind("\n", 0, found.start())
            self._fault((line, column), f"the character U+{ord(found[0]):04X} is not allowed in YAML", path=())
            if len(self._faults) >= 10:
                break
        if self._faults:
            self._text = _UNPRINTABLE.sub("\ufffd", self._text)

    def _events(self) -> None:
        loader = yaml.CLoader(self._text)
        documents = 0
        try:
            while (event := loader.get_event()) is not None:
                kind = type(event)
                if kind is yaml.ScalarEvent:
                    self._scalar(event)
                elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                    self._open(event, {} if kind is yaml.MappingStartEvent else [])
                elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                    self._close()
                elif kind is yaml.AliasEvent:
                    self._alias(event)
                elif kind is yaml.DocumentStartEvent:
                    documents += 1
                    if documents > 1:
                        self._fault(_mark(event), "a second document starts here; only the first one is read", path=())
                        break
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            if "maximum nesting depth" in str(error.problem):  # libyaml's own limit, met while it looks ahead
                self._stop(place, f"nested deeper than {self._limits.depth} levels")
            self._stop(place, " ".join(part for part in (error.context, error.problem) if part) or "this is not YAML")
        except yaml.YAMLError as error:
            self._stop((1, 1), f"this is not YAML: {error}".splitlines()[0])
        finally:
            loader.dispose()

    # Events

    def _scalar(self, event: Any) -> None:
        if self._refused_depth:
            return
        if self._wants_key():
            self._take_key(event, event.value, plain=event.implicit[0])
            return
        self._mark_next(event)
        self._put(self._resolve(event), 1, event.anchor)

    def _open(self, event: Any, value: dict[str, Value] | list[Value]) -> None:
        if self._refused_depth:
            self._refused_depth += 1
            return
        if len(self._stack) >= self._limits.depth:
            self._stop(_mark(event), f"nested deeper than {self._limits.depth} levels")
        if self._wants_key():
            self._fault(_mark(event), "a list or mapping cannot be a key")
            self._refused_depth = 1
            return
        if event.tag not in (None, "!", f"{_TAG}map", f"{_TAG}seq"):
            self._fault(_mark(event), f"the tag {event.tag} is not understood")
        self._mark_next(event)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._stack.append(_Open(value, event.anchor, self._next_step()))

    def _close(self) -> None:
        if self._refused_depth:
            self._refused_depth -= 1
            if not self._refused_depth:
                self._drop("")
            return
        done = self._stack.pop()
        if isinstance(done.value, dict):
            for merged in done.merges:
                done.value = merged | done.value
        self._put(done.value, done.nodes, done.anchor)

    def _alias(self, event: Any) -> None:
        if self._refused_depth:
            return
        known = self._anchors.get(event.anchor)
        if known is None:
            inside = event.anchor in self._anchors
            self._stop(_mark(event), f"the alias *{event.anchor} " + ("stands inside itself" if inside else "has no anchor before it"))
        value, nodes = known
        if self._wants_key():
            self._take_key(event, value if isinstance(value, str) else None, plain=False)
            return
        self._alias_nodes += nodes
        if self._alias_nodes > self._limits.alias_nodes:
            self._stop(_mark(event), f"aliases stand for more than {self._limits.alias_nodes} values")
        self._mark_next(event)
        self._put(value, nodes, None)

    # Where values go

    def _wants_key(self) -> bool:
        return bool(self._stack) and type(self._stack[-1].value) is dict and self._stack[-1].key is None

    def _next_step(self) -> str | int | None:
        if not self._stack:
            return None
        top = self._stack[-1]
        return len(top.value) if type(top.value) is list else top.key

    def _take_key(self, event: Any, key: str | None, *, plain: bool) -> None:
        top = self._stack[-1]
        if key is None:
            self._fault(_mark(event), "a list or mapping cannot be a key")
            self._drop("")
            return
        top.key = key
        top.key_mark = _mark(event)
        if key in top.value and not (plain and key == _MERGE):
            self._fault(top.key_mark, f"the key {key!r} stands here a second time; the first one counts")
            self._drop(key)

    def _drop(self, key: str) -> None:
        top = self._stack[-1]
        top.key = key
        top.dropped = True

    def _put(self, value: Value, nodes: int, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = (value, nodes)
        if not self._stack:
            self._root = value
            return
        top = self._stack[-1]
        top.nodes += nodes
        if isinstance(top.value, list):
            top.value.append(value)
            return
        key, top.key = top.key, None
        if top.dropped:
            top.dropped = False
        elif key == _MERGE:
            self._merge(top, value)
        elif key is not None:
            top.value[key] = value

    def _merge(self, top: _Open, value: Value) -> None:
        sources = value if isinstance(value, list) else [value]
        if all(isinstance(source, dict) for source in sources):
            top.merges.extend(sources)
        else:
            self._fault(top.key_mark, "a merge key (<<) takes a mapping or a list of mappings")

    # What a scalar means

    def _resolve(self, event: Any) -> Value:
        text: str = event.value
        if event.tag is not None and event.tag != "!":
            return self._tagged(event)
        if not event.implicit[0]:
            return text
        if text in _NULLS:
            return None
        if text in _BOOLS:
            return _BOOLS[text]
        if text[0] in _NUMBER_START:
            if _FLOAT.fullmatch(text):
                return self._number(text)
            if _INTEGER.fullmatch(text):
                return self._number(str(int(text, 0)))
            if _UNWRITABLE.fullmatch(text):
                self._fault(_mark(event), f"{text} has no form in JSON; it is read as text")
        return text

    def _tagged(self, event: Any) -> Value:
        text: str = event.value
        kind = event.tag.removeprefix(_TAG)
        if kind == "str":
            return text
        if kind == "null" and text in _NULLS:
            return None
        if kind == "bool" and text in _BOOLS:
            return _BOOLS[text]
        if kind in ("int", "float") and _FLOAT.fullmatch(text):
            return self._number(text)
        if kind == "int" and _INTEGER.fullmatch(text):
            return self._number(str(int(text, 0)))
        self._fault(_mark(event), f"{text[:40]!r} with the tag {event.tag} is not understood; it is read as text")
        return text

    # Places and faults

    def _path(self) -> Path:
        steps = [level.step for level in self._stack[1:]]
        steps.append(self._next_step())
        return tuple(step for step in steps if isinstance(step, (str, int)))

    def _mark_next(self, event: Any) -> None:
        if not self._marked:
            return
        in_mapping = bool(self._stack) and type(self._stack[-1].value) is dict
        if in_mapping and self._stack[-1].dropped:
            return
        self._marks.setdefault(self._path(), self._stack[-1].key_mark if in_mapping else _mark(event))

    def _fault(self, mark: tuple[int, int], message: str, path: Path | None = None) -> None:
        if len(self._faults) < self._limits.faults:
            where = self._path() if path is None else path
            self._faults.append(YamlFault(path=where, line=mark[0], column=mark[1], message=message))

    def _stop(self, mark: tuple[int, int], message: str) -> NoReturn:
        if len(self._faults) >= self._limits.faults:
            self._faults.pop()
        self._fault(mark, message)
        raise _StoppedError


def _mark(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
