"""From a source to its ``Api``: the asynchronous half of ingest, which only moves bytes and waits."""

from anyio import to_thread
from msgspec import Struct

from pipeline.errors import DocumentError
from pipeline.messages import Api
from stages.ingest.aside import parse_aside
from stages.ingest.config import IngestConfig
from stages.ingest.fetch import Access, Fetcher
from stages.ingest.locate import is_url, locate
from stages.ingest.parse import parse_located


class Loaded(Struct, frozen=True, kw_only=True):
    """An ``Api`` and the size of its root document."""

    api: Api
    size_bytes: int


async def load_api(source: str, config: IngestConfig | None = None, *, access: Access | None = None, aside: bool = False) -> Api:
    """The ``Api`` of the document at a path, in a directory, at a URL, or at one of the usual places of a server.

    ``aside``: parse a large document in a process of its own. That costs its start and the way back, and pays where an event loop must
    stay responsive and where this process lives on: what parsing takes for a while, three times the ``Api`` and more, it takes elsewhere.
    ``access`` gives its requests what lets them in.
    Raises ``DocumentError``.
    """
    return (await load(source, config or IngestConfig(), access, aside=aside)).api


async def load(source: str, config: IngestConfig, access: Access | None = None, *, aside: bool) -> Loaded:
    """As ``load_api``, with what is worth telling of the document itself."""
    located = await locate(source, config, access)
    others: dict[str, bytes] = {}
    tried: set[str] = set()
    aside = aside and located.size_bytes > config.worker_above_bytes
    while True:
        if aside:
            parsed = await parse_aside(located, config, others)
        else:
            parsed = await to_thread.run_sync(parse_located, located, config, others, abandon_on_cancel=True)
        wanted = [url for url in parsed.wanted if url not in tried and is_url(url)][: config.referenced_files - len(tried)]
        if not wanted or not config.allow_remote_refs:
            return Loaded(api=parsed.api, size_bytes=located.size_bytes)
        tried.update(wanted)
        async with Fetcher(config, access) as fetcher:
            for url in wanted:
                try:
                    others[url] = (await fetcher.fetch(url)).data
                except DocumentError:
                    continue  # the next round names it as a problem where it is referred to
