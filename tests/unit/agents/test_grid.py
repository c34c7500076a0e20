"""Numbers within bounds."""

from collections import Counter
from fractions import Fraction

import pytest

from stages.agents.core.draws import Draws
from stages.agents.core.exact import Exact, as_double
from stages.agents.core.grid import Bounds, grids, interesting_points, plausible_point, random_point

CASES = {
    "free": (Bounds(), False),
    "whole": (Bounds(low=Exact(-3), high=Exact(5), high_open=True), True),
    "single": (Bounds(low=Exact(4), high=Exact(4)), True),
    "steps": (Bounds(low=Exact(100), steps=(Exact(7),)), True),
    "whole with a fractional step": (Bounds(low=Exact(1), steps=(Exact(15, 1),)), True),
    "cents": (Bounds(high=Exact(101, 1), steps=(Exact(5, 2),)), False),
    "narrow": (Bounds(low=Exact(0), low_open=True, high=Exact(1, 2), high_open=True), False),
    "two steps": (Bounds(low=Exact(-5), steps=(Exact(2), Exact(3))), True),
    "very small": (Bounds(low=Exact(1, 15), high=Exact(1, 15)), False),
    "fractional bounds": (Bounds(low=Exact(15, 1), high=Exact(25, 1)), True),
    "beyond 64 bits": (Bounds(low=Exact(10**21), high=Exact(10**21 + 5)), True),
    "hundredths at 1e300": (Bounds(low=Exact(10**300), high=Exact(10**300), steps=(Exact(1, 2),)), False),
    "tiny": (Bounds(low=Exact(1, 17), high=Exact(2, 17)), False),
    "tiny and open": (Bounds(low=Exact(0), low_open=True, high=Exact(1, 16), high_open=True), False),
    "a large step": (Bounds(steps=(Exact(10**40),)), True),
    "negative": (Bounds(high=Exact(-11, 1), low=Exact(-19, 1)), False),
}


def exactly(number: Exact) -> Fraction:
    return Fraction(number.mantissa, 10**number.scale)


def within(number: Exact, bounds: Bounds, whole: bool) -> bool:
    value = exactly(number)
    low = None if bounds.low is None else exactly(bounds.low)
    high = None if bounds.high is None else exactly(bounds.high)
    return (
        (low is None or value > low or (value == low and not bounds.low_open))
        and (high is None or value < high or (value == high and not bounds.high_open))
        and all(value % exactly(step) == 0 for step in bounds.steps)
        and (not whole or value.denominator == 1)
    )


@pytest.mark.parametrize("name", CASES)
def test_every_number_made_is_within_its_bounds(name: str) -> None:
    """Plausible, random and interesting ones, checked with exact fractions."""
    bounds, whole = CASES[name]
    draws = Draws(4)
    made = [number for _, number in interesting_points(bounds, whole=whole)]
    for grid in grids(bounds, whole=whole):
        made += [plausible_point(grid, wish) for wish in (0, 1, 50)] + [random_point(draws, grid) for _ in range(300)]
    assert made
    assert [number for number in made if not within(number, bounds, whole)] == []


@pytest.mark.parametrize(
    ("bounds", "whole"),
    [
        (Bounds(low=Exact(5), high=Exact(4)), False),
        (Bounds(low=Exact(5), low_open=True, high=Exact(5)), False),
        (Bounds(low=Exact(11, 1), high=Exact(19, 1)), True),
        (Bounds(low=Exact(1), high=Exact(6), steps=(Exact(7),)), True),
        (Bounds(low=Exact(1, 17), low_open=True, high=Exact(1, 17)), False),
        (Bounds(low=Exact(1), high=Exact(10**39), steps=(Exact(10**40),)), True),
    ],
)
def test_bounds_without_a_number_have_no_grid(bounds: Bounds, whole: bool) -> None:
    """What cannot be is known before anything is drawn."""
    assert grids(bounds, whole=whole) == []


def test_bounds_and_their_neighbours_are_interesting() -> None:
    """The bounds come first, each number once."""
    found = dict(interesting_points(Bounds(low=Exact(1), high=Exact(3)), whole=True))
    assert found == {"minimum": Exact(1), "maximum": Exact(3), "above-minimum": Exact(2)}


def test_numbers_past_32_53_and_64_bits_are_interesting_where_they_are_allowed() -> None:
    """An integer without bounds may be larger than what programs store."""
    found = interesting_points(Bounds(), whole=True)
    assert dict(found)["past-32-bits"] == Exact(1 << 31)
    assert found[1] == ("past-64-bits", Exact(1 << 64))  # early: it breaks more programs than any other number


@pytest.mark.parametrize("whole", [True, False])
def test_all_edges_of_32_and_64_bits_are_interesting(whole: bool) -> None:
    """The last number of each size, with and without a sign, and the first beyond; each under one word, as far as the bounds allow it."""
    edges = [-(1 << 63) - 1, -(1 << 63), -(1 << 31) - 1, -(1 << 31), (1 << 31) - 1, 1 << 31, 1 << 32, (1 << 63) - 1, (1 << 64) - 1, 1 << 64]
    found = interesting_points(Bounds(), whole=whole)
    assert {number.mantissa for _, number in found if number.scale == 0} >= set(edges)
    assert len(dict(found)) == len(found)
    some = [number.mantissa for _, number in interesting_points(Bounds(low=Exact(0), high=Exact(1 << 40)), whole=True)]
    assert set(edges) & set(some) == {(1 << 31) - 1, 1 << 31, 1 << 32}


def test_the_next_point_below_a_wish_is_plausible() -> None:
    """Steps and bounds move it."""
    [grid] = grids(Bounds(low=Exact(100), steps=(Exact(7),)), whole=True)
    assert plausible_point(grid, 1) == Exact(105)
    assert plausible_point(grid, 113) == Exact(112)


@pytest.mark.parametrize(
    "bounds",
    [Bounds(high=Exact(10)), Bounds(low=Exact(-10)), Bounds(low=Exact(10**21)), Bounds(high=Exact(-(10**10))), Bounds(high=Exact(5, 1))],
)
@pytest.mark.parametrize("whole", [True, False])
def test_random_points_do_not_pile_up_at_a_bound(bounds: Bounds, whole: bool) -> None:
    """One bound is a value among others, on whichever side the others are: it was more than half of all."""
    grid = grids(bounds, whole=whole)[0]
    draws = Draws(3)
    made = [random_point(draws, grid) for _ in range(400)]
    assert max(Counter(made).values()) < 80  # one of eight on purpose
    assert len(set(made)) > 150


def test_random_points_reach_the_bounds() -> None:
    """Boundaries are drawn on purpose, not by luck."""
    [grid] = grids(Bounds(low=Exact(-(10**9)), high=Exact(10**9)), whole=True)
    made = {random_point(draws, grid).mantissa for draws in [Draws(1)] for _ in range(200)}
    assert {-(10**9), 10**9} <= made


@pytest.mark.parametrize("step", [Exact(1, 2), Exact(1, 1), Exact(5, 2), Exact(3, 1), Exact(7, 4)])
def test_programs_that_divide_doubles_find_random_multiples_to_be_multiples(step: Exact) -> None:
    """By doubles 0.07 is no multiple of 0.01; one in eight to one in three of all were such."""
    [grid] = grids(Bounds(steps=(step,)), whole=False)
    draws = Draws(5)
    made = [random_point(draws, grid) for _ in range(400)] + [plausible_point(grid, wish) for wish in range(-50, 50)]
    assert [number for number in made if as_double(number) / as_double(step) % 1] == []
    assert all(within(number, Bounds(steps=(step,)), False) for number in made)


def test_where_all_multiples_are_none_by_doubles_they_are_made_nevertheless() -> None:
    """What is valid by JSON Schema is made, if there is nothing better."""
    [grid] = grids(Bounds(low=Exact(7, 2), high=Exact(7, 2), steps=(Exact(1, 2),)), whole=False)
    assert random_point(Draws(1), grid) == plausible_point(grid, 1) == Exact(7, 2)


def test_a_step_that_is_nothing_as_a_double_is_not_divided_by() -> None:
    """It is below the smallest double."""
    [grid] = grids(Bounds(low=Exact(0), high=Exact(1), steps=(Exact(1, 399),)), whole=False)
    assert 0 <= exactly(random_point(Draws(1), grid)) <= 1
