"""Regular expressions: which ones the validator compiles, and what those of other dialects mean (ECMA-262 is JSON Schema's)."""

import functools
import re

import jsonschema_rs

_LITERAL = re.compile(r"/(\^.*\$)/[a-z]*", re.DOTALL)  # JavaScript's /^...$/i: the slashes could never match around ^ and $
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_LOOSE_HYPHEN = re.compile(r"(\\[wsdWSD])-(?!\])|(?<!\[)(?<!\[\^)-(?=\\[wsdWSD])")
_FOREIGN = {r"\A": "^", r"\Z": "$", r"\z": "$"}  # Ruby's and Python's anchors
_ESCAPE = re.compile(r"\\.", re.DOTALL)


@functools.lru_cache(maxsize=20_000)
def compiles(expression: str) -> bool:
    """Whether the validator that judges the answers can use the expression."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": expression})
    except ValueError:
        return False
    return True


def meant_pattern(expression: str) -> str:
    """The expression with the known habits of other dialects put right; itself where there are none."""
    if literal := _LITERAL.fullmatch(expression):
        expression = literal[1]
    expression = _ESCAPE.sub(lambda escape: _FOREIGN.get(escape[0], escape[0]), expression)
    return _CLASS.sub(lambda found: _LOOSE_HYPHEN.sub(_escaped, found[0]), expression)


def _escaped(found: re.Match[str]) -> str:
    r"""A hyphen beside a class escape (``[\w-.]``) is no range: only itself can be meant (ECMA-262, annex B)."""
    return f"{found[1] or ''}\\-"
