"""Parsing in a process of its own: the program, and the coroutine that starts it and waits.

The process lives for one document. What parsing takes for a while, several times the ``Api``, goes back to the system with it; the ``Api``
comes back as MessagePack on standard output.
"""

import gc
import os
import pathlib
import subprocess
import sys

import anyio
import msgspec
from anyio import CancelScope, create_task_group, to_thread
from anyio.lowlevel import checkpoint
from msgspec import Struct

from pipeline.errors import DocumentError
from stages.ingest.config import IngestConfig
from stages.ingest.parse import Located, Parsed, parse_located

_ROOT = pathlib.Path(__file__).parents[2]  # so that the program finds this very package, installed or not


class Order(Struct, frozen=True, kw_only=True):
    """What the process reads from its standard input."""

    located: Located
    config: IngestConfig
    others: dict[str, bytes]


class Refused(Struct, frozen=True, kw_only=True, tag="refused"):
    """What it writes in place of a ``Parsed`` where the document is hopeless."""

    message: str


async def parse_aside(located: Located, config: IngestConfig, others: dict[str, bytes]) -> Parsed:
    """As ``parse_located``, elsewhere. Raises ``DocumentError``, also where the process takes too long or dies."""
    order = msgspec.msgpack.encode(Order(located=located, config=config, others=others))
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
    process = await to_thread.run_sync(_started, os.environ | {"PYTHONPATH": path})
    answer = await _answer(process, order, config.parse_timeout_ms / 1000)
    if answer is None:
        raise DocumentError(f"{located.source}: not parsed within {config.parse_timeout_ms} ms (ingest.parse_timeout_ms)")
    packed, said = answer
    if process.returncode:
        last = (said.decode(errors="replace").strip().splitlines() or ["it may have run out of memory"])[-1]
        raise DocumentError(f"{located.source}: the process that parsed it ended with status {process.returncode}: {last}")
    outcome: Parsed | Refused = msgspec.msgpack.decode(packed, type=Parsed | Refused)
    if isinstance(outcome, Refused):
        raise DocumentError(outcome.message)
    return outcome


async def _answer(process: subprocess.Popen[bytes], order: bytes, seconds: float) -> tuple[bytes, bytes] | None:
    """What the process writes to standard output and to standard error; None where it took longer than ``seconds``.

    The process has ended and its pipes are closed when this returns, or is cancelled.
    """
    late = False
    answer = b"", b""

    async def end() -> None:
        nonlocal late
        try:
            await anyio.sleep(seconds)
            late = True
        finally:
            process.kill()

    async with create_task_group() as tasks:
        tasks.start_soon(end)
        with CancelScope(shield=True):
            answer = await to_thread.run_sync(process.communicate, order)
        tasks.cancel_scope.cancel()
    await checkpoint()
    return None if late else answer


def _started(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "stages.ingest.aside"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,  # a Ctrl-C is for us, who end it in order
    )


def main() -> None:
    """Parse the one document that standard input orders."""
    gc.disable()  # the process ends before there is any garbage
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Order)
    outcome: Parsed | Refused
    try:
        outcome = parse_located(order.located, order.config, order.others)
    except DocumentError as error:
        outcome = Refused(message=str(error))
    sys.stdout.buffer.write(msgspec.msgpack.encode(outcome))


if __name__ == "__main__":
    main()
