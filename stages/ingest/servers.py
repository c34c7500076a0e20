"""Base URLs: ``servers`` with their variables, 2.0's schemes, host and basePath; relative ones against the document's address."""

from urllib.parse import urljoin, urlsplit

from stages.ingest.documents import Node
from stages.ingest.parameters import TEMPLATE_NAME
from stages.ingest.reading import Reading

_MAX_SERVERS = 100


def servers_of(reading: Reading) -> list[str]:
    """The document's base URLs, in its order, without a slash at the end.

    Absolute, unless neither the document nor the address it came from names a host: then a path.
    """
    if reading.version == "2.0":
        return _of_host(reading)
    found = servers_at(reading, reading.root)
    if not found and urlsplit(reading.root.url).scheme in ("http", "https"):
        found = [urljoin(reading.root.url, "/").rstrip("/")]
    return found


def servers_at(reading: Reading, node: Node) -> list[str]:
    """The base URLs of the ``servers`` at a node: the document's, a path's or an operation's (OpenAPI 3)."""
    found: list[str] = []
    for item in reading.listed(node, "servers")[:_MAX_SERVERS]:
        server = reading.object(item)
        url = _filled(reading, server) if server else None
        if url is not None:
            found.append(url)
    return list(dict.fromkeys(found))


def _filled(reading: Reading, server: Node) -> str | None:
    url = reading.string(server, "url")
    variables = dict(reading.objects(server, "variables"))
    for name in TEMPLATE_NAME.findall(url):
        variable = variables.get(name)
        choices = reading.strings(variable, "enum") if variable else []
        default = (reading.string(variable, "default") if variable else "") or next(iter(choices), "")
        if not default and (variable is None or "default" not in variable.value):
            reading.problem(server, "bad-server", f"server {url!r}: variable {name!r} has no default; the server is left out")
            return None
        url = url.replace(f"{{{name}}}", default)
    return _resolved(reading, server, url.strip())


def _resolved(reading: Reading, node: Node, url: str) -> str | None:
    try:
        if reading.root.url.startswith("http"):
            url = urljoin(reading.root.url, url)
        parts = urlsplit(url)
        _ = parts.port  # which is only looked at when it is asked for
    except ValueError as error:
        reading.problem(node, "bad-server", f"server {url!r} is no URL: {error}; it is left out")
        return None
    if parts.scheme not in ("", "http", "https") or (parts.scheme and not parts.hostname):
        reading.problem(node, "bad-server", f"server {url!r} is no http or https URL; it is left out")
        return None
    if not parts.scheme and parts.netloc:  # "//host/path": the document came from a file
        parts = parts._replace(scheme="https")
    return parts._replace(query="", fragment="").geturl().rstrip("/")


def _of_host(reading: Reading) -> list[str]:
    root = reading.root
    source = urlsplit(root.url)
    from_web = source.scheme in ("http", "https")
    base = "/" + reading.string(root, "basePath").strip("/")
    host = reading.string(root, "host").strip().rstrip("/") or (source.netloc if from_web else "")
    if not host:
        return [base.rstrip("/")] if base != "/" else []
    schemes = [scheme for scheme in reading.strings(root, "schemes") if scheme in ("http", "https")]
    if "://" in host:
        reading.problem(root.child("host"), "bad-server", "host holds a scheme, which belongs into schemes")
        scheme, _, host = host.partition("://")
        schemes = schemes or [scheme]
    found = (_resolved(reading, root, f"{scheme}://{host}{base}") for scheme in schemes or [source.scheme if from_web else "https"])
    return [url for url in found if url is not None]
