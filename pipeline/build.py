"""From a configuration to a pipeline: the one file that knows all stages and how their streams are joined."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio

from pipeline.config.model import PipelineConfig
from pipeline.messages import (
    Feedback,
    FromIngest,
    RunRequested,
    RunStarted,
    Synced,
    ToExecute,
    ToPersist,
    ToScore,
    Verdict,
)
from pipeline.supervision import StageTask
from stages.dispatch import AgentCase, Committed, Dispatch
from stages.execute import Execute, StoredAnswers, cleanup_cases, document_access
from stages.ingest import Ingest
from stages.persist import Persist, Subscriber
from stages.score import Score


@dataclass(frozen=True, slots=True)
class Resumption:
    """What the stages are told of an interrupted run: what dispatch refolds, what score refolds, what was sent perhaps."""

    committed: Committed
    verdicts: Sequence[Verdict] = ()
    undecided: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Streams:
    """Capacities of the streams, in messages. Every one may be 1; only the feedback must hold what a window can cause."""

    between: int = 4
    events: int = 64


def stage_tasks(
    config: PipelineConfig,
    start: RunRequested | RunStarted,
    store: Path,
    *,
    stop: anyio.Event,
    subscribers: Sequence[Subscriber] = (),
    resumption: Resumption | None = None,
    answers: StoredAnswers | None = None,
    only: Sequence[AgentCase] | None = None,
    streams: Streams | None = None,
    known: Callable[[], bytes | None] = lambda: None,
) -> list[StageTask]:
    """All stages with their streams bound, in the order of travel. The pipeline ends when the run that ``start`` begins is done.

    A run whose API is understood already (``RunStarted``) passes ingest by. ``stop`` ends it early, ``answers`` stand in for the
    network, ``only`` are sent instead of what the schedule would choose, ``known`` reads what routing left in the store. Must be called
    inside the event loop.
    """
    size = streams or Streams()
    feedback_size = 2 * config.dispatch.window * (1 + config.score.suspicions_per_case) + 8
    to_ingest, ingest_inbox = anyio.create_memory_object_stream[RunRequested](1)
    to_dispatch, dispatch_inbox = anyio.create_memory_object_stream[FromIngest](max(size.between, 1))
    to_execute, execute_inbox = anyio.create_memory_object_stream[ToExecute](size.between)
    to_score, score_inbox = anyio.create_memory_object_stream[ToScore](size.between)
    to_persist, persist_inbox = anyio.create_memory_object_stream[ToPersist](size.events)
    to_feedback, feedback = anyio.create_memory_object_stream[Feedback](feedback_size)
    to_synced, synced = anyio.create_memory_object_stream[Synced](config.execute.concurrency + 8)
    with to_ingest:
        if isinstance(start, RunRequested):
            to_ingest.send_nowait(start)
        else:
            to_dispatch.send_nowait(start)
    resumed = resumption or Resumption(Committed())
    ingest = Ingest(config.ingest, partial(document_access, config.execute.headers))
    dispatch = Dispatch(config.dispatching, cleanup_cases=cleanup_cases, stop=stop, committed=resumed.committed, only=only, known=known)
    execute = Execute(config.execute, answers=answers, made=resumed.committed.made, undecided=resumed.undecided)
    score = Score(config.score, restore=lambda _: resumed.verdicts, has_answered=only is not None)
    persist = Persist(config.persist, store, subscribers)
    return [
        StageTask("ingest", partial(ingest, ingest_inbox, to_dispatch, to_persist.clone())),
        StageTask("dispatch", partial(dispatch, dispatch_inbox, feedback, to_execute, to_persist.clone())),
        StageTask("execute", partial(execute, execute_inbox, to_score, synced, to_persist.clone())),
        StageTask("score", partial(score, score_inbox, to_persist, to_feedback)),
        StageTask("persist", partial(persist, persist_inbox, to_synced), last=True),
    ]
