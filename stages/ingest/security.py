"""Security schemes and requirements."""

from typing import Any
from urllib.parse import urljoin

from pipeline.messages import SecurityScheme
from stages.ingest.documents import Node
from stages.ingest.reading import Reading

_MEANT = {
    "basic": ("http", "basic"),
    "bearer": ("http", "bearer"),
    "jwt": ("http", "bearer"),
    "oauth": ("oauth2", ""),
    "apikey": ("apiKey", ""),
}
_FLOWS = {"application": "clientCredentials", "accessCode": "authorizationCode"}  # 2.0's names, in 3.x's
_TOKEN_FLOWS = ("clientCredentials", "password", "authorizationCode", "deviceAuthorization")


def schemes_of(reading: Reading) -> list[SecurityScheme]:
    """The document's usable security schemes, sorted by name."""
    if reading.version == "2.0":
        holder, key = reading.root, "securityDefinitions"
    else:
        components = reading.mapping(reading.root, "components")
        if components is None:
            return []
        holder, key = components, "securitySchemes"
    found = [_scheme(reading, name, node) for name, node in reading.objects(holder, key)]
    return [scheme for scheme in found if scheme]


def requirements(reading: Reading, operation: Node, known: frozenset[str]) -> list[dict[str, list[str]]]:
    """The alternatives of an operation, its own or the document's; one that asks for an unknown scheme is left out."""
    holder = operation if operation.value.get("security") is not None else reading.root
    found: list[dict[str, list[str]]] = []
    for node in reading.listed(holder, "security"):
        if not isinstance(node.value, dict):
            reading.problem(node, "not-an-object", "a security requirement is an object; it is left out")
            continue
        unknown = sorted(name for name in node.value if name not in known)
        if unknown:
            reading.problem(
                node, "unknown-scheme", f"no usable security scheme is named {', '.join(map(repr, unknown))}; the alternative is left out"
            )
            continue
        found.append({name: _scopes(node.value[name]) for name in sorted(node.value)})
    return found


def _scopes(value: Any) -> list[str]:
    return [scope for scope in value if isinstance(scope, str)] if isinstance(value, list) else []


def _scheme(reading: Reading, name: str, node: Node) -> SecurityScheme | None:
    kind, scheme = reading.string(node, "type"), reading.string(node, "scheme").lower()
    if kind.lower() in _MEANT and (kind != "apiKey"):
        if kind != "basic" or reading.version != "2.0":
            reading.problem(node, "unknown-scheme-type", f"{kind!r} is no type of security scheme; it is read as {_MEANT[kind.lower()][0]}")
        kind, scheme = _MEANT[kind.lower()]
    match kind:
        case "apiKey":
            location, parameter = reading.string(node, "in"), reading.string(node, "name")
            if location in ("header", "query", "cookie") and parameter:
                return SecurityScheme(name=name, type="apiKey", location=location, parameter=parameter)
            reading.problem(node, "bad-scheme", f"{name!r} does not say in which header, query or cookie the key goes; it is left out")
        case "http":
            if scheme:
                return SecurityScheme(name=name, type="http", scheme=scheme)
            reading.problem(node, "bad-scheme", f"{name!r} does not say which HTTP scheme it is; it is left out")
        case "oauth2":
            return _oauth2(reading, name, node)
        case "openIdConnect":
            return SecurityScheme(name=name, type="openIdConnect")
        case "mutualTLS":
            return SecurityScheme(name=name, type="mutualTLS")
        case _:
            reading.problem(node, "unknown-scheme-type", f"{kind!r} is no type of security scheme; {name!r} is left out")
    return None


def _oauth2(reading: Reading, name: str, node: Node) -> SecurityScheme:
    flows: dict[str, Node] = {}
    if reading.version == "2.0" or "flow" in node.value:
        written = reading.string(node, "flow")
        flows[_FLOWS.get(written, written)] = node
    else:
        flows = dict(reading.objects(node, "flows"))
    scopes = {scope for flow in flows.values() for scope, _ in reading.entries(flow, "scopes")}
    token_urls = [reading.string(flows[flow], "tokenUrl") for flow in _TOKEN_FLOWS if flow in flows]
    token_url = next((url for url in token_urls if url), "")
    try:
        if reading.root.url.startswith("http"):
            token_url = urljoin(reading.root.url, token_url) if token_url else ""
    except ValueError as error:
        reading.problem(node, "bad-scheme", f"the tokenUrl of {name!r} is no URL: {error}; it is left out")
        token_url = ""
    return SecurityScheme(
        name=name,
        type="oauth2",
        token_url=token_url,
        flows=sorted(flow for flow in flows if flow),
        scopes=sorted(scopes),
    )
