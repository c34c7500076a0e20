"""Paths and operations."""

from urllib.parse import parse_qsl

from msgspec import structs

from pipeline.messages import Operation, Parameter, SecurityScheme
from stages.ingest.bodies import body_of
from stages.ingest.documents import Node
from stages.ingest.parameters import TEMPLATE_NAME, ParameterReader, match_template
from stages.ingest.problems import pointer_of
from stages.ingest.reading import Reading, is_object
from stages.ingest.responses import ResponseReader
from stages.ingest.security import requirements
from stages.ingest.servers import servers_at

METHODS = ("delete", "get", "head", "options", "patch", "post", "put", "query", "trace")
Found = tuple[str, str, Node, Node]  # path, method (lower case), path item, operation


def operations_of(reading: Reading, schemes: list[SecurityScheme]) -> list[Operation]:
    """All usable operations, sorted by path and method, without what only all of them together tell."""
    found = list(_found(reading))
    parameters = ParameterReader(reading)
    responses = ResponseReader(reading, _keys(reading, found))
    known = frozenset(scheme.name for scheme in schemes)
    made: list[Operation] = []
    for path, method, item, node in found:
        inputs = parameters.inputs(item, node)
        usable, query = _usable_path(path)
        if "/" in path.partition("#")[2]:  # other fragments only tell operations of one path apart
            reading.problem(node, "fragment-in-path", "a fragment never reaches a server: the path is cut at its '#'")
        if query:
            reading.problem(node, "query-in-path", "the path holds a query; what it says is read as query parameters")
        usable, merged = match_template(reading, node, usable, _with_query(inputs.parameters, query))
        servers = servers_at(reading, node) or servers_at(reading, item) if reading.version != "2.0" else []
        made.append(
            Operation(
                key=f"{method.upper()} {path}",
                method=method.upper(),
                path=usable,
                operation_id=reading.string(node, "operationId"),
                tags=reading.strings(node, "tags"),
                parameters=merged,
                body=body_of(reading, node, method, inputs),
                responses=responses.responses(node),
                security=requirements(reading, node, known),
                server=next((server for server in servers if "://" in server), ""),
                pointer=reading.documents.pointer(node.url, node.path),
                deprecated=reading.flag(node, "deprecated"),
            )
        )
    return made


def _found(reading: Reading) -> list[Found]:
    found: list[Found] = []
    for written, entry in reading.entries(reading.root, "paths"):
        item = reading.object(entry)
        if item is None:
            continue
        path = written if written.startswith("/") else f"/{written}"
        if path != written:
            reading.problem(entry, "no-slash", f"the path {written!r} does not start with a slash; one is put before it")
        if isinstance(entry.value, dict) and "$ref" in entry.value:  # OpenAPI 3.1, 4.8.9: what stands beside the $ref comes on top
            item = item.sibling({**item.value, **{key: value for key, value in entry.value.items() if key != "$ref"}})
        methods = {key.lower(): item.child(key) for key in item.value if key.lower() in METHODS}
        methods |= {key.lower(): node for key, node in reading.objects(item, "additionalOperations") if key.isascii() and key.isalpha()}
        for key in item.value:
            if key.lower() not in METHODS and not key.startswith("x-") and is_object(item.value[key]) and "responses" in item.value[key]:
                reading.problem(item.child(key), "unknown-method", f"{key!r} is no method of HTTP that OpenAPI has; it is left out")
        for method in sorted(methods):
            operation = reading.object(methods[method])
            if operation is not None:
                found.append((path, method, item, operation))
    return sorted(found, key=lambda each: each[:2])


def _keys(reading: Reading, found: list[Found]) -> dict[str, str]:
    """The keys of operations by id and by pointer, the two ways in which links name them."""
    keys: dict[str, str] = {}
    for path, method, _, node in found:
        key = f"{method.upper()} {path}"
        keys[pointer_of(node.path)] = key
        name = node.value.get("operationId")
        if not isinstance(name, str) or not name:
            continue
        if name in keys:
            reading.problem(node, "duplicate-id", f"the operationId {name!r} is that of {keys[name]} as well")
        keys.setdefault(name, key)
    return keys


def _usable_path(path: str) -> tuple[str, list[tuple[str, str]]]:
    """A path without the query and the fragment that some documents tell operations apart by, and the query's parameters."""
    path = path.partition("#")[0]
    path, _, query = path.partition("?")
    return path or "/", parse_qsl(query.replace("{?", ""), keep_blank_values=True)


def _with_query(parameters: list[Parameter], query: list[tuple[str, str]]) -> list[Parameter]:
    """The parameters with those of the path's own query: ``?action=start`` is always the same, ``?from={from}`` is an input."""
    if not query:
        return parameters
    known = {(parameter.location, parameter.name): parameter for parameter in parameters}
    for name, value in query:
        template = TEMPLATE_NAME.fullmatch(value)
        if template is None:
            known["query", name] = Parameter(
                name=name, location="query", schema={"const": value}, required=True, style="form", explode=True
            )
        elif ("query", name) not in known:
            declared = known.pop(("path", template[1]), None) or Parameter(name=name, location="query", schema={"type": "string"})
            known["query", name] = structs.replace(declared, name=name, location="query", style="form", explode=True)
    return list(known.values())
