"""Documented links as edges: what an answer's value is said to be for (OpenAPI 3.1, 4.8.20).

A slot is filled from objects that answers showed, so a link can be followed where its runtime expression names what is kept of those: a
field of the object, its own name, or a parent of it. What a link says beyond that is a problem of the document.
"""

from collections.abc import Iterator

from msgspec import Struct, structs

from pipeline.messages import Link, Operation, Response, Slot, Value
from stages.ingest.dependencies.outputs import properties_at
from stages.ingest.dependencies.shapes import Shapes, json_schema
from stages.ingest.problems import Problems, pointer_of

CODE = "unused-link"
OWN = "{}"  # the field of an object's own name: its path parameter, or the last segment of Location
_LOCATIONS = ("path", "query", "header", "cookie")
_MAX_LEVELS = 8


class Unusable(Exception):
    """Why an expression cannot be followed."""


class _Said(Struct, frozen=True):
    """One value that a link says of a place of its operation, and where in the document it does."""

    link: Link
    name: str  # of the parameter as the link gives it, or the pointer into the body
    value: Value
    pointer: str
    in_body: bool = False


def with_links(operations: list[Operation], shapes: Shapes, problems: Problems) -> list[Operation]:
    """The operations with what links say of their slots: such a slot takes the linked field of the objects that the answer shows."""
    by_key = {operation.key: operation for operation in operations}
    found: dict[str, dict[str, Slot]] = {}
    for operation in operations:
        for said in _said_by(operation, by_key, shapes, problems):
            slots = found.setdefault(said.link.operation, {})
            try:
                slot = _slot(said, slots, operation, by_key[said.link.operation], shapes)
            except Unusable as why:
                problems.add(said.pointer, CODE, f"link {said.link.name!r} is not followed here: {why}")
            else:
                slots[slot.place] = slot
    return [_with(operation, found[operation.key]) if found.get(operation.key) else operation for operation in operations]


def _slot(said: _Said, slots: dict[str, Slot], source: Operation, target: Operation, shapes: Shapes) -> Slot:
    """The slot that is meant, beside what other links say of it. Raises Unusable."""
    place = _place(said, target, shapes)
    resource, fields = _source(said.value, source, shapes)
    before = slots.get(place, Slot(place=place, resource=resource, fields=[]))
    if before.resource != resource:
        raise Unusable(f"another link fills it from {before.resource} already")
    return structs.replace(before, fields=list(dict.fromkeys((*before.fields, *fields))))


def links_of(operation: Operation) -> list[Link]:
    """The links of an operation's 2xx answers."""
    return [link for answer in operation.responses if _is_success(answer) for link in answer.links]


def _is_success(answer: Response) -> bool:
    return answer.status.startswith("2")


def _said_by(operation: Operation, by_key: dict[str, Operation], shapes: Shapes, problems: Problems) -> Iterator[_Said]:
    """All that the links of an operation's answers say, value by value."""
    for answer in operation.responses:
        for link in answer.links:
            pointer = f"{operation.pointer}{pointer_of(('responses', answer.status, 'links', link.name))}"
            if not _is_success(answer):
                problems.add(pointer, CODE, f"link {link.name!r} is not followed: the answer {answer.status} shows no objects")
                continue
            for name in sorted(link.parameters):
                yield _Said(link, name, link.parameters[name], pointer + pointer_of(("parameters", name)))
            if link.body is not None:
                for parts, value in _body_values(link.body, operation, by_key[link.operation], shapes):
                    inside = pointer_of(parts)
                    where = inside if isinstance(link.body, dict | list) else ""  # an expression for all of it stands at one place
                    yield _Said(link, inside, value, f"{pointer}/requestBody{where}", in_body=True)


def _body_values(body: Value, source: Operation, target: Operation, shapes: Shapes) -> Iterator[tuple[tuple[str | int, ...], Value]]:
    """The values of a link's body with their places: those of a literal, or where a whole body is to be sent on, its properties."""
    whole = _expression(body)
    if whole in ("$response.body", "$response.body#", "$request.body", "$request.body#"):
        wanted = shapes.of(json_schema(target.body.content)).properties if target.body else {}
        outputs = [output for output in source.outputs if output.pointer == "" or whole.startswith("$request")]
        names = [name for name in sorted(wanted) if any(name in properties_at(source, output, shapes) for output in outputs)]
        for name in names:
            yield (name,), f"{whole.removesuffix('#')}#{pointer_of((name,))}"
        if not names:
            yield (), body
        return
    yield from _leaves(body, ())


def _leaves(value: Value, parts: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Value]]:
    if len(parts) < _MAX_LEVELS and isinstance(value, dict) and value:
        members: dict[str, Value] = value
        for name, inner in sorted(members.items()):
            yield from _leaves(inner, (*parts, name))
    elif len(parts) < _MAX_LEVELS and isinstance(value, list) and value:
        items: list[Value] = value
        for index, inner in enumerate(items):
            yield from _leaves(inner, (*parts, index))
    else:
        yield parts, value


def _expression(value: Value) -> str:
    """The runtime expression that a value is, with or without braces around; "" where it is none."""
    if not isinstance(value, str):
        return ""
    inner = value[1:-1] if value.startswith("{$") and value.endswith("}") and "{" not in value[1:] else value
    return inner if inner.startswith("$") else ""


def _place(said: _Said, target: Operation, shapes: Shapes) -> str:
    """The slot's place. Raises Unusable where the operation has no such input."""
    if said.in_body:
        if not said.name:
            raise Unusable("a body is put together from what is known, property by property")
        schema = json_schema(target.body.content) if target.body else None
        for part in said.name.split("/")[1:]:
            shape = shapes.of(schema)
            schema = shape.items if part.isdecimal() and shape.items is not None else shape.properties.get(_unescaped(part))
            if schema is None:
                raise Unusable(f"the body of {target.key} has nothing at {said.name}")
        return f"body{said.name}"
    location, _, name = said.name.partition(".")
    for parameter in target.parameters:
        if parameter.name == said.name or (location in _LOCATIONS and (parameter.location, parameter.name) == (location, name)):
            return f"{parameter.location}/{parameter.name}"
    raise Unusable(f"{target.key} has no parameter {said.name!r}")


def _source(value: Value, source: Operation, shapes: Shapes) -> tuple[str, list[str]]:
    """The resource and the fields of its objects that a value of a link stands for. Raises Unusable."""
    expression = _expression(value)
    if not expression:
        raise Unusable("a fixed value is no value of an answer")
    kind, _, pointer = expression.partition("#")
    match kind.split(".", 2):
        case ["$response", "body"]:
            return _shown(pointer, expression, source)
        case ["$response", "header", name] if name.lower() == "location":
            for output in source.outputs:
                if output.made:
                    return output.resource, [OWN]
            raise Unusable(f"{expression}: {source.key} is not known to make an object")
        case ["$request", "path" | "query" | "header" as location, name] if not pointer:
            return _sent(f"{location}/{name}", name, expression, source, shapes)
        case ["$request", "body"] if pointer:
            return _sent(f"body{pointer}", _unescaped(pointer[1:]) if pointer.count("/") == 1 else "", expression, source, shapes)
        case _:
            raise Unusable(f"{expression} is not kept of an answer")


def _shown(pointer: str, expression: str, source: Operation) -> tuple[str, list[str]]:
    holder, _, field = pointer.rpartition("/")
    for output in source.outputs:
        if pointer and output.pointer in (holder, holder.replace("/0", "/*")):
            return output.resource, [_unescaped(field)]
    raise Unusable(f"{expression} is no field of the objects that {source.key} is known to show")


def _sent(place: str, name: str, expression: str, source: Operation, shapes: Shapes) -> tuple[str, list[str]]:
    """What was sent is known again where it named an object, or where the answer shows it under the same name."""
    for slot in source.slots:
        if slot.place == place:
            return slot.resource, slot.fields
    for output in source.outputs:
        if name and name in properties_at(source, output, shapes):
            return output.resource, [name]
    raise Unusable(f"{expression} neither names an object nor stands in the answer of {source.key} under that name")


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _with(operation: Operation, said: dict[str, Slot]) -> Operation:
    slots = {slot.place: slot for slot in operation.slots}
    for place, link in sorted(said.items()):
        before = slots.get(place)
        others = before.fields if before and before.resource == link.resource else []
        slots[place] = structs.replace(link, fields=list(dict.fromkeys((*link.fields, *others))))
    return structs.replace(operation, slots=list(slots.values()))
