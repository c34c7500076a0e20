"""Which operations of a document a run tests, and at which address."""

import fnmatch
import hashlib
from urllib.parse import urlsplit

import msgspec
from msgspec import structs

from pipeline.errors import DocumentError, UsageError
from pipeline.messages import Api, Operation


def selected(api: Api, globs: list[str]) -> Api:
    """The ``Api`` with the operations that a glob matches, by key, path or operation id; the same one where there are no globs.

    Raises ``UsageError`` where nothing matches, ``DocumentError`` where there is nothing to choose from.
    """
    if not api.operations:
        first = next((f"; its first problem: {problem.pointer or '(document)'}: {problem.message}" for problem in api.problems), "")
        raise DocumentError(f"{api.source}: the document has no operation that could be tested{first}")
    if not globs:
        return api
    operations = [operation for operation in api.operations if _matches(operation, globs)]
    if not operations:
        some = ", ".join(operation.key for operation in api.operations[:3])
        raise UsageError(f"no operation matches {', '.join(map(repr, globs))}; the document has {len(api.operations)}, such as {some}")
    kept = {operation.key for operation in operations}
    return with_digest(structs.replace(api, operations=operations, left_out=[one.key for one in api.operations if one.key not in kept]))


def with_digest(api: Api) -> Api:
    """The ``Api`` with the digest of all but its problems and its source: two documents that mean the same have the same."""
    bare = structs.replace(api, digest="", problems=[], source="")
    return structs.replace(api, digest=hashlib.blake2b(msgspec.msgpack.encode(bare), digest_size=16).hexdigest())


def base_url(api: Api, url: str, spec: str) -> str:
    """The base URL of a run, without a slash at the end.

    ``url`` where the user gave one. Else a server of the document, one at the document's own address before others. Where ``spec`` was the
    address of a server, not of a document, it is that server that is meant, whatever others the document lists.
    Raises ``UsageError`` for a ``url`` that is none, ``DocumentError`` where nothing names a server.
    """
    if url:
        if not _is_address(url):
            raise UsageError(f"{url}: this is no http or https address to test")
        return url.rstrip("/")
    origin = _origin(api.source)
    absolute = [server for server in api.servers if "://" in server]
    at_home = [server for server in absolute if origin and _origin(server) == origin]
    if at_home:
        return at_home[0]
    if origin and spec.rstrip("/") != api.source.rstrip("/"):
        return origin + (urlsplit(absolute[0]).path.rstrip("/") if absolute else "")
    if absolute:
        return absolute[0]
    raise DocumentError(f"{api.source}: the document names no server; give the address to test with --url (or url in the pipeline's YAML)")


def _matches(operation: Operation, globs: list[str]) -> bool:
    names = (operation.key, operation.path, operation.operation_id)
    return any(fnmatch.fnmatchcase(name, glob) for glob in globs for name in names if name)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # which is only looked at when it is asked for
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else ""
