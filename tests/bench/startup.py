"""How soon things are there: ``sentinel --help``, a Python worker's and a Rust worker's ``ready``. Medians of wall time.

Run as ``python -m tests.bench.startup``.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from stages.agents.wire import Ready, dispatch_codec
from tests.bench.bounds import Bound, judged
from tests.bench.measure import table
from tests.servers.launch import ROOT


def program(name: str) -> str | None:
    """A program installed beside this Python, else in PATH."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)


def help_ms(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run([*command, "--help"], stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
    return (time.perf_counter() - started) * 1000


def ready_ms(command: Sequence[str]) -> float:
    """From starting a worker to its ``ready`` frame, read as dispatch reads it."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, bufsize=0) as process:
        assert process.stdout is not None
        codec = dispatch_codec()
        reader = codec.reader()
        payloads: list[bytes] = []
        while not payloads:
            data = os.read(process.stdout.fileno(), 1 << 16)
            assert data, f"{command} ended before it was ready"
            payloads = list(reader.feed(data))
        assert isinstance(codec.decode(payloads[0]), Ready)
        elapsed = (time.perf_counter() - started) * 1000
        process.kill()
    return elapsed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="how often each is started; default: 20")
    arguments = parser.parse_args()
    sentinel, rust = program("sentinel"), program("sentinel-agents")
    measured = [
        ("sentinel --help", 200, help_ms, [sentinel] if sentinel else [sys.executable, "-m", "pipeline.cli"]),
        ("Python worker ready", 150, ready_ms, [sys.executable, "-m", "stages.agents"]),
        ("Rust worker ready", 20, ready_ms, [rust] if rust else []),
    ]
    rows: list[list[object]] = []
    bounds: list[Bound] = []
    for name, most, measure, command in measured:
        if not command:
            print(f"{name}: not installed")
            return 1
        measure(command)  # the first start fills caches
        times = sorted(measure(command) for _ in range(arguments.times))
        rows.append([name, statistics.median(times), times[0], times[-1]])
        bounds.append(Bound(what=f"{name}, median ms", measured=statistics.median(times), most=most))
    print(table(["what", "median ms", "least", "most"], rows))
    return judged(bounds)


if __name__ == "__main__":
    sys.exit(main())
