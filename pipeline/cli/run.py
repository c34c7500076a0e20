"""``sentinel run``: test an API and say what was found."""

import argparse
import sys
import time
from typing import TYPE_CHECKING

from pipeline.cli import options
from pipeline.cli.streams import say
from pipeline.cli.text import coloured, width
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.config.load import Loaded
    from pipeline.config.model import PipelineConfig

EPILOG = """\
SPEC is a file, a folder, the URL of a document, or the address of a server: the usual places of a document are tried.
Reports and the closing summary go to standard output, progress and the log to standard error.

exit codes: 0 tested, nothing found; 1 findings; 2 usage; 3 not tested; 70 internal error;
78 bad configuration or document; 130 interrupted"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", nargs="?", help="the OpenAPI document")
    options.add_config(parser)
    options.add_target(parser)
    parser.add_argument("--seed", metavar="N", type=int, help="equal seeds make equal tests")
    parser.add_argument("--time", metavar="60s", help="when the run ends by itself: 90s, 5m, 1h30m")
    parser.add_argument("--max-requests", metavar="N", type=int, help="requests after which the run ends by itself")
    parser.add_argument("--agents", metavar="A,B", help="the agents that make tests; default: functional-positive,functional-negative")
    parser.add_argument("--operations", metavar="GLOB", action="append", help="what to test, as in 'GET /pets/*'")
    options.add_store(parser)
    parser.add_argument(
        "--report", metavar="FORMAT=PATH", action="append", dest="reports", help="ndjson, junit or text; the path - is standard output"
    )
    parser.add_argument("--keep", choices=["findings", "all"], help="which exchanges are kept whole")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--dry-run", action="store_true", help="say what would be sent, what is destructive, how long; send nothing")
    ends.add_argument("--answers", metavar="RUN", help="feed the answers of a run made with --keep all back instead of asking the target")
    ends.add_argument("--resume", metavar="RUN", nargs="?", const="", help="go on with an interrupted run; default: the last one")
    options.add_log(parser)


def run(arguments: argparse.Namespace) -> int:
    loaded = _loaded(arguments)
    options.warn(loaded)
    if arguments.dry_run:
        from pipeline.cli.dry_run import dry_run

        return dry_run(loaded.config)
    return _run(loaded, arguments)


def _loaded(arguments: argparse.Namespace) -> "Loaded":
    stored = arguments.resume if arguments.resume is not None else arguments.answers
    if stored is not None:
        _hold_to(stored, arguments)
        return options.loaded(arguments) if arguments.config else options.loaded_for_run(arguments, stored)
    if arguments.spec is not None or arguments.config is not None:
        return options.loaded(arguments)
    raise UsageError("there is nothing to test: name SPEC, or a pipeline with --config (`sentinel init` writes one)")


def _hold_to(name: str, arguments: argparse.Namespace) -> None:
    """A stored run stays what it was: options that contradict it are refused, those without effect are named. Raises UsageError."""
    from pipeline.config.paths import store_path
    from pipeline.resuming import contradiction
    from stages.persist import Store

    with Store(store_path(arguments.store or "")) as store:
        row = store.run(name) if name else next(iter(store.interrupted()), None)
    agents = [agent.strip() for agent in arguments.agents.split(",")] if arguments.agents else None
    if row is not None and (why := contradiction(row, seed=arguments.seed, agents=agents, operations=arguments.operations)):
        raise UsageError(why)
    idle = ["spec", "url", *(["time", "max_requests"] if arguments.resume is None else [])]
    for option in (option for option in idle if getattr(arguments, option) is not None):
        shown = "SPEC" if option == "spec" else "--" + option.replace("_", "-")
        print(f"note: {shown} has no effect: the document, the server and the end are those of the stored run", file=sys.stderr)


def _run(loaded: "Loaded", arguments: argparse.Namespace) -> int:
    from pipeline.cli.display import Display
    from pipeline.cli.progress import Progress
    from pipeline.config.request import new_run, run_requested
    from pipeline.config.stored import settings_text
    from pipeline.reports import check_writable
    from pipeline.runner import run as run_pipeline

    config = loaded.config
    for report in config.reports:
        check_writable(report.path)
    request = run_requested(config, new_run(), settings_text=settings_text(loaded))
    with options.logging(arguments), Display(Progress(now=time.monotonic())) as display:
        outcome = run_pipeline(config, request, progress=display.take, resume=arguments.resume, answers=arguments.answers)
    _report(config, outcome.run)
    return int(outcome.exit_code)


def _report(config: "PipelineConfig", run: str) -> None:
    """Write the reports, then the summary: to standard output, or to standard error where a report goes to the former."""
    from pipeline.config.paths import store_path
    from pipeline.reports import summary_text, told, write_report
    from stages.persist import Store

    with Store(store_path(config.store)) as store:
        for report in config.reports:
            write_report(report.format, report.path, store, run)
        end = sys.stderr if any(report.path == "-" for report in config.reports) else sys.stdout
        text = summary_text(told(store, run), width=width(end), colour=coloured(end))
    say(text, end)
