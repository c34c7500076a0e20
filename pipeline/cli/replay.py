"""``sentinel replay``: send the case of a finding again, and say whether the target still shows it."""

import argparse
import sys

from pipeline.cli import options
from pipeline.errors import ExitCode, UsageError

EPILOG = """\
Without --config, the document, the server and the agents are those of the run that found it; credentials are not stored, so give them
again with --header, --header-file or --identity. Nothing is stored.

exit codes: 0 it does not show any more; 1 it still shows; 2 usage; 3 it could not be tried"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="of the finding, or its unambiguous beginning")
    options.add_config(parser)
    options.add_target(parser)
    options.add_store(parser)
    options.add_log(parser)


def run(arguments: argparse.Namespace) -> int:
    import msgspec

    from pipeline.cli.text import coloured, width
    from pipeline.config.paths import store_path
    from pipeline.reports import finding_text
    from pipeline.reports.again import options_again
    from pipeline.runner import replay
    from stages.persist import Store
    from stages.score import with_new_names

    with Store(store_path(arguments.store or "")) as store:
        found = store.finding(arguments.id)
        row = store.run(found.run)
        api = store.api(row.api)
        once_more = options_again(store, row)
    if api is None:
        raise UsageError(f"the document of run {row.id} is not kept any more: run the test again")
    loaded = options.loaded(arguments) if arguments.config else options.loaded_for_run(arguments, row.id)
    options.warn(loaded)
    with options.logging(arguments):
        url = loaded.config.target.url or row.target
        again = replay(loaded.config, api, found.finding, url=url, renamed=with_new_names)
    now = again.finding
    shown = found if now is None else msgspec.structs.replace(found, finding=now)
    print(finding_text(shown, width=width(sys.stdout), colour=coloured(sys.stdout), again=once_more))
    if now is not None:
        print(f"\nnow: it still shows ({now.state})")
        return ExitCode.FINDINGS
    if again.unmet:
        print("\nnow: it could not be tried, as a step before the attempt did not succeed")
        return ExitCode.NOT_TESTED
    if again.withheld:
        print("\nnow: it could not be tried, as it is left out by an override, or would change what it did not make (docs/sending.md)")
        return ExitCode.NOT_TESTED
    answered = f": it is answered {again.status}" if again.status else ""
    print(f"\nnow: it does not show any more{answered}")
    return ExitCode.CLEAN
