"""Jobs and their answers: between dispatch and the agents."""

from typing import Literal, TypeAlias

from pipeline.messages.values import Frozen, Location, Value


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
