"""The benches' reading of HTTP streams."""

import itertools
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.framing import Lost, Requests, Responses
from tests.bench.recorder import Operations

ASKED = (
    b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
    b"POST /b?q=1 HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET "
    b"PUT /c HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nGET\r\n2;x=y\r\n /\r\n0\r\n\r\n"
    b"HEAD /d HTTP/1.1\r\n\r\n"
)
ANSWERED = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHTTP/\r\n0\r\n\r\n"
    b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n"
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n"
)


def pieces(whole: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % len(whole) for cut in cuts), len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(edges)]


@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_messages_are_found_however_the_bytes_arrive(cuts: list[int]) -> None:
    """Requests and responses are told apart from their bodies at every way to cut the stream."""
    requests = Requests()
    asked = [request for piece in pieces(ASKED, cuts) for request in requests.feed(piece)]
    assert asked == [("GET", "/a"), ("POST", "/b?q=1"), ("PUT", "/c"), ("HEAD", "/d")]
    responses = Responses(deque(method for method, _ in asked))
    assert [status for piece in pieces(ANSWERED, cuts) for status in responses.feed(piece)] == [200, 201, 204, 404]


def test_what_is_not_http_is_given_up() -> None:
    """A request line of one word ends the following, and so does a status that is no number."""
    with pytest.raises(Lost):
        Requests().feed(b"HELO\r\n\r\n")
    with pytest.raises(Lost):
        Responses(deque()).feed(b"HTTP/1.1 two OK\r\n\r\n")


def test_a_body_without_length_lasts_to_the_end() -> None:
    """After a response without length nothing more is taken for a response."""
    assert Responses(deque(["GET"])).feed(b"HTTP/1.1 200 OK\r\n\r\nabc\r\n\r\nHTTP/1.1 500 no\r\n\r\n") == [200]


def test_operations_are_found_below_the_prefix_fixed_segments_first() -> None:
    """The most literal template wins; an empty segment fills no parameter; other prefixes and methods are no operation."""
    operations = Operations({"paths": {"/a/{id}": {"get": {}, "parameters": []}, "/a/me": {"get": {}}, "/f/x{v}.zip": {"put": {}}}}, "/v1")
    assert operations.find("GET", "/v1/a/7?x=/") == "GET /a/{id}"
    assert operations.find("GET", "/v1/a/me") == "GET /a/me"
    assert operations.find("PUT", "/v1/f/x1.zip") == "PUT /f/x{v}.zip"
    assert [operations.find(*asked) for asked in [("GET", "/v1/a/"), ("POST", "/v1/a/7"), ("GET", "/a/7")]] == ["", "", ""]
