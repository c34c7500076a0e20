"""Paths of the target in one spelling, so that they can be compared (RFC 3986, 6.2.2)."""

from urllib.parse import unquote

_DECODINGS = 4  # more layers of percent-encoding than any server undoes


def segments(target: str) -> tuple[str, ...] | None:
    """The decoded segments of a request target's path, without empty ones; None when it could mean another path to some server.

    That is so when, decoded as often as it can be, it has "." or ".." segments, or a segment holds a slash, a backslash or NUL.
    """
    path = target.partition("?")[0].partition("#")[0]
    once = tuple(unquote(part, errors="surrogateescape") for part in path.split("/"))
    for part in once:
        decoded = part
        for _ in range(_DECODINGS):
            if decoded in {".", ".."} or any(character in decoded for character in "/\\\x00;"):
                return None
            if "%" not in decoded:
                break
            decoded = unquote(decoded, errors="surrogateescape")
        else:
            return None
    return tuple(part for part in once if part)


def spelled(parts: tuple[str, ...]) -> str:
    """Segments as a path that begins with "/"."""
    return "/" + "/".join(parts)
