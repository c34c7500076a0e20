"""Where in a request a value stands, and what can stand there without doubt about what is meant (GENERATION.md, section 9)."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pipeline.messages import Value


class Realm(enum.Enum):
    """``plain``: made-up text keeps to characters that mean nothing in a request. ``texts``: those that arrive as they are (None: all)."""

    PATH = "path", True, r"(?!\.{0,2}\Z)[^\x00-\x1f\x7f]*"
    QUERY = "query", False, r"[^\x00-\x08\x0b\x0c\x0e-\x1f]*"
    HEADER = "header", True, r"(?! )[ -~]+(?<! )"
    COOKIE = "cookie", True, r"[!#-+\--:<-\[\]-~]+"
    JSON = "json", False, ""
    FORM = "form", False, r"[^\x00-\x08\x0b\x0c\x0e-\x1f]*"  # also XML and text: whatever cannot hold every character

    def __init__(self, key: str, plain: bool, texts: str) -> None:
        self.key = key
        self.plain = plain
        self.texts = re.compile(texts) if texts else None

    def can_hold(self, value: Value) -> bool:
        """Whether every text in the value arrives there as it is."""
        if self.texts is None:
            return True
        if isinstance(value, str):
            return self.texts.fullmatch(value) is not None
        if isinstance(value, list):
            return (bool(value) or not self.plain) and all(map(self.can_hold, value))
        if isinstance(value, dict):
            mapping = cast("dict[str, Value]", value)
            return (bool(mapping) or not self.plain) and all(map(self.can_hold, mapping)) and all(map(self.can_hold, mapping.values()))
        return True
