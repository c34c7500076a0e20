"""One subprocess in a process group of its own: started off the event loop, its error output always drained, ended whole."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import anyio
import anyio.to_thread

from pipeline.events import log
from stages.dispatch.workers import leftovers
from stages.dispatch.workers.command import environment

READ_BYTES = 65_536
STDERR_LINE_BYTES = 2_000
STDERR_LINES_LOGGED = 200  # of one process; the rest is read and dropped
KILL_WAIT_S = 2.0


class PipeEnded(Exception):
    """The agent's end of the conversation is closed."""


class Pipe:
    """One socket to an agent. asyncio's own streams: those that wait by ``add_reader`` stumble over an end that comes with a close."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket.socket) -> "Pipe":
        """Take over a connected socket."""
        return cls(*await asyncio.open_unix_connection(sock=end))

    async def receive(self) -> bytes:
        """What has come, at least a byte. Raises PipeEnded."""
        try:
            data = await self._reader.read(READ_BYTES)
        except OSError as error:
            raise PipeEnded from error
        if not data:
            raise PipeEnded
        return data

    async def send(self, data: bytes) -> None:
        """Hand on ``data``; waits while the agent does not read. Raises PipeEnded."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except (OSError, RuntimeError) as error:  # RuntimeError: uvloop's word for a transport that is closed already
            raise PipeEnded from error

    def end(self) -> None:
        """Let the agent see the end of its input."""
        with contextlib.suppress(OSError, RuntimeError):
            self._writer.write_eof()

    def close(self) -> None:
        """Give the socket back, whatever was still to be sent."""
        self._writer.transport.abort()


@dataclass(slots=True)
class AgentProcess:
    """A started agent. ``pipe`` carries its standard input and output; use ``drain_stderr`` in a task of its own."""

    arm: str
    popen: subprocess.Popen[bytes]
    pipe: Pipe
    errors: Pipe
    mark: str
    last_stderr: str = ""

    @property
    def pid(self) -> int:
        """Its process id, which is also the id of its process group."""
        return self.popen.pid

    @classmethod
    async def start(cls, arm: str, command: Sequence[str], *, extra_environment: Sequence[str], memory_bytes: int) -> "AgentProcess":
        """Start ``command``. Raises OSError where it cannot be started. Not cut short by a cancellation, which would lose the process."""
        mark = leftovers.new_mark()
        env = environment(extra_environment) | {leftovers.MARK: mark}
        with contextlib.ExitStack() as undo, anyio.CancelScope(shield=True):
            ours, theirs = socket.socketpair()
            undo.callback(ours.close)
            with theirs:
                errors, their_errors = socket.socketpair()
                undo.callback(errors.close)
                with their_errors:
                    popen = await anyio.to_thread.run_sync(_spawn, list(command), theirs.fileno(), their_errors.fileno(), env, memory_bytes)
            undo.callback(popen.wait)
            undo.callback(_kill_group, popen.pid)
            process = cls(arm, popen, await Pipe.over(ours), await Pipe.over(errors), mark)
            undo.pop_all()
            return process
        raise AssertionError("neither the stack nor the shield swallows an error")

    async def drain_stderr(self) -> None:
        """Read standard error until it ends; log its first lines, remember the last. A full pipe would stop the agent."""
        pending, logged = b"", 0
        with contextlib.suppress(PipeEnded):
            while True:
                pending += await self.errors.receive()
                if logged < STDERR_LINES_LOGGED:
                    *lines, pending = pending.split(b"\n")
                else:  # a flood: no time is spent on lines that nobody sees
                    whole, _, pending = pending.rpartition(b"\n")
                    lines = [whole.rpartition(b"\n")[2]] if whole else []
                pending = pending[-STDERR_LINE_BYTES:]
                for line in lines[: STDERR_LINES_LOGGED - logged]:
                    logged += 1
                    log("worker_stderr", level="warning", arm=self.arm, pid=self.pid, line=_text(line))
                if lines:
                    self.last_stderr = _text(lines[-1])
        if pending:
            self.last_stderr = _text(pending)

    async def exit_code(self, wait_s: float) -> int | None:
        """Its exit status (negative: the signal that ended it), or None where it still runs after ``wait_s``."""
        await anyio.to_thread.run_sync(_wait, self.popen, wait_s)
        return self.popen.poll()

    def kill(self) -> None:
        """End the process and all its children, at once."""
        _kill_group(self.pid)

    async def close(self, grace_s: float) -> None:
        """Close its input, give it ``grace_s`` to exit, then kill its group and what left it; reap it."""
        with anyio.CancelScope(shield=True):
            self.pipe.end()
            if grace_s > 0:
                await anyio.to_thread.run_sync(_wait, self.popen, grace_s)
            self.kill()  # also what it forked
            await anyio.to_thread.run_sync(_wait, self.popen, KILL_WAIT_S)
            if left := await anyio.to_thread.run_sync(leftovers.kill_marked, self.mark):
                log("worker_left_processes", level="debug", arm=self.arm, pid=self.pid, killed=left)
            self.pipe.close()
            self.errors.close()


def cpu_seconds(pid: int) -> float | None:
    """CPU time that a process has taken so far, by the kernel's own clock of it; None where there is none (Linux has it)."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return time.clock_gettime((~pid << 3) | 2)  # what clock_getcpuclockid(3) makes of a process id
    except OSError:  # the process is gone
        return None


def _text(line: bytes) -> str:
    return line[:STDERR_LINE_BYTES].decode("utf-8", "replace")


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _spawn(command: list[str], stdio: int, stderr: int, env: dict[str, str], memory_bytes: int) -> "subprocess.Popen[bytes]":
    popen = subprocess.Popen(command, stdin=stdio, stdout=stdio, stderr=stderr, env=env, start_new_session=True)
    if memory_bytes and hasattr(resource, "prlimit"):
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(popen.pid, resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    return popen


def _wait(popen: "subprocess.Popen[bytes]", timeout_s: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        popen.wait(timeout_s)
