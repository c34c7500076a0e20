"""Are positive cases valid? Two validators nobody here wrote judge the values of real documents' operations.

    python tests/bench/positives_judged.py FOLDER --ajv NODE_MODULES [--documents N] [--count N] [--operations N]

FOLDER holds OpenAPI documents, of which `generated.py` takes the same; NODE_MODULES has the npm packages ajv and ajv-formats. Of each
document up to N operations, spread evenly, get COUNT cases from 0 on and COUNT random ones. What a case claims to be valid is judged,
parameter by parameter and body by body, by

- jsonschema (PyPI), Draft 2020-12 with its format checker;
- ajv, Draft 2020-12 with ajv-formats, patterns as ECMA-262 has them (with the flag u, or where that refuses a pattern without).

A value on which a judge says no is printed with the keyword that it names; sums stand at the end, beside what `judged_differences.json`
explains. Where a judge fails (Python's `re` has no `\\p{...}`) it has no word. Exit status 1: a keyword that is not explained there, or
more than 0.1 % of the values.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import jsonschema
from msgspec.msgpack import Ext

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from generated import AGENT, RANDOM_FROM, chosen  # noqa: E402 - found by the line above

from pipeline.errors import SentinelError  # noqa: E402
from pipeline.messages import Job, Span  # noqa: E402
from stages.agents.core.compiler import Compiler  # noqa: E402
from stages.agents.core.places import request_of  # noqa: E402
from stages.agents.generate import Generator  # noqa: E402
from stages.dispatch.slices import slice_group  # noqa: E402
from stages.ingest.load import load_api  # noqa: E402

EXPLAINED = Path(__file__).parent / "judged_differences.json"
MOST_SHOWN = 3


class NotJudged(ValueError):
    """A value that JSON text, or a double, cannot hold."""


def plain(value):
    """The value as JSON text holds it. Raises NotJudged."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Ext):
        if value.code not in (1, 2):
            raise NotJudged(value.code)
        number = float(bytes(value.data))
        return int(bytes(value.data)) if value.code == 1 else number
    if isinstance(value, bytes):
        raise NotJudged("bytes")
    return value


class Ajv:
    """ajv in a process: one line of JSON in, one out."""

    def __init__(self, node_modules):
        script = Path(__file__).parent / "ajv_judge.cjs"
        command = ["node", str(script), str(node_modules)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def judge(self, schema, values):
        """For each value None, or the keyword that it violates; "schema" for all where ajv refuses the schema."""
        self.process.stdin.write(json.dumps({"schema": schema, "values": values}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def python_judge(schema, values):
    """The same of jsonschema."""
    try:
        validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        errors = [next(iter(validator.iter_errors(value)), None) for value in values]
        return [None if error is None else error.validator for error in errors]
    except Exception as error:
        return [f"failed: {error}"] * len(values)


def whole(compiler, schemas):
    """The schemas together with all that they refer to."""
    names, waiting = {}, list(schemas)
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            reference = part.get("$ref")
            if isinstance(reference, str) and reference not in names:
                names[reference] = target = compiler.target(reference)
                waiting.append(target)
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    definitions = {reference.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~"): plain(t) for reference, t in names.items()}
    return {"$defs": definitions, "allOf": [plain(schema) for schema in schemas]}


def values_of(api, options):
    """(operation, place, node, values) of what the cases claim to be valid."""
    step = max(len(api.operations) // options.operations, 1)
    wanted = {operation.key for operation in api.operations[::step][: options.operations]}
    for group in sorted({operation.group for operation in api.operations if operation.key in wanted}):
        slice_ = slice_group(api, group)
        generator, compiler = Generator(slice_), Compiler(slice_.schemas)
        for operation in slice_.operations:
            if operation.key not in wanted:
                continue
            request = request_of(compiler, operation)
            spans = [Span(operation=operation.key, start=start, count=options.count) for start in (0, RANDOM_FROM)]
            found = {}
            for case in generator.answers(Job(id=0, agent=AGENT, slice=slice_.digest, seed=11, spans=spans), []):
                step_ = case.steps[-1]
                if case.intent != "valid" or ": empty-value" in case.title:
                    continue
                for place in request.places:
                    for argument in step_.arguments:
                        if (argument.location, argument.name) == (place.location, place.name):
                            found.setdefault(place.key, (place, []))[1].append(argument.value)
                for body in request.bodies:
                    if step_.body is not None and step_.body.media_type == body.media_type:
                        found.setdefault(f"body as {body.media_type}", (body, []))[1].append(step_.body.value)
            for key, (place, values) in found.items():
                yield operation.key, key, compiler, place.node, values


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ajv", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--operations", type=int, default=10)
    parser.add_argument("--count", type=int, default=6)
    options = parser.parse_args()
    explained = json.loads(EXPLAINED.read_text())
    ajv = Ajv(options.ajv)
    seen, differences = Counter(), Counter()
    for path, name in chosen(options.folder, options.documents):
        try:
            api = asyncio.run(load_api(str(path)))
        except SentinelError:
            continue
        seen["documents"] += 1
        for operation, key, compiler, node, values in values_of(api, options):
            try:
                schema = whole(compiler, node.schemas)
                held = [plain(value) for value in values]
            except NotJudged:
                seen["values not judged"] += len(values)
                continue
            for judge, verdicts in (("jsonschema", python_judge(schema, held)), ("ajv", ajv.judge(schema, held))):
                for value, keyword in zip(held, verdicts, strict=True):
                    failed = keyword is not None and keyword.startswith("failed")
                    seen[f"{judge} {'has no word' if failed else 'judged'}"] += 1
                    if failed and seen[f"{judge} has no word"] <= MOST_SHOWN:
                        sys.stdout.write(f"{judge} {keyword}: {name} {operation} {key}\n")
                    if keyword is None or failed:
                        continue
                    kind = f"{judge}: {keyword}"
                    differences[kind] += 1
                    if differences[kind] <= MOST_SHOWN:
                        sys.stdout.write(f"{kind}: {name} {operation} {key}: {json.dumps(value)[:200]}\n")
                        sys.stdout.flush()
    ajv.close()
    for what, number in sorted(seen.items()):
        sys.stdout.write(f"{what:32} {number:10}\n")
    for kind, number in sorted(differences.items()):
        sys.stdout.write(f"{kind:32} {number:10}  {explained.get(kind, 'NOT EXPLAINED')}\n")
    judged, different = seen["ajv judged"], sum(differences.values())
    unknown = [kind for kind in differences if kind not in explained]
    sys.stdout.write(f"{different} differences, {len(unknown)} kinds of them not explained, of {judged} values\n")
    return int(bool(unknown) or different > judged / 1000)


if __name__ == "__main__":
    sys.exit(main())
