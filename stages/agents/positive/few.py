"""The random cases of a request of which there are few: each is new, and they end (GENERATION.md, section 12)."""

from collections.abc import Callable, Iterable

from stages.agents.core.equality import key_of
from stages.agents.core.mode import GaveUp
from stages.agents.requests.draft import Draft

MOST_OLD = 32
"""Where so many in a row are like ones before, the stream ends."""


class Few:
    """Which ordinals of the stream are new. ``made``: what is made at random with the streams of an ordinal."""

    def __init__(self, planned: Iterable[Draft], first: int, made: Callable[[int], Draft]) -> None:
        self._seen = {_key(draft) for draft in planned}
        self._next = first
        self._made = made
        self._found: list[int] = []
        self._ended = False

    def at(self, index: int) -> int | None:
        """The ordinal whose streams make the random case of this index; None behind the last."""
        while len(self._found) <= index and not self._ended:
            self._look()
        return self._found[index] if index < len(self._found) else None

    def _look(self) -> None:
        for ordinal in range(self._next, self._next + MOST_OLD):
            try:
                key = _key(self._made(ordinal))
            except GaveUp:
                continue
            if key not in self._seen:
                self._seen.add(key)
                self._found.append(ordinal)
                self._next = ordinal + 1
                return
        self._ended = True


def _key(draft: Draft) -> bytes:
    """Equal for requests with equal values."""
    return key_of([draft.values, draft.media_type, draft.body])
