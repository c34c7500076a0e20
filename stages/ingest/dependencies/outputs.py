"""Where the answers of an operation show objects, and which operations make them."""

from pipeline.messages import Operation, Output, Schema
from stages.ingest.dependencies.names import words
from stages.ingest.dependencies.paths import is_parameter, named, segments_of
from stages.ingest.dependencies.resources import Resources
from stages.ingest.dependencies.shapes import Shapes, answer_schema

MAX_OUTPUTS = 8
_SHOWING = frozenset({"GET", "POST", "PUT", "PATCH"})
_MAKING_WORDS = frozenset({"create", "add", "new", "insert", "register", "signup", "import", "clone", "copy", "fork", "upload"})
_SEEKING_WORDS = frozenset({"search", "filter", "find", "query", "list", "count", "read", "get", "validate", "check", "paginate"})


def outputs_of(operation: Operation, resources: Resources) -> list[Output]:
    """The objects that a 2xx answer of the operation shows, its own resource's first."""
    if operation.method not in _SHOWING:
        return []
    own, makes = _own(operation, resources)
    schema = answer_schema(operation)
    shown = ((pointer, resources.of_schema(name, operation.resource)) for pointer, name in resources.described(schema))
    places = {pointer: resource for pointer, resource in shown if resource}
    if own and own not in places.values():
        places = {_own_pointer(schema, operation, resources): own, **places}
    makes_elsewhere = not makes and operation.method == "POST" and _is_making(operation)
    found = [
        Output(resource=resource, pointer=pointer, made=resources.is_own(resource) and (makes if resource == own else makes_elsewhere))
        for pointer, resource in places.items()
    ]
    found.sort(key=lambda output: (output.resource != own, not output.made, output.pointer.count("/"), output.pointer))
    return found[:MAX_OUTPUTS]


def properties_at(operation: Operation, output: Output, shapes: Shapes) -> dict[str, Schema]:
    """The properties of the objects that an output shows, as the schema of the answer has them."""
    shape = shapes.of(answer_schema(operation))
    for part in output.pointer.split("/")[1:]:
        shape = shapes.of(shape.items if part == "*" else shape.properties.get(part.replace("~1", "/").replace("~0", "~")))
    return shape.properties


def _own(operation: Operation, resources: Resources) -> tuple[str, bool]:
    """The resource that the operation's path itself is about, "" for actions; and whether the operation makes its objects."""
    segments = segments_of(operation.path)
    at = resources.paths
    if segments and is_parameter(segments[-1]):
        canonical = at.canonical(segments[:-1])
        return named(canonical), operation.method == "PUT" and canonical == segments[:-1]
    if not at.is_collection(segments):
        return "", False
    methods = {other.method for other in at.at.get(segments, ())}
    makes = operation.method == "POST" or (operation.method == "PUT" and "POST" not in methods)
    return named(at.canonical(segments)), makes and not _is_seeking(operation)


def _is_making(operation: Operation) -> bool:
    last = words(segments_of(operation.path)[-1]) if segments_of(operation.path) else ()
    said = set(words(operation.operation_id)[:4]) | set(last)
    return bool(said & _MAKING_WORDS) and not set(last) & _SEEKING_WORDS


def _is_seeking(operation: Operation) -> bool:
    said = words(operation.operation_id)
    return bool(said) and said[0] in ("search", "filter", "find", "query", "list", "count")


def _own_pointer(schema: Schema, operation: Operation, resources: Resources) -> str:
    """Where the objects of an operation's own resource stand in its answer, by the answer's form alone."""
    shape = resources.shapes.of(schema)
    if shape.items is not None:
        return "/*"
    segments = segments_of(operation.path)
    if operation.method == "GET" and not is_parameter(segments[-1] if segments else ""):
        name, items = resources.listed(shape, operation.resource)
        return f"/{name}/*" if items is not None else ""
    name, inner = resources.enveloped(shape, operation.resource)
    return f"/{name}" if inner is not None else ""
