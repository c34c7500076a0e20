"""The command and the demo, each as a process of its own."""

import json
import os
import pathlib
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

ROOT = pathlib.Path(__file__).parents[2]
SECONDS = 90  # no command may take longer


class Sentinel:
    """Runs ``sentinel`` with a state folder of its own; ``start`` leaves it running."""

    def __init__(self, home: pathlib.Path) -> None:
        self.home = home
        self.store = home / "state" / "sentinel" / "sentinel.db"
        self.started: list[subprocess.Popen[str]] = []
        self.environment = {**os.environ, "XDG_STATE_HOME": str(home / "state"), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
        self.command = [sys.executable, "-m", "pipeline.cli"]

    def __call__(self, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command, *argv],
            cwd=self.home,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def start(self, *argv: str, **options: Any) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        process = subprocess.Popen([*self.command, *argv], cwd=self.home, env=self.environment, **pipes)
        self.started.append(process)
        return process

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait(10)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


@pytest.fixture
def sentinel(tmp_path: pathlib.Path) -> Iterator[Sentinel]:
    """The command, in an empty folder."""
    command = Sentinel(tmp_path)
    yield command
    command.close()


def small(*names: str) -> dict[str, Any]:
    """A document with an operation of each name, which takes a text."""
    get = {
        "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}],
        "responses": {"200": {"description": "fine"}},
    }
    return {"openapi": "3.1.0", "info": {"title": "Small", "version": "1"}, "paths": {f"/{name}": {"get": get} for name in names}}


class Demo:
    """A running demo and its inspection."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, method: str = "GET") -> Any:
        with urllib.request.urlopen(urllib.request.Request(self.url + path, method=method), timeout=10) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def reset(self) -> None:
        self.ask("/_demo/reset", "POST")

    def requests(self) -> int:
        return int(self.ask("/_demo/requests")["total"])

    def made(self) -> list[str]:
        return [made["path"] for made in self.ask("/_demo/objects")["made"]]


@pytest.fixture(scope="session")
def serve_demo() -> Iterator[Callable[..., Demo]]:
    """Starts demos on free ports with the options given, and ends them."""
    processes: list[subprocess.Popen[str]] = []

    def start(*options: str) -> Demo:
        command = [sys.executable, "-m", "pipeline.cli", "demo", "--port", "0", *options]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        return Demo(process.stdout.readline().split()[1])

    yield start
    for process in processes:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="session")
def _demo(serve_demo: Callable[..., Demo]) -> Demo:
    return serve_demo("--seed", "1", "--off", "hang")  # a hang costs every run ten seconds


@pytest.fixture
def headers(sentinel: Sentinel) -> str:
    """A header file with the demo's token."""
    (sentinel.home / "headers").write_text("Authorization: Bearer demo-token\n")
    return "headers"


@pytest.fixture
def demo(_demo: Demo) -> Demo:
    """A demo with nine defects, on its first day."""
    _demo.reset()
    return _demo
