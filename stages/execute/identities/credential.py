"""What an identity adds to requests: bytes for the wire, and what is shown in their place."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from pipeline.messages import SecurityScheme

# Names of headers that carry credentials; other headers of the config are no secret.
_TELLING = re.compile(
    r"auth|cookie|token|secret|passw|(?:api|access|subscription|auth)[-_]?key|credential|session|signature|jwt|bearer", re.IGNORECASE
)


class Credential:
    """Headers, query parts ("name=value", encoded) and cookies ("name=value") of one identity at one time; never shown by ``repr``.

    ``generation`` counts renewals: two requests with the same number carried the same bytes.
    """

    __slots__ = (
        "cookie_names",
        "cookies",
        "expires_at",
        "generation",
        "header_names",
        "headers",
        "name",
        "query",
        "query_names",
        "shown_cookies",
        "shown_headers",
        "shown_query",
    )

    def __init__(
        self,
        name: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        query: Iterable[tuple[str, str]] = (),
        cookies: Iterable[tuple[str, str]] = (),
        prefixes: Iterable[str] = (),
        generation: int = 0,
        expires_at: float | None = None,
    ) -> None:
        """``prefixes`` are words before the secret of a header, such as "Bearer ", that stay readable."""
        mark = f"${{{name}}}"
        kept = tuple(prefixes)
        headers, query, cookies = list(headers), list(query), list(cookies)
        self.name = name
        self.generation = generation
        self.expires_at = expires_at
        self.headers = headers
        self.shown_headers = [(header, next((word for word in kept if value.startswith(word)), "") + mark) for header, value in headers]
        self.header_names = {header.lower() for header, _ in headers}
        self.query = [f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in query]
        self.shown_query = [f"{quote(key, safe='')}={mark}" for key, _ in query]
        self.query_names = {key for key, _ in query}
        self.cookies = [f"{key}={value}" for key, value in cookies]
        self.shown_cookies = [f"{key}={mark}" for key, _ in cookies]
        self.cookie_names = {key for key, _ in cookies}

    def extended(self, headers: Iterable[tuple[str, str]]) -> "Credential":
        """This credential with other headers of its owner in place of its own of the same name, shown as ``${HEADER}``."""
        added = list(headers)
        names = {name.lower() for name, _ in added}
        made = Credential(self.name, generation=self.generation, expires_at=self.expires_at)
        made.headers = [(name, value) for name, value in self.headers if name.lower() not in names] + added
        made.shown_headers = [(name, value) for name, value in self.shown_headers if name.lower() not in names]
        made.shown_headers += [(name, f"${{{name}}}") for name, _ in added]
        made.header_names = self.header_names | names
        made.query, made.shown_query, made.query_names = self.query, self.shown_query, self.query_names
        made.cookies, made.shown_cookies, made.cookie_names = self.cookies, self.shown_cookies, self.cookie_names
        return made

    def __repr__(self) -> str:
        return f"Credential({self.name!r}, generation={self.generation})"


NOTHING = Credential("")
"""No credential at all."""


def is_credential(header: str, documented: frozenset[str] = frozenset()) -> bool:
    """Whether a header of this name carries a credential: by the name itself, or by the document (``documented``, lower case)."""
    return header.lower() in documented or _TELLING.search(header) is not None


def documented_credentials(schemes: Iterable[SecurityScheme]) -> frozenset[str]:
    """The headers, in lower case, that a document's API keys travel in."""
    return frozenset(scheme.parameter.lower() for scheme in schemes if scheme.type == "apiKey" and scheme.location == "header")
