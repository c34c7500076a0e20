"""Where in a request a value stands, and what can stand there without doubt about what is meant (GENERATION.md, section 9)."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pipeline.messages import Value

_NO_COOKIE = frozenset('",;\\')


class Realm(enum.Enum):
    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    JSON = "json"
    FORM = "form"  # form and multipart bodies, XML and text: whatever cannot hold every character

    @property
    def plain(self) -> bool:
        """Whether made-up text keeps to characters that mean nothing in a request."""
        return self in _PLAIN

    def can_hold(self, value: Value) -> bool:
        """Whether every text in the value arrives there as it is."""
        if isinstance(value, str):
            return self._can_hold_text(value)
        if isinstance(value, list):
            return (bool(value) or not self.plain) and all(map(self.can_hold, value))
        if isinstance(value, dict):
            mapping = cast("dict[str, Value]", value)
            return (bool(mapping) or not self.plain) and all(self._can_hold_text(key) and self.can_hold(mapping[key]) for key in mapping)
        return True

    def _can_hold_text(self, text: str) -> bool:
        match self:
            case Realm.JSON:
                return True
            case Realm.PATH:
                return text not in ("", ".", "..") and not any(char < " " or char == "\x7f" for char in text)
            case Realm.QUERY | Realm.FORM:
                return not any(char < " " and char not in "\t\n\r" for char in text)
            case Realm.HEADER:
                return text != "" and all(" " <= char <= "~" for char in text) and text[0] != " " and text[-1] != " "
            case Realm.COOKIE:
                return text != "" and all("!" <= char <= "~" and char not in _NO_COOKIE for char in text)


_PLAIN = frozenset({Realm.PATH, Realm.HEADER, Realm.COOKIE})
