"""One subprocess in a process group of its own: started off the event loop, its error output always drained, ended whole."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import anyio
import anyio.to_thread
from anyio.abc import SocketStream, UNIXSocketStream

from pipeline.events import log
from stages.dispatch.workers.command import environment

STDERR_LINE_BYTES = 2_000
STDERR_LINES_LOGGED = 200  # of one process; the rest is read and dropped
KILL_WAIT_S = 2.0


@dataclass(slots=True)
class AgentProcess:
    """A started agent. ``stream`` carries its standard input and output; use ``drain_stderr`` in a task of its own."""

    arm: str
    popen: subprocess.Popen[bytes]
    stream: SocketStream
    errors: SocketStream
    last_stderr: str = ""

    @property
    def pid(self) -> int:
        """Its process id, which is also the id of its process group."""
        return self.popen.pid

    @classmethod
    async def start(cls, arm: str, command: Sequence[str], *, extra_environment: Sequence[str], memory_bytes: int) -> "AgentProcess":
        """Start ``command``. Raises OSError where it cannot be started."""
        ours, theirs = socket.socketpair()
        errors, their_errors = socket.socketpair()
        try:
            with theirs, their_errors:
                popen = await anyio.to_thread.run_sync(
                    _spawn, list(command), theirs.fileno(), their_errors.fileno(), environment(extra_environment), memory_bytes
                )
        except BaseException:
            ours.close()
            errors.close()
            raise
        return cls(arm, popen, await UNIXSocketStream.from_socket(ours), await UNIXSocketStream.from_socket(errors))

    async def drain_stderr(self) -> None:
        """Read standard error until it ends; log it line by line, bounded. A full pipe would stop the agent."""
        pending, logged = b"", 0
        with contextlib.suppress(anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            while True:
                pending += await self.errors.receive(16_384)
                *lines, pending = pending.split(b"\n")
                pending = pending[-STDERR_LINE_BYTES:]
                for line in lines:
                    self.last_stderr = line[:STDERR_LINE_BYTES].decode("utf-8", "replace")
                    if logged < STDERR_LINES_LOGGED:
                        logged += 1
                        log("worker_stderr", level="warning", arm=self.arm, pid=self.pid, line=self.last_stderr)

    async def exit_code(self, wait_s: float) -> int | None:
        """Its exit status (negative: the signal that ended it), or None where it still runs after ``wait_s``."""
        await anyio.to_thread.run_sync(_wait, self.popen, wait_s)
        return self.popen.poll()

    def kill(self) -> None:
        """End the process and all its children, at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    async def close(self, grace_s: float) -> None:
        """Close its input, give it ``grace_s`` to exit, then kill its group; reap it."""
        with anyio.CancelScope(shield=True):
            with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
                await self.stream.send_eof()
            if grace_s > 0:
                await anyio.to_thread.run_sync(_wait, self.popen, grace_s)
            self.kill()  # also what it forked
            await anyio.to_thread.run_sync(_wait, self.popen, KILL_WAIT_S)
            await self.stream.aclose()
            await self.errors.aclose()


def _spawn(command: list[str], stdio: int, stderr: int, env: dict[str, str], memory_bytes: int) -> "subprocess.Popen[bytes]":
    popen = subprocess.Popen(command, stdin=stdio, stdout=stdio, stderr=stderr, env=env, start_new_session=True)
    if memory_bytes and hasattr(resource, "prlimit"):
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(popen.pid, resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    return popen


def _wait(popen: "subprocess.Popen[bytes]", timeout_s: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        popen.wait(timeout_s)
