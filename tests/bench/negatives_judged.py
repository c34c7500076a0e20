"""Do two other validators agree that what functional-negative claims to be invalid is invalid?

    python -m tests.bench.negatives_judged FOLDER --modules NODE_MODULES [--documents N] [--count N]

FOLDER holds OpenAPI documents, chosen as by ``agents_identical``; NODE_MODULES has ajv and ajv-formats. Of every document some operations
are taken, of each the first COUNT cases and some random ones. What a case breaks is serialised by the execute stage and read back here:
JSON bodies as they are, texts as every scalar that they can be. Judges are PyPI ``jsonschema`` (formats as far as their packages are
installed) and ajv. A disagreement is a reading that a judge accepts. They are counted by keyword; more than one in a thousand, or one that
``EXPLAINED`` does not know, is a failure.
"""

import argparse
import asyncio
import itertools
import json
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import jsonschema
from msgspec.msgpack import Ext

from pipeline.errors import SentinelError
from pipeline.messages import EXT_RAW, Job, Span
from stages.agents.core.verdict import plain
from stages.agents.generate import Generator
from stages.dispatch.slices import slice_group
from stages.execute.serialise import Unserialisable, payload
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.style import in_cookie, in_header, in_path, in_query
from stages.ingest.load import load_api
from tests.bench.agents_identical import chosen
from tests.bench.bounds import Bound, judged

NEGATIVE = "functional-negative"
RANDOM_FROM = 100_000
MOST_DISAGREEMENT = 0.001
EXPLAINED = {
    ("jsonschema", "format"): "its e-mail address is any text that has an @",
}


class Ajv:
    """ajv in a process of its own."""

    def __init__(self, modules):
        script = str(Path(__file__).with_name("judge_ajv.mjs"))
        self._process = subprocess.Popen(["node", script, str(modules)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _ask(self, question):
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def use(self, schema):
        """Why the schema is refused; None: it is not."""
        said = self._ask({"schema": schema})
        return None if said == "ok" else said

    def accepts(self, value):
        return self._ask({"value": value})

    def close(self):
        self._process.stdin.close()
        self._process.wait(10)


class PyPi:
    """The Python package jsonschema."""

    def use(self, schema):
        """As ``Ajv.use``; a pattern that Python's ``re`` does not know shows when a value is judged."""
        self._validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)

    def accepts(self, value):
        return self._validator.is_valid(value)


def pruned(slice_, schema):
    """The schema with those definitions that it can reach."""
    needed, waiting = {}, [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = part.get("$ref")
            if isinstance(name, str) and name.startswith("#/$defs/"):
                key = name.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~")
                if key not in needed and key in slice_.schemas:
                    needed[key] = slice_.schemas[key]
                    waiting.append(needed[key])
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return {"$defs": {name: plain(target) for name, target in needed.items()}, "allOf": [plain(schema)]}


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


class Bench:
    """The judges, what they said, and where they disagreed."""

    def __init__(self, judges):
        self.judges = judges
        self.seen = Counter()
        self.shown = []

    def document(self, path, api, options):
        step = max(len(api.operations) // options.operations, 1)
        for operation in api.operations[::step][: options.operations]:
            slice_ = slice_group(api, operation.group)
            spans = [Span(operation=operation.key, start=start, count=options.count) for start in (0, RANDOM_FROM)]
            job = Job(id=0, agent=NEGATIVE, slice=slice_.digest, seed=11, spans=spans)
            by_place = {}
            for case in filter(has_value, Generator(slice_).answers(job)):
                place, label = place_of(operation, case)
                by_place.setdefault(place, []).append((case, label))
            for place, cases in by_place.items():
                self.place(slice_, operation, place, cases, path.name)

    def place(self, slice_, operation, place, cases, document):
        schema = schema_of(operation, cases[0][0], place)
        if schema is None:
            return
        whole = pruned(slice_, schema)
        refused = {name: judge.use(whole) for name, judge in self.judges.items()}
        for case, label in cases:
            where = f"{document} {case.operation} {case.title}"
            try:
                found = on_the_wire(operation, case, place)
            except Unserialisable as error:
                self.seen["unserialisable"] += 1
                self.shown.append(f"unserialisable: {where}: {error}")
                continue
            self.seen["cases" if found else "not read back"] += 1
            for name, judge in self.judges.items():
                if refused[name]:
                    self.seen[f"{name}: schema refused"] += 1
                elif found:
                    self.ask(name, judge, found, label, where)

    def ask(self, name, judge, found, label, where):
        try:
            wrong = [value for value in found if judge.accepts(value)]
        except Exception as error:
            self.seen[f"{name}: failed ({type(error).__name__})"] += 1
            return
        self.seen[f"{name}: judged"] += 1
        if wrong:
            keyword = label.partition("/")[0]
            self.seen[f"{name}: disagreements"] += 1
            self.seen[f"{name}: {label}"] += 1
            self.seen["unexplained"] += (name, keyword) not in EXPLAINED
            reason = EXPLAINED.get((name, keyword), "unexplained")
            self.shown.append(f"{name}: {where}: {json.dumps(wrong[0])[:160]}: {reason}")


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


def schema_of(operation, case, place):
    if place == "body":
        return next((one.schema for one in operation.body.content if one.media_type == case.steps[-1].body.media_type), None)
    return next(one.schema for one in operation.parameters if f"{one.location}/{one.name}" == place)


def main():
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--modules", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--operations", type=int, default=5)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--largest-bytes", type=int, default=2_000_000)
    options = parser.parse_args()
    bench = Bench({"jsonschema": PyPi(), "ajv": Ajv(options.modules)})
    for path in chosen(options.folder, options.documents, options.largest_bytes):
        try:
            api = asyncio.run(load_api(str(path)))
        except SentinelError:
            bench.seen["documents refused"] += 1
            continue
        bench.document(path, api, options)
        bench.seen["documents"] += 1
    bench.judges["ajv"].close()
    for line in bench.shown[:60]:
        sys.stdout.write(line + "\n")
    for what, number in sorted(bench.seen.items()):
        sys.stdout.write(f"{what:44} {number:10}\n")
    shares = [(name, bench.seen[f"{name}: disagreements"] / max(bench.seen[f"{name}: judged"], 1)) for name in bench.judges]
    bounds = [Bound(what=f"{name}, per cent", measured=100 * share, most=100 * MOST_DISAGREEMENT) for name, share in shares]
    return judged([*bounds, Bound(what="unexplained", measured=bench.seen["unexplained"], most=0)])


if __name__ == "__main__":
    sys.exit(main())
