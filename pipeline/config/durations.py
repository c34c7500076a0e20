"""Lengths of time as people write them: "250ms", "60s", "2m", "1h30m"."""

import re

_units = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_part = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_whole = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|h|m|s))+")

FORM = 'a length of time such as "250ms", "60s", "2m" or "1h30m"'
PATTERN = r"^(\d+(\.\d+)?(ms|h|m|s))+$"


def parse(text: str) -> int:
    """Milliseconds. Raises ``ValueError`` for any other form, and for less than a millisecond."""
    stripped = text.strip().replace(" ", "")
    if not _whole.fullmatch(stripped):
        raise ValueError(f"not {FORM}: {text!r}")
    total = round(sum(float(number) * _units[unit] for number, unit in _part.findall(stripped)))
    if total < 1:
        raise ValueError(f"shorter than a millisecond: {text!r}")
    return total


def text(milliseconds: int) -> str:
    """The shortest exact form: "1h30m", "90s", "250ms"."""
    if milliseconds % 1_000:
        return f"{milliseconds}ms"
    if milliseconds % 60_000 or milliseconds < 120_000:
        return f"{milliseconds // 1_000}s"
    hours, rest = divmod(milliseconds, 3_600_000)
    return (f"{hours}h" if hours else "") + (f"{rest // 60_000}m" if rest else "")
