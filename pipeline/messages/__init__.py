"""Every message that travels between stages and agents: start to read here.

The streams carry these frozen, tagged structs and nothing else. In order of travel:

    RunRequested ─► ingest ─► RunStarted(api) ─► dispatch ─► CaseBatch ─► execute ─► ExchangeBatch
                                  ▲                                                      │
                                  └── Feedback(credit, knowledge, suspicions) ◄── score ◄┘
                                                                                 └─► VerdictBatch ─► persist

``RunEnded`` closes a run behind the last batch, stage by stage. Between dispatch and its agent workers travel ``ApiSlice``
and ``Job`` (out) and answers (back): ``Case``, ``Plan`` and ``Record``. Cases go on as trials, the others to persist
(``Products``). Their canonical form is MessagePack, see ``native/PROTOCOL.md``: map keys in the order of the fields below,
a field left out when it equals its default, no floats.

Units are in the names (``_ms``, ``_bytes``). Times of day are seconds since the epoch, UTC.
"""

from typing import TypeAlias

from pipeline.messages.api import (
    IGNORED_HEADERS,
    SAID_HEADERS,
    UNSAID_HEADERS,
    Api,
    ApiSlice,
    Encoding,
    Header,
    Link,
    MediaType,
    Operation,
    Output,
    Parameter,
    Problem,
    RequestBody,
    Response,
    SecurityScheme,
    Slot,
)
from pipeline.messages.jobs import (
    Answer,
    Argument,
    Body,
    Case,
    Expect,
    Extract,
    Fill,
    Hint,
    Instance,
    Job,
    LoadShare,
    LoadStage,
    Plan,
    Record,
    Span,
    Step,
    Until,
)
from pipeline.messages.rows import DecisionRow, Intents, JobRow, MadeNow, NotMade, Product, Products, Snapshot, Synced, Try
from pipeline.messages.runs import Budget, Override, RunEnded, RunRequested, RunStarted
from pipeline.messages.scores import (
    Coverage,
    Credit,
    Failure,
    Feedback,
    Finding,
    Knowledge,
    OperationCoverage,
    Reach,
    Settled,
    Suspicion,
    Verdict,
    VerdictBatch,
)
from pipeline.messages.trials import CaseBatch, Exchange, ExchangeBatch, Made, NoReply, Reply, Request, Sent, TargetState, Trial
from pipeline.messages.values import (
    EXT_DECIMAL,
    EXT_INTEGER,
    EXT_RAW,
    EXT_TEXT,
    EXT_VARIABLE,
    Frozen,
    Keep,
    Location,
    Purpose,
    Schema,
    Severity,
    TryKind,
    Value,
)

FromIngest: TypeAlias = RunStarted | RunEnded
ToExecute: TypeAlias = RunStarted | CaseBatch | RunEnded
ToScore: TypeAlias = RunStarted | ExchangeBatch | TargetState | RunEnded
ToPersist: TypeAlias = (
    RunStarted
    | VerdictBatch
    | Finding
    | Coverage
    | JobRow
    | DecisionRow
    | Products
    | NotMade
    | Intents
    | MadeNow
    | TargetState
    | Snapshot
    | RunEnded
)

__all__ = [
    "EXT_DECIMAL",
    "EXT_INTEGER",
    "EXT_RAW",
    "EXT_TEXT",
    "EXT_VARIABLE",
    "IGNORED_HEADERS",
    "SAID_HEADERS",
    "UNSAID_HEADERS",
    "Answer",
    "Api",
    "ApiSlice",
    "Argument",
    "Body",
    "Budget",
    "Case",
    "CaseBatch",
    "Coverage",
    "Credit",
    "DecisionRow",
    "Encoding",
    "Exchange",
    "ExchangeBatch",
    "Expect",
    "Extract",
    "Failure",
    "Feedback",
    "Fill",
    "Finding",
    "FromIngest",
    "Frozen",
    "Header",
    "Hint",
    "Instance",
    "Intents",
    "Job",
    "JobRow",
    "Keep",
    "Knowledge",
    "Link",
    "LoadShare",
    "LoadStage",
    "Location",
    "Made",
    "MadeNow",
    "MediaType",
    "NoReply",
    "NotMade",
    "Operation",
    "OperationCoverage",
    "Output",
    "Override",
    "Parameter",
    "Plan",
    "Problem",
    "Product",
    "Products",
    "Purpose",
    "Reach",
    "Record",
    "Reply",
    "Request",
    "RequestBody",
    "Response",
    "RunEnded",
    "RunRequested",
    "RunStarted",
    "Schema",
    "SecurityScheme",
    "Sent",
    "Settled",
    "Severity",
    "Slot",
    "Snapshot",
    "Span",
    "Step",
    "Suspicion",
    "Synced",
    "TargetState",
    "ToExecute",
    "ToPersist",
    "ToScore",
    "Trial",
    "Try",
    "TryKind",
    "Until",
    "Value",
    "Verdict",
    "VerdictBatch",
]
