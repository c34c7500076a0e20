"""Hooks before a run."""

import contextlib
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from pipeline.errors import HookFailed
from pipeline.messages import Api, Case, Operation, Step, Trial
from stages.execute import ExecuteConfig
from tests.scenes.execution import Outcome, carry_out, failing_with
from tests.servers.hostile import Answer, Seen, serving

API = Api(digest="0", operations=[Operation(key="GET /a", method="GET", path="/a")])
TRIAL = Trial(
    ordinal=0, agent="a", digest="0", case=Case(operation="GET /a", ordinal=0, title="", steps=[Step(name="s", operation="GET /a")])
)


def config(*hooks: dict[str, Any], **more: Any) -> ExecuteConfig:
    return msgspec.convert({"hooks": list(hooks)} | more, ExecuteConfig)


def python(code: str, **more: Any) -> dict[str, Any]:
    return {"type": "command", "command": [sys.executable, "-c", code]} | more


async def run(configured: ExecuteConfig, script: Any = lambda _: Answer(200)) -> tuple[Outcome, list[Seen]]:
    async with serving(script) as server:
        return await carry_out(API, f"{server.url}/v1", [TRIAL], configured), server.seen


async def test_hooks_run_in_order_before_the_first_case(tmp_path: Path) -> None:
    """A command sees the run and the target, a request goes below the base URL as an identity; the cases come after them."""
    noted = tmp_path / "noted"
    command = python(
        f"import os; open({str(noted)!r}, 'w').write(os.environ['SENTINEL_RUN'] + ' ' + os.environ['EXTRA'])", environment={"EXTRA": "more"}
    )
    request = {"type": "request", "method": "POST", "url": "/reset?hard=1", "headers": {"X-A": "b"}, "body": "now", "identity": "alice"}
    _, seen = await run(config(command, request, identities={"alice": {"type": "bearer", "token": "alices-token"}}))
    assert noted.read_text() == "run more"
    assert [(each.method, each.target, each.body) for each in seen] == [("POST", "/v1/reset?hard=1", b"now"), ("GET", "/v1/a", b"")]
    assert (seen[0].header("authorization"), seen[0].header("x-a")) == ("Bearer alices-token", "b")


@pytest.mark.parametrize(
    ("hook", "match"),
    [
        (python("print('it is', 'broken'); raise SystemExit(3)"), "status 3: it is broken"),
        ({"type": "command", "command": ["no-such-program-here"]}, "cannot be started"),
        ({"type": "request", "url": "/reset", "statuses": ["204"]}, "answered 200, wanted 204"),
        ({"type": "request", "url": "http://127.0.0.1:9/x"}, "no answer"),
        ({"type": "request", "url": "ftp://x"}, "no absolute HTTP URL"),
    ],
)
async def test_a_failed_hook_ends_the_run(hook: dict[str, Any], match: str) -> None:
    """The error names the hook and what it said; no case is sent."""
    async with serving(lambda _: Answer(200)) as server:
        with failing_with(HookFailed, match):
            await carry_out(API, f"{server.url}/v1", [TRIAL], config(hook))
        assert all(seen.target != "/v1/a" for seen in server.seen)


async def test_a_hook_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    """The time of a hook is bounded, and nothing that it started is left."""
    child = tmp_path / "child"
    code = f"import subprocess, time; p = subprocess.Popen(['sleep', '600']); open({str(child)!r}, 'w').write(str(p.pid)); time.sleep(600)"
    started = time.monotonic()
    with failing_with(HookFailed, "did not end within 1500 ms"):
        await run(config(python(code, timeout_ms=1500)))
    assert time.monotonic() - started < 10
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(child.read_text())).wait(timeout=5)
