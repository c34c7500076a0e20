"""What a command costs: CPU time and memory of all its processes, from outside."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Memory of the whole process tree at one moment; ``progress`` is what the caller's probe said then."""

    at_s: float
    pss_bytes: int  # shared pages are counted once, in parts (/proc/PID/smaps_rollup)
    rss_bytes: int
    progress: int


@dataclass(frozen=True, kw_only=True)
class Cost:
    """``cpu_s`` is user and system time of the command and everything it started."""

    exit_code: int
    wall_s: float
    cpu_s: float
    output: str
    samples: list[Sample] = field(default_factory=list)

    @property
    def peak_pss_mb(self) -> float:
        return max((sample.pss_bytes for sample in self.samples), default=0) / 1e6

    def pss_mb_at(self, progress: int) -> float | None:
        """The greatest memory seen while the progress was within 5 % of the asked one; None where it never was."""
        near = [sample.pss_bytes for sample in self.samples if abs(sample.progress - progress) <= 0.05 * progress]
        return max(near) / 1e6 if near else None


def measure(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 600,
    every_s: float = 0.25,
    probe: Callable[[], int] = lambda: 0,
) -> Cost:
    """Run a command to its end (killed with all its children after ``timeout_s``) and weigh it every ``every_s``.

    CPU time is the kernel's sum over all processes that were waited for, or the sum of what was last seen of each one, whichever
    is more: a process that was killed by its parent's end is in the second only.
    """
    output = cwd / "output.txt"
    with output.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    started = time.monotonic()
    samples: list[Sample] = []
    seen: dict[tuple[int, float], float] = {}
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        elapsed = time.monotonic() - started
        if pid:
            break
        pss, rss = _weigh(process.pid, seen)
        samples.append(Sample(at_s=elapsed, pss_bytes=pss, rss_bytes=rss, progress=probe()))
        if elapsed > timeout_s:
            _kill(process.pid)
        time.sleep(every_s)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(
        exit_code=process.returncode,
        wall_s=elapsed,
        cpu_s=max(usage.ru_utime + usage.ru_stime, sum(seen.values())),
        output=output.read_text("utf-8", "replace"),
        samples=samples,
    )


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _weigh(pid: int, seen: dict[tuple[int, float], float]) -> tuple[int, int]:
    pss = rss = 0
    for process in _tree(pid):
        try:
            times, memory = process.cpu_times(), process.memory_full_info()
            seen[process.pid, process.create_time()] = times.user + times.system
        except psutil.Error:
            continue
        pss += memory.pss
        rss += memory.rss
    return pss, rss


def _kill(pid: int) -> None:
    for process in _tree(pid):
        try:
            process.kill()
        except psutil.Error:
            continue


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows in aligned columns, as Markdown, so that a bench's output can be pasted into docs/benchmarks.md."""
    cells = [list(head), *[[f"{cell:,.1f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])
