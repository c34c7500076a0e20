"""What to test next: a pure, deterministic function of the API, the seed and what was settled, folded in case order.

The first pass (phase 0) asks one best guess of every operation, level by level of the dependency order, and waits after each level, so
that makers teach takers their ids; removers come last. After that, epochs of many cases: an epoch knows what was settled up to the last
but one, so that the target is never idle while the next epoch is made.

A read without inputs has only one request, worth sending again for what other requests have changed since: it gets one case an epoch, and
rests longer and longer while its answers bring nothing new.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.messages import IGNORED_HEADERS, Instance, Operation, Settled, Span
from stages.dispatch.answers import makes_cases
from stages.dispatch.knowledge import KnownObjects

PRIOR_WORTH = 1.0  # an operation that was never asked is worth this, over PRIOR_REQUESTS
PRIOR_REQUESTS = 2.0
DECAY = 0.9  # by which old worth and requests count less, a case
UNREACHED_BONUS = 0.5  # added worth a request while an operation has had no 2xx ...
UNREACHED_CASES = 40  # ... for so many cases
HANG_REST = 12  # epochs without an operation after its first hang; squared after its second, and so on: a hang holds up all others
UNSENT_REST = 64  # at most so many epochs without one whose requests are withheld
REPEAT_REST = 64  # at most so many without a read that can only be repeated and shows nothing new; 2, 4, 8, ... until then
QUIET = 2  # after so many repeats without anything new, such reads alone are no reason to go on
_SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A job to be made: its agent, its group and, by operation, which ordinals."""

    agent: str
    group: str
    spans: tuple[Span, ...]
    knowledge: dict[str, list[Instance]]

    @property
    def cases(self) -> int:
        """How many answers it asks for."""
        return sum(span.count for span in self.spans)


@dataclass(slots=True)
class Stream:
    """The state of one (agent, operation): how far its cases were asked for, and what they were worth lately."""

    operation: Operation
    next_ordinal: int = 0
    worth: float = 0.0
    requests: float = 0.0
    settled: int = 0
    reached: bool = False
    hangs: int = 0  # epochs with a case that ran into the time limit
    hung_in: int = -1  # the last of them
    unsent: int = 0  # cases in a row of which no request left
    rest: int = 0  # epochs to leave it alone
    quiet: int = 0  # cases in a row that were worth nothing
    exhausted: bool = False
    most: int | None = None  # ordinals asked for at all
    repeats: bool = field(init=False)  # all its cases are the same request

    def __post_init__(self) -> None:
        operation = self.operation
        has_parameter = any(one.location != "header" or one.name.lower() not in IGNORED_HEADERS for one in operation.parameters)
        has_body = operation.body is not None and operation.body.content != []
        self.repeats = self.most is None and operation.method in _SAFE_METHODS and not has_parameter and not has_body

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to ask for."""
        return self.exhausted or self.left == 0

    @property
    def left(self) -> int | None:
        """How many more ordinals may be asked for; None: any number."""
        return None if self.most is None else self.most - self.next_ordinal

    def rate(self) -> float:
        """Expected worth of one more request."""
        bonus = UNREACHED_BONUS if not self.reached and self.settled < UNREACHED_CASES else 0.0
        return (self.worth + PRIOR_WORTH) / (self.requests + PRIOR_REQUESTS) + bonus


@dataclass(slots=True)
class Schedule:
    """Plans epochs. ``fold`` must be called in case order; ``plan`` then depends on nothing else."""

    operations: list[Operation]
    agents: tuple[str, ...]
    epoch_cases: int
    job_cases: int
    instances: int
    products: int = 64  # of one stream whose answers are no cases: they have no credit to go by
    known: KnownObjects = field(init=False)
    streams: dict[tuple[str, str], Stream] = field(init=False)
    levels: list[list[Operation]] = field(init=False)
    _planned: int = 0

    def __post_init__(self) -> None:
        self.known = KnownObjects(self.instances)
        self.streams = {
            (agent, op.key): Stream(op, most=None if makes_cases(agent) else self.products)
            for agent in self.agents
            for op in self.operations
        }
        self.levels = _levels(self.operations)

    @property
    def first_pass(self) -> int:
        """The number of epochs of phase 0."""
        return len(self.levels)

    def needs(self, epoch: int) -> int:
        """Up to which epoch (exclusive) all must be folded before ``epoch`` is planned."""
        return epoch if epoch <= self.first_pass else epoch - 1

    def fold(self, settled: Settled) -> None:
        """Take in the first word on one case."""
        self.known.learn(settled.knowledge)
        stream = self.streams.get((settled.agent, settled.operation))
        if stream is None:
            return
        credit = settled.credit
        stream.worth = stream.worth * DECAY + credit.worth
        stream.requests = stream.requests * DECAY + max(credit.requests, 1)
        stream.settled += 1
        stream.quiet = 0 if credit.worth else stream.quiet + 1
        if stream.repeats and stream.quiet:
            stream.rest = max(stream.rest, min(2**stream.quiet, REPEAT_REST))
        if settled.knowledge.taken:
            for agent in self.agents:
                self.streams[agent, settled.operation].reached = True
        if settled.knowledge.hung and stream.hung_in != self._planned:
            stream.hangs, stream.hung_in = stream.hangs + 1, self._planned
            stream.rest = HANG_REST**stream.hangs
        if credit.requests:
            stream.unsent = 0
        else:
            stream.unsent += 1
            stream.rest = max(stream.rest, min(2**stream.unsent, UNSENT_REST))

    def exhausted(self, agent: str, operation: str) -> None:
        """The stream of cases has ended: the agent made fewer than it was asked for."""
        self.streams[agent, operation].exhausted = True

    def plan(self, epoch: int) -> list[JobSpec]:
        """The jobs of ``epoch``; an empty list: there is nothing left to test."""
        self._planned = epoch
        if epoch < self.first_pass:
            return self._jobs((agent, op, 1) for agent in self.agents for op in self.levels[epoch])
        return self._jobs(self._shares())

    def _shares(self) -> list[tuple[str, Operation, int]]:
        """Split the epoch between the streams: one each, the rest in proportion to the expected worth of a request.

        Those that only repeat themselves get no more than the one; when there are no others and they are quiet, the run is over.
        """
        live = self._live()
        growing = [stream for _, stream in live if not stream.repeats]
        extra = max(self.epoch_cases - len(live), len(live)) if growing else 0
        total = sum(stream.rate() for stream in growing)
        shares: list[tuple[str, Operation, int]] = []
        carried = 0.0
        for agent, stream in live:
            exact = carried if stream.repeats else carried + extra * stream.rate() / total
            whole = int(exact)
            carried = exact - whole
            count = 1 + whole
            shares.append((agent, stream.operation, count if stream.left is None else min(count, stream.left)))
        return shares

    def _live(self) -> list[tuple[str, Stream]]:
        """The streams that an epoch asks, with their agents: those that do not rest, or where all do those that may be asked at all."""
        left = [(agent, stream) for (agent, _), stream in self.streams.items() if not stream.ended]
        growing = [(agent, stream) for agent, stream in left if not stream.repeats]
        if not growing:
            return [(agent, stream) for agent, stream in left if stream.quiet < QUIET]
        live: list[tuple[str, Stream]] = []
        for agent, stream in left:
            if stream.rest:
                stream.rest -= 1
            else:
                live.append((agent, stream))
        return live or growing

    def _jobs(self, wanted: Iterable[tuple[str, Operation, int]]) -> list[JobSpec]:
        """Spans by (agent, group), makers first, in jobs of at most ``job_cases``."""
        grouped: dict[tuple[str, str], list[tuple[Operation, int]]] = {}
        for agent, op, count in wanted:
            grouped.setdefault((agent, op.group), []).append((op, count))
        jobs: list[JobSpec] = []
        for (agent, group), members in grouped.items():
            members.sort(key=lambda member: member[0].level)
            spans: list[Span] = []
            for op, count in members:
                left = count
                while left:
                    room = self.job_cases - sum(span.count for span in spans)
                    if room == 0:
                        jobs.append(self._job(agent, group, spans))
                        spans, room = [], self.job_cases
                    take = min(left, room)
                    stream = self.streams[agent, op.key]
                    spans.append(Span(operation=op.key, start=stream.next_ordinal, count=take))
                    stream.next_ordinal += take
                    left -= take
            jobs.append(self._job(agent, group, spans))
        return jobs

    def _job(self, agent: str, group: str, spans: list[Span]) -> JobSpec:
        operations = [self.streams[agent, span.operation].operation for span in spans]
        return JobSpec(agent, group, tuple(spans), self.known.of(operations))


def _levels(operations: list[Operation]) -> list[list[Operation]]:
    """Operations by dependency level, ascending; within a level in the order of the document."""
    steps: dict[int, list[Operation]] = {}
    for op in operations:
        steps.setdefault(op.level, []).append(op)
    return [steps[level] for level in sorted(steps)]
