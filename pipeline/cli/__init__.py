"""The command ``sentinel``: a file a command, each importing what it needs only when it is chosen.

A command reads options, calls the frame, prints, and returns an exit code; it decides nothing about testing.
"""

import sys
from collections.abc import Sequence

from pipeline.cli.streams import say, silence
from pipeline.errors import ExitCode, SentinelError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (``pipeline.errors.ExitCode``); no exception leaves it."""
    try:
        code = _command(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except SystemExit as end:  # argparse, after --help or an error it has printed
        return end.code if isinstance(end.code, int) else int(ExitCode.USAGE)
    except SentinelError as error:
        return _say(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _say("interrupted", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        silence()
        return int(ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 -- the last line of defence: a person gets a sentence, a bug report gets the rest
        return _say(_unexpected(error), ExitCode.INTERNAL)
    return code


def _command(argv: list[str]) -> int:
    from pipeline.cli.parser import chosen

    command, arguments = chosen(argv)
    return command(arguments)


def _say(text: str, code: ExitCode) -> int:
    try:
        sys.stdout.flush()
    except OSError:  # nobody reads any more: the code still tells
        silence()
    say(f"sentinel: {text}" if "\n" not in text else text, sys.stderr)
    return int(code)


def _unexpected(error: Exception) -> str:
    import os
    import tempfile
    import traceback

    summary = " ".join(f"{type(error).__name__}: {error}".split())[:300].encode("utf-8", "backslashreplace").decode()
    try:
        handle, path = tempfile.mkstemp(prefix="sentinel-error-", suffix=".txt")
        with os.fdopen(handle, "w", errors="backslashreplace") as file:
            traceback.print_exception(error, file=file)
    except OSError:
        return f"an error of its own: {summary}"
    return f"an error of its own: {summary}; the details are in {path}"
