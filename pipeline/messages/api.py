"""The API under test: what ingest makes of an OpenAPI document."""

from typing import Literal

from pipeline.messages.values import Frozen, Location, Schema, Value

# Headers that are no parameters, in lower case. Bodies, answers and identities say the first three (OpenAPI 3.1, 4.8.12.2.1); what frames a
# message or speaks of the connection is the client's to say (RFC 9110, 7.6.1 and 10.1.1; RFC 9112, 6): of it these two, the others never.
SAID_HEADERS = frozenset({"content-length", "host"})
UNSAID_HEADERS = frozenset({"connection", "expect", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"})
IGNORED_HEADERS = frozenset({"accept", "authorization", "content-type"}) | SAID_HEADERS | UNSAID_HEADERS


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
    styled: bool = False  # its style counts in multipart, too, and the content type does not
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
    left_out: list[str] = []  # keys of the document's operations to which nothing is to be sent; they are not among ``operations``


class ApiSlice(Frozen, frozen=True, kw_only=True, tag="slice"):
    """What an agent needs of an ``Api`` for one operation group; cached in workers by ``digest``."""

    digest: str
    group: str = ""
    operations: list[Operation] = []
    schemas: dict[str, Schema] = {}
    others: list[str] = []  # keys of operations that the document has, too, and that are left out of the run
