"""Cases whose object may be gone get a new one: steps before the attempt that make it, and what it lies in.

Many servers want names that nothing else has. So a step that makes an object can be *fresh*: whenever its case is sent, its names are new.
"""

import msgspec
from msgspec.msgpack import Ext

from pipeline.messages import EXT_VARIABLE, Argument, Case, Exchange, Extract, Operation, Sent, Step, Until, Value
from stages.score import jsontext
from stages.score.judging import attempt
from stages.score.model import Model, template_names, template_shape
from stages.score.naming import FRESH, Naming, is_fresh

_STEP = "revive"  # steps that make an object as it was made before
_VARIABLE = "revived"
_DEPTH = 4  # objects inside objects that are made for one attempt
# A database that is locked, and the like: it is waited for.
_NOT_BUSY = Until(statuses=["1XX", "2XX", "3XX", "4XX", "500", "501", "502", "504", "505"], tries=8, interval_ms=400)


def unhurried(case: Case) -> Case:
    """The case whose steps wait for a busy target, up to the attempt."""
    awaited = {"prepare", "attempt"}
    steps = [msgspec.structs.replace(step, until=_NOT_BUSY) if step.role in awaited and step.until is None else step for step in case.steps]
    return msgspec.structs.replace(case, steps=steps)


class Makers:
    """The first step that made an object, by operation: with its answer it tells where the object's name is found."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._naming = Naming(model)
        self._salt = f"{model.seed % 0xFFFF:x}z"
        self._made: dict[str, tuple[Step, Extract]] = {}
        self._accepted: dict[str, Step] = {}

    def learn(self, exchange: Exchange) -> None:
        """Keep what a first 2xx of an operation shows: how it makes an object, or which names it accepts."""
        sent = attempt(exchange)
        if sent is None or sent.reply is None or not 200 <= sent.reply.status < 300 or sent.operation in self._made:
            return
        operation = self._model.operations.get(sent.operation)
        step = next((one for one in exchange.trial.case.steps if one.name == sent.step), None)
        if operation is None or step is None or _has_variables(step):
            return
        if operation.method in {"POST", "PUT"} and self._naming.chooses(step):
            self._accepted.setdefault(sent.operation, step)
        name = _name_of(self._model, operation, sent, step) if any(output.made for output in operation.outputs) else None
        if name is not None:
            self._made[sent.operation] = (step, name)

    def revived(self, case: Case) -> list[Case]:
        """The case with a fresh object for its attempt, and fresh parents for that: under new names, where there are any to choose, and
        under those that were first seen. Empty where none can be made."""
        target = next((step for step in case.steps if step.role == "attempt"), None)
        operation = self._model.operations.get(target.operation) if target else None
        if target is None or operation is None or any(is_fresh(step) or step.name.startswith(_STEP) for step in case.steps):
            return []
        made = self._fresh(operation, target.identity, 0)
        if made is None:
            return []
        prepare, named = made
        renewed = msgspec.structs.replace(target, arguments=_renamed(target.arguments, named))
        rest = [renewed if one is target else one for one in case.steps]
        fresh = [msgspec.structs.replace(one, name=one.name.replace(_STEP, FRESH)) for one in prepare]
        ways = [fresh, prepare] if any(self._naming.chooses(step) for step in prepare) else [prepare]
        return [msgspec.structs.replace(case, steps=[*way, *rest]) for way in ways]

    def alone(self, case: Case, token: str) -> Case | None:
        """The case under names that nothing has: where it shows the same, it needs nothing of what a run made. None where nothing like it
        was ever accepted, or where a text stays that may have to be unique."""
        if len(case.steps) != 1 or case.steps[0].operation not in self._accepted or not self._naming.is_whole(case.steps[0]):
            return None
        renamed = self._naming.renamed(case.steps[0], self._salt + token)
        return None if renamed is case.steps[0] else msgspec.structs.replace(case, steps=[renamed])

    def twice(self, case: Case) -> Case | None:
        """The case behind a step that takes the same names with success; None where nothing like it was ever accepted."""
        attempt = case.steps[0]
        accepted = self._accepted.get(attempt.operation)
        if len(case.steps) != 1 or accepted is None or not self._naming.chooses(attempt):
            return None
        named = self._naming.like(accepted, attempt)
        before = msgspec.structs.replace(
            named, name=f"{FRESH}0", role="prepare", identity=attempt.identity, mutation="", extract=[], require=["2XX"]
        )
        return msgspec.structs.replace(case, steps=[before, attempt])

    def as_sent(self, case: Case, token: str) -> Case:
        """The case with names that no other attempt of the run has, and hardly one of another run: the seed is in them."""
        return self._naming.as_sent(case, self._salt + token)

    def _fresh(self, operation: Operation, identity: str, depth: int) -> tuple[list[Step], dict[str, Value]] | None:
        """Steps that make what the path parameters of an operation name, outermost first, and the parameters' new values."""
        names = template_names(operation.path)
        known = self._made.get(operation.maker)
        maker = self._model.operations.get(operation.maker)
        if known is None or maker is None or not names or depth >= _DEPTH:
            return None
        step, name = known
        outer: dict[str, Value] = {argument.name: argument.value for argument in step.arguments if argument.location == "path"}
        prepare: list[Step] = []
        parents = self._fresh(maker, identity, depth + 1)
        if parents is not None:
            prepare, renewed = parents
            outer |= renewed
        values = [outer.get(name) for name in template_names(maker.path)]
        if len(values) != len(names) - 1 or any(value is None for value in values):
            return None
        variable = f"{_VARIABLE}{depth}"
        prepare.append(
            msgspec.structs.replace(
                step,
                name=f"{_STEP}{depth}",
                role="prepare",
                identity=identity,
                mutation="",
                arguments=_renamed(step.arguments, outer),
                extract=[msgspec.structs.replace(name, name=variable)],
                require=["2XX"],
            )
        )
        return prepare, {**dict(zip(names, values, strict=False)), names[-1]: Ext(EXT_VARIABLE, variable.encode())}


def _renamed(arguments: list[Argument], named: dict[str, Value]) -> list[Argument]:
    """The arguments with the path parameters of these names set."""
    return [
        Argument(location="path", name=one.name, value=named[one.name]) if one.location == "path" and one.name in named else one
        for one in arguments
    ]


def _has_variables(step: Step) -> bool:
    return any(isinstance(argument.value, Ext) for argument in step.arguments)


def _name_of(model: Model, maker: Operation, sent: Sent, step: Step) -> Extract | None:
    """Where the maker's answer, else its request, has the value that names the object in the paths of its item operations."""
    assert sent.reply is not None
    try:
        body = jsontext.parse(sent.reply.body)
    except (jsontext.NotJson, jsontext.TooDeep):
        body = None
    resources = [output for output in maker.outputs if output.made]
    fields: list[str] = []
    for operation in model.operations.values():
        if operation.maker == maker.key and operation.path.endswith("}") and template_shape(operation.path).endswith("/{}"):
            last = template_names(operation.path)[-1]
            fields.extend(field for slot in operation.slots if slot.place == f"path/{last}" for field in slot.fields)
    for pointer in (*(output.pointer for output in resources), "", "/data", "/result", "/item"):
        for field in (*fields, "id"):
            place = f"{pointer}/{field.replace('~', '~0').replace('/', '~1')}"
            if "*" not in place and isinstance(_at(body, place), str | int):
                return Extract(name=_VARIABLE, pointer=place)
    chosen = step.body.value if step.body is not None else None
    places = (f"/{field.replace('~', '~0').replace('/', '~1')}" for field in fields if field != "{}")
    place = next((place for place in places if isinstance(_at(chosen, place), str)), "")
    return Extract(name=_VARIABLE, source="request", pointer=place) if place else None


def _at(value: object, pointer: str) -> object:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value
