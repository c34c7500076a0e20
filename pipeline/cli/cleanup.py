"""``sentinel cleanup``: remove from the target what a run made and left there, and list what may have happened."""

import argparse
import sys
from collections import Counter

from pipeline.cli import options
from pipeline.cli.text import printable
from pipeline.errors import ExitCode

EPILOG = """\
For runs that were killed: an ordinary end cleans up by itself. Without --config, the document and the server are those of the run;
credentials are not stored, so give them again with --header, --header-file or --identity. Requests that may have happened are listed
and never sent again.

exit codes: 0 nothing is left; 1 something is; 2 usage"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("of_run", metavar="RUN", nargs="?", default="last", help="a run's name or its beginning; default: the last run")
    options.add_config(parser)
    options.add_target(parser)
    options.add_store(parser)
    options.add_log(parser)


def run(arguments: argparse.Namespace) -> int:
    from pipeline.config.paths import store_path
    from pipeline.runner import cleanup
    from stages.persist import Store

    path = store_path(arguments.store or "")
    with Store(path) as store:
        row = store.run(arguments.of_run)
        left = store.made_open(row.id)
        undecided = store.intents_undecided(row.id)
    for request in undecided:
        print(printable(f"may have happened: {request.request} (case {request.ordinal}, attempt {request.attempt})"))
    if not left:
        print(f"run {row.id} left nothing at {row.target} that is known of")
        return ExitCode.CLEAN
    loaded = options.loaded(arguments) if arguments.config else options.loaded_for_run(arguments, row.id)
    with options.logging(arguments):
        remaining = cleanup(loaded.config, path, row.id, url=loaded.config.target.url or row.target)
    print(f"{len(left) - len(remaining)} of {len(left)} objects removed from {row.target}")
    for each in remaining:
        if each.made.remover:
            print(printable(f"still there: {each.made.path} ({each.made.remover})"), file=sys.stderr)
    for maker, count in Counter(each.made.operation for each in remaining if not each.made.remover).items():
        objects = "1 object" if count == 1 else f"{count:,} objects"
        print(printable(f"still there: {objects} made by {maker}, which no operation of the document removes"), file=sys.stderr)
    return ExitCode.FINDINGS if remaining else ExitCode.CLEAN
