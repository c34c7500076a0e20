"""From a configuration to a pipeline: the one file that knows all stages and how their streams are joined."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio

from pipeline.config.model import PipelineConfig
from pipeline.messages import (
    Feedback,
    FromIngest,
    RunRequested,
    Synced,
    ToExecute,
    ToPersist,
    ToScore,
    Verdict,
)
from pipeline.runner import StageTask
from stages.dispatch import Committed, Dispatch
from stages.execute import Execute, StoredAnswers, cleanup_cases
from stages.ingest import Ingest
from stages.persist import Persist, Subscriber
from stages.score import Score


@dataclass(frozen=True, slots=True)
class Resumption:
    """What the stages are told of an interrupted run: what dispatch refolds, what score refolds, what was sent perhaps."""

    committed: Committed
    verdicts: Sequence[Verdict]
    undecided: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Streams:
    """Capacities of the streams, in messages. Every one may be 1; only the feedback must hold what a window can cause."""

    between: int = 4
    events: int = 64


def stage_tasks(
    config: PipelineConfig,
    requests: Sequence[RunRequested],
    store: Path,
    *,
    stop: anyio.Event,
    subscribers: Sequence[Subscriber] = (),
    resumption: Resumption | None = None,
    answers: StoredAnswers | None = None,
    streams: Streams | None = None,
) -> list[StageTask]:
    """All stages with their streams bound, in the order of travel. The pipeline ends when ``requests`` are done.

    ``stop`` ends the current run early. ``answers`` stand in for the network. Must be called inside the event loop.
    """
    size = streams or Streams()
    feedback_size = 2 * config.dispatch.window * (1 + config.score.suspicions_per_case) + 8
    to_ingest, ingest_inbox = anyio.create_memory_object_stream[RunRequested](max(len(requests), 1))
    to_dispatch, dispatch_inbox = anyio.create_memory_object_stream[FromIngest](size.between)
    to_execute, execute_inbox = anyio.create_memory_object_stream[ToExecute](size.between)
    to_score, score_inbox = anyio.create_memory_object_stream[ToScore](size.between)
    to_persist, persist_inbox = anyio.create_memory_object_stream[ToPersist](size.events)
    to_feedback, feedback = anyio.create_memory_object_stream[Feedback](feedback_size)
    to_synced, synced = anyio.create_memory_object_stream[Synced](config.execute.concurrency + 8)
    with to_ingest:
        for request in requests:
            to_ingest.send_nowait(request)
    committed = resumption.committed if resumption else None
    ingest = Ingest(config.ingest)
    dispatch = Dispatch(config.dispatch, cleanup_cases=cleanup_cases, stop=stop, committed=committed)
    execute = Execute(config.execute, answers=answers, undecided=resumption.undecided if resumption else frozenset())
    score = Score(config.score, verdicts=resumption.verdicts if resumption else ())
    persist = Persist(config.persist, store, subscribers)
    return [
        StageTask("ingest", partial(ingest, ingest_inbox, to_dispatch, to_persist.clone())),
        StageTask("dispatch", partial(dispatch, dispatch_inbox, feedback, to_execute, to_persist.clone())),
        StageTask("execute", partial(execute, execute_inbox, to_score, synced, to_persist.clone())),
        StageTask("score", partial(score, score_inbox, to_persist, to_feedback)),
        StageTask("persist", partial(persist, persist_inbox, to_synced), last=True),
    ]
