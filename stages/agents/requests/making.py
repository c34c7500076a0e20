"""Steps before the attempt: the object it needs is made, or the place it takes is seen to be vacant (GENERATION.md, section 14)."""

from msgspec import Struct
from msgspec.msgpack import Ext

from pipeline.messages import EXT_VARIABLE, Extract, Fill, Operation, Step
from stages.agents.core.places import Request
from stages.agents.requests.draft import Draft

VARIABLE = "made"
_MADE = ["2XX"]
_VACANT = ["404", "403", "401", "410"]


class MadeBy(Struct, frozen=True):
    """How to make what an operation takes by its last path parameter: the maker's request, and where the id may be found: where its answer
    tells it, then where its own body may have chosen it."""

    request: Request
    extract: list[Extract]


def made_by(request: Request, requests: dict[str, Request]) -> MadeBy | None:
    """The maker of an operation that removes or changes an object, where the slice has it."""
    operation = request.operation
    maker = requests.get(operation.maker)
    if maker is None or operation.method not in ("DELETE", "PUT", "PATCH") or not request.path:
        return None
    slot = next((slot for slot in operation.slots if slot.place == request.path[-1].key), None)
    fields = slot.fields if slot else []
    names = [field for field in fields if field != "{}"] or ["id"]
    outputs = [output for output in maker.operation.outputs if output.made]
    output = next((output for output in outputs if slot is not None and output.resource == slot.resource), outputs[0] if outputs else None)
    pointer = output.pointer.replace("*", "0") if output else ""
    members = [f"/{name.replace('~', '~0').replace('/', '~1')}" for name in names]
    answered = [Extract(name=VARIABLE, pointer=pointer + member) for member in members]
    chosen = [Extract(name=VARIABLE, source="request", pointer=member) for member in members]
    return MadeBy(maker, [*answered, Extract(name=VARIABLE, source="location"), *chosen])


def make_step(draft: Draft, made: MadeBy) -> Step:
    """The step that makes the object, from the finished draft of the maker's request."""
    operation = draft.request.operation.key
    return Step(
        name="make",
        operation=operation,
        role="prepare",
        arguments=draft.arguments(),
        body=draft.sent(),
        extract=made.extract,
        require=_MADE,
    )


def use_made(draft: Draft, made: MadeBy) -> None:
    """Put the id that the first step extracts into the last path parameter."""
    key = draft.request.path[-1].key
    draft.values[key] = Ext(EXT_VARIABLE, VARIABLE.encode())
    draft.fills.pop(key, None)
    draft.fills[key] = Fill(place=key, source="extracted", origin=made.request.operation.key)


def vacancy(operation: Operation, requests: dict[str, Request]) -> Request | None:
    """The read of the same path by which a PUT that makes its own object looks first."""
    if operation.method != "PUT" or not requests[operation.key].path or operation.maker in requests:
        return None
    return requests.get(f"GET {operation.path}")


def vacant_step(attempt: Draft, reader: Request) -> Step:
    """The control: the same path is read and nothing is there."""
    values = {place.name: attempt.values.get(place.key) for place in attempt.request.path}
    draft = Draft(reader, certain=reader.complete)
    draft.values = {place.key: values[place.name] for place in reader.path if place.name in values}
    return Step(name="vacant", operation=reader.operation.key, role="control", arguments=draft.arguments(), require=_VACANT)
