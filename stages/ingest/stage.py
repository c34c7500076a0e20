"""The stage: run requests in, understood runs out."""

import time
from collections.abc import Callable

from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from pipeline.events import log
from pipeline.messages import FromIngest, RunRequested, RunStarted, ToPersist
from stages.ingest.config import IngestConfig
from stages.ingest.fetch import Access
from stages.ingest.load import load
from stages.ingest.target import base_url, selected


class Ingest:
    """Reads the document of each run and sends the run on its way; holds nothing between runs."""

    def __init__(self, config: IngestConfig, access: Callable[[str, str], Access] | None = None) -> None:
        """``access``: from a run's document and the address of its target to what lets the requests for the former in."""
        self._config = config
        self._access = access

    async def __call__(
        self,
        inbox: MemoryObjectReceiveStream[RunRequested],
        outbox: MemoryObjectSendStream[FromIngest],
        events: MemoryObjectSendStream[ToPersist],
    ) -> None:
        """Work until the inbox has ended. Raises ``DocumentError`` or ``UsageError`` for a run that cannot begin."""
        async with inbox, outbox, events:
            async for request in inbox:
                await outbox.send(await self._started(request))

    async def _started(self, request: RunRequested) -> RunStarted:
        before = time.monotonic()
        access = self._access(request.spec, request.url) if self._access is not None else None
        loaded = await load(request.spec, self._config, access, aside=True)
        api = selected(loaded.api, request.operations)
        target = base_url(api, request.url, request.spec)
        log(
            "document_read",
            source=api.source,
            size_bytes=loaded.size_bytes,
            operations=len(api.operations),
            problems=len(api.problems),
            duration_ms=round((time.monotonic() - before) * 1000, 1),
        )
        log("run_started", run=request.run, source=api.source, operations=len(api.operations), seed=request.seed, target=target)
        return RunStarted(request=request, api=api, base_url=target, started_at=time.time())
