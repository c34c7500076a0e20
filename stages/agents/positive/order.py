"""Which entry an ordinal has, and whose streams it draws from: no case is like one before, as far as that is looked at (GENERATION.md,
section 12)."""

from collections.abc import Callable
from typing import NamedTuple

from stages.agents.core.equality import key_of
from stages.agents.core.mode import GaveUp
from stages.agents.core.places import Request
from stages.agents.positive.distinct import Breadth
from stages.agents.positive.entry import EntryCase
from stages.agents.positive.plan import RANDOM, Entry, behind

MOST_OLD = 128
"""Of a few: where so many in a row are like ones before, the stream ends."""
PASSED = 3
"""So many times as many as a block has are passed over in it: half of what is drawn may be without an optional part, and alike."""
Make = Callable[[Entry, tuple[int, int]], EntryCase]
"""What makes the case of an entry, at an ordinal, with the streams of another. Raises GaveUp."""


class Chosen(NamedTuple):
    """What an ordinal is. ``drawn``: the ordinal of the streams; ``made``: what makes it, where that was looked at just now."""

    entry: Entry
    drawn: int
    made: EntryCase | None = None


class Order:
    """The cases of one operation under one seed."""

    def __init__(self, request: Request, entries: list[Entry], breadth: Callable[[], Breadth]) -> None:
        self._request = request
        self._entries = entries
        self._ask_breadth = breadth
        self._breadth: Breadth | None = None
        self._planned: list[int] = []  # entries that are new
        self._looked = 0  # entries, so far
        self._seen: set[int] = set()
        self._block = _Block(-1, 0, set(), 0)

    def at(self, ordinal: int, make: Make) -> Chosen | None:
        """What this ordinal is; None: the stream ended before."""
        while len(self._planned) <= ordinal and self._looked < len(self._entries):
            chosen = self._look(make)
            if chosen is not None and len(self._planned) > ordinal:
                return chosen
        if ordinal < len(self._planned):
            index = self._planned[ordinal]
            return Chosen(self._entries[index], index)
        return self._behind(ordinal - len(self._planned), make)

    def _look(self, make: Make) -> Chosen | None:
        """The next entry of the plan; None: it makes what one before it does. What is given up is like none."""
        index, entry = self._looked, self._entries[self._looked]
        self._looked += 1
        made = None
        if entry.kind != "bare-credentials":
            made, key = _looked_at(make, entry, len(self._planned), index)
            if key in self._seen:
                return None
            if key is not None:
                self._seen.add(key)
        self._planned.append(index)
        return Chosen(entry, index, made)

    def _behind(self, index: int, make: Make) -> Chosen | None:
        entry = behind(self._request, index)
        first = len(self._entries)
        if not (self._request.places or self._request.bodies):
            return None if entry is None else Chosen(entry, first + index)
        if self._breadth is None:
            self._breadth = self._ask_breadth()
        is_few, size = self._breadth
        number = 0 if is_few else index // size
        if self._block.number != number:
            self._block = _Block(number, first + (1 + PASSED) * size * number, set(self._seen), PASSED * size)
        found = self._block.at(index - number * size, make, ends=is_few)
        if found is None or entry is None:
            return None
        return found if is_few or entry is RANDOM else Chosen(entry, found.drawn)


class _Block:
    """Random cases that are told apart from each other and from what was seen before, beginning with the streams of ``first``."""

    def __init__(self, number: int, first: int, seen: set[int], most_passed: int) -> None:
        self.number = number
        self._next = first
        self._seen = seen
        self._found: list[int] = []
        self._passed = 0
        self._most_passed = most_passed
        self._ended = False

    def at(self, index: int, make: Make, *, ends: bool) -> Chosen | None:
        """The random case with this index; None behind the last, if it ``ends``."""
        while len(self._found) <= index and not self._ended:
            made = self._look(make, ends=ends)
            if len(self._found) > index:
                return Chosen(RANDOM, self._found[index], made)
        return Chosen(RANDOM, self._found[index]) if index < len(self._found) else None

    def _look(self, make: Make, *, ends: bool) -> EntryCase | None:
        """Adds the next that is new, or may not be passed over."""
        in_a_row = 0
        while not (ends and in_a_row == MOST_OLD):
            ordinal = self._next
            self._next += 1
            made, key = _looked_at(make, RANDOM, ordinal, ordinal)
            is_new = not ends if key is None else key not in self._seen
            if is_new or (not ends and self._passed == self._most_passed):
                if key is not None:
                    self._seen.add(key)
                self._found.append(ordinal)
                return made
            in_a_row += 1
            self._passed += 1
        self._ended = True
        return None


def _looked_at(make: Make, entry: Entry, ordinal: int, drawn: int) -> tuple[EntryCase | None, int | None]:
    """What makes the case, and what is equal for requests with equal values; None each where it is given up."""
    try:
        made = make(entry, (ordinal, drawn))
        draft = made.draft()
    except GaveUp:
        return None, None
    return made, hash(key_of([draft.values, draft.media_type, draft.body]))
