"""The one written form of every number: what JSON and YAML text say, as integers and exact decimals, never floats.

An integral number (``3``, ``3.0``, ``3e2``) is an ``int``, or past 64 bits (signed) ``Ext(1)`` of its digits. Any other is ``Ext(2)`` of
its shortest plain form (``0.01``, ``-2.5``) or, where that would have more than 20 digits, of one with an exponent (``1E-20``): one digit
before the point, no trailing zeros, no plus sign (``native/PROTOCOL.md``, 4). Numbers of more than ``MAX_DIGITS`` digits before the point
are kept in the form with an exponent too: 1e999999999 is ten characters, not a gigabyte.
"""

import re

from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, Value

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1
MAX_DIGITS = 1000
PLAIN_DIGITS = 20

_NUMBER = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?", re.ASCII)
_SHORT = 18  # decimal digits that fit 64 bits without looking


def exact_integer(text: str) -> int | Ext:
    """The canonical value of decimal digits with an optional sign. Raises ValueError for any other text."""
    return int(text) if len(text) <= _SHORT else exact_number(text)


def exact_number(text: str) -> int | Ext:
    """The canonical value of a number written as in JSON or in YAML's core schema. Raises ValueError for any other text."""
    match = _NUMBER.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        raise ValueError(f"not a number: {text[:40]!r}")
    sign = "-" if match[1] == "-" else ""
    fraction = (match[3] or "").rstrip("0")
    digits = (match[2] + fraction).lstrip("0")
    if not digits:
        return 0
    exponent = _bounded(match[4] or "0") - len(fraction)
    coefficient = digits.rstrip("0")
    exponent += len(digits) - len(coefficient)
    if exponent < 0:
        return Ext(EXT_DECIMAL, (sign + _fractional(coefficient, exponent)).encode())
    if len(coefficient) + exponent > MAX_DIGITS:
        return Ext(EXT_DECIMAL, (sign + _scientific(coefficient, exponent)).encode())
    return of_int(int(sign + coefficient + "0" * exponent))


def of_int(number: int) -> int | Ext:
    """A Python integer as a value: itself within 64 bits, ``Ext(1)`` past them."""
    if INT64_MIN <= number <= INT64_MAX:
        return number
    return Ext(EXT_INTEGER, str(number).encode())


def plain_number(text: str) -> int | float:
    """For settings rather than documents: an ``int`` where the text has no point or exponent, else a ``float``."""
    return float(text) if set(text) & set(".eE") else int(text)


def is_integer(value: Value) -> bool:
    """Whether a value is an integer of any size (and no bool)."""
    if isinstance(value, Ext):
        return value.code == EXT_INTEGER
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Value) -> bool:
    """Whether a value is a JSON number."""
    return is_integer(value) or (isinstance(value, Ext) and value.code == EXT_DECIMAL)


def text_of(value: Value) -> str:
    """The digits of a number as they would be written in JSON."""
    return bytes(value.data).decode() if isinstance(value, Ext) else str(value)


def is_negative(value: Value) -> bool:
    """Whether a number is below zero."""
    return text_of(value).startswith("-")


def _bounded(exponent: str) -> int:
    """An exponent as an int; its absolute value stops at 10^12, beyond which no number means anything."""
    return int(exponent) if len(exponent) <= 12 else (-(10**12) if exponent.startswith("-") else 10**12)


def _fractional(coefficient: str, exponent: int) -> str:
    whole = len(coefficient) + exponent
    if max(whole, 1) - exponent > PLAIN_DIGITS:
        return _scientific(coefficient, exponent)
    if whole > 0:
        return f"{coefficient[:whole]}.{coefficient[whole:]}"
    return f"0.{'0' * -whole}{coefficient}"


def _scientific(coefficient: str, exponent: int) -> str:
    point = f".{coefficient[1:]}" if len(coefficient) > 1 else ""
    return f"{coefficient[0]}{point}E{exponent + len(coefficient) - 1}"
