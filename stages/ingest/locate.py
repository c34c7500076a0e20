"""From what the user names (a file, a directory, an address, a server) to the bytes of one document."""

import pathlib
from urllib.parse import urlsplit

from pipeline.errors import DocumentError
from stages.ingest.config import IngestConfig
from stages.ingest.discovery import USUAL_PLACES, candidates, linked, looks_like_document, shown
from stages.ingest.fetch import Access, Fetcher, Unreachable
from stages.ingest.parse import Located, too_large

_ROOT_NAMES = ("openapi", "swagger", "api", "spec", "index", "root", "main")
_SUFFIXES = (".json", ".yaml", ".yml")
_MAX_FILES_LOOKED_AT = 500


def is_url(source: str) -> bool:
    """Whether a source is an address on the web."""
    return source.lower().startswith(("http://", "https://"))


async def locate(source: str, config: IngestConfig, access: Access | None = None) -> Located:
    """Find the document that ``source`` names. Raises ``DocumentError``."""
    try:
        scheme = urlsplit(source).scheme
    except ValueError as error:
        raise DocumentError(f"{shown(source)}: this is not a URL that can be fetched: {error}") from None
    if is_url(source):
        async with Fetcher(config, access) as fetcher:
            return await _on_server(source, fetcher, access.hint if access else "")
    if "://" in source and not source.startswith("file://"):
        raise DocumentError(f"{source}: documents come from files, directories, http and https; {scheme} is not known")
    return locate_file(source, config)


def locate_file(source: str, config: IngestConfig) -> Located:
    """The document of a path: the file, or the one document in the directory. Raises ``DocumentError``."""
    path = pathlib.Path(source.removeprefix("file://"))
    try:
        if path.is_dir():
            path = _in_directory(path, config.document_cap_bytes)
        if path.exists() and not path.is_file():
            raise DocumentError(f"{path}: this is neither a file nor a directory")
        size = path.stat().st_size
        with path.open("rb"):
            pass  # a file that may not be read is named here, where the error is best told
    except FileNotFoundError:
        raise DocumentError(f"{source}: there is no such file; give a file, a directory or an http(s) address") from None
    except (OSError, ValueError) as error:
        raise DocumentError(f"{source}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if size > config.document_cap_bytes:
        raise too_large(str(path), config.document_cap_bytes)
    return Located(source=str(path), size_bytes=size)


def _in_directory(directory: pathlib.Path, cap_bytes: int) -> pathlib.Path:
    for name in _ROOT_NAMES:
        for suffix in _SUFFIXES:
            if (path := directory / f"{name}{suffix}").is_file():
                return path
    files = sorted(path for path in directory.iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file())
    found = [path for path in files[:_MAX_FILES_LOOKED_AT] if path.stat().st_size <= cap_bytes and looks_like_document(path.read_bytes())]
    if len(found) == 1:
        return found[0]
    if not found:
        raise DocumentError(f"{directory}: no OpenAPI document in this directory; give the file itself")
    names = ", ".join(path.name for path in found[:10])
    raise DocumentError(f"{directory}: {len(found)} OpenAPI documents in this directory ({names}); give one of them")


async def _on_server(url: str, fetcher: Fetcher, hint: str) -> Located:
    """The document at an address, or at one of the usual places of the server there."""
    page, why = b"", ""
    try:
        answer = await fetcher.fetch(url)
        if looks_like_document(answer.data):
            return Located(source=shown(answer.url), size_bytes=len(answer.data), data=answer.data)
        page, why = answer.data, "what it answers is no OpenAPI document"
    except Unreachable:
        raise
    except DocumentError as error:
        why = str(error).removeprefix(f"{shown(url)}: ")
    if urlsplit(url).path.lower().endswith(_SUFFIXES):
        if hint and page.lstrip().startswith(b"<"):  # a login's, likely
            raise DocumentError(f"{shown(url)}: a page is answered, not an OpenAPI document{hint}")
        if page:  # it was given as a document: reading it tells best what is wrong
            return Located(source=shown(url), size_bytes=len(page), data=page)
        raise DocumentError(f"{shown(url)}: {why}")
    for address in (*linked(page, url), *candidates(url)):
        try:
            answer = await fetcher.fetch(address)
        except DocumentError:
            continue
        if looks_like_document(answer.data):
            return Located(source=shown(answer.url), size_bytes=len(answer.data), data=answer.data)
    places = ", ".join(USUAL_PLACES[:5])
    raise DocumentError(f"{shown(url)}: {why}, and at the usual places ({places}, ...) is no OpenAPI document; give its own address{hint}")
