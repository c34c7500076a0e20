"""The demo's clean twin takes every request that obeys its document."""

import json
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from pipeline.demo import TOKEN, create_app
from pipeline.demo.document import openapi
from pipeline.demo.reading import Incoming, Refused
from tests.servers.obedience import Document

DOCUMENT = Document(openapi())
DEMO = create_app(clean=True)
EXISTING = {
    "ownerId": "1",
    "petId": "1",
    "vetId": "vet-ada",
    "appointmentId": "00000000-0000-4000-8000-000000000001",
    "number": "INV-000001",
}
FORMATS = {
    "date": st.dates().map(str),
    "date-time": st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    "uuid": st.uuids().map(str),
}


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that obey a schema, of the keywords that the demo's document has."""
    schema = DOCUMENT.resolve(schema)
    if "oneOf" in schema:
        return st.one_of([values(branch) for branch in schema["oneOf"]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of([of_type(kind, schema) for kind in kinds])


def of_type(kind: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    match kind:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "string" if "pattern" in schema:
            return st.from_regex(schema["pattern"], fullmatch=True).filter(lambda text: "\n" not in text)
        case "string" if "format" in schema:
            return FORMATS[schema["format"]]
        case "string":
            letters = st.characters(exclude_categories=["Cs"])
            return st.text(letters, min_size=schema.get("minLength", 0), max_size=schema["maxLength"])
        case "array":
            bounds = {"min_size": schema.get("minItems", 0), "max_size": schema["maxItems"]}
            return st.lists(values(schema["items"]), unique=schema.get("uniqueItems", False), **bounds)
    optional = {name: values(part) for name, part in schema["properties"].items() if name not in schema["required"]}
    required = {name: values(schema["properties"][name]) for name in schema["required"]}
    fewest = schema.get("minProperties", 0)
    return st.fixed_dictionaries(required, optional=optional).filter(lambda made: len(made) >= fewest)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Incoming, bytes]:
    """A request to any operation, valid by the document, for objects that may exist."""
    method, path, shared, operation = draw(st.sampled_from(DOCUMENT.operations))
    query: list[str] = []
    headers = {"Authorization": f"Bearer {TOKEN}"}
    for parameter in map(DOCUMENT.resolve, [*shared, *operation.get("parameters", [])]):
        name, value = parameter["name"], draw(values(parameter["schema"]))
        match parameter["in"]:
            case "path":
                text = EXISTING[name] if draw(st.booleans()) else str(value)
                path = path.replace("{" + name + "}", quote(text, safe=""))
            case "query" if draw(st.booleans()):
                query += [f"{name}={quote(str(item), safe='')}" for item in (value if isinstance(value, list) else [value])]
            case "header" if draw(st.booleans()):
                headers[name] = value
    raw = b""
    for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
        headers["Content-Type"] = media_type
        raw = json.dumps(draw(values(media["schema"]))).encode()
    return Incoming(method=method, target=f"{path}?{'&'.join(query)}", headers=headers), raw


@given(requests())
def test_a_valid_request_is_refused_only_for_the_state_of_the_clinic(request: tuple[Incoming, bytes]) -> None:
    """What obeys the schemas is answered 2xx or 304, or 404 and 409 for objects that are not there; never 400, 415 or 422."""
    incoming, raw = request
    try:
        route, segments = DEMO.find(incoming)
        status = DEMO.answer(route, segments, incoming, raw).status
    except Refused as refused:
        status = refused.answer.status
    assert status in {200, 201, 204, 304, 404, 409}
