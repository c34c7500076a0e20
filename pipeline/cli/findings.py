"""``sentinel findings``: what a run found."""

import argparse
import sys
from typing import TYPE_CHECKING

from pipeline.cli import options
from pipeline.errors import ExitCode

if TYPE_CHECKING:
    from stages.persist import Store

EPILOG = 'RUN is the beginning of a run\'s name, or "last". exit code: 0, whatever was found'


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", metavar="RUN", default="last", dest="of_run", help="default: the last run")
    parser.add_argument("--notes", action="store_true", help="notes, too")
    parser.add_argument("--runs", action="store_true", help="list the runs instead")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options.add_store(parser)


def run(arguments: argparse.Namespace) -> int:
    from pipeline.config.paths import store_path
    from stages.persist import Store

    with Store(store_path(arguments.store or "")) as store:
        if arguments.runs:
            _runs(store, as_json=arguments.json)
        else:
            _findings(store, arguments.of_run, notes=arguments.notes, as_json=arguments.json)
    return ExitCode.CLEAN


def _runs(store: "Store", *, as_json: bool) -> None:
    import time

    import msgspec

    from pipeline.cli.text import table

    runs = store.runs()
    if as_json:
        for found in runs:
            print(msgspec.json.encode({"type": "run", **msgspec.to_builtins(msgspec.structs.replace(found, request=None))}).decode())
        return
    rows = [
        (
            found.id,
            time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(found.started_at)),
            found.state,
            found.reason,
            found.title,
            found.target,
        )
        for found in runs
    ]
    print(table(("RUN", "STARTED", "STATE", "END", "API", "TARGET"), rows) or f"there is no run in {store.path} yet")


def _findings(store: "Store", of_run: str, *, notes: bool, as_json: bool) -> None:
    import msgspec

    from pipeline.cli.text import coloured, width
    from pipeline.reports import findings_text
    from pipeline.reports.again import options_again
    from pipeline.reports.ndjson import row_object

    name = store.run(of_run).id
    rows = [row for row in [*store.findings(name, notes=notes), *store.gone(name)] if notes or row.is_fault]
    if as_json:
        for row in rows:
            print(msgspec.json.encode(row_object(row, again=options_again(store, store.run(row.run)))).decode())
    else:
        print(
            findings_text(rows, width=width(sys.stdout), colour=coloured(sys.stdout)) or f"run {name} found nothing{_so_far(store, name)}"
        )


def _so_far(store: "Store", name: str) -> str:
    run = store.run(name)
    return "" if run.state == "ended" else f" so far: it is {run.state}"
