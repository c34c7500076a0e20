"""From an ordinal to a case (GENERATION.md, sections 11 to 14)."""

from functools import partial

from pipeline.messages import ApiSlice, Case, Job
from stages.agents.core.places import Request
from stages.agents.positive.distinct import Breadth, breadth
from stages.agents.positive.entry import EntryCase
from stages.agents.positive.left_out import left_out
from stages.agents.positive.order import Order
from stages.agents.positive.plan import NAME, Entry, plan
from stages.agents.requests.composer import known_of

__all__ = ["NAME", "FunctionalPositive"]


class FunctionalPositive:
    """The agent over one slice: everything that depends on the slice alone is made once."""

    def __init__(self, slice_: ApiSlice) -> None:
        self.known = known_of(slice_)
        self._plans: dict[str, list[Entry]] = {}
        self._breadths: dict[str, Breadth] = {}
        self._orders: dict[str, tuple[int, Order]] = {}  # by operation that of the seed that was asked last

    def answer(self, job: Job, operation: str, ordinal: int) -> Case | None:
        """The case of one ordinal; None behind the end, which there is where nothing new is left to choose. Raises GaveUp."""
        request = self.known.requests[operation]
        make = partial(EntryCase, self.known, job, request)
        chosen = self._order(job, request).at(ordinal, make)
        if chosen is None:
            return None
        return (chosen.made or make(chosen.entry, (ordinal, chosen.drawn))).case(ordinal)

    def left_out(self, operation: str, /) -> list[str]:
        """Parts that all cases are without, each with the reason."""
        return left_out(self.known.compiler, self.known.requests[operation])

    def _order(self, job: Job, request: Request) -> Order:
        key = request.operation.key
        known = self._orders.get(key)
        if known is not None and known[0] == job.seed:
            return known[1]
        if key not in self._plans:
            self._plans[key] = plan(self.known.compiler, request)
        order = Order(request, self._plans[key], lambda: self._breadth(request))
        self._orders[key] = job.seed, order
        return order

    def _breadth(self, request: Request) -> Breadth:
        key = request.operation.key
        if key not in self._breadths:
            self._breadths[key] = breadth(self.known.compiler, request)
        return self._breadths[key]
