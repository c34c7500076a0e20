"""Exact decimal numbers."""

from decimal import Decimal

import pytest
from msgspec.msgpack import Ext

from stages.agents.core.exact import Exact, compare, lowest, read, write


def plain(value: object) -> str:
    return bytes(value.data).decode() if isinstance(value, Ext) else str(value)


@pytest.mark.parametrize(
    ("written", "number", "again"),
    [
        (b"0.010", Exact(1, 2), "0.01"),
        (b"-2.5", Exact(-25, 1), "-2.5"),
        (b"1.5E+3", Exact(1500), "1500"),
        (b"3.0", Exact(3), "3"),
        (b"-0.0", Exact(0), "0"),
        (b"1E-20", Exact(1, 20), "1E-20"),
        (b"0.0000000000000000001", Exact(1, 19), "0.0000000000000000001"),
        (b"123456789012345678901.5", Exact(1234567890123456789015, 1), "1.234567890123456789015E20"),
        (b"1e19", Exact(10**19), "10000000000000000000"),
    ],
)
def test_numbers_are_read_exactly_and_written_canonically(written: bytes, number: Exact, again: str) -> None:
    """What comes back is the shortest plain form, or an exponent past 20 digits (PROTOCOL.md, section 4)."""
    assert read(Ext(2, written)) == number
    assert plain(write(number)) == again
    assert Decimal(again) == Decimal(written.decode())


@pytest.mark.parametrize(
    "value", [True, "1", None, 1.5, Ext(2, b"nan"), Ext(2, b"1" * 321), Ext(2, b"1E-500"), Ext(3, b"1"), Ext(2, b"\xff")]
)
def test_what_is_no_number_or_out_of_proportion_is_not_read(value: object) -> None:
    """Booleans and text are no numbers; monstrous ones are left alone."""
    assert read(value) is None


@pytest.mark.parametrize(("value", "kind"), [((1 << 63) - 1, int), (1 << 63, Ext), (-(1 << 63), int), (-(1 << 63) - 1, Ext)])
def test_integers_past_64_bits_become_extension_values(value: int, kind: type) -> None:
    """The border is that of signed 64 bits."""
    made = write(Exact(value))
    assert isinstance(made, kind)
    assert read(made) == Exact(value)


def test_rounding_to_a_scale_goes_inwards() -> None:
    """floor_at and ceil_at bracket the number, below zero too."""
    for number in (Exact(-15, 1), Exact(15, 1), Exact(2), Exact(-12345, 3)):
        for scale in (0, 1, 2):
            exact = Decimal(number.mantissa) / 10**number.scale
            assert Decimal(number.floor_at(scale)) / 10**scale <= exact <= Decimal(number.ceil_at(scale)) / 10**scale
            assert number.ceil_at(scale) - number.floor_at(scale) <= 1


def test_comparison_and_lowest_terms() -> None:
    """Numbers of different scale compare by value; trailing zeros go."""
    assert compare(Exact(15, 1), Exact(2)) < 0 == compare(Exact(2), lowest(200, 2)) < compare(Exact(3), Exact(29, 1))
    assert lowest(-500, 2) == Exact(-5)
