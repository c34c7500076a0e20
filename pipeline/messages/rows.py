"""Events and snapshots: every stage to persist."""

from typing import Literal

from pipeline.messages.trials import Made
from pipeline.messages.values import Frozen, TryKind


class JobRow(Frozen, frozen=True, kw_only=True, tag="job-row"):
    """Dispatch's record of one job: who made it, what it cost, how it ended. ``arm`` is empty where none could: it was set aside."""

    run: str
    job: int
    epoch: int
    agent: str
    group: str
    arm: str
    reason: str
    answers: int
    requested: int
    wall_ms: float
    cpu_ms: float
    queue_ms: float
    failed: list[str] = []  # "ARM: why", in order, for arms that failed before
    deterministic: bool = True  # whether the arm says that it would answer the same again

    @property
    def set_aside(self) -> bool:
        return not self.arm


class Product(Frozen, frozen=True, kw_only=True):
    """A plan or record as its agent made it; ``position`` among the job's answers, ``body`` its canonical MessagePack."""

    position: int
    kind: Literal["plan", "record"]
    ordinal: int
    body: bytes


class Products(Frozen, frozen=True, kw_only=True, tag="products"):
    """Answers of a job that are not sent to the target but kept: its plans and records, in order."""

    run: str
    job: int
    agent: str
    products: list[Product]


class NotMade(Frozen, frozen=True, kw_only=True, tag="not-made"):
    """What an agent was asked for in a job and could not make: (operation, reason, how many ordinals), each pair once."""

    run: str
    job: int
    agent: str
    rows: list[tuple[str, str, int]]


class Try(Frozen, frozen=True, kw_only=True):
    """One arm's try at a job: how it ended, and what it took. ``shadow``: after the caller was answered, for measuring only."""

    arm: str
    kind: TryKind
    wall_ms: float = 0.0
    cpu_ms: float = 0.0
    queue_ms: float = 0.0
    answers: int = 0
    cold: bool = False
    shadow: bool = False
    why: str = ""


class DecisionRow(Frozen, frozen=True, kw_only=True, tag="decision-row"):
    """Dispatch's record of one routing decision: the plan with its reasons in numbers (JSON), and what came of it.

    ``differs`` names an arm whose answers differ from those that count, although both claim to be deterministic; ``asked`` is then the
    whole job as JSON (``stages.dispatch.whole_job``), to be done again with either.
    """

    run: str
    job: int
    agent: str
    group: str
    plan: str
    tries: list[Try] = []
    differs: str = ""
    asked: str = ""

    @property
    def counted(self) -> Try | None:
        """The try whose answers count: the first that answered; None where none did."""
        return next((one for one in self.tries if one.kind == "answered" and not one.shadow), None)


class Intents(Frozen, frozen=True, kw_only=True, tag="intents"):
    """Unsafe requests about to leave: (ordinal, attempt, step, "METHOD path template"). Persist answers with ``Synced(token)`` when
    they are on disk."""

    run: str
    token: int
    rows: list[tuple[int, int, str, str]]


class MadeNow(Frozen, frozen=True, kw_only=True, tag="made"):
    """An object was just created (or removed): persisted before the exchange travels on."""

    run: str
    ordinal: int
    attempt: int
    made: list[Made] = []
    removed: list[str] = []


class Synced(Frozen, frozen=True, kw_only=True, tag="synced"):
    """Persist's word to execute: the intents with this token are on disk."""

    token: int


class Snapshot(Frozen, frozen=True, kw_only=True, tag="snapshot"):
    """A stage's own state, kept under a name across runs and restarts: given back as a constructor argument.

    ``before`` is what it was made from. It is kept in place of that alone: where something else is stored by now, that stays.
    """

    name: str
    state: bytes
    before: bytes | None = None
