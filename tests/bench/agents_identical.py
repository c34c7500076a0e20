"""Both implementations of an agent over real documents: are their answers equal, and what do they cost?

    python -m tests.bench.agents_identical FOLDER [--agent NAME|both] [--documents N] [--count N] [--largest-bytes N]

FOLDER holds OpenAPI documents, of which N of the shared half are taken (``directory``; 0: all). Every operation gets cases 0 to COUNT - 1,
COUNT in the middle of the plan and COUNT random ones; with ``both`` of either agent. Exit status 1: not everything is equal.
"""

import argparse
import asyncio
import itertools
import sys
from collections import Counter
from pathlib import Path

from pipeline.errors import SentinelError
from pipeline.messages import Job, Span
from stages.agents.wire import Done, Forget
from stages.dispatch.slices import slice_group
from stages.ingest.load import load_api
from tests.bench.directory import chosen
from tests.conftest import ROOT, Conversation

STARTS = (0, 64, 100_000)
AGENTS = ("functional-positive", "functional-negative")


def memory_mb(conversation):
    status = Path(f"/proc/{conversation.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--agent", default=AGENTS[0], choices=(*AGENTS, "both"))
    parser.add_argument("--documents", type=int, default=0, help="so many, spread evenly; default: all")
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--largest-bytes", type=int, help="pass larger documents over")
    parser.add_argument("--rust", default=str(ROOT / "native" / "target" / "release" / "sentinel-agents"))
    options = parser.parse_args()
    workers = {"python": Conversation([sys.executable, "-m", "stages.agents"], 600), "rust": Conversation([options.rust], 600)}
    for worker in workers.values():
        worker.greet()
    seen = Counter()
    cpu_ms = Counter()
    for path, _ in chosen(options.folder, options.documents, options.largest_bytes):
        try:
            api = asyncio.run(load_api(str(path)))
        except SentinelError as error:
            seen["documents refused"] += 1
            sys.stdout.write(f"{path}: {str(error)[:100]}\n")
            continue
        equal = True
        groups = sorted({operation.group for operation in api.operations})
        for group, agent in itertools.product(groups, AGENTS if options.agent == "both" else (options.agent,)):
            slice_ = slice_group(api, group)
            spans = [Span(operation=o.key, start=s, count=options.count) for o in slice_.operations for s in STARTS]
            job = Job(id=seen["jobs"], agent=agent, slice=slice_.digest, seed=7, spans=spans)
            (python, python_end), (rust, rust_end) = (worker.answers(job, slice_) for worker in workers.values())
            for worker in workers.values():
                worker.send(Forget(digest=slice_.digest))
            same = python == rust and getattr(python_end, "gave_up", python_end) == getattr(rust_end, "gave_up", rust_end)
            equal = equal and same
            seen["jobs"] += 1
            seen["jobs equal"] += same
            seen["answers"] += len(python)
            seen["answers equal"] += sum(a == b for a, b in zip(python, rust, strict=False))
            for name, end in (("python", python_end), ("rust", rust_end)):
                if isinstance(end, Done):
                    cpu_ms[name] += end.cpu_ms
                    seen[f"given up by {name}"] += len(end.gave_up)
                else:
                    seen[f"failed by {name}"] += 1
                    sys.stdout.write(f"{path} {group}: {agent}: {name} {end.kind}: {end.detail[:200]}\n")
            if not same:
                sys.stdout.write(f"{path} {group}: {agent}: different\n")
                sys.stdout.flush()
        seen["documents"] += 1
        seen["documents equal"] += equal
    for name, number in sorted(seen.items()):
        sys.stdout.write(f"{name:24} {number:10}\n")
    for name, worker in workers.items():
        speed = seen["answers"] / max(cpu_ms[name], 1)
        sys.stdout.write(f"{name:10} {speed:8.1f} answers per CPU-ms, peak memory {memory_mb(worker):6.1f} MB\n")
        worker.close()
    return int(seen["jobs equal"] < seen["jobs"])


if __name__ == "__main__":
    sys.exit(main())
