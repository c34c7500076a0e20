"""The one written form of numbers (native/PROTOCOL.md, 4)."""

import pytest
from msgspec.msgpack import Ext

from stages.ingest.numbers import exact_integer, exact_number, is_integer, is_number, of_int, plain_number


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("3.0", 3), ("3e2", 300), ("30E-1", 3), ("-0.0", 0), ("0e999999999999999", 0), ("+7", 7), ("1.", 1), ("-12.50e1", -125)],
)
def test_integral_numbers_are_integers_however_they_are_written(text: str, value: int) -> None:
    """3, 3.0 and 3e2 are the same kind of number."""
    assert exact_number(text) == value


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0.01", b"0.01"),
        ("-2.50", b"-2.5"),
        (".5", b"0.5"),
        ("1e-2", b"0.01"),
        ("1e-19", b"0.0000000000000000001"),
        ("1e-20", b"1E-20"),
        ("123.4e-30", b"1.234E-28"),
        ("3.14159265358979323846", b"3.14159265358979323846E0"),
        ("12345678901234567890.5", b"1.23456789012345678905E19"),
    ],
)
def test_other_numbers_have_one_plain_form_of_at_most_20_digits(text: str, written: bytes) -> None:
    """Trailing zeros go; past 20 digits there is an exponent, and nothing is ever rounded."""
    assert exact_number(text) == Ext(2, written)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**500])
def test_integers_past_64_bits_are_their_digits(number: int) -> None:
    """The edge is that of signed 64 bits, by whichever way the number comes."""
    assert exact_number(str(number)) == exact_integer(str(number)) == of_int(number) == Ext(1, str(number).encode())
    assert of_int(2**63 - 1) == 2**63 - 1


def test_a_huge_exponent_does_not_become_a_huge_text() -> None:
    """Ten characters of a document never cost a gigabyte."""
    assert exact_number("1e999999999") == Ext(2, b"1E999999999")
    assert len(exact_number("-1e-99999999999999999999").data) < 20


@pytest.mark.parametrize("text", ["", ".", "e5", "1e", "0x10", "1_000", "\N{ARABIC-INDIC DIGIT ONE}", "1 2"])
def test_other_texts_are_refused(text: str) -> None:
    """What is no JSON or YAML number raises ValueError."""
    with pytest.raises(ValueError, match="not a number"):
        exact_number(text)


def test_booleans_are_no_numbers() -> None:
    """True is an int to Python, not to JSON."""
    assert not is_integer(True)
    assert not is_number(False)
    assert is_number(Ext(2, b"0.5"))
    assert not is_integer(Ext(2, b"0.5"))


def test_settings_get_plain_numbers() -> None:
    """In settings 0.5 is a float and 10 an int."""
    assert plain_number("0.5") == 0.5
    assert type(plain_number("10")) is int
