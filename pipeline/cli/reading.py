"""Understanding a document outside a run: the ingest stage by itself, asked once."""

from typing import TYPE_CHECKING

import anyio
from anyio.abc import ObjectReceiveStream

from pipeline.errors import DocumentError, SentinelError
from pipeline.logs import logging_to
from pipeline.messages import FromIngest, RunRequested, RunStarted, ToPersist
from stages.ingest import Ingest

if TYPE_CHECKING:
    from pipeline.config.model import PipelineConfig


def understood(config: "PipelineConfig") -> RunStarted:
    """The document of a configuration as ingest understands it. Raises ``DocumentError`` where it refuses it."""
    from pipeline.config.request import run_requested

    with logging_to(level="error"):
        try:
            return anyio.run(_ask, config, run_requested(config, "inspect"), backend_options={"use_uvloop": True})
        except ExceptionGroup as group:
            raise _first(group) from None


async def _ask(config: "PipelineConfig", request: RunRequested) -> RunStarted:
    ask, inbox = anyio.create_memory_object_stream[RunRequested](1)
    outbox, answer = anyio.create_memory_object_stream[FromIngest](2)
    events, heard = anyio.create_memory_object_stream[ToPersist](16)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_drain, heard)
        async with ask:
            await ask.send(request)
        tasks.start_soon(Ingest(config.ingest), inbox, outbox, events)
        async with answer:
            first = await answer.receive()
            async for _ in answer:
                pass
    if isinstance(first, RunStarted):
        return first
    raise DocumentError(first.detail or first.reason)


async def _drain(events: ObjectReceiveStream[ToPersist]) -> None:
    async with events:
        async for _ in events:
            pass


def _first(group: BaseException) -> BaseException:
    """The error meant for the user, however deep in groups of tasks."""
    if not isinstance(group, BaseExceptionGroup):
        return group
    inner = [_first(error) for error in group.exceptions]
    return next((error for error in inner if isinstance(error, SentinelError)), inner[0])
