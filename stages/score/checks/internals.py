"""Answers that tell how the server is made: stack traces, statements of its database, paths of its files (CWE-209)."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from pipeline.messages import Exchange, Failure, Reply, Request, Sent
from stages.score import signature
from stages.score.context import Context

CHECK = "internals_leaked"
_READ_CHARS = 20_000
_FILES = r"(?:py|m?js|ts|rb|php|java|class|jar|go|rs|cs|dll|so|conf|cfg|ini|ya?ml|toml|sqlite3?|db|log)\b"


class _Signs:
    """One kind of internals: expressions, each tried only where one of the words before it stands in the text."""

    def __init__(self, kind: str, *signs: tuple[tuple[str, ...], str]) -> None:
        self.kind = kind
        self._signs = [(words, re.compile(pattern, re.MULTILINE)) for words, pattern in signs]

    def shown(self, text: str, request: Request | None) -> str | None:
        """The first that the text shows and that the request did not say."""
        for words, pattern in self._signs:
            if any(word in text for word in words):
                for found in pattern.finditer(text):
                    if found[0] not in _said(request):
                        return found[0]
        return None


_TRACE: Final = _Signs(
    "a stack trace",
    (('", line ',), r'File "[^"\n]{1,300}", line \d+, in [\w<>]+'),  # Python
    (
        (".java:", ".kt:", ".scala:", ".js:", ".mjs:", ".cjs:", ".ts:", ".tsx:"),
        r"^\s*at (?:async )?[\w$.<>\[\]/ ]{1,200}? ?\([^()\n]{0,300}?\.(?:java|kt|scala|[mc]?[jt]sx?):\d+(?::\d+)?\)",
    ),
    ((":line ",), r"^\s*at [^()\n]{1,300}\([^()\n]{0,300}\) in [^\n]{1,300}:line \d+"),  # .NET
    ((".php(",), r"^#\d+ [^\n]{1,300}\.php\(\d+\): "),
    (("goroutine ",), r"^goroutine \d+ \[[\w ]+\]:"),
    ((" panicked at ",), r"^thread '[^'\n]*' (?:\(\d+\) )?panicked at "),  # Rust
    ((".rb:",), r"[\w/.-]{1,200}\.rb:\d+:in [`'][^'\n]+'"),
)
_DATABASE: Final = _Signs(
    "its database's own words",
    (("SQLSTATE",), r"SQLSTATE(?:\[|[ :=]+)\w{5}"),
    (("ORA-",), r"\bORA-\d{5}: "),
    (
        ("SQL syntax", "quotation mark", "quoted string"),
        r"error in your SQL syntax|Unclosed quotation mark after|unterminated quoted string at",
    ),
    (
        ("sqlite3.", "psycopg", "asyncpg.", "pymysql.", "MySQLdb.", "mysql.", "pyodbc.", "oracledb.", "sqlalchemy."),
        r"\b(?:sqlite3|psycopg2?|asyncpg|pymysql|MySQLdb|mysql|pyodbc|oracledb|sqlalchemy)\.(?:\w+\.){0,5}\w*(?:Error|Exception)\b",
    ),
    (
        ("java.sql.", "org.postgresql.", "org.hibernate.", "org.h2.", "com.mysql."),
        r"\b(?:java\.sql|org\.\w+|com\.mysql)\.[\w.]*Exception\b",
    ),
    (("PG::", "SqlClient"), r"\bPG::\w+|\bSystem\.Data\.\w*SqlClient\b"),
    ((": syntax error",), r'near "[^"\n]*": syntax error'),
    (("SELECT ",), r"\bSELECT\s[^;]{1,400}?\sFROM\s+[\"`\[]?[\w.]+"),
    (("INSERT INTO ",), r"\bINSERT INTO [\w.\"`\[\]]+\s*\("),
    (("UPDATE ",), r"\bUPDATE \S+ SET \S+\s*="),
    (("DELETE FROM ",), r"\bDELETE FROM \S+ WHERE\b"),
)
_PATH: Final = _Signs(
    "paths of its files",
    (
        ("/app/", "/etc/", "/home/", "/opt/", "/root/", "/srv/", "/usr/", "/var/", "/Users/"),
        r"(?<![\w/.:~-])/(?:app|etc|home|opt|root|srv|usr|var|Users)/(?:[\w.@+-]{1,100}/){0,30}[\w@+-][\w.@+-]{0,100}\." + _FILES,
    ),
    ((":\\",), r"\b[A-Z]:\\(?:[\w .@+-]{1,100}\\){1,30}[\w .@+-]{1,100}\.\w{1,8}\b"),
)


def internals_leaked(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """The first kind that an error's answer (4xx, 5xx) shows and its request did not say.

    A note for paths alone: some are meant to be told.
    """
    del exchange
    reply = sent.reply
    if reply is None or reply.status < 400 or not reply.body or context.model.expected(sent.operation, reply.status):
        return
    text = _text(reply)
    for signs in (_TRACE, _DATABASE, _PATH):
        shown = signs.shown(text, sent.request)
        if shown is not None:
            yield context.failure(
                CHECK,
                sent,
                severity="low",
                title=f"Error answers show {signs.kind}",
                rule="CWE-209: an error message that holds sensitive information",
                pointer=signs.kind,
                signature_text=f"shows {signs.kind}",
                detail=shown[:300],
                note=signs is _PATH,
            )
            return


def _text(reply: Reply) -> str:
    """The answer's text, and that of a JSON body once more without its escapes."""
    read = reply.body[:_READ_CHARS].decode("utf-8", "replace")
    if "\\" not in read or reply.body[:1] not in {b"{", b"["}:
        return read
    return "\n".join((read, *signature.strings(reply.body)))[: 2 * _READ_CHARS]


def _said(request: Request | None) -> str:
    """What the request said, in which an echo is found."""
    if request is None:
        return ""
    headers = "\n".join(value for _, value in request.headers)
    body = request.body or b""
    return "\n".join((unquote(request.url), headers, body.decode("utf-8", "replace"), *signature.strings(body)))
