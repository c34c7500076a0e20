"""``sentinel ab``: two implementations of an agent, two models, or two weightings of the router, compared on the same jobs."""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pipeline.cli import options
from pipeline.errors import ExitCode, NotCompared, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import anyio
    import anyio.abc

    from pipeline.cli.ab_progress import PairsProgress
    from pipeline.config.model import PipelineConfig
    from pipeline.messages import Api
    from stages.dispatch.comparing import Contest, MeasuredArm, Side
    from stages.dispatch.config import ArmConfig
    from stages.dispatch.routing import Weights

EPILOG = """\
Each job is done by both sides, one after the other, in an order that chance decides. After every few pairs both get new workers, and it is
seen whether a difference, or equivalence, is shown; then it ends, or with --full after all jobs. Nothing is sent, nothing is kept.
Metrics: time and cpu of a job, efficiency (answers by time), worth (what the answers cover, as far as that is known without a target).

exit codes: 0 compared, whatever came of it; 2 usage; 3 nothing could be compared; 78 bad configuration or document;
130 interrupted, after what is known so far"""

MOST_JOBS = 10_000


class Question(NamedTuple):
    """What is to be compared. ``names`` of arms, or ``weights`` of two routers; never both."""

    agent: str
    names: tuple[str, str] | None
    weights: "tuple[Weights, Weights] | None"
    metrics: Sequence[str]
    jobs: int
    time_ms: int
    alpha: float
    margin: float
    full: bool
    round_pairs: int


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="the OpenAPI document")
    parser.add_argument("--agent", metavar="A", required=True, help="as in functional-positive")
    parser.add_argument("--between", metavar="NAME,NAME", help="two implementations or models, as in python,rust")
    parser.add_argument("--weights", metavar="W", help="instead: a weighting of the router, as in speed=1,quality=0 ...")
    parser.add_argument("--against", metavar="W", help="... and the other")
    parser.add_argument(
        "--metric", metavar="M,M", help="time, cpu, efficiency, worth; default: time, of weightings efficiency and worth"
    )  # fmt: skip
    parser.add_argument("--operation", metavar="GLOB", action="append", default=[], dest="globs", help="as in 'POST /pets*'; default: all")
    parser.add_argument("--jobs", metavar="N", type=int, default=400, help="pairs at most; default: 400")
    parser.add_argument("--time", metavar="60s", default="60s", dest="limit", help="when it ends at the latest; default: 60s")
    parser.add_argument(
        "--restart-every", metavar="N", type=int, default=4, help="pairs after which both get new workers; 0: never; default: 4"
    )  # fmt: skip
    parser.add_argument("--full", action="store_true", help="do all jobs, for a closer interval")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of the jobs and their order; default: 0")
    parser.add_argument("--alpha", metavar="P", type=float, default=0.05, help="chance of a false alarm; default: 0.05")
    parser.add_argument("--margin", metavar="PERCENT", type=float, default=5.0, help="what counts as equivalent; default: 5")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options.add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    import anyio

    from pipeline.cli.ab_progress import PairsProgress
    from pipeline.cli.ab_text import Setting, as_json, as_text
    from pipeline.cli.display import Display
    from pipeline.cli.reading import understood
    from pipeline.logs import logging_to
    from stages.dispatch.comparing.contest import nothing_compared
    from stages.ingest.target import selected

    asked = _question(arguments)
    config = options.loaded(arguments).config
    _check_names(asked, config)
    api = selected(understood(config).api, arguments.globs)
    if few := _too_few(asked):
        print(f"note: {few}", file=sys.stderr)
    progress = PairsProgress(asked.jobs)
    with logging_to(level="error"), Display(progress):
        contest, ended = anyio.run(_compared, asked, config, api, arguments.seed, progress, backend_options={"use_uvloop": True})
    interrupted = ended == "interrupted"
    why = nothing_compared(contest)
    if why and not interrupted:
        raise NotCompared(f"nothing could be compared: {why}; see `sentinel agents`")
    if interrupted and not contest.pairs:
        raise KeyboardInterrupt
    setting = Setting(
        spec=arguments.spec, document=f"{api.title} {api.version}".strip(), operations=len(api.operations), agent=asked.agent,
        seed=arguments.seed, jobs=asked.jobs, alpha=asked.alpha, margin=asked.margin, config=str(arguments.config or ""),
        sets=arguments.sets, ended=ended,
    )  # fmt: skip
    print((as_json if arguments.json else as_text)(setting, contest))
    return ExitCode.INTERRUPTED if interrupted else ExitCode.CLEAN


# ── what is asked ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _question(arguments: argparse.Namespace) -> Question:
    """Raises UsageError."""
    from pipeline.config import durations

    if (arguments.between is None) == (arguments.weights is None):
        raise UsageError("name two implementations with --between NAME,NAME, or two weightings with --weights W --against W")
    if (arguments.weights is None) != (arguments.against is None):
        raise UsageError("--weights and --against go together")
    if not 1 <= arguments.jobs <= MOST_JOBS:
        raise UsageError(f"--jobs takes a number from 1 to {MOST_JOBS}, got {arguments.jobs}")
    if not 0 <= arguments.restart_every <= MOST_JOBS:
        raise UsageError(f"--restart-every takes a number from 0 to {MOST_JOBS}, got {arguments.restart_every}")
    if not 0 < arguments.alpha <= 0.5:
        raise UsageError(f"--alpha takes a chance above 0 and up to 0.5, got {arguments.alpha:g}")
    if not 0 < arguments.margin <= 1000:
        raise UsageError(f"--margin takes a percentage above 0 and up to 1000, got {arguments.margin:g}")
    try:
        time_ms = durations.parse(arguments.limit)
    except ValueError as error:
        raise UsageError(f"--time: {error}") from None
    names = _two(arguments.between) if arguments.between is not None else None
    weights = None if names else (_weights(arguments.weights, "--weights"), _weights(arguments.against, "--against"))
    metrics = _metrics(arguments.metric or ("time" if names else "efficiency,worth"))
    return Question(
        agent=arguments.agent, names=names, weights=weights, metrics=metrics, jobs=arguments.jobs, time_ms=time_ms,
        alpha=arguments.alpha, margin=arguments.margin / 100, full=arguments.full,
        round_pairs=arguments.restart_every,
    )  # fmt: skip


def _too_few(asked: Question) -> str:
    """What to say where no result of so many pairs can be a verdict, or ""."""
    from stages.dispatch.comparing import least_rounds

    rounds = least_rounds(asked.alpha)
    least = (rounds - 1) * asked.round_pairs + 1 if asked.round_pairs else rounds  # a round that is cut short by the end counts as well
    if asked.jobs >= least:
        return ""
    return f"{asked.jobs} pairs can show no difference, whatever they are: {least} are the least (--jobs, --restart-every, --alpha)"


def _two(text: str) -> tuple[str, str]:
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or not all(names):
        raise UsageError(f"--between takes two names, as in python,rust, got {text!r}")
    return names[0], names[1]


def _metrics(text: str) -> list[str]:
    from pipeline.config.faults import nearest
    from stages.dispatch.comparing import METRICS

    names = list(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in METRICS:
            raise UsageError(f"there is no metric {name!r}; {nearest(name, METRICS)}")
    return names


def _weights(text: str, option: str) -> "Weights":
    from stages.dispatch.routing import Weights

    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            found = {}
            break
    if not found or not found.keys() <= {"speed", "quality"} or not all(0 <= value < 1e6 for value in found.values()):
        raise UsageError(f"{option} takes speed=X,quality=Y with numbers of at least 0, got {text!r}")
    return Weights(**found)


def _check_names(asked: Question, config: "PipelineConfig") -> None:
    from pipeline.config.faults import nearest

    if asked.agent not in config.dispatch.order:
        raise UsageError(f"there is no agent {asked.agent!r}; {nearest(asked.agent, config.dispatch.order)}")
    known = [arm.name for arm in config.dispatching.arms]
    for name in asked.names or ():
        if name not in known:
            raise UsageError(f"there is no implementation {name!r}; {nearest(name, known)}")


# ── the contest ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _compared(asked: Question, config: "PipelineConfig", api: "Api", seed: int, progress: "PairsProgress") -> "tuple[Contest, str]":
    """The contest and how it ended. Raises NotCompared where a side cannot take part."""
    import anyio

    from pipeline.supervision import ended_by_signals
    from stages.dispatch.comparing import Contest, Draws, population

    draw = random.Random(seed)
    draws = Draws(api, asked.agent, population(api.operations, asked.agent, config.dispatch, draw), seed, draw)
    arms: list[MeasuredArm] = []
    stop = anyio.Event()
    contest: Contest | None = None
    ended = "interrupted"
    async with ended_by_signals(stop, []), anyio.create_task_group() as tasks:
        with anyio.CancelScope() as scope:
            tasks.start_soon(_when_set, stop, scope)
            try:
                sides = await _sides(asked, config, seed, tasks, arms)
                job_ms = max(config.dispatch.limits.of(arm.pool.arm).job_ms for arm in arms)
                contest = Contest(
                    sides, draws, asked.metrics, draw, alpha=asked.alpha, margin=asked.margin, job_ms=job_ms,
                    sharing=asked.weights is not None, round_pairs=asked.round_pairs,
                )  # fmt: skip
                progress.contest, progress.ends_at = contest, time.monotonic() + asked.time_ms / 1000
                with anyio.move_on_after(asked.time_ms / 1000) as limit:
                    await contest.run(asked.jobs, full=asked.full)
                ended = "time" if limit.cancelled_caught else "decided" if contest.pairs < asked.jobs else "jobs"
            finally:
                for arm in arms:
                    await arm.pool.close()
        tasks.cancel_scope.cancel()
    if contest is None:
        raise KeyboardInterrupt
    return contest, ended


async def _when_set(stop: "anyio.Event", scope: "anyio.CancelScope") -> None:
    await stop.wait()
    scope.cancel()


async def _sides(
    asked: Question, config: "PipelineConfig", seed: int, tasks: "anyio.abc.TaskGroup", arms: "list[MeasuredArm]"
) -> "tuple[Side, Side]":
    """The two sides, their arms started and put into ``arms``. Raises NotCompared."""
    from stages.dispatch.comparing import FixedSide, NotServed

    by_name = {arm.name: arm for arm in config.dispatching.arms}
    wanted = list(asked.names or by_name)
    faults: list[str] = []
    for name in wanted:
        try:
            arm = _arm(by_name[name], config, tasks)
            arms.append(arm)
            await arm.start(asked.agent)
        except NotServed as error:
            faults.append(str(error))
    if asked.names is not None:
        if faults:
            raise NotCompared(f"nothing could be compared: {'; '.join(dict.fromkeys(faults))}; see `sentinel agents`")
        first, second = asked.names
        labels = (first, second) if first != second else (f"{first} (1)", f"{second} (2)")
        return FixedSide(labels[0], arms[0]), FixedSide(labels[1], arms[1])
    serving = {arm.name: arm for arm in arms if asked.agent in (arm.pool.agents or ())}
    if asked.weights is None or len(serving) < 2:
        raise NotCompared(f"nothing could be compared: {asked.agent} has no two implementations to choose between; {'; '.join(faults)}")
    first_weights, second_weights = asked.weights
    marks = (" (1)", " (2)") if first_weights == second_weights else ("", "")
    return _routed(first_weights, marks[0], config, seed, serving), _routed(second_weights, marks[1], config, seed, serving)


def _arm(arm: "ArmConfig", config: "PipelineConfig", tasks: "anyio.abc.TaskGroup") -> "MeasuredArm":
    """Raises NotServed."""
    from stages.dispatch.comparing import MeasuredArm, NotServed
    from stages.dispatch.workers.command import resolve
    from stages.dispatch.workers.pool import Pool
    from stages.dispatch.workers.process import cpu_seconds

    command = resolve(arm.command)
    if command is None:
        raise NotServed(f"{arm.name}: the program {arm.command[0]!r} is not installed")
    return MeasuredArm(
        arm.name, Pool(arm, command, config.dispatch.limits, 1, tasks), clock=time.perf_counter, cpu_clock=cpu_seconds
    )  # fmt: skip


def _routed(weights: "Weights", mark: str, config: "PipelineConfig", seed: int, serving: "Mapping[str, MeasuredArm]") -> "Side":
    """Without second starts: which arm is first is all that weights decide."""
    from msgspec.structs import replace

    from stages.dispatch.arms import model_policy, policy
    from stages.dispatch.comparing import RoutedSide
    from stages.dispatch.routing import Router

    own, models = (replace(each(config.dispatch), weights=weights, hedge=False) for each in (policy, model_policy))
    router = Router(own, config.dispatch.order, random.Random(seed).gauss, models=models)
    name = f"speed={weights.speed:g},quality={weights.quality:g}{mark}"
    return RoutedSide(name, router, serving, class_worth=config.score.weights.parameter_class)
