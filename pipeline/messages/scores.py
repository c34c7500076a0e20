"""What score makes of them."""

from typing import Literal

from pipeline.messages.jobs import Case, Instance
from pipeline.messages.trials import Exchange, Made, NoReply, Reply, Request
from pipeline.messages.values import Frozen, Purpose, Severity


class Failure(Frozen, frozen=True, kw_only=True):
    """A check that does not hold on one exchange. Two failures with the same ``key`` have the same cause."""

    key: str
    check: str
    severity: Severity
    title: str
    rule: str
    operation: str
    step: str = ""
    signature: str = ""  # the normalised answer
    detail: str = ""
    note: bool = False  # permitted by the document or only likely: shown, never exit 1


class Reach(Frozen, frozen=True, kw_only=True):
    """What one explored trial reached, beyond what the columns of its verdict say: a resumed run counts its coverage from it.

    ``identity`` is the attempt's, ``standing`` what its answer says of the operation (stages/score/standing.py). The requests beside the
    attempt's last, (operation, status), 0 being no answer: ``beside`` are the valid ones, ``doubtful`` and ``foreign`` the others.
    ``classes`` and ``parameters`` ("LOCATION/NAME", "body") are those tried for the first time.
    """

    identity: str = ""
    standing: Literal["valid", "doubtful", "foreign"] = "valid"
    beside: list[tuple[str, int]] = []
    doubtful: list[tuple[str, int]] = []
    foreign: list[tuple[str, int]] = []
    classes: list[str] = []
    parameters: list[str] = []


class Credit(Frozen, frozen=True, kw_only=True):
    """What one explored trial was worth, and the counts and names it is made of."""

    findings: int = 0
    operations: int = 0
    statuses: int = 0
    classes: int = 0
    requests: int = 0
    worth: float = 0.0
    reach: Reach = Reach()


class Knowledge(Frozen, frozen=True, kw_only=True):
    """What one explored trial taught: objects seen, by resource; objects gone; whether the operation took the attempt, a valid request of
    its own, with a 2xx; whether a request ran into the time limit, or took so long that it held up others."""

    instances: dict[str, list[Instance]] = {}
    gone: dict[str, list[Instance]] = {}
    taken: bool = False
    hung: bool = False


class Suspicion(Frozen, frozen=True, kw_only=True):
    """A wish of score: send this case again (confirm) or a smaller one (minimise), as (ordinal, attempt)."""

    ordinal: int
    attempt: int
    purpose: Purpose
    agent: str
    key: str
    case: Case


class Settled(Frozen, frozen=True, kw_only=True):
    """The first word on one explored trial, in case order: its credit, its knowledge."""

    ordinal: int
    job: int
    operation: str
    agent: str
    credit: Credit
    knowledge: Knowledge


class Feedback(Frozen, frozen=True, kw_only=True, tag="feedback"):
    """From score back to dispatch. ``finished`` are the (ordinal, attempt) of trials scored; ``corrections`` worth added later to
    an explored trial (ordinal, worth: its finding was confirmed); below ``open_from`` no ordinal has suspicions to come. ``made``
    and ``removed`` are those of the exchanges; ``target`` is the last TargetState heard of since the last Feedback, or ""."""

    run: str
    settled: list[Settled] = []
    suspicions: list[Suspicion] = []
    finished: list[tuple[int, int]] = []
    corrections: list[tuple[int, float]] = []
    open_from: int = 0
    made: list[Made] = []
    removed: list[str] = []
    target: str = ""


class Verdict(Frozen, frozen=True, kw_only=True):
    """One trial, judged: the row that persist writes. ``exchange`` is whole where it is to be kept, else None."""

    ordinal: int
    attempt: int
    purpose: Purpose
    agent: str
    arm: str
    job: int
    epoch: int
    digest: str
    operation: str
    outcome: Literal["answered", "no-reply", "unmet", "withheld"]
    status: int = 0
    duration_ms: float = 0.0
    failures: list[Failure] = []
    settled: Settled | None = None
    correction: float = 0.0  # worth this trial added to attempt 0 of its ordinal
    made: list[Made] = []
    removed: list[str] = []
    exchange: Exchange | None = None
    started_at: float = 0.0


class Finding(Frozen, frozen=True, kw_only=True, tag="finding"):
    """A fault of the target (or a note), for people. ``id`` is the first 12 hex digits of the key's hash."""

    id: str
    run: str
    key: str
    check: str
    severity: Severity
    agent: str
    operation: str
    title: str
    rule: str
    detail: str = ""
    broken: str = ""  # what of the request was broken on purpose, in words; "": nothing, or not surely
    note: bool = False
    state: Literal["suspected", "confirmed", "flaky", "unverified"] = "confirmed"
    merged_into: str = ""  # id of the finding that stands for this one since its cause was seen at many operations: not to be shown
    signature: str = ""
    operations: list[str] = []  # all that show the same cause
    occurrences: int = 1
    confirmations: int = 0
    request: Request | None = None
    reply: Reply | None = None
    failure: NoReply | None = None
    curl: str = ""
    seed: int = 0
    ordinal: int = 0
    case: Case | None = None


class OperationCoverage(Frozen, frozen=True, kw_only=True):
    """What was tried and reached at one operation. ``statuses`` maps the status seen ("0": no answer) to how often; ``valid`` the same of
    requests that were not broken on purpose (None in stores of older versions: not known). ``requests`` are its own; ``foreign`` counts
    those of another method, or with a wrong Content-Length."""

    operation: str
    requests: int = 0
    statuses: dict[str, int] = {}
    valid: dict[str, int] | None = None
    foreign: int = 0
    classes: list[str] = []
    parameters: list[str] = []
    branches_known: int = 0
    documented: list[str] = []
    withheld: int = 0
    skipped: str = ""


class Coverage(Frozen, frozen=True, kw_only=True, tag="coverage"):
    """Score's coverage of the run, sent as a snapshot and at its end."""

    run: str
    operations: list[OperationCoverage]
    requests: int = 0
    tested: bool = False
    reason: str = ""  # why it does not count as tested


class VerdictBatch(Frozen, frozen=True, kw_only=True, tag="verdict-batch"):
    run: str
    verdicts: list[Verdict]
