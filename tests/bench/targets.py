"""Servers and tools that nobody here wrote: how each is installed into a scratch folder, and started with fresh state."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.launch import wait_for

SCHEMATHESIS = ["schemathesis==4.32.5"]
KINTO_INI = """\
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = %(http_port)s

[app:main]
use = egg:kinto
kinto.includes = kinto.plugins.default_bucket kinto.plugins.history kinto.plugins.flush
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.userid_hmac_secret = bench
multiauth.policies = basicauth
kinto.bucket_create_principals = system.Authenticated
kinto.bucket_read_principals = system.Authenticated
"""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A real server. ``command`` is given its venv's bin folder, a fresh state folder and a port; ``prefix`` stands before the document's
    paths; ``headers`` are what a tool sends to be let in; paths that begin with one of ``left_out`` are taken out of the document."""

    name: str
    packages: Sequence[str]
    command: Callable[[Path, Path, int], Sequence[str]]
    document: str
    prefix: str = ""
    headers: Sequence[str] = ()
    environment: Callable[[Path], dict[str, str]] = lambda _: {}
    left_out: Sequence[str] = ()


def _kinto(bin_folder: Path, state: Path, port: int) -> list[str]:
    (state / "kinto.ini").write_text(KINTO_INI)
    return [str(bin_folder / "kinto"), "start", "--ini", str(state / "kinto.ini"), "--port", str(port)]


def _prefect(bin_folder: Path, _state: Path, port: int) -> list[str]:
    return [str(bin_folder / "prefect"), "server", "start", "--no-ui", "--host", "127.0.0.1", "--port", str(port)]


def _httpbin(bin_folder: Path, _state: Path, port: int) -> list[str]:
    return [str(bin_folder / "gunicorn"), "httpbin:app", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "8"]


TARGETS = {
    "kinto": Target(
        name="kinto",
        packages=["kinto==26.5.0"],
        command=_kinto,
        document="/v1/__api__",
        prefix="/v1",
        headers=["Authorization: Basic YmVuY2g6YmVuY2g="],
    ),
    "prefect": Target(
        name="prefect",
        packages=["prefect==3.8.8", "fastapi<0.150", "starlette>=1.0.1"],
        command=_prefect,
        document="/api/openapi.json",
        prefix="/api",
        environment=lambda state: {
            "PREFECT_HOME": str(state),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
            "DO_NOT_TRACK": "1",
        },
        left_out=["/admin/database/"],
    ),
    "httpbin": Target(name="httpbin", packages=["httpbin[mainapp]==0.10.4", "gunicorn"], command=_httpbin, document="/spec.json"),
}


def venv(scratch: Path, name: str, packages: Sequence[str]) -> Path:
    """The bin folder of a venv that holds the packages; made once for a scratch folder."""
    folder = scratch / "venvs" / name
    mark = folder / "complete"
    if not mark.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
        mark.touch()
    return folder / "bin"


@contextmanager
def running(target: Target, scratch: Path, state: Path) -> Generator[str]:
    """The target with fresh state in the empty folder ``state``; gives its base URL. Its output is in ``state/server.log``."""
    bin_folder = venv(scratch, target.name, target.packages)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = target.command(bin_folder, state, port)
    environment = {**os.environ, **target.environment(state)}
    with (state / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=state, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url + target.document, timeout_s=240)  # Prefect makes its database first
        yield url
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # also what it started
        process.wait()


def document(target: Target, url: str) -> dict[str, Any]:
    """The target's document without the paths that are left out."""
    with urllib.request.urlopen(url + target.document, timeout=60) as reply:
        read: dict[str, Any] = json.loads(reply.read())
    read["paths"] = {path: item for path, item in read["paths"].items() if not path.startswith(tuple(target.left_out) or ("\0",))}
    return read
