"""Response schemas as validators (JSON Schema 2020-12, jsonschema-rs), compiled when first needed, each with the definitions it reaches.

``format`` is an annotation in 2020-12 and an open list in OpenAPI, so it never makes a finding: every schema has one validator that
asserts the formats that are noted, one that asserts none, and one that asserts all that are known. A fault counts when all of them see it
(a ``oneOf`` may need the formats to tell its branches apart), and an answer that only the noted formats refuse gives notes.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import jsonschema_rs
from jsonschema_rs import Draft202012Validator
from msgspec import Struct

from pipeline.messages import Schema
from stages.score.jsontext import plain

NOTED: Final = frozenset({"date-time", "date", "uuid", "ipv4", "ipv6"})
"""Formats that are notes where they are broken."""
TELLING: Final = NOTED | {
    *("time", "duration", "email", "idn-email", "hostname", "idn-hostname", "uri", "uri-reference", "iri", "iri-reference"),
    *("uri-template", "json-pointer", "relative-json-pointer", "regex"),
}
"""Formats that tell branches apart: all of JSON Schema 2020-12."""

_ONE = frozenset(
    {
        *("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"),
        *("unevaluatedItems", "unevaluatedProperties"),
    }
)
_MANY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas"})
_LITERAL = frozenset(
    {
        *("type", "const", "enum", "pattern", "required", "dependentRequired", "uniqueItems"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains", "minProperties", "maxProperties"),
    }
)
_DEFINITIONS = "#/$defs/"
_MENDINGS = 64
_PATTERNS = jsonschema_rs.FancyRegexOptions(size_limit=1 << 27)  # bytes: what ingest lets a pattern take
_CHOICES = (jsonschema_rs.ValidationErrorKind.AnyOf, jsonschema_rs.ValidationErrorKind.OneOfNotValid)
_KINDS = frozenset({"type", "enum", "const"})
_ENGINE_LIMITS = (
    jsonschema_rs.ValidationErrorKind.BacktrackLimitExceeded,
    jsonschema_rs.ValidationErrorKind.RegexEngineFailure,
    jsonschema_rs.ValidationErrorKind.Referencing,
)


class Violation(Struct, frozen=True):
    """One error of an answer: ``rule`` is the path of the broken keyword in the schema, ``place`` the one of the value in the body."""

    rule: list[str | int]
    place: list[str | int]
    keyword: str
    message: str


class Validator:
    """A compiled schema. The forms with no formats and with all of them are compiled when an answer first needs them."""

    __slots__ = ("_build_telling", "_loose", "_names", "_root", "_strict", "_telling")

    def __init__(self, root: Any, strict: Draft202012Validator, telling: Callable[[], Draft202012Validator | None]) -> None:
        self._root = root
        self._strict = strict
        self._loose: Draft202012Validator | None = None
        self._telling: Draft202012Validator | None = None
        self._build_telling = telling
        self._names: frozenset[str] | None = None

    def is_valid(self, value: Any) -> bool:
        """The fast answer, formats asserted. Raises ValueError for values that cannot be judged (lone surrogates)."""
        return self._strict.is_valid(value)

    def place(self, violation: Violation) -> str:
        """The pointer to a violation's place, with ``*`` for what is a value there: indexes, and keys that no ``properties`` names."""
        if self._names is None:
            self._names = frozenset(_property_names(self._root))
        names = self._names
        return "".join(f"/{part}" if isinstance(part, str) and part in names else "/*" for part in violation.place)

    def violations(self, value: Any) -> tuple[list[Violation], bool]:
        """Why a value is invalid, and whether only formats say so. No violations: valid after all."""
        strict = list(_read(self._strict.iter_errors(value)))
        if self._loose is None:
            self._loose = _build(self._root, formats=False) or self._strict
        loose = {_where(error) for error in _read(self._loose.iter_errors(value))}
        if not loose:
            return [error for error in strict if error.keyword == "format"] or strict[:1], True
        if self._telling is None:
            self._telling = self._build_telling() or self._strict
        telling = {_where(error) for error in _read(self._telling.iter_errors(value))}
        return [error for error in strict if _where(error) in loose & telling], False


def _property_names(root: Any) -> Iterator[str]:
    todo = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, list):
            todo.extend(node)
        elif isinstance(node, dict):
            named = node.get("properties")
            if isinstance(named, dict):
                yield from named
            todo.extend(node.values())


def _where(error: Violation) -> tuple[str, ...]:
    return (*map(str, error.rule), "@", *map(str, error.place))


def _read(errors: Iterable[jsonschema_rs.ValidationError]) -> Iterator[Violation]:
    for error in errors:
        if isinstance(error.kind, _ENGINE_LIMITS):
            continue
        if (branch := _meant(error)) is not None:
            yield from _read(branch)
        else:
            yield Violation(rule=error.schema_path, place=error.instance_path, keyword=error.kind.name, message=error.message)


def _meant(error: jsonschema_rs.ValidationError) -> list[jsonschema_rs.ValidationError] | None:
    """Why the one branch of an ``anyOf`` or ``oneOf`` refuses that the value can be meant for: the only one whose type it has.

    Mostly that of "this or null". None where it is another keyword, or where several branches, or none, could be meant.
    """
    kind = error.kind
    if not isinstance(kind, _CHOICES):
        return None
    fitting = [branch for branch in kind.context if not any(_is_of_other_kind(one, error) for one in branch)]
    return fitting[0] if len(fitting) == 1 and fitting[0] else None


def _is_of_other_kind(inner: jsonschema_rs.ValidationError, outer: jsonschema_rs.ValidationError) -> bool:
    return inner.kind.name in _KINDS and inner.instance_path == outer.instance_path


class Schemas:
    """The shared schemas of an ``Api`` and the validators made of them; at most ``limit`` are kept, the least used goes first."""

    def __init__(self, shared: dict[str, Schema], limit: int = 1024) -> None:
        self._shared = shared
        self._limit = limit
        self._definitions: dict[tuple[str, bool], tuple[Any, frozenset[str]]] = {}
        self._validators: OrderedDict[tuple[str, ...], Validator | None] = OrderedDict()

    def validator(self, place: tuple[str, ...], schema: Schema) -> Validator | None:
        """The validator of the schema at ``place`` (its name in the cache). None: the schema accepts everything, or cannot be compiled."""
        known = self._validators.get(place, place)
        if known is not place:
            self._validators.move_to_end(place)
            return known  # type: ignore[return-value]  # the sentinel is the only tuple it could be
        made = None if schema is None or schema is True else self._compile(schema)
        self._validators[place] = made
        if len(self._validators) > self._limit:
            self._validators.popitem(last=False)
        return made

    def _compile(self, schema: Schema) -> Validator | None:
        root = self._root(schema, telling=False)
        if root is True or root == {}:
            return None
        strict = _build(root, formats=True)
        return Validator(root, strict, lambda: _build(self._root(schema, telling=True), formats=True)) if strict else None

    def _root(self, schema: Schema, *, telling: bool) -> Any:
        """The schema, translated, with all definitions that it reaches."""
        names: set[str] = set()
        root = _translate(schema, names, TELLING if telling else NOTED)
        definitions = self._reached(names, telling=telling)
        return {**root, "$defs": definitions} if isinstance(root, dict) and definitions else root

    def _reached(self, names: set[str], *, telling: bool) -> dict[str, Any]:
        """All definitions that are reached from ``names``, translated; one that the document does not have accepts everything."""
        reached: dict[str, Any] = {}
        todo = sorted(names, reverse=True)
        while todo:
            name = todo.pop()
            if name in reached:
                continue
            key = name, telling
            if key not in self._definitions:
                inner: set[str] = set()
                made = _translate(self._shared.get(name, True), inner, TELLING if telling else NOTED)
                self._definitions[key] = made, frozenset(inner)
            reached[name], next_names = self._definitions[key]
            todo.extend(sorted(next_names - reached.keys(), reverse=True))
        return reached


def _translate(schema: Schema, names: set[str], formats: frozenset[str]) -> Any:
    """The schema with assertions and these formats only, and plain numbers; the definitions it names are added to ``names``."""
    if not isinstance(schema, dict):
        return schema if isinstance(schema, bool) else True
    made: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "$ref":
            if isinstance(value, str) and value.startswith(_DEFINITIONS):
                names.add(value.removeprefix(_DEFINITIONS).replace("~1", "/").replace("~0", "~"))
                made[keyword] = value
        elif keyword in _LITERAL:
            made[keyword] = plain(value)
        elif keyword in _ONE:
            made[keyword] = _translate(value, names, formats)
        elif keyword in _MANY and isinstance(value, list) and value:
            made[keyword] = [_translate(item, names, formats) for item in value]
        elif keyword in _NAMED and isinstance(value, dict):
            made[keyword] = {name: _translate(item, names, formats) for name, item in value.items()}
        elif keyword == "format" and value in formats:
            made[keyword] = value
    return made


def _build(schema: Any, *, formats: bool) -> Draft202012Validator | None:
    """Compile; a keyword that cannot be (a pattern of another dialect, a bound that is no number) is left out."""
    for _ in range(_MENDINGS):
        try:
            return Draft202012Validator(schema, validate_formats=formats, offline=True, pattern_options=_PATTERNS)
        except jsonschema_rs.ValidationError as error:
            schema = _without(schema, error.instance_path)
            if schema is None:
                return None
        except (ValueError, OverflowError, jsonschema_rs.ReferencingError):
            return None
    return None


def _without(schema: Any, path: list[str | int]) -> Any:
    """A copy of the schema without the keyword at ``path``, or None where there is none."""
    keywords = [index for index, part in enumerate(path) if part in _LITERAL | _ONE | _MANY | _NAMED | {"$ref", "format"}]
    if not keywords:
        return None
    return _dropped(schema, path[: keywords[-1] + 1])


def _dropped(schema: Any, path: list[str | int]) -> Any:
    first, rest = path[0], path[1:]
    if isinstance(schema, dict):
        if not rest:
            return {key: value for key, value in schema.items() if key != first}
        return {key: _dropped(value, rest) if key == first else value for key, value in schema.items()}
    if isinstance(schema, list) and isinstance(first, int) and rest:
        return [_dropped(value, rest) if index == first else value for index, value in enumerate(schema)]
    return None
