"""Where a server keeps its document, when only the server's address is known. Pure: which addresses to try, what a document looks like."""

import codecs
import re
from urllib.parse import urljoin, urlsplit, urlunsplit

USUAL_PLACES = (
    "openapi.json",
    "swagger.json",
    "v3/api-docs",
    "__api__",
    "v1/__api__",
    "api/openapi.json",
    "openapi.yaml",
    "api-docs",
    "swagger/v1/swagger.json",
    "spec.json",
    "openapi/v3",
    "v2/api-docs",
    "api/swagger.json",
    "api/v1/openapi.json",
    "v1/openapi.json",
    "api/v3/openapi.json",
    "api/schema/",
    "api/docs.json",
    "openapi",
    "swagger.yaml",
    "api/spec.yaml",
    "openapi.yml",
    "api-docs.json",
    "docs/openapi.json",
    "api",
)
MAX_CANDIDATES = 60
_JSON_KEY = re.compile(rb'"(?:openapi|swagger)"\s*:\s*["\d]')
_YAML_KEY = re.compile(rb"^[\"']?(?:openapi|swagger)[\"']?\s*:\s*[\"'\d]", re.MULTILINE)
_IN_PAGE = re.compile(r"""["']([^"'\s<>]*(?:openapi|swagger|api-docs|api_docs|schema|spec)[^"'\s<>]*)["']""", re.IGNORECASE)
_USER = re.compile(r"^(https?://)[^/?#]*@", re.IGNORECASE)
_NOT_DOCUMENTS = (".js", ".css", ".png", ".ico", ".map", ".svg", ".html", ".woff", ".woff2")
_LOOKED_AT_CHARACTERS = 200_000


def candidates(url: str) -> list[str]:
    """The addresses to try for a server address: below its own path first, then below each path above it."""
    parts = urlsplit(url)
    steps = [step for step in parts.path.split("/") if step]
    bases = ["/".join(["", *steps[:length], ""]) for length in range(len(steps), -1, -1)]
    found = [urlunsplit((parts.scheme, parts.netloc, base + place, "", "")) for base in bases for place in USUAL_PLACES]
    return [address for address in dict.fromkeys(found) if address != url][:MAX_CANDIDATES]


def linked(page: bytes, url: str) -> list[str]:
    """The addresses on the same server in an HTML page that may be those of its document: pages like Swagger UI name it."""
    text = page[:_LOOKED_AT_CHARACTERS].decode("utf-8", "replace")
    host = urlsplit(url).netloc
    found: dict[str, None] = {}
    for match in _IN_PAGE.finditer(text):
        try:
            address = urljoin(url, match[1].replace("\\/", "/"))
            parts = urlsplit(address)
        except ValueError:
            continue
        if parts.netloc == host and parts.scheme in ("http", "https") and not parts.path.endswith(_NOT_DOCUMENTS) and address != url:
            found[address] = None
    return list(found)[:10]


def looks_like_document(data: bytes) -> bool:
    """Whether bytes are worth being read as an OpenAPI document."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode()
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start or start.startswith(b"<"):
        return False
    if start.startswith(b"{"):
        return _JSON_KEY.search(data) is not None
    return _YAML_KEY.search(data.removeprefix(b"\xef\xbb\xbf")) is not None


def shown(url: str) -> str:
    """An address without the user name and password that it may hold."""
    return _USER.sub(r"\1", url)
