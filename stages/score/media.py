"""Media types: what a Content-Type header names and which ranges hold it (RFC 9110, 8.3 and 12.5.1)."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from pipeline.messages import MediaType


def header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """The value of a header, lines joined by ", " (RFC 9110, 5.3); None where it is missing. ``name`` in lower case."""
    values = [value for key, value in headers if key.lower() == name]
    return ", ".join(values) if values else None


@lru_cache(maxsize=4096)
def essence(content_type: str) -> str:
    """Type and subtype in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


@lru_cache(maxsize=1024)
def charset(content_type: str) -> str:
    """The charset parameter in lower case, or ""."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


@lru_cache(maxsize=4096)
def is_json(media_type: str) -> bool:
    """Whether bodies of this type are JSON texts: application/json, text/json and every ``+json`` (RFC 6839)."""
    name = essence(media_type)
    return name in {"application/json", "text/json"} or name.endswith("+json")


@lru_cache(maxsize=4096)
def specificity(media_range: str, media_type: str) -> int:
    """How exactly a documented range names a type: 3 the type itself, 2 ``type/*+suffix``, 1 ``type/*``, 0 ``*/*``, -1 not at all."""
    wanted, actual = essence(media_range), essence(media_type)
    if wanted == actual:
        return 3
    if wanted in {"*/*", "*"}:
        return 0
    main, _, sub = wanted.partition("/")
    actual_main, _, actual_sub = actual.partition("/")
    if main not in {"*", actual_main}:
        return -1
    if sub == "*":
        return 1
    if sub.startswith("*+") and actual_sub.endswith(sub[1:]):
        return 2
    return -1


def best(content: Sequence[MediaType], content_type: str) -> MediaType | None:
    """The documented entry that names ``content_type`` most exactly, or None."""
    chosen, most = None, -1
    for entry in content:
        fit = specificity(entry.media_type, content_type)
        if fit > most:
            chosen, most = entry, fit
    return chosen


def well_formed(media_range: str) -> bool:
    """Whether a documented name is a media range at all (documents also say "json" or "")."""
    main, slash, sub = essence(media_range).partition("/")
    return bool(main and slash and sub)
