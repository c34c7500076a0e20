"""Trials: cases on their way to the target, and what came of them."""

from typing import Literal

from pipeline.messages.jobs import Argument, Case
from pipeline.messages.values import Frozen, Purpose


class Trial(Frozen, frozen=True, kw_only=True):
    """One sending of a case: the row (run, ordinal, attempt). Attempt 0 explores; suspicions number theirs from 1."""

    ordinal: int
    attempt: int = 0
    purpose: Purpose = "explore"
    agent: str
    arm: str = ""
    job: int = 0
    epoch: int = 0
    digest: str  # of the case, hex
    case: Case
    key: str = ""  # of the finding that the trial is to confirm or to make smaller


class CaseBatch(Frozen, frozen=True, kw_only=True, tag="case-batch"):
    """Trials to be carried out. ``repeats_until``: the time (of ``time.monotonic``, seconds) behind which no step is repeated any more,
    as the run is to end."""

    run: str
    trials: list[Trial]
    repeats_until: float | None = None


class Request(Frozen, frozen=True, kw_only=True):
    """A request as sent, credentials replaced by ``${NAME}``. Header names as sent, in order."""

    method: str
    url: str
    headers: list[tuple[str, str]] = []
    body: bytes | None = None


class Reply(Frozen, frozen=True, kw_only=True):
    """What came back; ``body`` is decoded (content-encoding) and at most the configured cap. ``alone``: no other request of the run was
    under way, so that load does not explain the answer."""

    status: int
    headers: list[tuple[str, str]] = []
    body: bytes = b""
    truncated: bool = False
    first_byte_ms: float = 0.0
    total_ms: float = 0.0
    alone: bool = False


class NoReply(Frozen, frozen=True, kw_only=True):
    """Why there is no answer. ``withheld``: the safety rule kept the request back; ``unmet``: an earlier step's require;
    ``undecided``: it may have been sent before a crash, and is not sent again."""

    kind: Literal[
        "refused",
        "reset",
        "timeout",
        "tls",
        "malformed",
        "dns",
        "unserialisable",
        "withheld",
        "unmet",
        "unknown-variable",
        "blocked",
        "unrecorded",
        "undecided",
    ]
    detail: str = ""
    total_ms: float = 0.0


class Sent(Frozen, frozen=True, kw_only=True):
    """One request of a trial and its end. ``request`` is None where none left (withheld, unmet)."""

    step: str
    operation: str
    request: Request | None = None
    reply: Reply | None = None
    failure: NoReply | None = None
    identity: str = ""
    leaked: list[str] = []  # names of credentials whose bytes were seen in the answer, as "NAME in body"


class Made(Frozen, frozen=True, kw_only=True):
    """An object that this run created: its path below the base URL, and the operation that removes it (or "")."""

    path: str
    operation: str
    remover: str = ""
    arguments: list[Argument] = []
    identity: str = ""


class Exchange(Frozen, frozen=True, kw_only=True):
    """One trial, answered. ``sent`` in the order of sending (a step with ``until`` may stand there more than once)."""

    trial: Trial
    sent: list[Sent]
    made: list[Made] = []
    removed: list[str] = []
    started_at: float = 0.0


class ExchangeBatch(Frozen, frozen=True, kw_only=True, tag="exchange-batch"):
    run: str
    exchanges: list[Exchange]


class TargetState(Frozen, frozen=True, kw_only=True, tag="target-state"):
    """Execute's word on the target as a whole: it stopped answering, blocks us, answers again. ``in_doubt``: it may only have been slow,
    and the run's time was over before that could be told."""

    run: str
    state: Literal["alive", "dead", "blocking"]
    detail: str = ""
    after_ordinal: int = -1
    in_doubt: bool = False
