"""The machine as far as workers go: the cores that this process may use, and what kind they are."""

import os
import platform
from pathlib import Path


def usable_cores() -> int:
    """Cores that the scheduler may give to this process (sched_getaffinity(2)), at least one."""
    try:
        return len(os.sched_getaffinity(0)) or 1
    except AttributeError:  # not on this system
        return os.cpu_count() or 2


def processor() -> str:
    """The model of the processor: speeds measured on one hold on its like, whatever the host is called."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Hardware")))
    return next(named, "") or platform.processor() or platform.machine()
