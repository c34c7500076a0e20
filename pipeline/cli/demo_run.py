"""``sentinel demo --run``: the whole way once, on the demo: start it, test it, say what was found, end it."""

import argparse
import contextlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

from pipeline.errors import ExitCode, SentinelError

_ADDRESS = re.compile(r"http://[^\s/]+")
_END_S = 5.0


def demo_run(arguments: argparse.Namespace) -> int:
    """Exit code 0 when the demo was tested, defects found or not: finding them is what it is for."""
    from pipeline.cli import main
    from pipeline.demo import TOKEN

    with tempfile.TemporaryDirectory(prefix="sentinel-demo-") as folder, _served(arguments) as url:
        header = Path(folder) / "clinic"
        header.write_text(f"Authorization: Bearer {TOKEN}\n")
        code = main(["run", url, "--time", arguments.time, "--identity", f"clinic={header}"])
    return ExitCode.CLEAN if code == ExitCode.FINDINGS else code


@contextlib.contextmanager
def _served(arguments: argparse.Namespace) -> Generator[str]:
    """The demo as a process of its own, on a free port; gives its address."""
    options = ["--host", arguments.host, "--port", "0", "--seed", str(arguments.seed), *(["--clean"] if arguments.clean else [])]
    options += [part for defect in arguments.off for part in ("--off", defect)]
    command = [sys.executable, "-m", "pipeline.cli", "demo", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            address = _ADDRESS.search(said)
            if address is None:
                raise SentinelError(f"the demo did not start: {said.strip() or 'it said nothing'}")
            yield address.group()
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)
            process.kill()
