"""Are positive cases valid? Two validators nobody here wrote (``judges``) judge what they send by the document itself (``judging``).

    python -m tests.bench.positives_judged FOLDER --modules NODE_MODULES [--documents N] [--count N] [--operations N]

FOLDER holds OpenAPI documents, of which N of the shared half are taken (``directory``), all where nothing is said; NODE_MODULES has the npm
packages ajv and ajv-formats. Of each document up to N operations, spread evenly, get COUNT cases from 0 on, COUNT in the middle of the plan
and COUNT random ones. What a case claims to be valid is serialised by the execute stage, read back from the bytes (``sent``) and judged,
parameter by parameter and body by body: a difference is a place of which a judge accepts no reading. Exit status 1: a difference that
``judged_differences.json`` does not explain, more than 0.1 % of them, a document that was not judged, or too much that is not read back,
not in the document, or of which a judge has no word.
"""

import asyncio
import sys
import warnings
from pathlib import Path

from pipeline.errors import SentinelError
from pipeline.messages import Job, Span
from stages.agents.generate import Generator
from stages.dispatch.slices import slice_group
from stages.ingest.load import load_api
from tests.bench.bounds import Bound, judged
from tests.bench.documented import Document
from tests.bench.judges import Ajv, PyPi, Tally, bounds, judge_documents
from tests.bench.judging import Court

AGENT = "functional-positive"
STARTS = (0, 24, 100_000)


def examine(path: Path, modules: Path, operations: int, count: int) -> Tally:
    """What the judges say of one document."""
    warnings.simplefilter("ignore")
    tally = Tally("valid")
    try:
        api = asyncio.run(load_api(str(path)))
    except SentinelError:
        tally.seen["documents refused"] += 1
        return tally
    judges = (PyPi(), Ajv(modules))
    court = Court(tally, Document.load(path), judges)
    for operation in api.operations[:: max(len(api.operations) // operations, 1)][:operations]:
        slice_ = slice_group(api, operation.group)
        spans = [Span(operation=operation.key, start=start, count=count) for start in STARTS]
        for case in Generator(slice_).answers(Job(id=0, agent=AGENT, slice=slice_.digest, seed=11, spans=spans), []):
            step = case.steps[-1]
            if case.intent != "valid" or case.title.endswith(": empty-value"):
                continue
            places = [f"{argument.location}/{argument.name}" for argument in step.arguments] + ["body"] * (step.body is not None)
            for place in places:
                court.hear(api, operation, step, place, where=f"{path.name} {operation.key} {place}: {case.title}")
        court.judge()
    for judge in judges:
        judge.close()
    tally.seen["documents"] += 1
    return tally


def main() -> int:
    tally, ended = judge_documents(__doc__, examine, "valid", count=6)
    return judged([*tally.report(), *bounds(tally), Bound(what="documents not judged", measured=ended, most=0)])


if __name__ == "__main__":
    sys.exit(main())
