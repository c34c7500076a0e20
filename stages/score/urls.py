"""URLs as servers and documents write them: what is no URL has no parts, and never fails."""

from urllib.parse import SplitResult, urljoin, urlsplit

_NOTHING = SplitResult("", "", "", "", "")


def split(url: str) -> SplitResult:
    """The parts of a URL; empty ones where it is none."""
    try:
        return urlsplit(url)
    except ValueError:
        return _NOTHING


def path(url: str) -> str:
    """The path of a URL without a slash at its end."""
    return split(url).path.rstrip("/")


def resolved_path(base: str, reference: str) -> str:
    """The path of a reference (RFC 3986, 5), as ``path`` gives it."""
    try:
        return path(urljoin(base, reference))
    except ValueError:
        return ""
