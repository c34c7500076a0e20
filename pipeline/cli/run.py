"""``sentinel run``: test an API and say what was found."""

import argparse
import contextlib
import sys
import time
from typing import TYPE_CHECKING

from pipeline.cli import options
from pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from pipeline.config.model import PipelineConfig, ReportConfig

EPILOG = """\
SPEC is a file, a folder, the URL of a document, or the address of a server: the usual places of a document are tried.

exit codes: 0 tested, nothing found; 1 findings; 2 usage; 3 not tested; 70 internal error;
78 bad configuration or document; 130 interrupted"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", nargs="?", help="the OpenAPI document")
    options.add_config(parser)
    options.add_target(parser)
    parser.add_argument("--seed", metavar="N", type=int, help="equal seeds make equal tests")
    parser.add_argument("--time", metavar="60s", help="when the run ends by itself: 90s, 5m, 1h30m")
    parser.add_argument("--max-requests", metavar="N", type=int, help="requests after which the run ends by itself")
    parser.add_argument("--agents", metavar="A,B", help="the agents that make tests")
    parser.add_argument("--operations", metavar="GLOB", action="append", help="what to test, as in 'GET /pets/*'")
    options.add_store(parser)
    parser.add_argument("--report", metavar="FORMAT=PATH", action="append", default=[], dest="reports", help="ndjson, junit or text; - is stdout")
    parser.add_argument("--keep", choices=["findings", "all"], help="which exchanges are kept whole")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--dry-run", action="store_true", help="say what would be sent, what is destructive, how long; send nothing")
    ends.add_argument("--answers", metavar="RUN", help="feed the answers of a run made with --keep all back instead of asking the target")
    ends.add_argument("--resume", metavar="RUN", nargs="?", const="", help="go on with an interrupted run; default: the last one")
    options.add_log(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.spec is None and arguments.config is None:
        raise UsageError("there is nothing to test: name SPEC, or a pipeline with --config (`sentinel init` writes one)")
    from pipeline.config.effective import warnings

    loaded = options.loaded(arguments)
    for warning in warnings(loaded):
        print(f"warning: {warning}", file=sys.stderr)
    if arguments.dry_run:
        from pipeline.cli.dry_run import dry_run

        return dry_run(loaded.config)
    return _run(loaded.config, arguments)


def _run(config: "PipelineConfig", arguments: argparse.Namespace) -> int:
    from pipeline.cli.display import Display
    from pipeline.cli.progress import Progress
    from pipeline.config.request import new_run, run_requested
    from pipeline.logs import logging_to
    from pipeline.runner import run as run_pipeline

    request = run_requested(config, new_run())
    progress = Progress(time_ms=config.run.time_ms, max_requests=config.run.max_requests, now=time.monotonic())
    try:
        log = logging_to(arguments.log_file, level=arguments.log_level)
        with log, Display(progress) as display:
            outcome = run_pipeline(config, request, progress=display.take, resume=arguments.resume, answers=arguments.answers)
    except BrokenPipeError:
        raise
    _report(config, outcome.run)
    return int(outcome.exit_code)
