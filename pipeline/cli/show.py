"""``sentinel show``: one finding with its evidence."""

import argparse
import sys

from pipeline.cli import options
from pipeline.errors import ExitCode

EPILOG = "ID is a finding's id or its unambiguous beginning, as `sentinel findings` lists them."


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="of the finding")
    parser.add_argument("--json", action="store_true", help="as one JSON object, as in the NDJSON report")
    options.add_store(parser)


def run(arguments: argparse.Namespace) -> int:
    import msgspec

    from pipeline.cli.text import coloured, width
    from pipeline.config.paths import store_path
    from pipeline.reports import finding_text
    from pipeline.reports.again import options_again
    from pipeline.reports.ndjson import row_object
    from stages.persist import Store

    with Store(store_path(arguments.store or "")) as store:
        row = store.finding(arguments.id)
        again = options_again(store, store.run(row.run))
    if arguments.json:
        print(msgspec.json.encode(row_object(row, again=again)).decode())
    else:
        print(finding_text(row, width=width(sys.stdout), colour=coloured(sys.stdout), again=again))
    return ExitCode.CLEAN
