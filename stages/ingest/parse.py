"""The pure half of ingest: bytes in, ``Api`` out."""

import contextlib
import gc
import pathlib
from collections.abc import Generator, Mapping

from msgspec import Struct

from pipeline.errors import DocumentError
from pipeline.messages import Api
from stages.ingest.config import IngestConfig
from stages.ingest.documents import Documents, Node
from stages.ingest.normalise import normalise
from stages.ingest.problems import Problems
from stages.ingest.text import read_text


class Located(Struct, frozen=True, kw_only=True):
    """A document that was found: the path or URL it has, and its bytes where they came over the network (None: read the file)."""

    source: str
    size_bytes: int
    data: bytes | None = None


class Parsed(Struct, frozen=True, kw_only=True, tag="parsed"):
    """An ``Api``, and the addresses of documents it refers to that were not at hand."""

    api: Api
    wanted: list[str] = []


def parse_api(data: bytes, source: str, config: IngestConfig | None = None) -> Api:
    """The ``Api`` of an OpenAPI document's bytes.

    ``source`` is the path or URL it came from; files it refers to are read from beside it where that is a path. Faults of the document
    are listed in ``Api.problems``. Raises ``DocumentError`` where nothing can be made of it.
    """
    return parse(data, source, config or IngestConfig(), {}).api


def parse(data: bytes, source: str, config: IngestConfig, others: Mapping[str, bytes]) -> Parsed:
    """As ``parse_api``, with the documents that were fetched before, by address."""
    if len(data) > config.document_cap_bytes:
        raise too_large(source, config.document_cap_bytes)
    problems = Problems()
    with _without_collector():
        try:
            root = Node(read_text(data, source, problems), address_of(source))
            documents = Documents(root, problems, others, max_files=config.referenced_files, cap_bytes=config.document_cap_bytes)
            api = normalise(documents, problems, source, config.group_operations)
        except RecursionError:
            raise DocumentError(f"{source}: the document is nested too deeply to be read (hundreds of levels)") from None
    return Parsed(api=api, wanted=sorted(documents.wanted))


def parse_located(located: Located, config: IngestConfig, others: Mapping[str, bytes]) -> Parsed:
    """Parse a document that was found, reading it first where it is a file."""
    data = located.data
    if data is None:
        try:
            data = pathlib.Path(located.source).read_bytes()
        except OSError as error:
            raise DocumentError(f"{located.source}: cannot be read: {error.strerror or error}") from None
    return parse(data, located.source, config, others)


def too_large(source: str, cap_bytes: int) -> DocumentError:
    """The error for a document above the limit."""
    return DocumentError(
        f"{source}: the document is larger than {cap_bytes} bytes; raise ingest.document_cap_bytes if it is meant to be that large"
    )


def address_of(source: str) -> str:
    """The URL that relative references in a document are resolved against."""
    if "://" in source:
        return source
    return pathlib.Path(source).absolute().as_uri()


@contextlib.contextmanager
def _without_collector() -> Generator[None]:
    """Millions of objects are made here and none is garbage; looking through them again and again would double the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
