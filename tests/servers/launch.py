"""Servers for tests and benches on 127.0.0.1 at a free port, gone when the context ends; each but one a process of its own."""

import select
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server: its base URL, and the process for those that measure it or kill it."""

    url: str
    process: subprocess.Popen[str]


@contextmanager
def demo(seed: int = 0, *, clean: bool = False, off: Sequence[str] = (), hang_ms: int = 60_000) -> Generator[Server]:
    """The demo."""
    options = f"port=0, seed={seed}, clean={clean}, off={list(off)}, hang_ms={hang_ms}"
    with launched([sys.executable, "-c", f"from pipeline.demo import serve; serve({options})"]) as server:
        yield server


@contextmanager
def strict() -> Generator[Server]:
    """The strict FastAPI server, answering."""
    with launched([sys.executable, "-m", "tests.servers.strict_fastapi"]) as server:
        wait_for(f"{server.url}/health")
        yield server


@contextmanager
def trivial() -> Generator[Server]:
    """The trivial server of the benches."""
    with launched([sys.executable, "-m", "tests.servers.trivial"]) as server:
        yield server


@contextmanager
def launched(command: Sequence[str]) -> Generator[Server]:
    """A server that prints its base URL in its first line (its last word before any bracket); killed at the end."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = next((word for word in line.split() if word.startswith("http")), None)
            assert url is not None, f"{command} did not start: {line!r}"
            yield Server(url=url, process=process)
        finally:
            process.kill()


@contextmanager
def threaded(handler: type[BaseHTTPRequestHandler]) -> Generator[str]:
    """A server in threads of this process, each request answered by ``handler``; its base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def wait_for(url: str, timeout_s: float = 60) -> None:
    """Until ``url`` is answered, with whatever status. Raises TimeoutError."""
    ends = time.monotonic() + timeout_s
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > ends:
                raise TimeoutError(f"{url} does not answer") from None
            time.sleep(0.05)


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Until the condition holds, looked at fifty times a second. Raises TimeoutError."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError("it did not happen in time")
        select.select([], [], [], 0.02)
