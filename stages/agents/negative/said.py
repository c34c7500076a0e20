"""Which keyword of the document a violation is of (GENERATION.md, section 16): a bound may come from another one than it is named by."""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from pipeline.messages import Schema
from stages.agents.core.compiler import Compiler
from stages.agents.core.negation import is_keywords
from stages.agents.core.parts import as_list
from stages.agents.core.schema import Node

MOST_SCHEMAS = 4096


class _Origin(NamedTuple):
    """Where a keyword's bound may come from: other keywords that say it too, and those that say it where they must not hold."""

    others: tuple[str, ...]
    denied: tuple[str, ...]


_ORIGINS = {
    "type": _Origin((), ("type",)),
    "enum": _Origin(("const",), ("enum", "const")),
    "required": _Origin(("dependentRequired",), ("properties", "required")),
    "minimum": _Origin((), ("exclusiveMaximum",)),
    "exclusiveMinimum": _Origin((), ("maximum",)),
    "maximum": _Origin((), ("exclusiveMinimum",)),
    "exclusiveMaximum": _Origin((), ("minimum",)),
    "multipleOf": _Origin((), ("multipleOf",)),
    "minLength": _Origin((), ("maxLength",)),
    "maxLength": _Origin((), ("minLength",)),
    "pattern": _Origin((), ("pattern",)),
    "minItems": _Origin(("minContains", "contains"), ("maxItems", "items", "prefixItems")),
    "maxItems": _Origin(("items", "unevaluatedItems"), ("minItems",)),
    "additionalProperties": _Origin(("unevaluatedProperties",), ()),
    "minProperties": _Origin((), ("maxProperties",)),
    "maxProperties": _Origin((), ("minProperties",)),
}
_CHOICES = ("not", "then", "else", "oneOf", "dependentSchemas")


def is_of_choice(label: str) -> bool:
    """Whether the label names a keyword that looks at the part as a whole, whatever the violation does to a property of it."""
    return label.partition("/")[0] in _CHOICES


class Said:
    """The keywords of a part's schemas: what they say (down references, branches and what follows a condition), what ``not`` denies,
    and what ``if`` asks for. ``lists``: whether they list values."""

    def __init__(self, compiler: Compiler, node: Node) -> None:
        self.compiler = compiler
        self._keywords: set[str] = set()
        self._denied: list[Schema] = []
        self._asked: list[Schema] = []
        for schema in self._reached(list(node.schemas)):
            self._keywords.update(schema)
            self._denied += [schema["not"]] if "not" in schema else []
            self._asked += [schema["if"]] if "if" in schema else []
        self.lists = not self._keywords.isdisjoint(("enum", "const"))

    def named(self, label: str) -> str:
        """The label with a keyword that is said: its own, another that says the same, or the choice that it comes of."""
        keyword, slash, which = label.partition("/")
        origin = _ORIGINS.get(keyword)
        if origin is None or keyword in self._keywords:
            return label
        for other in origin.others:
            if other in self._keywords:
                return f"{other}{slash}{which}"
        denied = self._keywords_of(self._denied)
        for other in origin.denied:
            if other in denied:
                return f"not/{other}{slash}{which}"
        asked = self._keywords_of(self._asked)
        if keyword in asked and "else" in self._keywords:
            return "else"
        if asked.intersection(origin.denied) and "then" in self._keywords:
            return "then"
        return next((choice for choice in _CHOICES if choice in self._keywords), label)

    def _keywords_of(self, schemas: list[Schema]) -> set[str]:
        return {keyword for schema in self._reached([*schemas], "not", "if") for keyword in schema}

    def _reached(self, waiting: list[Schema], *more: str) -> Iterator[dict[str, Any]]:
        """The schemas that speak of the same part, at most 4096."""
        seen: set[str] = set()
        left = MOST_SCHEMAS
        while waiting and left:
            schema = waiting.pop()
            left -= 1
            if not is_keywords(schema):
                continue
            yield schema
            reference = schema.get("$ref")
            if isinstance(reference, str) and reference not in seen:
                seen.add(reference)
                waiting.append(self.compiler.target(reference))
            waiting.extend(schema[keyword] for keyword in ("then", "else", *more) if keyword in schema)
            for keyword in ("allOf", "oneOf", "anyOf"):
                waiting.extend(as_list(schema.get(keyword)))
            needs = schema.get("dependentSchemas")
            waiting.extend(cast("dict[str, Any]", needs).values() if isinstance(needs, dict) else ())
