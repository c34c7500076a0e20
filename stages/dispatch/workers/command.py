"""From an arm's configured command to a program that can be started, and the environment it gets."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

# What an agent needs to run; nothing that may hold a secret of the owner's.
_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


def resolve(command: Sequence[str]) -> list[str] | None:
    """The command with its program as a path, or None where there is no such program.

    ``{python}`` is the running interpreter. A bare name is looked for beside the console scripts of this installation, then in PATH.
    """
    program, *arguments = [part.replace("{python}", sys.executable) for part in command]
    if os.sep not in program:
        for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
            candidate = Path(folder) / program
            if candidate.is_file() and os.access(candidate, os.X_OK):
                return [str(candidate), *arguments]
    found = shutil.which(program)
    return [found, *arguments] if found else None


def environment(extra: Sequence[str]) -> dict[str, str]:
    """The variables handed on to a worker: what programs need to start, and those the owner names."""
    names = (*_PASSED, *extra)
    return {name: os.environ[name] for name in names if name in os.environ}
