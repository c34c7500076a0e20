"""What counts as an unusual input of a request that a server fails on."""

import pytest

from tests.bench.faults_compared import inputs_of


@pytest.mark.parametrize("said", [b"/a?n=2147483648", b"/a/-2147483649?x=1", b"/a?n=99999999999999999999&x=1"])
def test_numbers_beyond_32_bits_are_large(said: bytes) -> None:
    """As numbers that stand alone, in a path, a query or JSON."""
    assert list(inputs_of(b"GET " + said + b" HTTP/1.1\r\nhost: a\r\n\r\n")) == ["large integer"]
    number = said.strip(b"/a?nx=1&")
    assert list(inputs_of(b'POST /a HTTP/1.1\r\n\r\n{"n":' + number + b"}")) == (["large integer"] if number.strip(b"-").isdigit() else [])


@pytest.mark.parametrize(
    "said", [b"1234567890", b"-2147483648", b"id-1234567890123", b"1699999999.123456", b"2023T99999999999Z", b"a1234567890123"]
)
def test_ids_and_times_are_not(said: bytes) -> None:
    """Digits in a row are no number beyond 32 bits by themselves."""
    assert list(inputs_of(b"GET /a/" + said + b" HTTP/1.1\r\n\r\n")) == []


def test_nul() -> None:
    """However it is written."""
    assert list(inputs_of(b"GET /a%00 HTTP/1.1\r\n\r\n")) == ["NUL"]
    assert list(inputs_of(b'POST /a HTTP/1.1\r\n\r\n"\\u0000"')) == ["NUL"]
