"""Documented links as edges: what an answer's value is said to be for (OpenAPI 3.1, 4.8.20)."""

from msgspec import structs

from pipeline.messages import Link, Operation, Output, Slot

_BODY = "$response.body#"


def with_links(operations: list[Operation]) -> list[Operation]:
    """The operations with what links say of their slots: such a slot takes the linked field of the objects that the answer shows."""
    said: dict[str, dict[str, Slot]] = {}
    for operation in operations:
        for link in links_of(operation):
            for name, expression in link.parameters.items():
                found = _field(expression, operation.outputs)
                if found is not None:
                    said.setdefault(link.operation, {})[name] = Slot(place=name, resource=found[0], fields=[found[1]])
    return [_with(operation, said[operation.key]) if operation.key in said else operation for operation in operations]


def links_of(operation: Operation) -> list[Link]:
    """The links of an operation's 2xx answers."""
    return [link for answer in operation.responses if answer.status.startswith("2") for link in answer.links]


def _field(expression: object, outputs: list[Output]) -> tuple[str, str] | None:
    """The resource and the field that a runtime expression takes from an answer; None if it is of another kind."""
    if not isinstance(expression, str) or not expression.startswith(_BODY):
        return None
    holder, _, field = expression.removeprefix(_BODY).rpartition("/")
    for output in outputs:
        if output.pointer in (holder, holder.replace("/0", "/*")):
            return output.resource, field.replace("~1", "/").replace("~0", "~")
    return None


def _with(operation: Operation, said: dict[str, Slot]) -> Operation:
    slots = {slot.place: slot for slot in operation.slots}
    for parameter in operation.parameters:
        place = f"{parameter.location}/{parameter.name}"
        link = said.get(parameter.name) or said.get(f"{parameter.location}.{parameter.name}")
        if link is None:
            continue
        before = slots.get(place)
        others = before.fields if before and before.resource == link.resource else []
        slots[place] = Slot(place=place, resource=link.resource, fields=list(dict.fromkeys((*link.fields, *others))))
    return structs.replace(operation, slots=list(slots.values()))
