"""Whole runs, for the commands: from a configuration to an outcome."""

import gc
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
from msgspec.structs import replace

from pipeline.build import Resumption, stage_tasks
from pipeline.config.model import PipelineConfig
from pipeline.config.paths import store_path
from pipeline.config.request import run_requested
from pipeline.errors import ExitCode, SentinelError, UsageError
from pipeline.messages import Api, Budget, Case, Coverage, Finding, RunEnded, RunRequested, RunStarted, ToPersist, VerdictBatch
from pipeline.reports.outcome import exit_code
from pipeline.resuming import answered, next_cleanup, resumed
from pipeline.supervision import Supervision, ended_by_signals
from stages.dispatch import ROUTING, AgentCase, Committed
from stages.execute import StoredAnswers
from stages.persist import OpenObject, Store, prepare

Progress = Callable[[ToPersist], None]

_COLLECT_AFTER = 50_000  # objects made and not freed; Python's 700 would have the collector walk what is in flight thousands of times


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended, and what its end means."""

    exit_code: ExitCode
    run: str
    reason: str


class Watch:
    """Remembers what decides the exit code while the run goes on."""

    def __init__(self) -> None:
        self.findings: dict[str, Finding] = {}
        self.coverage: Coverage | None = None
        self.ended: RunEnded | None = None
        self.unmet = False  # a case could not be sent as a whole: what an earlier step of it needs did not come about
        self.withheld = False  # a request was kept back: by the safety rule, or as the operation is left out
        self.status = 0  # of the last case's first sending; 0: no answer

    def take(self, message: ToPersist) -> None:
        """See one message on its way to the store."""
        match message:
            case Finding():
                self.findings[message.id] = message
            case Coverage():
                self.coverage = message
            case RunEnded():
                self.ended = message
            case VerdictBatch(verdicts=verdicts):
                self.unmet = self.unmet or any(verdict.outcome == "unmet" for verdict in verdicts)
                self.withheld = self.withheld or any(verdict.outcome == "withheld" for verdict in verdicts)
                self.status = next((verdict.status for verdict in reversed(verdicts) if verdict.purpose == "explore"), self.status)
            case _:
                pass

    def confirmed(self) -> list[Finding]:
        """The findings that count: no notes, seen again."""
        return [finding for finding in self.findings.values() if finding.state == "confirmed" and not finding.note]

    def outcome(self, run: str, *, by_force: bool) -> RunOutcome:
        """What the end means."""
        reason = "interrupted" if by_force or self.ended is None else self.ended.reason
        return RunOutcome(exit_code(reason, faults=len(self.confirmed()), coverage=self.coverage), run, reason)


def run(
    config: PipelineConfig,
    request: RunRequested,
    *,
    progress: Progress | None = None,
    resume: str | None = None,
    answers: str | None = None,
) -> RunOutcome:
    """Carry out one run; blocks until its end. ``resume`` and ``answers`` name a stored run ("": the last one that fits).

    Raises SentinelError: a hopeless document, a store that cannot be used, a stage that failed.
    """
    store = store_path(config.store)
    watch = Watch()
    subscribers = [watch.take, *([progress] if progress else [])]
    prepare(store, lock_wait_ms=config.persist.lock_wait_ms)
    start: RunRequested | RunStarted = request
    with ExitStack() as opened:
        resumption, stored = None, None
        if resume is not None:
            start, resumption = resumed(store, resume, request)
            config = _without_hooks(config)
        elif answers is not None:
            start, stored = answered(opened.enter_context(Store(store)), answers, request)
        by_force = _serve(config, start, store, subscribers, resumption=resumption, answers=stored)
    name = start.request.run if isinstance(start, RunStarted) else start.run
    return watch.outcome(name, by_force=by_force)


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What became of a case that was sent again: the finding as the target shows it now, or None; ``unmet``: it could not be sent whole;
    ``withheld``: or might not; ``status``: how it was answered, 0: not at all."""

    finding: Finding | None
    unmet: bool
    withheld: bool
    status: int


def replay(
    config: PipelineConfig,
    api: Api,
    finding: Finding,
    *,
    url: str,
    renamed: Callable[[RunStarted, Case], Case],
    progress: Progress | None = None,
) -> Replayed:
    """Send a finding's case again, confirmations included. ``renamed`` gives it names for this day. Nothing is stored."""
    if finding.case is None:
        raise UsageError(f"finding {finding.id} has no case to send again: it is about the target as a whole")
    asked = run_requested(config, f"replay-{finding.id}")
    request = replace(asked, spec=api.source, url=url, seed=finding.seed, agents=[finding.agent], operations=[], budget=Budget())
    started = RunStarted(request=request, api=api, base_url=url, started_at=time.time())
    with tempfile.TemporaryDirectory(prefix="sentinel-") as folder:
        watch = Watch()
        _serve(
            _without_hooks(config),
            started,
            Path(folder) / "replay.db",
            [watch.take, *([progress] if progress else [])],
            only=[(finding.agent, renamed(started, finding.case))],
        )
    shown = watch.findings.get(finding.id) or _at_one_operation(finding, watch.confirmed())
    return Replayed(finding=shown, unmet=watch.unmet, withheld=watch.withheld, status=watch.status)


def _at_one_operation(finding: Finding, seen: Sequence[Finding]) -> Finding | None:
    """What stands for a finding about many operations where the case of one of them was sent: there it has an id of its own."""
    if len(finding.operations) < 2:
        return None
    alike = (one for one in seen if (one.check, one.operation) == (finding.check, finding.operation))
    return next(alike, None)


def cleanup(config: PipelineConfig, store: Path, name: str, *, url: str = "", progress: Progress | None = None) -> list[OpenObject]:
    """Remove what a stored run made and did not remove; returns what is still there afterwards.

    Raises UsageError for a run that is still going on: it may need what it made, and removes it itself.
    """
    with Store(store) as opened:
        row = opened.run(name)
        if row.state == "running":
            raise UsageError(f"run {row.id} is still going on: it removes at its end what it made")
        api = opened.api(row.api)
        made = [each.made for each in opened.made_open(row.id)]
        first_cleanup = next_cleanup(opened.verdicts(row.id))
    if row.request is None or api is None:
        raise UsageError(f"run {row.id} was never started: there is nothing of it to remove")
    if made:
        asked = replace(row.request, overrides=run_requested(config, row.id).overrides, budget=Budget())
        started = RunStarted(request=asked, api=api, base_url=url or row.target, started_at=row.started_at)
        committed = Committed(made=list(reversed(made)), first_cleanup=first_cleanup)
        _serve(_without_hooks(config), started, store, [progress] if progress else [], resumption=Resumption(committed), only=[])
    with Store(store) as opened:
        return opened.made_open(row.id)


def _without_hooks(config: PipelineConfig) -> PipelineConfig:
    """Hooks reset or seed the target before a run; what goes on with a run stands on the state that it left."""
    return replace(config, execute=replace(config.execute, hooks=[]))


def _serve(
    config: PipelineConfig,
    start: RunRequested | RunStarted,
    store: Path,
    subscribers: Sequence[Progress],
    *,
    resumption: Resumption | None = None,
    answers: StoredAnswers | None = None,
    only: Sequence[AgentCase] | None = None,
) -> bool:
    """Run the pipeline to its end in an event loop of its own; whether it was ended by force."""
    before = [_routing_in(store)]  # read before the pipeline opens, or makes, the file

    def known() -> bytes | None:
        return before.pop() if before else _routing_in(store)

    async def main() -> bool:
        stop = anyio.Event()
        stages = stage_tasks(
            config, start, store, stop=stop, subscribers=subscribers, resumption=resumption, answers=answers, only=only, known=known
        )  # fmt: skip
        supervision = Supervision(stages)
        async with ended_by_signals(stop, supervision.running) as scope:
            await supervision.run()
        return scope.cancelled_caught

    try:
        with seldom_collecting():
            return anyio.run(main, backend_options={"use_uvloop": True})
    except* SentinelError as group:
        raise _first(group) from None


def _routing_in(store: Path) -> bytes | None:
    if not store.exists():
        return None
    with Store(store) as opened:
        return opened.snapshot(ROUTING)


@contextmanager
def seldom_collecting() -> Generator[None]:
    """The cycle collector leaves alone what is there, and looks seldom for what comes: a tenth of a run's CPU time otherwise."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _first(group: BaseExceptionGroup[SentinelError]) -> SentinelError:
    """The first error for the user in a group, however deep."""
    for error in group.exceptions:
        return _first(error) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError("an exception group is never empty")
