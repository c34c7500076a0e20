"""What the run made and no test needs any more: so that a run of hours leaves as little behind at a time as one of minutes."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from pipeline.messages import Made
from stages.dispatch.ledger import ancestors


def _segments(path: str) -> list[str]:
    return [unquote(part) for part in path.split("/") if part]


@dataclass(slots=True)
class Tidying:
    """Decides which made objects may go while the run goes on. ``limit``: how many may stand beside those in use.

    An object is in use while what is known of the target names it, for cases planned from that knowledge: so it may go two plans after it
    was forgotten, and when no case sent until then has anything to be checked again. ``note`` is called once an epoch, after its folding.
    """

    limit: int
    _before: frozenset[str] = frozenset()  # paths that stood at the last note
    _used_before: frozenset[str] = frozenset()  # the names in use then
    _waiting: deque[tuple[int, list[str]]] = field(default_factory=deque)  # (every ordinal below is closed, paths)
    _queued: set[str] = field(default_factory=set)

    def note(self, made: Mapping[str, Made], used: frozenset[str], next_ordinal: int) -> None:
        """``made`` by path, the oldest first; ``used``: the texts that known objects are named by; ``next_ordinal``: of the next case."""
        excess = len(made) - len(self._queued) - self.limit
        if excess > 0:
            busy = used | self._used_before
            old = [path for path in made if path in self._before and path not in self._queued]
            spare = [path for path in old if _segments(path)[-1] not in busy]
            chosen = [path for path in _without_parents_of_others(spare, made) if made[path].remover][:excess]
            if chosen:
                self._waiting.append((next_ordinal, chosen))
                self._queued.update(chosen)
        self._before = frozenset(made)
        self._used_before = used

    def due(self, open_from: int) -> bool:
        """Whether something may go now. ``open_from``: below it no ordinal has anything to be checked again."""
        return bool(self._waiting) and self._waiting[0][0] <= open_from

    def take(self, open_from: int, made: Mapping[str, Made]) -> list[Made]:
        """What may go now, of what still stands; each is told once."""
        paths: list[str] = []
        while self.due(open_from):
            paths += self._waiting.popleft()[1]
        self._queued.difference_update(paths)
        return [made[path] for path in paths if path in made]


def _without_parents_of_others(spare: Iterable[str], made: Mapping[str, Made]) -> list[str]:
    """Those below which nothing stands that is to stay: removing a parent takes what lies below it along, also what has no remover."""
    chosen = list(spare)
    while True:
        going = set(chosen)
        staying = {ancestor for path in made if path not in going for ancestor in ancestors(path)}
        kept = [path for path in chosen if path not in staying]
        if len(kept) == len(chosen):
            return kept
        chosen = kept
