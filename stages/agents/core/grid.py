"""Numbers within bounds: points of a grid, chosen without any rounding (GENERATION.md, section 6)."""

from functools import lru_cache
from math import gcd
from typing import NamedTuple

from stages.agents.core.draws import Draws
from stages.agents.core.exact import MAX_PLACES, Exact, as_double, lowest

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1
INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1
FAR = 10**20
"""What is far beyond the bounds of most."""
_TRIED = 32  # numbers to each side that are tried by doubles

# Formats that are bounds: (low, high).
NUMBER_FORMATS: dict[str, tuple[int, int]] = {
    "int8": (-128, 127),
    "int16": (-(1 << 15), (1 << 15) - 1),
    "int32": (INT32_MIN, INT32_MAX),
    "int64": (INT64_MIN, INT64_MAX),
    "uint8": (0, 255),
    "uint16": (0, (1 << 16) - 1),
    "uint32": (0, (1 << 32) - 1),
    "uint64": (0, (1 << 64) - 1),
    "unixtime": (0, 253402300799),
    "double-int": (-(1 << 53) + 1, (1 << 53) - 1),
    "sf-integer": (-999_999_999_999_999, 999_999_999_999_999),  # RFC 8941, 3.3.1: at most 15 digits
    "sf-decimal": (-999_999_999_999, 999_999_999_999),  # RFC 8941, 3.3.2: at most 12 digits before the point
}
WHOLE_FORMATS = NUMBER_FORMATS.keys() - {"sf-decimal"}


class Bounds(NamedTuple):
    """What a schema says of numbers. An absent bound is None; ``steps`` are the values of ``multipleOf``, all positive.

    ``by_format``: whether the lower and the upper bound are those of a format, and no keyword says them.
    """

    low: Exact | None = None
    low_open: bool = False
    high: Exact | None = None
    high_open: bool = False
    steps: tuple[Exact, ...] = ()
    by_format: tuple[bool, bool] = (False, False)


class Grid(NamedTuple):
    """The numbers k * ``unit`` / 10^``scale`` for whole k from ``low`` to ``high`` (None: no end on that side).

    ``fractions``: the steps that are no whole numbers, as doubles.
    """

    unit: int
    scale: int
    low: int | None
    high: int | None
    fractions: tuple[float, ...] = ()

    def value(self, k: int) -> Exact:
        return lowest(k * self.unit, self.scale)

    @property
    def empty(self) -> bool:
        return self.low is not None and self.high is not None and self.low > self.high

    def clamp(self, k: int) -> int:
        if self.low is not None and k < self.low:
            return self.low
        if self.high is not None and k > self.high:
            return self.high
        return k

    def steps(self, number: int) -> int:
        """How many steps from 0 the point at or next below a whole number is."""
        return number * int(10**self.scale) // self.unit

    def near(self, number: int) -> int:
        """The k of the point at or next below a whole number, moved into the bounds."""
        return self.clamp(self.steps(number))

    def agreed(self, k: int) -> int:
        """The first of k, the 31 above it and the 31 below it that programs which divide doubles find to obey the steps, too; else k.

        By doubles 0.07 is no multiple of 0.01.
        """
        if not self.fractions:
            return k
        tried = [each for each in (*range(k, k + _TRIED), *range(k - 1, k - _TRIED, -1)) if self.clamp(each) == each]
        return next((each for each in tried if self._is_multiple(each)), k)

    def _is_multiple(self, k: int) -> bool:
        double = as_double(self.value(k))
        return all(double / step % 1 == 0 for step in self.fractions)


def grid_at(bounds: Bounds, scale: int, *, whole: bool) -> Grid:
    """The numbers within the bounds that have at most ``scale`` places, obey all steps and, with ``whole``, are integers.

    The scale grows where a step needs more places.
    """
    steps = [*bounds.steps, Exact(1)] if whole else bounds.steps
    if steps:
        scale = max(step.scale for step in steps)
        unit = 1
        for step in steps:
            size = step.at(scale)
            unit = unit * size // gcd(unit, size)
    else:
        unit = 1
    fractions = tuple(double for step in bounds.steps if step.scale and (double := as_double(step)))
    low = high = None
    if bounds.low is not None:
        low = _first(bounds.low, bounds.low_open, scale, unit)
    if bounds.high is not None:
        high = -_first(Exact(-bounds.high.mantissa, bounds.high.scale), bounds.high_open, scale, unit)
    return Grid(unit, scale, low, high, fractions)


def _first(low: Exact, low_open: bool, scale: int, unit: int) -> int:
    """The smallest k with k * unit / 10^scale >= low, or > low."""
    k = -(-low.ceil_at(scale) // unit)
    if low_open and k * unit * 10**low.scale == low.mantissa * 10**scale:
        k += 1
    return k


@lru_cache(maxsize=1024)
def grids(bounds: Bounds, *, whole: bool) -> list[Grid]:
    """The coarsest grid that has a point and, for numbers that need not be whole, a finer one. Empty: no number there.

    Without steps the scales from 0 on are tried in turn. Where two bounds have a number between them, there is one with one place more than
    they have.
    """
    if whole or bounds.steps:
        grid = grid_at(bounds, 0, whole=whole)
        return [] if grid.empty else [grid]
    for scale in range(max(bound.scale if bound else 0 for bound in (bounds.low, bounds.high)) + 2):
        grid = grid_at(bounds, scale, whole=False)
        if not grid.empty:
            return [grid, grid_at(bounds, scale + 2, whole=False)]
    return []


def is_beyond(bounds: Bounds) -> bool:
    """Whether the steps have no common multiple but those that are too large to be looked at."""
    grid = grid_at(bounds, 0, whole=True)
    return grid.unit > int(10 ** (MAX_PLACES + grid.scale))


def random_point(draws: Draws, grid: Grid) -> Exact:
    """A number of the grid, mostly small, sometimes a bound or anything; takes two numbers.

    Where a bound cuts the numbers off that would be chosen from, as many more on their other side are.
    """
    kind = draws.below(8)
    first, last = _windows(grid)[kind]
    return grid.value(grid.agreed((first, last)[draws.below(2)] if kind == 5 else draws.between(first, last)))


@lru_cache(maxsize=4096)
def _windows(grid: Grid) -> list[tuple[int, int]]:
    """From where to where numbers are chosen of each kind; of kind 5 only these two."""
    start, small = grid.near(0), grid.steps(100) + 1
    spans = [(0, small)] * 4 + [(-small, small), (0, 0), (0, grid.steps(INT32_MAX)), (grid.steps(INT32_MIN), grid.steps(INT64_MAX))]
    windows: list[tuple[int, int]] = []
    for low, high in spans:
        last = grid.clamp(start + high)
        windows.append((grid.clamp(last + low - high), last))
    windows[5] = (start if grid.low is None else grid.low, grid.near(INT32_MAX) if grid.high is None else grid.high)
    return windows


def plausible_point(grid: Grid, wish: int) -> Exact:
    """The number of the grid that is at or next below a whole number, within the bounds; or one beside it (``Grid.agreed``)."""
    return grid.value(grid.agreed(grid.near(wish)))


def interesting_points(bounds: Bounds, *, whole: bool) -> list[tuple[str, Exact]]:
    """Numbers at and beside the bounds, and those that programs are known to trip over, each with the word for it; no number twice."""
    found: dict[Exact, str] = {}

    def add(label: str, grid: Grid, k: int | None) -> None:
        if k is not None and grid.clamp(k) == k:
            found.setdefault(grid.value(k), label)

    for grid in grids(bounds, whole=whole):
        add("minimum", grid, grid.low)
        add("maximum", grid, grid.high)
        add("above-minimum", grid, None if grid.low is None else grid.low + 1)
        add("below-maximum", grid, None if grid.high is None else grid.high - 1)
    for grid in grids(bounds, whole=whole)[:1]:
        for label, wish in _SPECIAL:
            scaled = wish * 10**grid.scale
            if scaled % grid.unit == 0:
                add(label, grid, scaled // grid.unit)
    for grid in grids(bounds, whole=whole)[1:]:
        add("fraction", grid, grid.near(1) + 1)
    return [(label, number) for number, label in found.items()]


_SPECIAL = (  # what breaks most programs first
    ("zero", 0),
    ("past-64-bits", 1 << 64),
    ("negative", -1),
    ("past-32-bits", 1 << 31),
    ("largest-64-bits", INT64_MAX),
    ("past-53-bits", (1 << 53) + 1),
    ("one", 1),
    ("smallest-64-bits", INT64_MIN),
    ("largest-32-bits", INT32_MAX),
    ("smallest-32-bits", INT32_MIN),
    ("below-64-bits", INT64_MIN - 1),
    ("below-32-bits", INT32_MIN - 1),
    ("past-unsigned-32-bits", 1 << 32),
    ("largest-unsigned-64-bits", (1 << 64) - 1),
)
