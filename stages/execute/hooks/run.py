"""Carries hooks out, in order; the first that fails ends it."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from typing import IO

import anyio
from anyio.to_thread import run_sync

from pipeline.errors import HookFailed
from pipeline.events import log
from pipeline.messages import NoReply, Request, RunStarted
from stages.execute.client import Client
from stages.execute.experiment import status_in
from stages.execute.forms import origin_of
from stages.execute.hooks.config import CommandHook, HookConfig, RequestHook
from stages.execute.identities.credential import NOTHING
from stages.execute.identities.sources import IdentityFailed, absolute
from stages.execute.outgoing import Outgoing
from stages.execute.target import LiveTarget

_SHOWN_BYTES = 2000  # of a failed command's output, from its end


async def run_hooks(hooks: Sequence[HookConfig], started: RunStarted, client: Client, target: LiveTarget) -> None:
    """Carry the hooks out. Raises ``HookFailed``, which names the hook and says what it answered or printed."""
    for number, hook in enumerate(hooks, 1):
        name = f"{number} ({hook.command[0] if isinstance(hook, CommandHook) else f'{hook.method} {hook.url}'})"
        began = time.monotonic()
        outcome = "failed"
        try:
            if isinstance(hook, CommandHook):
                await _command(name, hook, started)
            else:
                await _request(name, hook, started, client, target)
            outcome = "done"
        finally:
            log("hook_run", run=started.request.run, hook=name, duration_ms=round((time.monotonic() - began) * 1000, 1), outcome=outcome)


async def _request(name: str, hook: RequestHook, started: RunStarted, client: Client, target: LiveTarget) -> None:
    url = absolute(hook.url, started.base_url)
    try:
        origin = origin_of(url)
    except ValueError as error:
        raise HookFailed(f"hook {name}: {error}") from None
    client.allow(origin)
    try:
        credential = await target.identities.obtain(hook.identity) if hook.identity else NOTHING
    except IdentityFailed as failed:
        raise HookFailed(f"hook {name}: {failed}") from failed
    path = "/" + (url.split("/", 3)[3] if url.count("/") > 2 else "")
    path += ("&" if "?" in path else "?") + "&".join(credential.query) if credential.query else ""
    headers = [*hook.headers.items(), *credential.headers]
    headers += [("Cookie", "; ".join(credential.cookies))] if credential.cookies else []
    body = hook.body.encode() if hook.body else None
    request = Outgoing(hook.method, origin, path, headers, body, Request(method=hook.method, url=hook.url))
    answer = await client.exchange(request, timeout_ms=hook.timeout_ms)
    if isinstance(answer, NoReply):
        raise HookFailed(f"hook {name}: no answer ({answer.kind}: {answer.detail})")
    if not status_in(answer.status, hook.statuses):
        raise HookFailed(f"hook {name}: answered {answer.status}, wanted {' or '.join(hook.statuses)}")


async def _command(name: str, hook: CommandHook, started: RunStarted) -> None:
    environment = os.environ | {"SENTINEL_RUN": started.request.run, "SENTINEL_URL": started.base_url} | hook.environment
    with tempfile.TemporaryFile() as output:
        try:
            # Started in a thread: forking a grown process would hold up the event loop.
            process = await run_sync(partial(_start, hook.command, environment, output))
        except OSError as error:
            raise HookFailed(f"hook {name}: cannot be started: {error}") from error
        status: int | None = None
        try:
            with anyio.move_on_after(hook.timeout_ms / 1000):
                status = await run_sync(process.wait, abandon_on_cancel=True)
        finally:
            if status != 0:
                _kill(process)
        if status is None:
            raise HookFailed(f"hook {name}: did not end within {hook.timeout_ms} ms")
        if status != 0:
            output.seek(max(0, output.seek(0, os.SEEK_END) - _SHOWN_BYTES))
            said = output.read().decode("utf-8", "replace").strip()
            raise HookFailed(f"hook {name}: ended with status {status}: {said or 'it printed nothing'}")


def _start(command: list[str], environment: dict[str, str], output: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
    )


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End a hook that failed, and whatever it has started; its group may be gone already."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
