"""The errors that callers handle differently, and the exit codes they end in."""

import enum


class ExitCode(enum.IntEnum):
    """How `sentinel` ends. Other programs rely on these (docs/commands.md)."""

    CLEAN = 0  # tested, nothing found
    FINDINGS = 1
    USAGE = 2
    NOT_TESTED = 3
    INTERNAL = 70
    CONFIG = 78
    INTERRUPTED = 130


class SentinelError(Exception):
    """Base of the errors whose text is meant for the user: what happened, where, what to do."""

    exit_code = ExitCode.INTERNAL


class UsageError(SentinelError):
    """The command line asks for something that cannot be."""

    exit_code = ExitCode.USAGE


class ConfigError(SentinelError):
    """A configuration with faults; the text lists every one of them, a line each, with file, line, column and path."""

    exit_code = ExitCode.CONFIG


class DocumentError(SentinelError):
    """An OpenAPI document that nothing can be made of: unreadable, no document, no usable operation."""

    exit_code = ExitCode.CONFIG


class HookFailed(SentinelError):
    """A hook before the run did not succeed, so the target is not in the state that the run needs."""

    exit_code = ExitCode.NOT_TESTED


class NotCompared(SentinelError):
    """Two sides were to be compared, and nothing that was measured says anything about them; the text says why."""

    exit_code = ExitCode.NOT_TESTED


class StoreError(SentinelError):
    """The store cannot be used: locked, read-only, foreign, corrupt, from a newer version, or its disk is full."""

    exit_code = ExitCode.INTERNAL


class NoAgentError(SentinelError):
    """No implementation of a needed agent could be started; the text gives each one's reason."""

    exit_code = ExitCode.INTERNAL


class StageFailed(SentinelError):
    """A stage ended with an error that is a fault of ours; the cause is chained."""

    exit_code = ExitCode.INTERNAL
