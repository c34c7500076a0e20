"""What an agent leaves behind outside its process group: children that made a session of their own.

Each agent is started with a mark of its own in its environment, which its children inherit; by it they are found in /proc (proc(5)). Where
there is no /proc, only the process group ends.
"""

import contextlib
import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path

MARK = "SENTINEL_WORKER"  # the environment variable that holds the mark
_PROC = Path("/proc")
_SWEEPS = 5  # a child may fork while it is looked for


def new_mark() -> str:
    """A mark that no other process of this machine has."""
    return secrets.token_hex(8)


def kill_marked(mark: str) -> int:
    """End every process that has the mark, at once; how many there were."""
    killed = 0
    for _ in range(_SWEEPS):
        found = sum(_killed(pid, mark) for pid in _pids())
        if not found:
            break
        killed += found
    return killed


def _pids() -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _killed(pid: int, mark: str) -> bool:
    """End the process if it has the mark. It is held while it is looked at, so that its number cannot come to mean another one."""
    try:
        held = os.pidfd_open(pid)
    except (OSError, AttributeError):
        return False
    try:
        if f"{MARK}={mark}".encode() not in (_PROC / str(pid) / "environ").read_bytes().split(b"\0"):
            return False
        signal.pidfd_send_signal(held, signal.SIGKILL)
    except OSError:  # it is gone, or another user's
        return False
    finally:
        os.close(held)
    return True
