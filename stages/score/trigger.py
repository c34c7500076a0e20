"""What is unusual about the input of a case: where many operations fail by it alike, it is the cause."""

from collections.abc import Iterator
from decimal import Decimal
from sys import float_info
from typing import Any, Final

from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, EXT_TEXT, Argument, Case
from stages.score.violations import VIOLATES

_CONTROL: Final = frozenset(map(chr, (*range(1, 9), 11, 12, *range(14, 32), 127)))
_BEYOND_DOUBLE: Final = "a number beyond a double"
# Violations of functional-negative that are of no keyword (native/GENERATION.md, sections 15, 18 and 19).
_BY_LABEL: Final = {
    "beyond-double": _BEYOND_DOUBLE,
    "duplicate": "a parameter or field that is there twice",
    "encoding/nul": "a NUL character",
    "encoding/utf-8": "a byte that is no UTF-8",
    "encoding/control": "a control character",
    "encoding/line-break": "a line break",
    "encoding/percent": "a percent sign without digits",
    "encoding/overlong": "an overlong sequence of UTF-8",
    "encoding/obs-text": "a header beyond ASCII",
    "encoding/tab": "tabs around a header's value",
    "long": "a parameter of 8192 characters",
    "maxLength/huge": "a very long text",
    "media-type": "a body of another media type",
    "media-type/json": "a body of another media type",
    "media-type/absent": "a body without a media type",
    "content-encoding/gzip": "a content coding that the body is not in",
    "content-encoding/sample": "an unknown content coding",
    "content-length/not-a-number": "a Content-Length that is no number",
    "content-length/negative": "a negative Content-Length",
    "content-length/differing": "two Content-Lengths that differ",
    "content-length/short": "a Content-Length that is one byte too small",
    "content-length/long": "a Content-Length that is one byte too large",
    "malformed/cut": "JSON without its end",
    "malformed/trailing-comma": "JSON with a comma too many",
    "malformed/empty": "an empty body",
    "malformed/utf-8": "a byte that is no UTF-8",
    "malformed/nan": "NaN in JSON",
    "malformed/single-quotes": "JSON in single quotes",
    "malformed/deep": "2000 arrays inside of each other",
    "malformed/deep-object": "2000 objects inside of each other",
    "malformed/latin-1": "Latin-1 declared as UTF-8",
    "malformed/duplicate-key": "a key that is there twice",
    "malformed/surrogate": "a lone surrogate",
    "malformed/utf-16": "a body in UTF-16",
    "malformed/utf-16-as-utf-8": "UTF-16 declared as UTF-8",
    "malformed/byte-order-mark": "a byte order mark",
    "malformed/unclosed": "multipart without its closing boundary",
    "malformed/no-boundary": "multipart without a boundary in its Content-Type",
    "malformed/wrong-boundary": "multipart with another boundary than its Content-Type says",
    "malformed/cut-part": "multipart that ends in the head of a part",
    "malformed/unclosed-element": "XML without its last end tag",
    "malformed/no-element": "XML without an element",
    "malformed/nul": "a NUL character",
    "malformed/wrong-encoding": "XML that declares another encoding than its own",
    "malformed/utf-16-undeclared": "XML in UTF-16 that does not say so",
    "malformed/deep-element": "2000 elements inside of each other",
    "malformed/no-utf-8": "a byte that is no UTF-8",
    "malformed/percent": "a percent sign without digits",
}


_SHARED: Final = {"header": "the header {}", "query": "the query parameter {}", "cookie": "the cookie {}"}
"""Parameters that have the same name, and mostly the same meaning, at many operations."""


def trigger(case: Case | None) -> str:
    """The most unusual thing that the case has, in words; else the parameter that it is about; "" where all of it is ordinary."""
    return unusual(case) or of_parameter(case, alone=True)


def unusual(case: Case | None) -> str:
    """The most unusual thing that the case has, in words, wherever it has it."""
    return (_labelled(case) or _by_values(list(_values(case)))) if case is not None else ""


def told(case: Case | None) -> str:
    """What the case is about by its own word: what it was made to violate, or else the parameter in which it is not as it would be."""
    return (_labelled(case) or ("" if unusual(case) else of_parameter(case))) if case is not None else ""


def of_parameter(case: Case | None, *, alone: bool = False) -> str:
    """The parameter that the case tries, beside the path, as long as it sends it; ``alone``: or the only thing that it sends there."""
    about = _parameter(case, alone=alone) if case is not None else None
    return _SHARED[about.location].format(about.name) if about is not None else ""


def is_apart_from_parameters(case: Case) -> bool:
    """Whether no header, query parameter or cookie can be why the case fails: it sends none."""
    return not any(one.location in _SHARED for step in case.steps for one in step.arguments)


def _parameter(case: Case, *, alone: bool = False) -> Argument | None:
    if not case.steps:
        return None
    attempt = case.steps[-1]
    sent = [one for one in attempt.arguments if one.location in _SHARED]
    if alone and len(sent) == len(case.steps) == 1 and attempt.body is None:
        return sent[0]
    if len(case.classes) != 1:
        return None  # it tries nothing, or several at once
    tried = [one for one in sent if case.classes[0].startswith((f"{one.location}/{one.name}:", f"{one.location}/{one.name}/"))]
    return max(tried, key=lambda one: len(one.name), default=None)


def _labelled(case: Case) -> str:
    place, _, label = next(iter(case.classes), "").partition(VIOLATES)
    return f"the method {label}" if place == "method" else _BY_LABEL.get(label, "")


def _by_values(values: list[Any]) -> str:
    texts = [value for value in values if isinstance(value, str)]
    numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    others = [value for value in values if isinstance(value, Ext)]
    codes = {value.code for value in others}
    for holds, name in (
        (any("\0" in text for text in texts), "a NUL character"),
        (EXT_TEXT in codes, "a lone surrogate"),
        (any(_CONTROL.intersection(text) for text in texts), "a control character"),
        (any(_is_beyond_double(value) for value in others), _BEYOND_DOUBLE),
        (EXT_INTEGER in codes, "an integer past 64 bits"),
        (any(not -(2**31) <= number < 2**31 for number in numbers), "an integer past 32 bits"),
        (any(ord(character) > 0xFFFF for text in texts for character in text), "a character past the basic plane"),
    ):
        if holds:
            return name
    return ""


def _is_beyond_double(value: Ext) -> bool:
    return value.code == EXT_DECIMAL and abs(Decimal(bytes(value.data).decode())) > float_info.max


def _values(case: Case) -> Iterator[Any]:
    for step in case.steps:
        todo: list[Any] = [argument.value for argument in step.arguments]
        if step.body is not None:
            todo.append(step.body.value)
        while todo:
            value = todo.pop()
            if isinstance(value, dict):
                todo.extend((*value.keys(), *value.values()))
            elif isinstance(value, list):
                todo.extend(value)
            else:
                yield value
