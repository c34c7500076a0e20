"""Do two other validators (``judges``) agree that what functional-negative claims to be invalid is invalid?

    python -m tests.bench.negatives_judged FOLDER --modules NODE_MODULES [--documents N] [--count N] [--operations N]

FOLDER holds OpenAPI documents, of which N of the shared half are taken (``directory``), all where nothing is said; NODE_MODULES has ajv and
ajv-formats. Of every document some operations are taken, of each the first COUNT cases and COUNT random ones. What a case breaks is
serialised by the execute stage and read back here: JSON bodies as they are, texts as every scalar that they can be. A difference is a
reading that a judge accepts. Exit status 1: one that ``judged_differences.json`` does not explain, more than 0.1 % of the cases, a
document that was not judged, or too many cases that are not read back (forms, objects in parameters) or of which a judge has no word.
"""

import asyncio
import itertools
import json
import sys
import warnings
from typing import Any
from urllib.parse import parse_qsl, unquote

from msgspec import Struct
from msgspec.msgpack import Ext

from pipeline.errors import SentinelError
from pipeline.messages import EXT_RAW, Job, Span
from stages.agents.core.compiler import Compiler
from stages.agents.generate import Generator
from stages.dispatch.slices import slice_group
from stages.execute.serialise import Unserialisable, payload
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.style import in_cookie, in_header, in_path, in_query
from stages.ingest.load import load_api
from tests.bench.bounds import Bound, judged
from tests.bench.judges import NO_WORD, Ajv, NotJudged, PyPi, Tally, judge_documents, whole

NEGATIVE = "functional-negative"
RANDOM_FROM = 100_000
MOST_NOT_READ, MOST_NO_WORD = 10, 1  # % of the cases that claim a value to be invalid


def scalars(text):
    """What a text can be read as."""
    found = [text]
    bare = text.strip()
    try:
        number = json.loads(bare)
    except ValueError:
        pass
    else:
        if number is None or isinstance(number, (bool, int, float)):
            found.append(number)
    if bare.lower() in {"true", "false"}:
        found.append(bare.lower() == "true")
    return found


def readings(texts, *, is_list):
    """What a parameter's texts can be read as."""
    if not is_list:
        return scalars(texts[0])
    choices = [scalars(text) for text in texts[:6]]
    rest = list(texts[6:])
    found = [[*some, *rest] for some in itertools.islice(itertools.product(*choices), 64)]
    return found + (scalars(texts[0]) if len(texts) == 1 else [])


def on_the_wire(operation, case, place):
    """The readings of the violated place: None where the bench cannot tell them."""
    step = case.steps[-1]
    if place == "body":
        media = next((one for one in operation.body.content if one.media_type == step.body.media_type), None)
        data = payload(step.body, media, Schemas({})).data
        return [json.loads(data)] if "json" in step.body.media_type else None
    location, _, name = place.partition("/")
    parameter = next(one for one in operation.parameters if (one.location, one.name) == (location, name))
    argument = next((one for one in step.arguments if (one.location, one.name) == (location, name)), None)
    if argument is None or isinstance(argument.value, dict) or parameter.media_type:
        return None
    is_list = isinstance(argument.value, list)
    match location:
        case "path":
            texts = unquote(in_path(parameter, argument.value)).lstrip(".;" if parameter.style != "simple" else "")
            texts = texts.split("=", 1)[-1] if parameter.style == "matrix" else texts
            texts = texts.split(",") if is_list else [texts]
        case "query":
            pairs = parse_qsl("&".join(in_query(parameter, argument.value)), keep_blank_values=True)
            texts = [value for _, value in pairs]
            if is_list and not parameter.explode and texts:
                texts = texts[0].replace("|", ",").replace(" ", ",").split(",")
        case "header":
            text = in_header(parameter, argument.value) or ""
            texts = text.split(",") if is_list else [text]
        case _:
            texts = [unquote(pair.partition("=")[2]) for pair in in_cookie(parameter, argument.value)]
            texts = texts[0].split(",") if is_list and texts and not parameter.explode else texts
    return readings(texts, is_list=is_list) if texts else None


class Broken(Struct):
    """A case, what it breaks by label, and the readings of what it sends there."""

    where: str
    label: str
    found: list[Any]


def examine(path, modules, operations, count):
    """What the judges say of one document."""
    warnings.simplefilter("ignore")
    tally = Tally("invalid")
    try:
        api = asyncio.run(load_api(str(path)))
    except SentinelError:
        tally.seen["documents refused"] += 1
        return tally
    judges = (PyPi(), Ajv(modules))
    for operation in api.operations[:: max(len(api.operations) // operations, 1)][:operations]:
        slice_ = slice_group(api, operation.group)
        spans = [Span(operation=operation.key, start=start, count=count) for start in (0, RANDOM_FROM)]
        job = Job(id=0, agent=NEGATIVE, slice=slice_.digest, seed=11, spans=spans)
        compiler = Compiler(slice_.schemas)
        by_place = {}
        for case in filter(has_value, Generator(slice_).answers(job)):
            place, label = place_of(operation, case)
            where = f"{path.name} {case.operation} {case.title}"
            try:
                found = on_the_wire(operation, case, place)
            except Unserialisable as error:
                tally.seen["unserialisable"] += 1
                tally.shown.append(f"unserialisable: {where}: {error}")
                continue
            tally.seen["cases" if found else "not read back"] += 1
            if found:
                schema = schema_of(operation, case, place)
                if label.startswith("format"):
                    label = f"format {format_at(compiler, schema, pointer_of(case, place))}"
                by_place.setdefault(place, (schema, []))[1].append(Broken(where, label, found))
        for schema, cases in by_place.values():
            if schema is None:
                tally.seen["cases without a schema"] += len(cases)
                continue
            try:
                judge_all(tally, judges, whole(slice_.schemas, [schema]), cases)
            except NotJudged:
                tally.seen["cases of schemas that JSON does not hold"] += len(cases)
    for judge in judges:
        judge.close()
    tally.seen["documents"] += 1
    return tally


def judge_all(tally, judges, schema, cases):
    """Ask each judge for the readings of each case: one that is accepted is a difference."""
    asked = [value for case in cases for value in case.found]
    for judge in judges:
        verdicts = iter(judge.verdicts(schema, asked))
        for case in cases:
            said = [(value, next(verdicts)) for value in case.found]
            failed = [verdict for _, verdict in said if verdict is not None and verdict.startswith(NO_WORD)]
            if failed:
                tally.no_word(judge.name, failed[0], case.where)
                continue
            tally.judged(judge.name)
            accepted = [value for value, verdict in said if verdict is None]
            if accepted:
                tally.difference(judge.name, case.label.partition("/")[0], f"{case.where}: {json.dumps(accepted[0])[:160]}")


def has_value(case):
    """Whether a case claims that a value which it sends is invalid."""
    step = case.steps[-1]
    is_raw = step.body is not None and isinstance(step.body.value, Ext) and step.body.value.code == EXT_RAW
    is_absent = case.classes[0].endswith("violates/required") and (not case.classes[0].startswith("body") or step.body is None)
    return case.intent == "invalid" and not step.method and not is_raw and not is_absent


def place_of(operation, case):
    """Place (without pointer) and label of a case's class."""
    where, _, label = case.classes[0].rpartition(":violates/")
    keys = [f"{one.location}/{one.name}" for one in operation.parameters]
    found = [key for key in keys if where == key or where.startswith(f"{key}/")]
    return max(found, key=len, default="body"), label


def pointer_of(case, place):
    """The path to what is violated below the place."""
    where = case.classes[0].rpartition(":violates/")[0]
    return [token.replace("~1", "/").replace("~0", "~") for token in where[len(place) :].split("/")[1:]]


def format_at(compiler, schema, pointer):
    """The names of the formats that a schema says there are at a pointer, joined by "+"."""
    nodes = [compiler.node(schema)]
    for token in pointer:
        flats = [flat for node in nodes for flat in node.alternatives]
        children = [child for flat in flats for child in (flat.property(token), flat.item(int(token)) if token.isdecimal() else None)]
        nodes = [child for child in children if child is not None]
    return "+".join(sorted({flat.format for node in nodes for flat in node.alternatives if flat.format}))


def bounds(tally):
    """How much may slip out of being judged."""
    claims = tally.seen["cases"] + tally.seen["not read back"] + tally.seen["unserialisable"]
    unread = tally.seen["not read back"] + tally.seen["unserialisable"] + tally.seen["cases without a schema"]
    unread += tally.seen["cases of schemas that JSON does not hold"]
    shares = [
        Bound(what=f"{judge}: has no word, %", measured=100 * tally.seen[f"{judge}: has no word"] / max(claims, 1), most=MOST_NO_WORD)
        for judge in (PyPi.name, Ajv.name)
    ]
    return [Bound(what="cases not read back, %", measured=100 * unread / max(claims, 1), most=MOST_NOT_READ), *shares]


def schema_of(operation, case, place):
    if place == "body":
        return next((one.schema for one in operation.body.content if one.media_type == case.steps[-1].body.media_type), None)
    return next(one.schema for one in operation.parameters if f"{one.location}/{one.name}" == place)


def main():
    tally, ended = judge_documents(__doc__, examine, "invalid", count=30)
    return judged([*tally.report(), *bounds(tally), Bound(what="documents not judged", measured=ended, most=0)])


if __name__ == "__main__":
    sys.exit(main())
