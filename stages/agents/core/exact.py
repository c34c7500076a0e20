"""Exact decimal numbers: an integer mantissa and a number of decimal places; no float makes one (GENERATION.md, section 3)."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, Value

MAX_PLACES = 400
"""A number with more decimal places, or more zeros at its end, is not looked at."""

_MAX_PLAIN_DIGITS = 20
_MAX_WRITTEN = 320  # characters of a number of the document beyond which it is not looked at
_DECIMAL = re.compile(r"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?")


class Exact(NamedTuple):
    """``mantissa`` / 10^``scale``, in lowest terms: scale 0, or a mantissa that 10 does not divide."""

    mantissa: int
    scale: int = 0

    def at(self, scale: int) -> int:
        """The mantissa at a scale at least as large as its own."""
        return int(self.mantissa * 10 ** (scale - self.scale))

    def floor_at(self, scale: int) -> int:
        """The largest k with k / 10^scale <= the number."""
        return self.at(scale) if scale >= self.scale else self.mantissa // int(10 ** (self.scale - scale))

    def ceil_at(self, scale: int) -> int:
        """The smallest k with k / 10^scale >= the number."""
        return self.at(scale) if scale >= self.scale else -(-self.mantissa // int(10 ** (self.scale - scale)))


def lowest(mantissa: int, scale: int) -> Exact:
    """The number in lowest terms."""
    while scale > 0 and mantissa % 10 == 0:
        mantissa //= 10
        scale -= 1
    return Exact(mantissa, scale)


def as_double(number: Exact) -> float:
    """The nearest double, or an infinity."""
    try:
        return number.mantissa / int(10**number.scale)
    except OverflowError:
        return math.copysign(math.inf, number.mantissa)


def read(value: Value) -> Exact | None:
    """The number that a canonical value is; None where it is no number, or one with more than 320 characters or 400 places."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Exact(value)
    if not isinstance(value, Ext) or value.code not in (EXT_INTEGER, EXT_DECIMAL):
        return None
    written = bytes(value.data).decode("ascii", "replace")
    match = _DECIMAL.fullmatch(written)
    if match is None or len(written) > _MAX_WRITTEN:
        return None
    sign, whole, fraction, exponent = match.groups(default="")
    places = len(fraction) - int(exponent or 0)
    if abs(places) > MAX_PLACES:
        return None
    mantissa = int(whole + fraction)
    number = lowest(-mantissa if sign else mantissa, max(places, 0))
    return Exact(number.mantissa * 10 ** max(-places, 0), number.scale)


def write(number: Exact) -> Value:
    """The canonical value of a number: an int, or an extension value (native/PROTOCOL.md, section 4)."""
    mantissa, scale = number
    if scale == 0:
        return mantissa if -(1 << 63) <= mantissa < 1 << 63 else Ext(EXT_INTEGER, b"%d" % mantissa)
    sign = "-" if mantissa < 0 else ""
    digits = str(abs(mantissa))
    plain = digits.rjust(scale + 1, "0")
    if len(plain) <= _MAX_PLAIN_DIGITS:
        return Ext(EXT_DECIMAL, f"{sign}{plain[:-scale]}.{plain[-scale:]}".encode())
    tail = "." + digits[1:] if len(digits) > 1 else ""
    return Ext(EXT_DECIMAL, f"{sign}{digits[0]}{tail}E{len(digits) - 1 - scale}".encode())


def compare(left: Exact, right: Exact) -> int:
    """Below, at or above 0 as left is less than, equal to or greater than right."""
    scale = max(left.scale, right.scale)
    return left.at(scale) - right.at(scale)
