"""``sentinel routing``: what was measured of the implementations of agents, and why each job went where it went."""

import argparse
import pathlib
import sys
from typing import TYPE_CHECKING

from pipeline.cli import options
from pipeline.errors import ConfigError, ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.measured import Decided
    from stages.dispatch.routing import RouterState
    from stages.persist import Store

EPILOG = """\
Without more words: what is known now, by agent and implementation.

exit codes: 0 it is shown; 2 usage, or there is nothing to show; 70 a plot could not be drawn; 78 what --import names is no such file"""

MOST_IMPORTED_BYTES = 64 * 1024 * 1024
MOST_JOBS = 20_000  # of a history: the last ones
MOST_JOB = 2**53  # what the store and JSON hold exactly


def arguments(parser: argparse.ArgumentParser) -> None:
    memory = parser.add_mutually_exclusive_group()
    memory.add_argument("--export", metavar="FILE", help="write what was measured to a file, as JSON")
    memory.add_argument("--import", metavar="FILE", dest="from_file", help="take what --export wrote in place of what was measured here")
    memory.add_argument("--forget", action="store_true", help="forget what was measured")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options.add_store(parser)
    words = parser.add_subparsers(title="more words", metavar="WORD", dest="word")
    explain = words.add_parser("explain", help="why a job went where it went, in numbers, and what happened", allow_abbrev=False)
    explain.add_argument("of_job", metavar="JOB", type=_job, help="the number of a job")
    explain.add_argument("--run", metavar="RUN", default="last", dest="of_run", help="the run of the job; default: the last run")
    history = words.add_parser("history", help="how the implementations of an agent did over time", allow_abbrev=False)
    history.add_argument("--agent", metavar="A", required=True, help="the agent")
    history.add_argument("--run", metavar="RUN", dest="of_run", help="one run; default: all that the store has")
    history.add_argument("--slices", metavar="N", type=_slices, default=10, help="slices of equally many jobs; default: 10")
    history.add_argument("--plot", metavar="FILE", help="a picture instead: FILE.png, FILE.svg; FILE.json: its Vega-Lite specification")
    for word in (explain, history):  # also behind the word; a default here would undo what stands before it
        word.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="JSON")
        word.add_argument("--store", metavar="FILE", default=argparse.SUPPRESS, help="the file of results")


def _job(text: str) -> int:
    return _number(text, 0, MOST_JOB)


def _slices(text: str) -> int:
    return _number(text, 1, 1000)


def _number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"it takes a number from {least} to {most}, got {text[:40]!r}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    from pipeline.config.paths import store_path
    from stages.persist import Store

    path = store_path(arguments.store or "")
    if arguments.word and (arguments.export or arguments.from_file or arguments.forget):
        raise UsageError(f"--export, --import and --forget stand alone, without {arguments.word!r}")
    if arguments.forget:
        return _forget(path)
    if arguments.from_file:
        return _import(path, arguments.from_file)
    with Store(path) as store:
        match arguments.word:
            case "explain":
                _explain(store, arguments.of_run, arguments.of_job, as_json=arguments.json)
            case "history":
                _history(store, arguments)
            case _ if arguments.export:
                _write(arguments.export, _measured(store))
            case _:
                _table(store, as_json=arguments.json)
    return ExitCode.CLEAN


# ── what was measured, as a whole ────────────────────────────────────────────────────────────────────────────────────────


def _measured(store: "Store") -> bytes:
    from stages.dispatch import ROUTING

    data = store.snapshot(ROUTING)
    if data is None:
        raise UsageError(f"nothing was measured yet: no run in {store.path} has ended")
    return data


def _forget(path: pathlib.Path) -> int:
    from stages.dispatch import ROUTING
    from stages.persist import forget_snapshot

    forget_snapshot(path, ROUTING)
    print("what was measured is forgotten: the configured order decides again")
    return ExitCode.CLEAN


def _import(path: pathlib.Path, file: str) -> int:
    from pipeline.cli.text import counted
    from stages.dispatch import ROUTING
    from stages.dispatch.routing import exported
    from stages.persist import keep_snapshot

    state = _read(file)
    keep_snapshot(path, ROUTING, exported(state))
    print(f"known now: {counted(len(state.arms), 'implementation')}, {counted(state.jobs, 'job')}; what was known before is replaced")
    return ExitCode.CLEAN


def _read(file: str) -> "RouterState":
    """The state in a file. Raises UsageError where it cannot be read, ConfigError where it is none."""
    from stages.dispatch.routing import SetAside, imported

    try:
        with pathlib.Path(file).open("rb") as opened:
            data = opened.read(MOST_IMPORTED_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error.strerror if isinstance(error, OSError) else error}") from None
    if len(data) > MOST_IMPORTED_BYTES:
        raise ConfigError(f"{file}: it has more than {MOST_IMPORTED_BYTES:,} bytes, which nothing that `--export` writes has")
    state = imported(data)
    if isinstance(state, SetAside):
        raise ConfigError(f"{file}: {state.reason}; it takes what `sentinel routing --export` writes. Nothing was changed")
    return state


def _write(file: str, content: bytes) -> None:
    from pipeline.reports.whole import write_whole

    try:
        write_whole(pathlib.Path(file), [content])
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be written: {error.strerror if isinstance(error, OSError) else error}") from None


def _table(store: "Store", *, as_json: bool) -> None:
    import msgspec

    from pipeline.cli.routing_text import known_table
    from pipeline.measured import performance
    from stages.dispatch.routing import SetAside, imported

    state = imported(_measured(store))
    if isinstance(state, SetAside):
        raise UsageError(f"what was measured cannot be used: {state.reason}")
    known = [one for agent in performance(state).agents for one in agent.implementations]
    if as_json:
        for one in known:
            print(msgspec.json.encode(one).decode())
    else:
        print(known_table(known))


# ── one job, and many ────────────────────────────────────────────────────────────────────────────────────────────────────


def _explain(store: "Store", run: str, job: int, *, as_json: bool) -> None:
    import msgspec

    from pipeline.cli.explain_text import explained, how_to_repeat
    from pipeline.measured import decided
    from pipeline.reports.again import store_option

    row = store.run(run)
    found = store.decision(run, job)
    if found is None:
        raise UsageError(f"run {row.id} has no job {job}")
    decision = decided(found)
    if as_json:
        asked = {"asked": msgspec.json.decode(found.asked)} if found.asked else {}
        print(msgspec.json.encode({**msgspec.to_builtins(found), "plan": msgspec.json.decode(found.plan), **asked}).decode())
    else:
        sys.stdout.write(explained(found, decision, how_to_repeat(found, row.request, store_option(store))))


def _history(store: "Store", arguments: argparse.Namespace) -> None:
    import msgspec

    from pipeline.cli.replays_text import replays_text
    from pipeline.cli.routing_text import history_table
    from pipeline.cli.text import counted
    from pipeline.measured import attempts, history, paired

    if arguments.plot:
        from pipeline.measured.drawing import form_of

        form_of(arguments.plot)  # before anything is read
    decisions = _decisions(store, arguments.agent, arguments.of_run)
    slices = history(decisions, arguments.slices)
    if arguments.plot:
        from pipeline.measured.drawing import plotted
        from pipeline.measured.plots import of_history

        plotted(of_history(arguments.agent, slices, attempts(decisions)), arguments.plot)
        print(f"{arguments.plot}: {arguments.agent} over {counted(len(decisions), 'job')}")
    elif arguments.json:
        for one in slices:
            print(msgspec.json.encode(one).decode())
    else:
        print("\n".join([history_table(slices), *replays_text(paired(decisions))]))


def _decisions(store: "Store", agent: str, run: str | None) -> "Sequence[Decided]":
    """The last decisions on the agent's jobs, in the order of their making. Raises UsageError where there is none."""
    from pipeline.config.faults import nearest
    from pipeline.measured import decided

    found: list[Decided] = []
    others: set[str] = set()
    names = [store.run(run).id] if run else [one.id for one in store.runs() if not one.pruned]
    for name in names:  # the newest first, so that what is too old is not read
        own: list[Decided] = []
        for row in store.decisions(name):
            others.add(row.agent)
            if row.agent == agent:
                own.append(decided(row))
        found = own + found
        if len(found) >= MOST_JOBS:
            break
    if not found:
        where = f"run {names[0]}" if run else str(store.path)
        hint = nearest(agent, others) or "no job was decided there"
        raise UsageError(f"{where} has no job of the agent {agent!r}; {hint}")
    return found[-MOST_JOBS:]
