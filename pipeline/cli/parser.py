"""Which command was asked for, and its options. Only the module of the chosen command is imported."""

import argparse
import importlib
from collections.abc import Callable, Sequence

from pipeline.errors import UsageError

COMMANDS = {
    "run": "test an API",
    "init": "write a commented pipeline for an API",
    "validate": "check a pipeline's YAML",
    "print-config": "show a pipeline as it takes effect, secrets hidden",
    "graph": "draw a pipeline, or the dependencies of operations",
    "inspect": "show what is understood of an OpenAPI document",
    "generate": "make test cases without sending them",
    "findings": "list what was found",
    "show": "show one finding",
    "replay": "send the case of a finding again",
    "cleanup": "remove what a run left on its target",
    "routing": "show what was measured of the agents' implementations, over time too, and why a job went where it went",
    "ab": "compare two implementations, or two weightings, on the same jobs",
    "agents": "list the implementations of agents",
    "doctor": "check this installation",
    "demo": "serve a small API with planted defects",
}

EPILOG = """\
exit codes: 0 tested, nothing found; 1 findings; 2 usage; 3 not tested; 70 internal error;
78 bad configuration or document; 130 interrupted"""


def chosen(argv: Sequence[str]) -> tuple[Callable[[argparse.Namespace], int], argparse.Namespace]:
    """The function of the command and its options. Raises ``UsageError`` or, after argparse has printed, ``SystemExit``."""
    name = argv[0] if argv else ""
    if name and not name.startswith("-") and name not in COMMANDS:
        import difflib

        close = difflib.get_close_matches(name, COMMANDS, n=1)
        suggestion = f"did you mean {close[0]!r}?" if close else "`sentinel --help` lists the commands"
        raise UsageError(f"there is no command {name!r}; {suggestion}")
    parser = argparse.ArgumentParser(
        prog="sentinel",
        description="Tests REST APIs from their OpenAPI documents.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for command, summary in COMMANDS.items():
        part = commands.add_parser(command, help=summary, description=summary[0].upper() + summary[1:] + ".", allow_abbrev=False)
        if command == name:
            module = importlib.import_module(f"pipeline.cli.{command.replace('-', '_')}")
            part.formatter_class = argparse.RawDescriptionHelpFormatter
            part.epilog = module.EPILOG
            module.arguments(part)
            part.set_defaults(function=module.run)
    options = parser.parse_args(argv)
    return options.function, options


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"sentinel {version('sentinel-pipeline')}")
        parser.exit()
