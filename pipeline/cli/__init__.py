"""The command ``sentinel``: a file a command, each importing what it needs only when it is chosen.

A command reads options, calls the frame, prints, and returns an exit code; it decides nothing about testing.
"""

import sys
from collections.abc import Sequence

from pipeline.cli.streams import restore_closed, say, silence
from pipeline.errors import ConfigError, ExitCode, SentinelError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (``pipeline.errors.ExitCode``); no exception leaves it."""
    restore_closed()
    try:
        code = _command(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except SystemExit as end:  # argparse, after --help or an error it has printed
        return end.code if isinstance(end.code, int) else int(ExitCode.USAGE)
    except (Exception, KeyboardInterrupt, BaseExceptionGroup) as error:  # noqa: BLE001 -- the last line of defence: a person gets a sentence
        return _ended(_sole(error))
    return code


def _ended(error: BaseException) -> int:
    match error:
        case ConfigError():  # each line begins with the place, as compilers write it
            return _say(str(error), error.exit_code, prefix="")
        case SentinelError():
            return _say(str(error), error.exit_code)
        case KeyboardInterrupt():
            return _say("interrupted", ExitCode.INTERRUPTED)
        case BrokenPipeError():
            silence()
            return int(ExitCode.INTERRUPTED)
        case _:
            return _say(_unexpected(error), ExitCode.INTERNAL)


def _sole(error: BaseException) -> BaseException:
    """What a task group wrapped, where that is a single exception."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _command(argv: list[str]) -> int:
    from pipeline.cli.parser import chosen

    command, arguments = chosen(argv)
    return command(arguments)


def _say(text: str, code: ExitCode, *, prefix: str = "sentinel: ") -> int:
    try:
        sys.stdout.flush()
    except OSError:  # nobody reads any more: the code still tells
        silence()
    say(text if "\n" in text else prefix + text, sys.stderr)
    return int(code)


def _unexpected(error: BaseException) -> str:
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
