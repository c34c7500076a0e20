"""Cutting streams into frames."""

import pytest

from stages.agents.wire import FrameError, FrameReader, LineReader, encode_frame, encode_line


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_frames_survive_any_cutting_of_the_stream(size: int) -> None:
    """The payloads do not depend on how the bytes arrive."""
    payloads = [b"a", b"bc" * 40, b"\x00" * 5]
    data = b"".join(map(encode_frame, payloads))
    reader = FrameReader()
    got = [payload for at in range(0, len(data), size) for payload in reader.feed(data[at : at + size])]
    assert got == payloads
    assert reader.pending() == 0


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_lines_survive_any_cutting_of_the_stream(size: int) -> None:
    """Lines may end in CR LF, and arrive in any pieces."""
    data = b'{"a":1}\r\n{"b":2}\n'
    reader = LineReader()
    got = [payload for at in range(0, len(data), size) for payload in reader.feed(data[at : at + size])]
    assert got == [b'{"a":1}', b'{"b":2}']
    assert reader.pending() == 0


def test_a_frame_that_has_begun_is_pending() -> None:
    """What was cut off at the end of input is known."""
    reader = FrameReader()
    assert reader.feed(encode_frame(b"abc")[:-1]) == []
    assert reader.pending() == 6


@pytest.mark.parametrize("head", [b"\x00\x00\x00\x00", b"\x00\x00\x00\x0b" + b"x" * 11, b"\xff\xff\xff\xff"])
def test_frames_of_no_length_or_beyond_the_limit_are_refused(head: bytes) -> None:
    """A length of 0 or above the limit ends the connection, before its payload is kept."""
    with pytest.raises(FrameError):
        FrameReader(limit=10).feed(head)


def test_text_where_a_frame_should_be_is_called_that() -> None:
    """An agent that prints to standard output is the commonest mistake; a length of a billion bytes would tell nobody."""
    with pytest.raises(FrameError, match=r"is it text, printed to standard output\? It begins with 'Listening on port 80\\n'"):
        FrameReader().feed(b"Listening on port 80\n")
    with pytest.raises(FrameError, match=r"above the limit of 16777216$"):
        FrameReader().feed(b"\x7f\xff\xff\xffabc")


def test_a_frame_of_exactly_the_limit_passes() -> None:
    """The limit is what is still allowed."""
    assert FrameReader(limit=3).feed(encode_frame(b"abc")) == [b"abc"]


@pytest.mark.parametrize("data", [b"\n", b"12345678901\n", b"12345678901"])
def test_lines_that_are_empty_or_beyond_the_limit_are_refused(data: bytes) -> None:
    """An endless line is refused before its end came."""
    with pytest.raises(FrameError):
        LineReader(limit=10).feed(data)


def test_the_limit_can_change_between_frames() -> None:
    """The handshake sets it."""
    reader = FrameReader(limit=2)
    reader.limit = 4
    assert reader.feed(encode_frame(b"abcd")) == [b"abcd"]


def test_what_no_frame_can_hold_is_refused() -> None:
    """Empty payloads, and lines with a line end in them, cannot be sent."""
    with pytest.raises(FrameError):
        encode_frame(b"")
    with pytest.raises(FrameError):
        encode_line(b"a\nb")
