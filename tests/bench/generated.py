"""How far ingest and both generators come with real documents.

    python -m tests.bench.generated FOLDER [--documents N] [--count N] [--seconds S] [--per-mb S] [--workers N] [--all]

FOLDER holds OpenAPI documents; N of the shared half are taken (``directory``), all where nothing is said. Every document has a process of
its own, and of CPU 60 seconds and as many more for every MB of it. Each operation gets COUNT cases from 0 on and COUNT random ones of
either agent, in Python. Exit status 1 where one of these is missed:

- every document ends as an Api or as a named error: none crashes or takes longer than that; at least 99.5 % end as an Api;
- at least 99 % of their operations have a positive case: one that is known to be valid, and whose request can be sent;
- at least 99 % of those that have an input, a parameter that agents fill or a body, have a negative case of it (not one of methods);
- at least 99 % of those that have something to break for certain (``breakable``: a text without a bound in a path is right, whatever it is)
  have a case that is proved to be invalid;
- of at most 0.5 % of the operations an agent "gave up": it made nothing, though nothing says that there is nothing.

Each miss is named with its reason. How many operations had anything given up at all, a part of the input, a branch or a violation, is told
by reason, once for an operation, and how many cases of either agent cannot be sent, by reason; these are no bounds.
"""

import argparse
import asyncio
import re
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import SentinelError
from pipeline.messages import ApiSlice, Case, Job, Operation, Span
from stages.agents.core.compiler import Compiler
from stages.agents.core.places import request_of
from stages.agents.generate import Generator
from stages.dispatch.slices import slice_group
from stages.ingest.load import load_api
from tests.bench.bounds import Bound, judged
from tests.bench.breakable import is_breakable
from tests.bench.directory import Ended, chosen, each
from tests.bench.sendable import Sendable

RANDOM_FROM = 100_000
POSITIVE, NEGATIVE = "functional-positive", "functional-negative"
MOST_REASONS = 20
EARLY, ALL_PLANNED = 16, 512  # cases: all methods and some more; what is planned, nearly always


class Found(NamedTuple):
    """What became of one document: its counts, and what was missed."""

    counts: Counter[str]
    misses: list[str]


def examine(path: Path, count: int) -> Found:
    """What becomes of one document, with COUNT cases and COUNT random ones an agent and operation."""
    found = Found(Counter(), [])
    try:
        api = asyncio.run(load_api(str(path)))
    except SentinelError as error:
        found.counts["named errors"] += 1
        found.misses.append(str(error)[:200])
        return found
    found.counts["Apis"] += 1
    for group in sorted({operation.group for operation in api.operations}):
        slice_ = slice_group(api, group)
        generator, compiler = Generator(slice_), Compiler(slice_.schemas)
        for operation in (one for one in slice_.operations if one.group == group):  # a slice has makers of other groups too
            _operation(found, generator, slice_, operation, count, has_input=_has_input(compiler, operation))
    return found


def _has_input(compiler: Compiler, operation: Operation) -> bool:
    request = request_of(compiler, operation)
    return bool(request.places or request.bodies)


def _operation(found: Found, generator: Generator, slice_: ApiSlice, operation: Operation, count: int, *, has_input: bool) -> None:
    counts, gave_up = found.counts, False
    partly: set[str] = set()
    counts["operations"] += 1
    counts["operations with an input"] += has_input
    sendable = Sendable(operation, slice_.schemas)
    for agent in (POSITIVE, NEGATIVE):
        spans = [Span(operation=operation.key, start=start, count=count) for start in (0, RANDOM_FROM)]
        reasons: list[tuple[str, int, str]] = []
        job = Job(id=0, agent=agent, slice=slice_.digest, seed=7, spans=spans)
        made = _cases(generator, job, reasons)
        counts[f"{agent}: cases"] += len(made)
        counts[f"{agent}: ordinals given up"] += len(reasons)
        unsent = {case.ordinal: unsent for case in made if (unsent := sendable.why_not(case))}
        counts[f"{agent}: cases that cannot be sent"] += len(unsent)
        counts.update(f"  {agent} cannot be sent: {reason_of(said)}" for said in unsent.values())
        partly.update(reason_of(why) for _, _, why in reasons)
        why = reasons[0][2] if reasons else "no case"
        gave_up = gave_up or bool(not made and reasons and "proved empty" not in why)
        if agent == POSITIVE:
            valid = [case for case in made if case.intent == "valid"]
            is_fine = any(case.ordinal not in unsent for case in valid)
            counts["operations with a positive case"] += is_fine
            counts["operations of which a place is proved empty"] += bool(not made and "proved empty" in why)
            why = unsent.get(valid[0].ordinal, "") if valid else "only values that are not known to be valid" if made else why
        else:
            is_open = has_input and is_breakable(operation, slice_.schemas)
            of_input = _of_input(made)
            for more in (EARLY, ALL_PLANNED):  # where paths may only leave late, what is proved can stand behind what is only tried
                if not has_input or (of_input and (not is_open or _is_proved(of_input))):
                    break
                job = Job(id=1, agent=agent, slice=slice_.digest, seed=7, spans=[Span(operation=operation.key, start=0, count=more)])
                of_input = _of_input(_cases(generator, job, reasons))
            is_fine = bool(of_input) or not has_input
            counts["operations with a negative case"] += has_input and is_fine
            is_proved = _is_proved(of_input)
            counts["operations with a proved negative case"] += has_input and is_proved
            counts["operations with something to break"] += is_open
            counts["operations with something to break, and a proved case"] += is_open and is_proved
            if is_open and not is_proved:
                found.misses.append(f"{operation.key}: {agent}: nothing that is proved")
        if not is_fine:
            found.misses.append(f"{operation.key}: {agent}: {why}")
    counts["operations given up"] += gave_up
    counts["operations with anything given up"] += bool(partly)
    counts.update(f"  {reason}" for reason in partly)


def reason_of(why: str) -> str:
    """A reason without what is of its place: names, pointers, numbers."""
    cut = re.search(r"(gave up|proved empty)\b.*", why)
    bare = cut[0] if cut else why
    return re.sub(r"/\S*|'[^']*'|\"[^\"]*\"|`[^`]*`|\d+", "...", bare)[:100]


def _cases(generator: Generator, job: Job, reasons: list[tuple[str, int, str]]) -> list[Case]:
    return [answer for answer in generator.answers(job, reasons) if isinstance(answer, Case)]


def _of_input(made: list[Case]) -> list[Case]:
    return [case for case in made if not case.classes[0].startswith("method:")]


def _is_proved(made: list[Case]) -> bool:
    return any(case.intent == "invalid" for case in made)


def bounds(total: Counter[str]) -> list[Bound]:
    """The figures beside their limits."""

    def share(part: str, whole: str) -> float:
        return 100 * total[part] / max(total[whole], 1)

    inputs = share("operations with a negative case", "operations with an input")
    proved = share("operations with something to break, and a proved case", "operations with something to break")
    return [
        Bound(what="documents that crash or hang", measured=total["crashed"] + total["out of time"], most=0),
        Bound(what="documents that end as an Api, %", measured=share("Apis", "documents"), least=99.5),
        Bound(what="operations with positive cases, %", measured=share("operations with a positive case", "operations"), least=99),
        Bound(what="operations with an input with negative cases, %", measured=inputs, least=99),
        Bound(what="operations with something to break with proved negative cases, %", measured=proved, least=99),
        Bound(what="operations given up, %", measured=share("operations given up", "operations"), most=0.5),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=0)
    parser.add_argument("--count", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--per-mb", type=int, default=60)  # 47 MB with 22,000 operations take some 1,500 on a slow machine
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--all", action="store_true", help="a line for documents without a miss, too")
    options = parser.parse_args()
    total: Counter[str] = Counter()
    documents = chosen(options.folder, options.documents)
    limits = {"seconds": options.seconds, "per_mb": options.per_mb}
    for document, result in each(documents, partial(examine, count=options.count), workers=options.workers, **limits):
        found = Found(Counter({result.why: 1}), [result.why]) if isinstance(result, Ended) else result
        total += found.counts
        total["documents"] += 1
        if options.all or found.misses:
            print(f"{document.name}: {found.counts['operations']} operations, {len(found.misses)} misses")
            print("".join(f"    {miss}\n" for miss in found.misses[:MOST_REASONS]), end="", flush=True)
    for name, number in sorted(total.items()):
        print(f"{name:100} {number:10}" if name.startswith(" ") else f"{name:48} {number:10}")
    return judged(bounds(total))


if __name__ == "__main__":
    sys.exit(main())
