"""Which process works on a run: how a run that was killed is told from one that goes on."""

import os
import socket
from pathlib import Path


def this_process() -> str:
    """ "HOST PID START", START being when the process began, in the kernel's ticks ("" where the system does not tell)."""
    return f"{socket.gethostname()} {os.getpid()} {_started(os.getpid())}"


def alive(owner: str) -> bool:
    """Whether the process that wrote ``owner`` still runs. One on another host does not: a store in WAL mode has one host only."""
    host, _, rest = owner.partition(" ")
    pid, _, started = rest.partition(" ")
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not started or _started(int(pid)) == started


def _started(pid: int) -> str:
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = line.rpartition(")")[2].split()  # from field 3 on; the command's name before may hold blanks and parentheses (proc(5))
    return "" if fields[0] == "Z" else fields[19]  # a zombie does not run; field 22 is starttime
