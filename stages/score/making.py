"""How the objects of a run were made, and the steps that make others like them for one case."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec.msgpack import Ext

from pipeline.messages import EXT_VARIABLE, Argument, Body, Exchange, Extract, Knowledge, Operation, Sent, Slot, Step, Value
from stages.score import jsontext
from stages.score.judging import attempt
from stages.score.model import Model, template_names, template_shape
from stages.score.standing import is_taken

STEP: Final = "revive"  # how steps are called that make an object as it was made before
AROUND: Final = "around"  # and those that do with it what the run did
_VARIABLE: Final = "revived"
_DEPTH: Final = 4  # objects that need objects
_AROUND_MAX: Final = 8
_NAMES_MAX: Final = 1024  # of one resource; with more the memory starts again
_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Makings:
    """By operation, the first step that made an object, with where its answer tells the object's name; the first step of each changing
    operation that was accepted; and by which fields the objects seen go."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.made: dict[str, tuple[Step, Extract]] = {}
        self.accepted: dict[str, Step] = {}
        self._names: dict[str, dict[Value, str]] = {}
        self._makers: dict[str, str] = {}
        for operation in model.operations.values():
            taken = [slot.resource for slot in operation.slots if slot.place.startswith("path/")]
            if taken and operation.maker:
                self._makers.setdefault(taken[-1], operation.maker)

    def learn(self, exchange: Exchange) -> None:
        """Keep what a first 2xx of an operation shows: how it makes an object, or what it accepts; only of valid requests."""
        sent = attempt(exchange)
        if sent is None or sent.operation in self.made or not is_taken(self.model, exchange, sent):
            return
        operation = self.model.operations.get(sent.operation)
        step = next((one for one in exchange.trial.case.steps if one.name == sent.step), None)
        if operation is None or step is None or any(isinstance(argument.value, Ext) for argument in step.arguments):
            return
        if operation.method in _CHANGING:
            self.accepted.setdefault(sent.operation, step)
        name = _name_of(self.model, operation, sent, step) if any(output.made for output in operation.outputs) else None
        if name is not None:
            self.made[sent.operation] = (step, name)

    def saw(self, knowledge: Knowledge) -> None:
        """Note by what values objects are named."""
        for resource, instances in knowledge.instances.items():
            names = self._names.setdefault(resource, {})
            if len(names) > _NAMES_MAX:
                names.clear()
            for instance in instances:
                for field, value in sorted(instance.fields.items()):  # "{}", the object's own name, comes last and stays
                    if isinstance(value, str | int) and not isinstance(value, bool):
                        names[value] = field

    def named_by(self, slot: Slot, value: object) -> tuple[str, str] | None:
        """The operation that makes what a value of a slot names, and the field that the value is of."""
        maker = self._makers.get(slot.resource)
        field = self._names.get(slot.resource, {}).get(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
        return None if maker is None or field is None else (maker, field)

    def around(self, operation: Operation) -> list[Step]:
        """Accepted steps of other operations on the object that a path names, or in it, in the order of their first success; none that
        removes it."""
        whole = template_shape(operation.path)
        inside = whole[: whole.rfind("{}") + 2]
        depth = inside.count("{}")
        steps = []
        for key, step in self.accepted.items():
            other = self.model.operations[key]
            shape = template_shape(other.path)
            is_of_it = shape.startswith(f"{inside}/") or (shape == inside and other.method != "DELETE")
            if depth and key != operation.key and is_of_it and shape.count("{}") == depth:
                steps.append(step)
        return steps[:_AROUND_MAX]


class Making:
    """The steps of one case that make what it needs, each maker once, what others need first."""

    def __init__(self, known: Makings, identity: str) -> None:
        self._known = known
        self._model = known.model
        self._identity = identity
        self._made: dict[str, tuple[int, list[Value]]] = {}  # by maker: its step, and the values of its path parameters
        self._open: list[str] = []
        self.steps: list[Step] = []

    def bound(self, step: Step) -> Step:
        """The step about new objects: those its path names, and those its body refers to."""
        operation = self._model.operations[step.operation]
        named = self._path(operation)
        body = step.body if step.body is None else Body(media_type=step.body.media_type, value=self._referring(operation, step.body.value))
        return msgspec.structs.replace(step, arguments=_renamed(step.arguments, named), body=body)

    def around(self, operation: Operation) -> list[Step]:
        """What the run did with such an object, done with the new one; an answer other than 2xx does not end the case."""
        named = self._path(operation)
        values = [named[name] for name in template_names(operation.path) if name in named]
        makers = {step.operation for step in self.steps}
        steps: list[Step] = []
        for known in self._known.around(operation):
            if known.operation in makers:
                continue
            names = template_names(self._model.operations[known.operation].path)
            arguments = _renamed(known.arguments, dict(zip(names, values, strict=False)))
            name = f"{AROUND}{len(steps)}"
            step = msgspec.structs.replace(known, name=name, role="prepare", identity=self._identity, mutation="", extract=[], require=[])
            steps.append(msgspec.structs.replace(step, arguments=arguments))
        return steps

    def _path(self, operation: Operation) -> dict[str, Value]:
        names = template_names(operation.path)
        if not names or self._object(operation.maker) is None:
            return {}
        outer = self._made[operation.maker][1]
        if len(outer) != len(names) - 1:
            return {}
        return dict(zip(names, [*outer, self._value(operation.maker, "{}")], strict=True))

    def _referring(self, operation: Operation, value: Value) -> Value:
        """A body in which values that name objects of the run name new ones."""
        for slot in operation.slots:
            where, _, pointer = slot.place.partition("/")
            if where != "body" or "*" in pointer:
                continue
            for parts in _every(value, _parts(f"/{pointer}")):
                found = self._known.named_by(slot, _at(value, parts))
                if found is not None and found[0] != operation.key and self._object(found[0]) is not None:
                    value = _with(value, parts, self._value(*found))
        return value

    def _object(self, key: str) -> int | None:
        """The step that makes an object by an operation, after what it needs; None where it is not known how."""
        if key in self._made:
            return self._made[key][0]
        known = self._known.made.get(key)
        if known is None or key in self._open or len(self._open) >= _DEPTH:
            return None
        self._open.append(key)
        step = self.bound(known[0])
        self._open.pop()
        path: dict[str, Value] = {argument.name: argument.value for argument in step.arguments if argument.location == "path"}
        names = template_names(self._model.operations[key].path)
        if any(path.get(name) is None for name in names):
            return None
        at = len(self.steps)
        self._made[key] = (at, [path[name] for name in names])
        step = msgspec.structs.replace(step, name=f"{STEP}{at}", role="prepare", identity=self._identity, mutation="", require=["2XX"])
        self.steps.append(msgspec.structs.replace(step, extract=[]))
        return at

    def _value(self, key: str, field: str) -> Ext:
        """The variable that holds a field of the object that a maker makes, "{}" being its own name."""
        at, own = self._made[key][0], self._known.made[key][1]
        place = own.pointer if field == "{}" else f"{own.pointer.rpartition('/')[0]}/{_escaped(field)}"
        step = self.steps[at]
        extract = next((one for one in step.extract if one.pointer == place), None)
        if extract is None:
            name = f"{_VARIABLE}{at}" + (f"_{len(step.extract)}" if step.extract else "")
            extract = msgspec.structs.replace(own, name=name, pointer=place)
            self.steps[at] = msgspec.structs.replace(step, extract=[*step.extract, extract])
        return Ext(EXT_VARIABLE, extract.name.encode())


def _renamed(arguments: list[Argument], named: dict[str, Value]) -> list[Argument]:
    """The arguments with the path parameters of these names set."""
    return [
        Argument(location="path", name=one.name, value=named[one.name]) if one.location == "path" and one.name in named else one
        for one in arguments
    ]


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
            place = f"{pointer}/{_escaped(field)}"
            if "*" not in place and isinstance(_at(body, _parts(place)), str | int):
                return Extract(name=_VARIABLE, pointer=place)
    chosen = step.body.value if step.body is not None else None
    places = (f"/{_escaped(field)}" for field in fields if field != "{}")
    place = next((place for place in places if isinstance(_at(chosen, _parts(place)), str)), "")
    return Extract(name=_VARIABLE, source="request", pointer=place) if place else None


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _every(value: object, parts: Sequence[str]) -> list[list[str]]:
    """The ways by which a slot's pointer leads to something: what it says of a first item is so of every item."""
    if not parts:
        return [[]]
    names = [str(index) for index in range(len(value))] if isinstance(value, list) and parts[0] == "0" else parts[:1]
    return [[name, *rest] for name in names for rest in _every(_at(value, [name]), parts[1:])]


def _at(value: object, parts: Sequence[str]) -> object:
    for name in parts:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def _with(value: Any, parts: Sequence[str], new: Value) -> Value:
    """A copy of nested objects and lists with one part replaced."""
    if not parts:
        return new
    if isinstance(value, list):
        at = int(parts[0])
        return [*value[:at], _with(value[at], parts[1:], new), *value[at + 1 :]]
    return {**value, parts[0]: _with(value[parts[0]], parts[1:], new)}
