"""From a source to its ``Api``: the asynchronous half of ingest, which only moves bytes and waits."""

import pathlib

import anyio
import msgspec
from anyio import BrokenWorkerProcess, to_process, to_thread
from msgspec import Struct

from pipeline.errors import DocumentError
from pipeline.messages import Api
from stages.ingest.config import IngestConfig
from stages.ingest.fetch import Fetcher
from stages.ingest.locate import Located, is_url, locate
from stages.ingest.parse import Parsed, parse


class Loaded(Struct, frozen=True, kw_only=True):
    """An ``Api`` and the size of its root document."""

    api: Api
    size_bytes: int


async def load_api(source: str, config: IngestConfig | None = None, *, aside: bool = False) -> Api:
    """The ``Api`` of the document at a path, in a directory, at a URL, or at one of the usual places of a server.

    ``aside``: parse a large document in a process of its own. That costs its start and the way back, and pays where an event loop must
    stay responsive and where this process lives on: what parsing takes for a while, three times the ``Api`` and more, it takes elsewhere.
    Raises ``DocumentError``.
    """
    return (await load(source, config or IngestConfig(), aside=aside)).api


async def load(source: str, config: IngestConfig, *, aside: bool) -> Loaded:
    """As ``load_api``, with what is worth telling of the document itself."""
    located = await locate(source, config)
    others: dict[str, bytes] = {}
    tried: set[str] = set()
    aside = aside and located.size_bytes > config.worker_above_bytes
    while True:
        parsed = await _parse(located, config, others, aside=aside)
        wanted = [url for url in parsed.wanted if url not in tried and is_url(url)][: config.referenced_files - len(tried)]
        if not wanted or not config.allow_remote_refs:
            return Loaded(api=parsed.api, size_bytes=located.size_bytes)
        tried.update(wanted)
        async with Fetcher(config) as fetcher:
            for url in wanted:
                try:
                    others[url] = (await fetcher.fetch(url)).data
                except DocumentError:
                    continue  # the next round names it as a problem where it is referred to


async def _parse(located: Located, config: IngestConfig, others: dict[str, bytes], *, aside: bool) -> Parsed:
    if not aside:
        return await to_thread.run_sync(parse_located, located, config, others, abandon_on_cancel=True)
    try:
        with anyio.fail_after(config.parse_timeout_ms / 1000):
            packed = await to_process.run_sync(parse_packed, located, config, others, cancellable=True)
    except TimeoutError:
        raise DocumentError(f"{located.source}: not parsed within {config.parse_timeout_ms} ms (ingest.parse_timeout_ms)") from None
    except BrokenWorkerProcess:
        raise DocumentError(f"{located.source}: the process that parsed it died; it may have run out of memory") from None
    return msgspec.msgpack.decode(packed, type=Parsed)


def parse_located(located: Located, config: IngestConfig, others: dict[str, bytes]) -> Parsed:
    """Parse a document that was found, reading it first where it is a file."""
    data = located.data
    if data is None:
        try:
            data = pathlib.Path(located.source).read_bytes()
        except OSError as error:
            raise DocumentError(f"{located.source}: cannot be read: {error.strerror or error}") from None
    return parse(data, located.source, config, others)


def parse_packed(located: Located, config: IngestConfig, others: dict[str, bytes]) -> bytes:
    """As ``parse_located``, the result as MessagePack: the way back from a worker process at a tenth of pickle's price."""
    return msgspec.msgpack.encode(parse_located(located, config, others))
