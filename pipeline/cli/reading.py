"""Understanding a document outside a run."""

from typing import TYPE_CHECKING

import anyio
from msgspec import Struct

from pipeline.errors import DocumentError
from pipeline.logs import logging_to
from pipeline.messages import Api
from stages.execute import document_access
from stages.ingest import load_api
from stages.ingest.target import base_url

if TYPE_CHECKING:
    from pipeline.config.model import PipelineConfig


class Understood(Struct, frozen=True):
    """A whole document, whatever operations a run would choose; ``base_url`` is empty where neither it nor the configuration names one."""

    api: Api
    base_url: str


def understood(config: "PipelineConfig") -> Understood:
    """The document of a configuration. Raises ``DocumentError`` where ingest refuses it."""
    # Not as the loop's result: asyncio, restoring the signal handler, writes the repr of a finished task and so of its whole result.
    read: list[Api] = []

    async def load() -> None:
        access = document_access(config.execute.headers, config.spec, config.target.url)
        read.append(await load_api(config.spec, config.ingest, access=access))

    with logging_to(level="error"):
        anyio.run(load, backend_options={"use_uvloop": True})
    (api,) = read
    try:
        url = base_url(api, config.target.url, config.spec)
    except DocumentError:
        url = ""
    return Understood(api, url)
