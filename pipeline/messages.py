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

from typing import Any, Literal, TypeAlias

from msgspec import Struct

# A JSON value that keeps what JSON text can say: None, bool, int (64 bit signed), str (well-formed), list, dict[str, Value],
# bytes (binary data) and msgpack.Ext with one of the codes below.
Value: TypeAlias = Any
Schema: TypeAlias = Any  # a JSON Schema 2020-12 (bool or dict[str, Value]); every $ref is "#/$defs/NAME"

EXT_INTEGER = 1  # an integer past 64 bits: ASCII decimal
EXT_DECIMAL = 2  # a number with fraction or exponent: the ASCII JSON number, exactly as it is to be written
EXT_TEXT = 3  # a string with lone surrogates: UTF-8 with surrogates encoded like other code points
EXT_RAW = 4  # bytes that go on the wire as they are, without quoting or escaping
EXT_VARIABLE = 5  # the value extracted under this name (UTF-8) by an earlier step of the same case

Location: TypeAlias = Literal["path", "query", "header", "cookie"]
Severity: TypeAlias = Literal["critical", "high", "medium", "low", "info"]
TryKind: TypeAlias = Literal["answered", "failed", "timeout", "cancelled"]
Keep: TypeAlias = Literal["findings", "all"]
Purpose: TypeAlias = Literal["explore", "confirm", "minimise", "replay", "cleanup"]


class Frozen(Struct, frozen=True, omit_defaults=True):
    """Base of all parts of messages."""


# ── The API under test: what ingest makes of an OpenAPI document ─────────────────────────────────────────────────────────


class Parameter(Frozen, frozen=True, kw_only=True):
    """One parameter of an operation (OpenAPI 3.1, 4.8.12), with style and explode always resolved."""

    name: str
    location: Location
    schema: Schema = True
    required: bool = False
    style: str = "simple"
    explode: bool = False
    allow_reserved: bool = False
    allow_empty_value: bool = False
    media_type: str = ""  # of the parameter's `content`; empty: serialised by style
    examples: list[Value] = []
    deprecated: bool = False


class Encoding(Frozen, frozen=True, kw_only=True):
    """How one property of a form or multipart body is serialised (OpenAPI 3.1, 4.8.15)."""

    name: str
    content_type: str = ""
    style: str = "form"
    explode: bool = True
    allow_reserved: bool = False
    headers: list["Header"] = []


class Header(Frozen, frozen=True, kw_only=True):
    """A documented response or part header."""

    name: str
    schema: Schema = True
    required: bool = False


class MediaType(Frozen, frozen=True, kw_only=True):
    """One entry of a `content` map. ``schema`` is None where the document gives none."""

    media_type: str
    schema: Schema = None
    examples: list[Value] = []
    encoding: list[Encoding] = []


class RequestBody(Frozen, frozen=True, kw_only=True):
    content: list[MediaType]
    required: bool = False


class Link(Frozen, frozen=True, kw_only=True):
    """A documented link: the answer's values (runtime expressions) that fill the parameters of another operation."""

    name: str
    operation: str
    parameters: dict[str, Value] = {}
    body: Value = None


class Response(Frozen, frozen=True, kw_only=True):
    """What one status ("200", "4XX" or "default") promises."""

    status: str
    headers: list[Header] = []
    content: list[MediaType] = []
    links: list[Link] = []


class Slot(Frozen, frozen=True, kw_only=True):
    """An input that another operation's answers can fill.

    ``place`` is "path/NAME", "query/NAME", "header/NAME" or "body/POINTER"; the values are those of the objects of ``resource``
    (the collection's path with every parameter as ``{}``), taken from the first of ``fields`` that an object has.
    """

    place: str
    resource: str
    fields: list[str]


class Output(Frozen, frozen=True, kw_only=True):
    """Objects that a 2xx answer of an operation shows: of which resource, and where in the body.

    ``pointer`` is a JSON pointer in which ``*`` stands for every item of an array; ``made`` when the operation creates them.
    """

    resource: str
    pointer: str = ""
    made: bool = False


class Operation(Frozen, frozen=True, kw_only=True):
    """One method of one path. ``key`` is "GET /pets/{petId}" and names the operation everywhere."""

    key: str
    method: str
    path: str
    operation_id: str = ""
    tags: list[str] = []
    parameters: list[Parameter] = []
    body: RequestBody | None = None
    responses: list[Response] = []
    security: list[dict[str, list[str]]] = []  # alternatives; an empty list: no credential asked, {} among them: optional
    server: str = ""  # an absolute base URL of its own, where the document gives one
    group: str = ""  # operations of one group are generated for together: the resource they belong to
    resource: str = ""  # the collection whose object (or which itself) the path names
    slots: list[Slot] = []
    outputs: list[Output] = []
    maker: str = ""  # key of the operation that creates what this one takes by its last path parameter
    remover: str = ""  # key of the operation that removes what this one makes
    level: int = 0  # in dependency order: makers before takers
    pointer: str = ""  # where it stands in the document
    deprecated: bool = False


class SecurityScheme(Frozen, frozen=True, kw_only=True):
    """A security scheme; ``type`` as in OpenAPI 3.1 (basic of 2.0 is http/basic)."""

    name: str
    type: Literal["apiKey", "http", "oauth2", "openIdConnect", "mutualTLS"]
    location: str = ""  # apiKey: header, query or cookie
    parameter: str = ""  # apiKey: its name
    scheme: str = ""  # http: basic, bearer, ...
    token_url: str = ""
    flows: list[str] = []
    scopes: list[str] = []


class Problem(Frozen, frozen=True, kw_only=True):
    """A fault of the document: what is left out or mended because of it. ``pointer`` is a JSON pointer (RFC 6901)."""

    pointer: str
    message: str
    code: str = ""


class Api(Frozen, frozen=True, kw_only=True, tag="api"):
    """An OpenAPI document, normalised: one model for 2.0, 3.0 and 3.1; every map sorted by key.

    ``schemas`` holds the shared schemas by name, cycles intact; ``digest`` (hex) covers all but ``problems`` and ``source`` and
    depends neither on key order nor on formatting.
    """

    digest: str
    title: str = ""
    version: str = ""
    openapi: str = ""
    servers: list[str] = []
    operations: list[Operation] = []
    schemas: dict[str, Schema] = {}
    security_schemes: list[SecurityScheme] = []
    problems: list[Problem] = []
    source: str = ""


class ApiSlice(Frozen, frozen=True, kw_only=True, tag="slice"):
    """What an agent needs of an ``Api`` for one operation group; cached in workers by ``digest``."""

    digest: str
    group: str = ""
    operations: list[Operation] = []
    schemas: dict[str, Schema] = {}


# ── Jobs and their answers: between dispatch and the agents ──────────────────────────────────────────────────────────────


class Instance(Frozen, frozen=True, kw_only=True):
    """One object known to exist: the values of its parents' path parameters, outermost first, and its own scalar fields.

    The field "{}" is its own path parameter, where the answer or the request told it. ``made``: created by this run.
    """

    fields: dict[str, Value]
    parents: list[Value] = []
    made: bool = False


class Hint(Frozen, frozen=True, kw_only=True):
    """A value that a language model proposed for a place of an operation."""

    operation: str
    place: str
    value: Value
    model: str = ""


class Span(Frozen, frozen=True, kw_only=True):
    """Which ordinals of one operation's stream a job asks for: ``start`` to ``start + count - 1``."""

    operation: str
    start: int
    count: int


class Job(Frozen, frozen=True, kw_only=True, tag="job"):
    """The whole input of an agent, beside the slice: equal jobs have equal answers, byte for byte."""

    id: int
    agent: str
    slice: str  # digest of the ApiSlice
    seed: int
    spans: list[Span]
    knowledge: dict[str, list[Instance]] = {}
    hints: list[Hint] = []


class Argument(Frozen, frozen=True, kw_only=True):
    """A value for a parameter, documented or not; serialised by execute as the operation's ``Parameter`` says."""

    location: Location
    name: str
    value: Value


class Body(Frozen, frozen=True, kw_only=True):
    """A request body before serialisation. ``media_type`` is sent as Content-Type unless an Argument sets that header."""

    media_type: str
    value: Value


class Extract(Frozen, frozen=True, kw_only=True):
    """Keep a value of an answered step under a name, for ``EXT_VARIABLE``. ``source``: body (at ``pointer``), header (named by
    ``pointer``), status, location (the last segment of that header's path), request (at ``pointer`` in the body that was sent). Of
    several with one name the first that finds counts."""

    name: str
    source: Literal["body", "header", "status", "location", "request"] = "body"
    pointer: str = ""


class Until(Frozen, frozen=True, kw_only=True):
    """Send the step again until the answer's status matches one of ``statuses`` and, where given, ``pointer`` exists (or equals
    ``value``); or, with ``follow``, go on to the page it links to: a body pointer, or "link:next" (RFC 8288)."""

    statuses: list[str] = []
    pointer: str = ""
    value: Value = None
    follow: str = ""
    tries: int = 5
    interval_ms: int = 200


class Step(Frozen, frozen=True, kw_only=True):
    """One request of a case. ``require``: status patterns ("2XX", "404"); another answer ends the case as *unmet*."""

    name: str
    operation: str
    role: Literal["prepare", "control", "attempt", "observe"] = "attempt"
    identity: str = ""  # a name from the config; empty: the run's default
    mutation: str = ""  # what is done to the credential: "absent", "alg-none", ...
    method: str = ""  # instead of the operation's
    arguments: list[Argument] = []
    body: Body | None = None
    extract: list[Extract] = []
    require: list[str] = []
    until: Until | None = None


class Expect(Frozen, frozen=True, kw_only=True):
    """A relation that the answers must satisfy. ``left`` and ``right`` are places: "STEP.status", "STEP.header:NAME",
    "STEP.body/POINTER", "STEP.request/POINTER"; ``value`` stands for ``right`` where that is empty."""

    relation: Literal["equal", "different", "contains", "absent", "present"]
    left: str
    right: str = ""
    value: Value = None
    rule: str = ""


class Fill(Frozen, frozen=True, kw_only=True):
    """Provenance of one filled slot: at which place, and from where the value came."""

    place: str
    source: Literal["example", "knowledge", "hint", "extracted"]
    origin: str = ""


class Case(Frozen, frozen=True, kw_only=True, tag="case"):
    """A whole experiment: its steps, what the agent claims of it, and what its answers must satisfy.

    ``ordinal`` is its place in the stream of (agent, operation); ``intent`` says whether the attempt's request is valid by the
    document; ``classes`` names the parameter classes and schema branches it covers ("query/limit:maximum").
    """

    operation: str
    ordinal: int
    title: str
    intent: Literal["valid", "invalid", "unspecified"] = "valid"
    steps: list[Step]
    expect: list[Expect] = []
    fills: list[Fill] = []
    classes: list[str] = []


class LoadStage(Frozen, frozen=True, kw_only=True):
    """Change the arrival rate linearly to ``rate_millihertz`` within ``duration_ms``."""

    duration_ms: int
    rate_millihertz: int


class LoadShare(Frozen, frozen=True, kw_only=True):
    """A case and the share of arrivals it gets, relative to the other shares of its plan."""

    weight: int
    case: Case


class Plan(Frozen, frozen=True, kw_only=True, tag="plan"):
    """A load plan: an open model of arrivals over the shares."""

    ordinal: int
    title: str
    kind: Literal["smoke", "load", "stress", "spike", "soak"]
    stages: list[LoadStage]
    shares: list[LoadShare]


class Record(Frozen, frozen=True, kw_only=True, tag="record"):
    """One made data object of a schema; ``relations`` maps a pointer in ``value`` to the "SCHEMA/INDEX" it refers to."""

    ordinal: int
    schema: str
    value: Value
    relations: dict[str, str] = {}


Answer: TypeAlias = Case | Plan | Record


# ── A run, from request to end ───────────────────────────────────────────────────────────────────────────────────────────


class Budget(Frozen, frozen=True, kw_only=True):
    """When a run stops by itself; None: no such limit."""

    time_ms: int | None = None
    requests: int | None = None
    cases: int | None = None


class Override(Frozen, frozen=True, kw_only=True):
    """What the owner says of the operations that match ``operation`` (a glob on the key)."""

    operation: str
    skip: str = ""  # a reason; the operation is left out
    parameters: dict[str, Value] = {}  # "path/NAME" or "NAME": fixed values
    headers: dict[str, str] = {}
    requests_per_second: float | None = None
    expect: list[str] = []  # statuses that are fine, beside the documented ones
    allow_unsafe: bool | None = None  # PUT, PATCH and DELETE on objects this run did not make


class RunRequested(Frozen, frozen=True, kw_only=True, tag="run-requested"):
    """A trigger's wish for a run.

    ``keep``: which exchanges are kept whole. ``settings``: the configuration that governs the run, as far as it is no secret (JSON), so
    that the run can be resumed, replayed and cleaned up under the same limits. ``resume``: go on with the stored run of that name.
    """

    run: str
    spec: str
    url: str = ""
    seed: int
    agents: list[str]
    operations: list[str] = []  # globs on keys; none: all
    budget: Budget = Budget()
    overrides: list[Override] = []
    keep: Keep = "findings"
    settings: str = ""
    resume: bool = False


class RunStarted(Frozen, frozen=True, kw_only=True, tag="run-started"):
    """Ingest's word to all stages behind it: the API is understood, the run begins."""

    request: RunRequested
    api: Api
    base_url: str
    started_at: float


class RunEnded(Frozen, frozen=True, kw_only=True, tag="run-ended"):
    """Behind the last batch of a run; ``reason``: budget, exhausted, interrupted, target-dead, refused."""

    run: str
    reason: str
    detail: str = ""


# ── Trials: cases on their way to the target, and what came of them ──────────────────────────────────────────────────────


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


# ── What score makes of them ─────────────────────────────────────────────────────────────────────────────────────────────


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


# ── Events and snapshots: every stage to persist ─────────────────────────────────────────────────────────────────────────


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
