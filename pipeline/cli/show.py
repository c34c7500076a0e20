"""``sentinel show``: one finding with its evidence."""

import argparse

from pipeline.cli import options
from pipeline.errors import ExitCode

EPILOG = "ID is a finding's id or its unambiguous beginning, as `sentinel findings` lists them."


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="of the finding")
    parser.add_argument("--json", action="store_true", help="as one JSON object, as in the NDJSON report")
    options.add_store(parser)


def run(arguments: argparse.Namespace) -> int:
    import msgspec

    from pipeline.cli.finding_text import as_object, as_text
    from pipeline.config.paths import store_path
    from stages.persist import Store

    with Store(store_path(arguments.store or "")) as store:
        row = store.finding(arguments.id)
    print(msgspec.json.encode(as_object(row)).decode() if arguments.json else as_text(row))
    return ExitCode.CLEAN
