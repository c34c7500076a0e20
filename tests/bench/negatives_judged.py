"""Do two other validators (``judges``) agree that what functional-negative claims to be invalid is invalid, by the document itself?

    python -m tests.bench.negatives_judged FOLDER --modules NODE_MODULES [--documents N] [--count N] [--operations N]

FOLDER holds OpenAPI documents, of which N of the shared half are taken (``directory``), all where nothing is said; NODE_MODULES has ajv and
ajv-formats. Of every document some operations are taken, of each the first COUNT cases and COUNT random ones. What a case breaks is
serialised by the execute stage, read back from the bytes in every way that the document's schema lets texts be read (``sent``), and judged
by the document (``judging``). A difference is a reading that a judge accepts. Exit status 1: one that ``judged_differences.json`` does not
explain, more than 0.1 % of the cases, a document that was not judged, or too many cases that are not read back, that are not in the
document, or of which a judge has no word.
"""

import asyncio
import sys
import warnings

from msgspec.msgpack import Ext

from pipeline.errors import SentinelError
from pipeline.messages import EXT_RAW, Job, Span
from stages.agents.generate import Generator
from stages.dispatch.slices import slice_group
from stages.ingest.load import load_api
from tests.bench.bounds import Bound, judged
from tests.bench.documented import Document
from tests.bench.judges import Ajv, PyPi, Tally, bounds, judge_documents
from tests.bench.judging import Court

NEGATIVE = "functional-negative"
RANDOM_FROM = 100_000


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
    court = Court(tally, Document.load(path), judges)
    for operation in api.operations[:: max(len(api.operations) // operations, 1)][:operations]:
        slice_ = slice_group(api, operation.group)
        spans = [Span(operation=operation.key, start=start, count=count) for start in (0, RANDOM_FROM)]
        job = Job(id=0, agent=NEGATIVE, slice=slice_.digest, seed=11, spans=spans)
        for case in filter(has_value, Generator(slice_).answers(job)):
            place, label = place_of(operation, case)
            if label.startswith("format"):
                label = f"format {format_at(court, operation, case, place)}"
            court.hear(api, operation, case.steps[-1], place, where=f"{path.name} {case.operation} {case.title}", label=label)
        court.judge()
    for judge in judges:
        judge.close()
    tally.seen["documents"] += 1
    return tally


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


def format_at(court, operation, case, place):
    """The names of the formats that the document says there are at what is violated, joined by "+"."""
    body = case.steps[-1].body
    stated = court.place(operation, place, body.media_type if place == "body" else "")
    if stated is None:
        return ""
    schema = stated.shape.root
    for token in pointer_of(case, place):
        is_item = token.isdecimal() and "array" in stated.shape.kinds(schema)
        schema = stated.shape.items(schema) if is_item else stated.shape.property(schema, token)
    return "+".join(sorted({part["format"] for part in stated.shape.parts(schema) if "format" in part}))


def main():
    tally, ended = judge_documents(__doc__, examine, "invalid", count=30)
    return judged([*tally.report(), *bounds(tally), Bound(what="documents not judged", measured=ended, most=0)])


if __name__ == "__main__":
    sys.exit(main())
