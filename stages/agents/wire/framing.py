"""Cutting a byte stream into frames, and making frames: no I/O happens here (native/PROTOCOL.md, section 1)."""

from typing import Protocol

DEFAULT_MAX_FRAME_BYTES = 16 * 1024 * 1024

_HEADER_BYTES = 4
_SHOWN_BYTES = 40


class FrameError(ValueError):
    """The other side broke the framing; the connection cannot be used any further."""


class Framing(Protocol):
    """One way to cut a stream. ``limit`` (bytes of one payload) may change between calls: the handshake sets it."""

    limit: int

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was read; return the payloads it completes, in order. Raises FrameError."""
        ...

    def pending(self) -> int:
        """Bytes of a frame that has begun and not ended: above 0 at the end of input means it was cut off."""
        ...


class FrameReader:
    """Length-prefixed frames: four bytes, big endian, then so many bytes of payload."""

    def __init__(self, limit: int = DEFAULT_MAX_FRAME_BYTES) -> None:
        self.limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        buffer = self._buffer
        buffer += data
        payloads: list[bytes] = []
        start = 0
        while len(buffer) - start >= _HEADER_BYTES:
            length = int.from_bytes(buffer[start : start + _HEADER_BYTES], "big")
            if length == 0:
                raise FrameError("a frame of length 0")
            if length > self.limit:
                head = bytes(buffer[start : start + _SHOWN_BYTES])
                raise FrameError(f"a frame of {length} bytes, above the limit of {self.limit}{_printed(head)}")
            end = start + _HEADER_BYTES + length
            if len(buffer) < end:
                break
            payloads.append(bytes(buffer[start + _HEADER_BYTES : end]))
            start = end
        if start:
            del buffer[:start]
        return payloads

    def pending(self) -> int:
        return len(self._buffer)


class LineReader:
    """Frames that are lines of JSON. An empty line is the length 0 of this form."""

    def __init__(self, limit: int = DEFAULT_MAX_FRAME_BYTES) -> None:
        self.limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        buffer = self._buffer
        searched = len(buffer)
        buffer += data
        payloads: list[bytes] = []
        start = 0
        while (end := buffer.find(b"\n", max(start, searched))) >= 0:
            payloads.append(self._checked(bytes(buffer[start:end]).removesuffix(b"\r")))
            start = end + 1
        if start:
            del buffer[:start]
        if len(buffer) > self.limit:
            raise FrameError(f"a line of more than {self.limit} bytes")
        return payloads

    def pending(self) -> int:
        return len(self._buffer)

    def _checked(self, line: bytes) -> bytes:
        if not line:
            raise FrameError("an empty line")
        if len(line) > self.limit:
            raise FrameError(f"a line of {len(line)} bytes, above the limit of {self.limit}")
        return line


def _printed(head: bytes) -> str:
    """A hint for the commonest mistake: four letters, read as a length, are beyond every limit."""
    if not (head.isascii() and head[:_HEADER_BYTES].decode().isprintable()):
        return ""
    return f": is it text, printed to standard output? It begins with {head.decode()!r}"


def encode_frame(payload: bytes) -> bytes:
    """The payload with its length before it. Raises FrameError for one that the form cannot hold."""
    if not 0 < len(payload) < 1 << 32:
        raise FrameError(f"a frame of {len(payload)} bytes")
    return len(payload).to_bytes(_HEADER_BYTES, "big") + payload


def encode_line(payload: bytes) -> bytes:
    """The JSON text as a line. Raises FrameError where it spans lines."""
    if not payload or b"\n" in payload:
        raise FrameError("a message that is not one line")
    return payload + b"\n"
