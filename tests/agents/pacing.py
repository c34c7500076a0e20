"""Scripts for the agent that keeps to one (paced.py), and the jobs that it does."""

import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.messages import ApiSlice, Job, Span
from stages.dispatch.config import ArmConfig

AGENT = "functional-positive"
PART = ApiSlice(digest="paced", group="paced")
ANSWERS, CRASHES, REFUSES = range(3)

_PROGRAM = Path(__file__).with_name("paced.py")
_START, _ROW, _TIMES = struct.Struct("<dB"), struct.Struct("<ddB"), struct.Struct("<QQQ")


class Row(NamedTuple):
    """What the agent does with one job: so long at work, then hanging so long, then it ends like that."""

    work_ms: float = 0.0
    hang_ms: float = 0.0
    ending: int = ANSWERS


def paced(name: str, rows: Sequence[Row], folder: Path, *, start_ms: float = 0.0, times: bool = False, attempts: int = 1) -> ArmConfig:
    """An arm that keeps to these rows, by the jobs' ids, so many of each as it has ``attempts``; its script, and where asked the times that
    it notes, are in ``folder``."""
    script = folder / f"{name}.script"
    script.write_bytes(_START.pack(start_ms, attempts) + b"".join(_ROW.pack(*row) for row in rows))
    command = [sys.executable, "-I", "-S", str(_PROGRAM), str(script)]
    return ArmConfig(name=name, command=[*command, str(folder / f"{name}.times")] if times else command)


def noted(name: str, folder: Path) -> Iterator[tuple[int, int, int]]:
    """Of each job that the arm answered: its id, when it had been read, when its end began to be sent (monotonic nanoseconds)."""
    return _TIMES.iter_unpack((folder / f"{name}.times").read_bytes())


def asked(number: int, size: int) -> Job:
    """Job ``number`` of that many cases."""
    return Job(id=number, agent=AGENT, slice=PART.digest, seed=1, spans=[Span(operation="GET /a", start=0, count=size)])
