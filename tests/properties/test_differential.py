"""Each implementation of an agent is the other's oracle: both answer random jobs over random slices with the same bytes.

``SENTINEL_FUZZ_EXAMPLES`` says how many jobs (30 by default).
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from pipeline.messages import (
    EXT_DECIMAL,
    EXT_INTEGER,
    ApiSlice,
    Encoding,
    Hint,
    Instance,
    Job,
    MediaType,
    Operation,
    Output,
    Parameter,
    RequestBody,
    Slot,
    Span,
)

AGENTS = ["functional-positive", "functional-negative"]
EXAMPLES = int(os.environ.get("SENTINEL_FUZZ_EXAMPLES", "30"))
SHARED = ["Pet", "Owner", "a/b~c"]
NAMES = ["id", "name", "email", "petId", "created_at", "HTTPServerName2", "limit", "größe", "a/b~c", "extra1", "", "x y"]
PATTERNS = [
    "^[a-z]{2,5}$",
    "^(a|bc|[0-9]{3})+-x?$",
    "^\\d{4}-\\d{2}$",
    "[^a-z]\\w*",
    "^.{3,}$",
    "a|b$",
    "^$|^[A-Z]{2}$",
    "^\\S+@\\S+\\.\\S+$",
    "(?=.*[0-9])(?=.*[a-z]).{6,}",
    "\\bword\\b",
    "^(?:[^\\x00-\\x1f]|\\u00e9){1,3}\\.$",
    "^(?<year>\\d{4})(?i:x)$",
    "^(?i:[^k-s]\\W?)(?s-i:.é?)$",
    "(?m:^a.$)|(?im-s:\\bß\\P{Lu}$)",
    "(?i-i:a)",
    "(a)\\1",
    "^[]$",
    "^\\p{L}+\\p{Nd}*$",
    "^\\p{scx=Grek}\\p{Script=Cham}\\p{Math}$",
    "x{0,3}y{2}|z*?",
    "^https?://",
    "(^a|b$|c)+d?|^e",
    "(^a|b$)x?",
    "\\bk\\b|(^a|b)\\1",
    "^(?:ab)+",
    "^\\cJ",
    "",
]
FORMATS = [
    "date",
    "date-time",
    "uuid",
    "email",
    "uri",
    "ipv6",
    "byte",
    "binary",
    "hostname",
    "sf-string",
    "html",
    "password",
    "int32",
    "int64",
    "uint8",
    "float",
    "double-int",
    "sf-decimal",
    "time-local",
    "unknown",
]

STYLES = {
    "path": ["simple", "label", "matrix"],
    "query": ["form", "form", "deepObject", "spaceDelimited", "pipeDelimited"],
    "header": ["simple"],
    "cookie": ["form"],
}

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8)
counts = st.integers(0, 8) | st.sampled_from([20, 64, 300])
decimals = st.sampled_from(["0.5", "-2.5", "0.01", "1E-20", "12345678901234567890.5", "0.1", "99.99", "1E+25"]).map(
    lambda written: Ext(EXT_DECIMAL, written.encode())
)
integers = st.integers(-1000, 1000) | st.sampled_from([0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)])
huge = st.sampled_from([b"18446744073709551616", b"-9223372036854775809", b"100000000000000000000000"]).map(
    lambda digits: Ext(EXT_INTEGER, digits)
)
numbers = integers | decimals | huge
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=3), max_leaves=6
)
refs = st.sampled_from([*SHARED, "Missing"]).map(lambda name: {"$ref": "#/$defs/" + name.replace("~", "~0").replace("/", "~1")})


def some(**keywords):
    """Schemas with any of these keywords."""
    return st.fixed_dictionaries({}, optional={name.rstrip("_"): strategy for name, strategy in keywords.items()})


def sampled(schema):
    """Schemas with documented values now and then."""
    extra = some(example=values, examples=st.lists(values, max_size=3), default=values, readOnly=st.booleans())
    return st.tuples(schema, st.just({}) | extra).map(lambda pair: {**pair[0], **pair[1]})


strings = some(minLength=counts, maxLength=counts, pattern=st.sampled_from(PATTERNS), format=st.sampled_from(FORMATS))
numeric = some(
    minimum=numbers,
    maximum=numbers,
    exclusiveMinimum=numbers,
    exclusiveMaximum=numbers,
    multipleOf=st.integers(-1, 30) | decimals,
    format=st.sampled_from(FORMATS),
)
leaves = st.one_of(
    refs,
    st.booleans(),
    strings.map(lambda schema: {"type": "string", **schema}),
    strings,
    st.tuples(st.sampled_from(["integer", "number"]), numeric).map(lambda pair: {"type": pair[0], **pair[1]}),
    numeric,
    some(enum=st.lists(values, max_size=4), const=values, type=st.sampled_from(["string", "integer", "null", "boolean", "array"])),
    st.lists(st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"]), max_size=3, unique=True).map(
        lambda kinds: {"type": kinds}
    ),
)


def nested(inner):
    objects = some(
        type=st.just("object"),
        properties=st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=4),
        required=st.lists(st.sampled_from(NAMES), max_size=3),
        additionalProperties=inner | st.just(False),
        if_=inner,
        then=inner,
        minProperties=st.integers(0, 5),
        maxProperties=st.integers(0, 5),
        patternProperties=st.dictionaries(st.sampled_from(PATTERNS), inner, max_size=2),
        propertyNames=st.one_of(strings, inner),
        dependentRequired=st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3), max_size=2),
        dependentSchemas=st.dictionaries(st.sampled_from(NAMES), inner, max_size=2),
        unevaluatedProperties=inner,
    )
    arrays = some(
        type=st.just("array"),
        items=inner,
        prefixItems=st.lists(inner, max_size=2),
        minItems=st.integers(0, 4),
        maxItems=st.integers(0, 4) | counts,
        uniqueItems=st.booleans(),
        contains=inner,
        minContains=st.integers(0, 3),
        maxContains=st.integers(0, 3),
        unevaluatedItems=inner,
    )
    alike = st.sampled_from([objects, strings, numeric]).flatmap(lambda kind: st.lists(kind, min_size=2, max_size=4))
    few = st.lists(inner, max_size=3) | alike
    branches = some(oneOf=few, anyOf=few, allOf=few, not_=inner, if_=inner, then=inner, else_=inner)
    together = st.tuples(st.one_of(objects, arrays, strings, numeric), branches).map(lambda pair: {**pair[0], **pair[1]})
    return st.one_of(sampled(objects), sampled(arrays), sampled(together))


schemas = st.recursive(sampled(leaves.filter(lambda schema: isinstance(schema, dict))) | leaves, nested, max_leaves=8)


@st.composite
def parameters(draw, path_names):
    placed = [("path", name) for name in path_names]
    placed += [
        (draw(st.sampled_from(["query", "header", "cookie"])), draw(st.sampled_from(["limit", "q", "X-Id", "Accept"])))
        for _ in range(draw(st.integers(0, 3)))
    ]
    return [
        Parameter(
            name=name,
            location=location,
            required=location == "path" or draw(st.booleans()),
            style=draw(st.sampled_from(STYLES[location])),
            explode=draw(st.booleans()),
            allow_reserved=draw(st.booleans()),
            media_type=draw(st.sampled_from(["", "", "application/json"])),
            allow_empty_value=draw(st.booleans()),
            schema=draw(schemas),
            examples=draw(st.lists(values, max_size=2)),
        )
        for location, name in placed
    ]


media_types = st.sampled_from(
    [
        "application/json",
        "application/hal+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain",
        "image/*",
        "*/*",
        "application/xml",
    ]
)
encodings = st.builds(
    Encoding,
    name=st.sampled_from(NAMES),
    content_type=st.sampled_from(["", "", "application/json", "text/plain"]),
    style=st.sampled_from(STYLES["query"]),
    styled=st.booleans(),
    explode=st.booleans(),
    allow_reserved=st.booleans(),
)
contents = st.builds(
    MediaType,
    media_type=media_types,
    schema=st.none() | schemas,
    examples=st.lists(values, max_size=2),
    encoding=st.lists(encodings, max_size=3),
)
bodies = st.none() | st.builds(RequestBody, content=st.lists(contents, max_size=3), required=st.booleans())
resources = st.sampled_from(["/pets", "/pets/{}/owners"])
fields = st.lists(st.sampled_from(["{}", "id", "name"]), min_size=1, max_size=3)


@st.composite
def slices(draw):
    """A slice whose operations make, take and remove objects of two resources."""
    paths = {"/pets": [], "/pets/{petId}": ["petId"], "/pets/{petId}/owners/{id}": ["petId", "id"]}
    keys = draw(
        st.lists(
            st.sampled_from([(method, path) for path in paths for method in ("GET", "POST", "PUT", "DELETE")]),
            min_size=1,
            max_size=3,
            unique=True,
        )
    )
    operations = []
    for method, path in keys:
        found = draw(parameters(paths[path]))
        places = [f"{parameter.location}/{parameter.name}" for parameter in found] + ["body/name", "body/id/0", "query/none"]
        operations.append(
            Operation(
                key=f"{method} {path}",
                method=method,
                path=path,
                parameters=found,
                body=draw(bodies),
                security=draw(st.sampled_from([[], [{"key": []}], [{}, {"key": ["read"]}]])),
                slots=[Slot(place=place, resource=draw(resources), fields=draw(fields)) for place in places if draw(st.booleans())],
                outputs=draw(
                    st.lists(
                        st.builds(Output, resource=resources, pointer=st.sampled_from(["", "/items/*"]), made=st.booleans()), max_size=2
                    )
                ),
                maker=draw(st.sampled_from(["", *(f"{m} {p}" for m, p in keys)])),
            )
        )
    return ApiSlice(digest="s", operations=operations, schemas={name: draw(schemas) for name in SHARED})


instances = st.builds(
    Instance,
    fields=st.dictionaries(st.sampled_from(["{}", "id", "name"]), scalars, max_size=3),
    parents=st.lists(scalars, max_size=2),
    made=st.booleans(),
)


@st.composite
def jobs(draw, slice_):
    keys = [operation.key for operation in slice_.operations]
    places = ["query/limit", "query/q", "path/petId", "body/name", "body/id", "header/X-Id"]
    return Job(
        id=draw(st.integers(0, 9)),
        agent=draw(st.sampled_from(AGENTS)),
        slice=slice_.digest,
        seed=draw(st.integers(-(2**63), 2**63 - 1)),
        spans=[
            Span(operation=key, start=draw(st.sampled_from([0, 0, 3, 500])), count=draw(st.sampled_from([12, 12, 60, 300]))) for key in keys
        ],
        knowledge=draw(st.dictionaries(resources, st.lists(instances, max_size=3), max_size=2)),
        hints=draw(
            st.lists(
                st.builds(Hint, operation=st.sampled_from(keys), place=st.sampled_from(places), value=values, model=st.just("m")),
                max_size=3,
            )
        ),
    )


@pytest.fixture(scope="module")
def both(rust_agents, python_agents, converse):
    """A worker of each implementation, kept for all jobs."""
    workers = converse(*python_agents), converse(rust_agents)
    for worker in workers:
        worker.greet()
    return workers


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), print_blob=True)
@given(data=st.data())
def test_same_job_same_answers(both, data):
    """Python and Rust answer with equal canonical bytes, and give up on the same ordinals for the same reasons."""
    slice_ = data.draw(slices(), label="slice")
    job = data.draw(jobs(slice_), label="job")
    python, rust = (worker.answers(job, slice_) for worker in both)
    assert rust[0] == python[0]
    assert getattr(rust[1], "gave_up", rust[1]) == getattr(python[1], "gave_up", python[1])
