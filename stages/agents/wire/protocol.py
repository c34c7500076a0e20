"""The messages of the agent protocol, version 1 (native/PROTOCOL.md, section 2)."""

from typing import Literal, TypeAlias

from msgspec import Struct

from pipeline.messages import Answer, ApiSlice, Job

PROTOCOL = 1
MAX_ANSWERS_PER_FRAME = 64
OF_NO_ORDINAL = -1

ErrorKind: TypeAlias = Literal["unknown-slice", "unknown-agent", "bad-job", "internal", "cancelled"]


class Ready(Struct, frozen=True, kw_only=True, tag="ready"):
    """A worker's first message, sent unasked."""

    protocol: int
    name: str
    version: str
    agents: list[str]
    deterministic: bool = False


class Answers(Struct, frozen=True, kw_only=True, tag="answers"):
    job: int
    answers: list[Answer]


class Done(Struct, frozen=True, kw_only=True, tag="done"):
    """The job is finished. ``gave_up`` names the ordinals that could not be made, and with ``OF_NO_ORDINAL`` parts that all answers of the
    operation are without: (operation, ordinal, reason)."""

    job: int
    answers: int
    cpu_ms: int = 0
    gave_up: list[tuple[str, int, str]] = []


class WorkerError(Struct, frozen=True, kw_only=True, tag="error"):
    """The job failed. ``kind`` is one of ErrorKind for the built-in workers; others may say what they like."""

    job: int
    kind: str
    detail: str = ""


class Pong(Struct, frozen=True, kw_only=True, tag="pong"):
    token: int


class Welcome(Struct, frozen=True, kw_only=True, tag="welcome"):
    """Ends the handshake; ``max_frame_bytes`` holds for both directions from here on."""

    protocol: int
    max_frame_bytes: int


class Slice(Struct, frozen=True, kw_only=True, tag="slice"):
    slice: ApiSlice


class Forget(Struct, frozen=True, kw_only=True, tag="forget"):
    digest: str


class JobOrder(Struct, frozen=True, kw_only=True, tag="job"):
    job: Job


class Cancel(Struct, frozen=True, kw_only=True, tag="cancel"):
    job: int


class Ping(Struct, frozen=True, kw_only=True, tag="ping"):
    token: int


class Bye(Struct, frozen=True, kw_only=True, tag="bye"):
    """Finish and exit with status 0."""


FromWorker: TypeAlias = Ready | Answers | Done | WorkerError | Pong
ToWorker: TypeAlias = Welcome | Slice | Forget | JobOrder | Cancel | Ping | Bye
