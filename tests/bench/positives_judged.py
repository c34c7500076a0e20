"""Are positive cases valid? Two validators nobody here wrote judge the values of real documents' operations (``judges``).

    python -m tests.bench.positives_judged FOLDER --modules NODE_MODULES [--documents N] [--count N] [--operations N]

FOLDER holds OpenAPI documents, of which N of the shared half are taken (``directory``), all where nothing is said; NODE_MODULES has the npm
packages ajv and ajv-formats. Of each document up to N operations, spread evenly, get COUNT cases from 0 on, COUNT in the middle of the plan
and COUNT random ones. What a case claims to be valid is judged, parameter by parameter and body by body. Exit status 1: a difference that
``judged_differences.json`` does not explain, more than 0.1 % of the values, a document that was not judged, or too many values that JSON
does not hold or of which a judge has no word.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from pipeline.errors import SentinelError
from pipeline.messages import Api, ApiSlice, Job, Operation, Span
from stages.agents.core.compiler import Compiler
from stages.agents.core.places import Place, request_of
from stages.agents.generate import Generator
from stages.dispatch.slices import slice_group
from stages.ingest.load import load_api
from tests.bench.bounds import Bound, judged
from tests.bench.judges import NO_WORD, Ajv, NotJudged, PyPi, Tally, held, judge_documents, whole

AGENT = "functional-positive"
STARTS = (0, 24, 100_000)
MOST_NOT_HELD, MOST_NO_WORD = 10, 1  # % of the values that are claimed to be valid


class Values(Struct):
    """What the cases of one operation send at one place, claimed to be valid."""

    operation: str
    key: str
    place: Place
    slice: ApiSlice
    values: list[Any]


def values_of(api: Api, operations: int, count: int) -> Iterator[Values]:
    """The values of some operations of an Api, place by place."""
    wanted = {operation.key for operation in api.operations[:: max(len(api.operations) // operations, 1)][:operations]}
    for group in sorted({operation.group for operation in api.operations if operation.key in wanted}):
        slice_ = slice_group(api, group)
        generator, compiler = Generator(slice_), Compiler(slice_.schemas)
        for operation in slice_.operations:
            if operation.key in wanted:
                yield from _values(generator, compiler, slice_, operation, count)


def _values(generator: Generator, compiler: Compiler, slice_: ApiSlice, operation: Operation, count: int) -> Iterator[Values]:
    request = request_of(compiler, operation)
    places = {(place.location, place.name): place for place in request.places}
    bodies = {body.media_type: body for body in request.bodies}
    found: dict[str, Values] = {}

    def note(key: str, place: Place, value: Any) -> None:
        found.setdefault(key, Values(operation.key, key, place, slice_, [])).values.append(value)

    spans = [Span(operation=operation.key, start=start, count=count) for start in STARTS]
    for case in generator.answers(Job(id=0, agent=AGENT, slice=slice_.digest, seed=11, spans=spans), []):
        step = case.steps[-1]
        if case.intent != "valid" or case.title.endswith(": empty-value"):
            continue
        for argument in step.arguments:
            place = places[(argument.location, argument.name)]
            note(place.key, place, argument.value)
        if step.body is not None:
            note(f"body as {step.body.media_type}", bodies[step.body.media_type], step.body.value)
    yield from found.values()


def examine(path: Path, modules: Path, operations: int, count: int) -> Tally:
    """What the judges say of one document."""
    tally = Tally("valid")
    try:
        api = asyncio.run(load_api(str(path)))
    except SentinelError:
        tally.seen["documents refused"] += 1
        return tally
    judges = (PyPi(), Ajv(modules))
    for values in values_of(api, operations, count):
        _judge(tally, judges, values, path.name)
    for judge in judges:
        judge.close()
    tally.seen["documents"] += 1
    return tally


def _judge(tally: Tally, judges: tuple[PyPi, Ajv], found: Values, document: str) -> None:
    try:
        schema = whole(found.slice.schemas, list(found.place.node.schemas))
    except NotJudged:
        tally.seen["values of schemas that JSON does not hold"] += len(found.values)
        return
    readable = []
    for value in found.values:
        try:
            readable.append(held(value))
        except NotJudged:
            tally.seen["values that JSON does not hold"] += 1
    for judge in judges:
        for value, keyword in zip(readable, judge.verdicts(schema, readable), strict=True):
            where = f"{document} {found.operation} {found.key}: {json.dumps(value)[:200]}"
            if keyword is not None and keyword.startswith(NO_WORD):
                tally.no_word(judge.name, keyword, where)
                continue
            tally.judged(judge.name)
            if keyword is not None:
                tally.difference(judge.name, keyword, where)


def bounds(tally: Tally) -> list[Bound]:
    """How much may slip out of being judged: a construct that is avoided is not right."""
    unheld = tally.seen["values of schemas that JSON does not hold"] + tally.seen["values that JSON does not hold"]
    claims = unheld + sum(tally.seen[f"{PyPi.name}: {said}"] for said in ("judged", "has no word"))
    found = {"values that JSON does not hold": (unheld, MOST_NOT_HELD)}
    found |= {name: (tally.seen[name], MOST_NO_WORD) for name in (f"{judge.name}: has no word" for judge in (PyPi, Ajv))}
    return [Bound(what=f"{what}, %", measured=100 * number / max(claims, 1), most=most) for what, (number, most) in found.items()]


def main() -> int:
    tally, ended = judge_documents(__doc__, examine, "valid", count=6)
    return judged([*tally.report(), *bounds(tally), Bound(what="documents not judged", measured=ended, most=0)])


if __name__ == "__main__":
    sys.exit(main())
