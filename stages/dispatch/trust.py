"""Which arms are asked last, since they claim to be deterministic and answered otherwise than an arm before them."""

from collections.abc import Mapping, Sequence


class Trust:
    """By agent, for one run. ``order`` is the configured one by agent; ``names`` are all arms: those that it does not name come last."""

    def __init__(self, order: Mapping[str, Sequence[str]], names: Sequence[str]) -> None:
        self._order = order
        self._names = names
        self._last: dict[str, set[str]] = {}

    def last(self, agent: str) -> set[str]:
        """The arms that get that agent's jobs only where all others failed."""
        return self._last.get(agent, set())

    def differ(self, agent: str, one: str, other: str) -> str:
        """Two arms answered a job differently: the one that stands later in the order is asked last from now on, and is returned.

        "": one of the two is so already, which says nothing against the other.
        """
        last = self._last.setdefault(agent, set())
        if one in last or other in last:
            return ""
        ranks = list(dict.fromkeys([*self._order.get(agent, ()), *self._names]))
        later = max(one, other, key=ranks.index)
        last.add(later)
        return later

    def clear(self) -> None:
        """The run has ended."""
        self._last.clear()
