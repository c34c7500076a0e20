"""How long a worker takes from its start to its first message: ``python tests/bench/worker_start.py [COMMAND...]``.

Measures the Python agents, and beside them the command given (the Rust agents, say). Prints a table; 20 starts each, in turns.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
STARTS = 20


def start_ms(command: list[str]) -> float:
    started = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        head = process.stdout.read(4)
        process.stdout.read(int.from_bytes(head, "big"))
        return (time.perf_counter() - started) * 1000


def main(other: list[str]) -> None:
    commands = {"python": [sys.executable, "-m", "stages.agents"]}
    if other:
        commands[other[0]] = other
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(STARTS):
        for name, command in commands.items():
            times[name].append(start_ms(command))
    print(f"{'worker':40} {'median ms':>10} {'worst ms':>10}")
    for name, measured in times.items():
        print(f"{name[-40:]:40} {statistics.median(measured):10.1f} {max(measured):10.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
