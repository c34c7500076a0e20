"""How the characters and places of a pattern are written for validators, whose dialects differ (``ecma`` reads the patterns)."""

HIGH, LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
NOTHING, ANYTHING = r"[^\s\S]", r"[\s\S]"
LINE_START, LINE_END = r"(?<![^\n\r\u2028\u2029])", r"(?![^\n\r\u2028\u2029])"  # for the flag m, at any of ECMA-262's line ends


def head_of(added: str, removed: str) -> str:
    """The head of a group with modifiers, but m: what it is for is written out."""
    added, removed = added.replace("m", ""), removed.replace("m", "")
    return f"(?{added}-{removed}:" if removed else f"(?{added}:"


def spelt_as(code: int, written: str) -> str:
    """A character as it was written, or, where validators of other dialects would not take that, in another way."""
    if code in HIGH or code in LOW:
        return NOTHING
    char = written[1]
    if char in "tnvfr/^$\\.*+?()[]{}|-" or (
        len(written) == 2 and char.isascii() and char.isprintable() and not char.isalnum() and char not in "<>"
    ):
        return written
    if (char == "u" and len(written) == 6) or (char == "u" and written[2] == "{" and len(written) <= 10) or (char == "x"):
        return written
    if code < 0x80 and (chr(code).isalnum() or code < 0x20 or code == 0x7F):
        return f"\\x{code:02x}"
    return chr(code) if len(written) == 2 else f"\\u{{{code:x}}}"


def range_of(first: int, last: int, spelt: str, spelt_last: str) -> str:
    """A range without the surrogates at its ends."""
    if first in HIGH or first in LOW:
        first, spelt = 0xE000, r"\ue000"
    if last in HIGH or last in LOW:
        last, spelt_last = 0xD7FF, r"\ud7ff"
    return f"{spelt}-{spelt_last}" if first <= last else ""
