"""Where HTTP/1.1 messages begin and end in a stream of bytes (RFC 9112, section 6), and nothing else of them."""

from collections import deque


class Lost(Exception):
    """The bytes are no HTTP that could be followed."""


class Requests:
    """Feed it what a client sends; gives (method, target) of each request as its head is complete."""

    def __init__(self) -> None:
        self._stream = _Stream()

    def feed(self, data: bytes) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        self._stream.add(data)
        while (head := self._stream.head()) is not None:
            words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
            if len(words) != 3:
                raise Lost(head[:40])
            self._stream.skip_body(head, length=0)
            found.append((words[0], words[1]))
        return found


class Responses:
    """Feed it what a server sends; gives the status of each final response. ``asked`` are the methods it answers, in order."""

    def __init__(self, asked: deque[str]) -> None:
        self._stream = _Stream()
        self._asked = asked

    def feed(self, data: bytes) -> list[int]:
        found: list[int] = []
        self._stream.add(data)
        while (head := self._stream.head()) is not None:
            try:
                status = int(head[9:12])
            except ValueError:
                raise Lost(head[:40]) from None
            if 100 <= status < 200:
                continue
            method = self._asked.popleft() if self._asked else ""
            if method != "HEAD" and status not in {204, 304}:
                self._stream.skip_body(head, length=None)
            found.append(status)
        return found


class _Stream:
    """Bytes not yet passed, and how much of a body is still to be passed over (None: to the end of the connection)."""

    def __init__(self) -> None:
        self._held = b""
        self._skip: int | None = 0
        self._chunked = False

    def add(self, data: bytes) -> None:
        self._held += data
        if self._skip is None:
            self._held = b""

    def head(self) -> bytes | None:
        """The next head, without its empty line; None until there is one."""
        if not self._pass_body():
            return None
        self._held = self._held.lstrip(b"\r\n")
        head, ended, rest = self._held.partition(b"\r\n\r\n")
        if not ended:
            return None
        self._held = rest
        return head

    def skip_body(self, head: bytes, *, length: int | None) -> None:
        """The body that this head announces comes next; ``length`` is its length where the head does not say."""
        fields = dict(line.partition(b":")[::2] for line in head.lower().split(b"\r\n")[1:])
        if b"chunked" in fields.get(b"transfer-encoding", b""):
            self._chunked = True
        elif b"content-length" in fields:
            self._skip = int(fields[b"content-length"])
        else:
            self._skip = length

    def _pass_body(self) -> bool:
        while True:
            if self._skip is None:
                return False
            passed = min(self._skip, len(self._held))
            self._held, self._skip = self._held[passed:], self._skip - passed
            if self._skip:
                return False
            if not self._chunked:
                return True
            line, ended, rest = self._held.partition(b"\r\n")
            if not ended:
                return False
            size = int(line.partition(b";")[0], 16)
            if size:
                self._held, self._skip = rest, size + 2
            else:
                trailer = rest.partition(b"\r\n")
                if not trailer[1]:
                    return False
                self._held, self._chunked = trailer[2], False
