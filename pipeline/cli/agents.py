"""``sentinel agents``: the implementations of agents, and what each can do."""

import argparse

from pipeline.cli import options
from pipeline.errors import ExitCode

EPILOG = "Each implementation is started once. exit codes: 0 at least one works, 70 none does, 78 bad configuration"


def arguments(parser: argparse.ArgumentParser) -> None:
    options.add_config(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object for each implementation")


def run(arguments: argparse.Namespace) -> int:
    import anyio
    import msgspec

    from pipeline.cli.text import table
    from pipeline.cli.workers import states
    from pipeline.logs import logging_to

    with logging_to(level="error"):
        found = anyio.run(states, options.dispatch_config(arguments))
    if arguments.json:
        for state in found:
            print(msgspec.json.encode(state).decode())
    else:
        rows = [
            (
                state.arm,
                "ready" if not state.fault else "missing" if state.optional else "broken",
                state.version,
                f"{state.ready_ms:.0f} ms" if not state.fault else "",
                "yes" if state.deterministic else "" if state.fault else "no",
                "yes" if state.model else "",
                ", ".join(state.agents) or state.fault,
            )
            for state in found
        ]
        print(table(("NAME", "STATE", "VERSION", "READY IN", "DETERMINISTIC", "MODEL", "AGENTS"), rows))
    return ExitCode.CLEAN if any(not state.fault for state in found) else ExitCode.INTERNAL
