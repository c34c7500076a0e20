"""Smaller cases that show the same cause: delta debugging (Zeller and Hildebrandt, 2002) on the structure of a case. Pure.

A candidate is never less valid than the case was: required parameters and properties stay, and where the case claims to be valid, every new
value is checked against its schema.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
from msgspec.msgpack import Ext

from pipeline.messages import Body, Case, Schema, Step, Value
from stages.score.inputs import accepts, body_schema, resolved, variables
from stages.score.model import Model
from stages.score.naming import is_fresh

Place: TypeAlias = tuple[int, str, str, tuple[str | int, ...]]  # step, "path"…"cookie" or "body", parameter's name, path in its value

_encode = msgspec.msgpack.Encoder().encode


def shrink(model: Model, case: Case) -> Generator[Case, bool, Case]:
    """Yields candidates and is sent whether each shows the same cause; returns the smallest that did.

    Steps that nothing refers to go first (but fresh ones stay: without them it would show only where the run has been before), then
    optional parts: all of them, halves, quarters, single ones. Then each value that is left is replaced by a simple one, or a shorter
    one. The caller bounds the number of candidates.
    """
    tried = {_encode(case)}
    best = yield from _drop_steps(case, tried)
    best = yield from _drop_parts(model, best, tried)
    return (yield from _simplify(model, best, tried))


def _fresh(candidate: Case, tried: set[bytes]) -> bool:
    encoded = _encode(candidate)
    if encoded in tried:
        return False
    tried.add(encoded)
    return True


def _with_steps(case: Case, steps: list[Step]) -> Case:
    return msgspec.structs.replace(case, steps=steps)


def _drop_steps(case: Case, tried: set[bytes]) -> Generator[Case, bool, Case]:
    best = case
    for step in case.steps:
        if step.role == "attempt" or step.name in _needed(best) or is_fresh(step):
            continue
        candidate = _with_steps(best, [other for other in best.steps if other.name != step.name])
        if _fresh(candidate, tried) and (yield candidate):
            best = candidate
    return best


def _needed(case: Case) -> set[str]:
    """The steps whose answers another step or a relation uses."""
    used = set[str]()
    for step in case.steps:
        used.update(variables([argument.value for argument in step.arguments]))
        if step.body is not None:
            used.update(variables(step.body.value))
    names = {step.name for step in case.steps if any(extract.name in used for extract in step.extract)}
    for expect in case.expect:
        names.update(place.partition(".")[0] for place in (expect.left, expect.right) if place)
    return names


# ── Optional parts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _drop_parts(model: Model, case: Case, tried: set[bytes]) -> Generator[Case, bool, Case]:
    best = case
    parts = list(_optional(model, best))
    size = len(parts)
    while parts and size >= 1:
        progress = False
        for chunk in [parts[start : start + size] for start in range(0, len(parts), size)]:
            candidate = _without(best, chunk)
            if _valid(model, candidate) and _fresh(candidate, tried) and (yield candidate):
                best = candidate
                progress = True
        parts = list(_optional(model, best))
        size = min(size, len(parts)) if progress and size > 1 else size // 2
    return best


def _optional(model: Model, case: Case) -> Iterator[Place]:
    """What may be left out: optional arguments, an optional body, optional members of objects, items of arrays."""
    for number, step in enumerate(case.steps):
        operation = model.operations.get(step.operation)
        required = {(one.location, one.name) for one in operation.parameters if one.required} if operation else set()
        for argument in step.arguments:
            if argument.location != "path" and (argument.location, argument.name) not in required:
                yield number, argument.location, argument.name, ()
        if step.body is not None:
            if operation is not None and operation.body is not None and not operation.body.required:
                yield number, "body", "", ()
            for path in _members(model, step.body.value, body_schema(operation, step.body)):
                yield number, "body", "", path


def _members(model: Model, value: Value, schema: Schema, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if len(path) > 6:
        return
    known = resolved(model, schema)
    if isinstance(value, dict):
        required = known.get("required", [])
        properties = known.get("properties", {})
        for name, item in value.items():
            if name not in required:
                yield (*path, name)
            yield from _members(model, item, properties.get(name), (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield (*path, index)
            yield from _members(model, item, known.get("items"), (*path, index))


def _without(case: Case, parts: Sequence[Place]) -> Case:
    steps = list(case.steps)
    for number, step in enumerate(steps):
        mine = [part for part in parts if part[0] == number]
        if not mine:
            continue
        gone = {(location, name) for _, location, name, _ in mine if location != "body"}
        arguments = [one for one in step.arguments if (one.location, one.name) not in gone]
        body = step.body
        paths = [path for _, location, _, path in mine if location == "body"]
        if body is not None and paths:
            body = None if () in paths else Body(media_type=body.media_type, value=_dropped(body.value, paths))
        steps[number] = msgspec.structs.replace(step, arguments=arguments, body=body)
    return _with_steps(case, steps)


def _dropped(value: Value, paths: Iterable[tuple[str | int, ...]]) -> Value:
    here = {path[0] for path in paths if len(path) == 1}
    deeper: dict[str | int, list[tuple[str | int, ...]]] = {}
    for path in paths:
        if len(path) > 1:
            deeper.setdefault(path[0], []).append(path[1:])
    if isinstance(value, dict):
        return {name: _dropped(item, deeper.get(name, [])) for name, item in value.items() if name not in here}
    if isinstance(value, list):
        return [_dropped(item, deeper.get(index, [])) for index, item in enumerate(value) if index not in here]
    return value


# ── Simple values ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Leaf:
    place: Place
    value: Value


def _simplify(model: Model, case: Case, tried: set[bytes]) -> Generator[Case, bool, Case]:
    best = case
    for leaf in list(_leaves(case)):
        for simpler in _simpler(leaf.value):
            candidate = _replaced(best, leaf.place, simpler)
            if _valid(model, candidate) and _fresh(candidate, tried) and (yield candidate):
                best = candidate
                break
    return best


def _leaves(case: Case) -> Iterator[_Leaf]:
    for number, step in enumerate(case.steps):
        for argument in step.arguments:
            if argument.location != "path":
                for path, value in _scalars(argument.value):
                    yield _Leaf((number, argument.location, argument.name, path), value)
        if step.body is not None:
            for path, value in _scalars(step.body.value):
                yield _Leaf((number, "body", "", path), value)


def _scalars(value: Value, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Value]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _scalars(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _scalars(item, (*path, index))
    elif not isinstance(value, Ext):
        yield path, value


def _simpler(value: Value) -> Iterator[Value]:
    """Values that say less, the simplest first."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, str):
        for text in ("", "a", value[: len(value) // 2], value[len(value) // 2 :]):
            if len(text) < len(value):
                yield text
    elif isinstance(value, int):
        for number in (0, 1, value // 2):
            if abs(number) < abs(value):
                yield number
    elif isinstance(value, bytes) and value:
        yield b""


def _replaced(case: Case, place: Place, value: Value) -> Case:
    number, location, name, path = place
    step = case.steps[number]
    if location == "body":
        assert step.body is not None
        body = Body(media_type=step.body.media_type, value=_put(step.body.value, path, value))
        step = msgspec.structs.replace(step, body=body)
    else:
        arguments = [
            msgspec.structs.replace(one, value=_put(one.value, path, value)) if (one.location, one.name) == (location, name) else one
            for one in step.arguments
        ]
        step = msgspec.structs.replace(step, arguments=arguments)
    return _with_steps(case, [*case.steps[:number], step, *case.steps[number + 1 :]])


def _put(whole: Value, path: tuple[str | int, ...], value: Value) -> Value:
    if not path:
        return value
    if isinstance(whole, dict):
        return {name: _put(item, path[1:], value) if name == path[0] else item for name, item in whole.items()}
    if isinstance(whole, list):
        return [_put(item, path[1:], value) if index == path[0] else item for index, item in enumerate(whole)]
    return whole


# ── Validity ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _valid(model: Model, case: Case) -> bool:
    """Whether the attempt of a case that claims to be valid still is; other cases may be anything."""
    if case.intent != "valid":
        return True
    return all(_step_valid(model, step) for step in case.steps)


def _step_valid(model: Model, step: Step) -> bool:
    operation = model.operations.get(step.operation)
    if operation is None:
        return True
    schemas = {(one.location, one.name): one.schema for one in operation.parameters}
    for argument in step.arguments:
        schema = schemas.get((argument.location, argument.name), True)
        if not accepts(model, operation, f"{argument.location}/{argument.name}", schema, argument.value):
            return False
    if step.body is None:
        return True
    schema = body_schema(operation, step.body)
    return accepts(model, operation, f"body/{step.body.media_type}", schema, step.body.value)
