"""The target fails at a request: 5xx (RFC 9110, 15.6)."""

import re
from collections.abc import Iterator
from itertools import islice

from pipeline.messages import Exchange, Failure, Reply, Sent, Severity
from stages.score import media, signature, traces
from stages.score.context import Context

CHECK = "server_error"

_RULES = {
    500: "RFC 9110, 15.6.1: 500 says that the server met an unexpected condition",
    501: "RFC 9110, 15.6.2: 501 says that the server does not support the method, which the document describes",
    502: "RFC 9110, 15.6.3: 502 says that a server behind this one gave an invalid answer",
    503: "RFC 9110, 15.6.4: 503 says that the server cannot handle the request for now",
    504: "RFC 9110, 15.6.5: 504 says that a server behind this one did not answer in time",
}
_PLACEHOLDER = re.compile(r"<[a-z]+>")
_TITLE_CHARS = 80
_MOST_TEXTS, _TOLD_CHARS = 8, 200  # of a body that are read for a title
_SEVERITIES: dict[int, Severity] = {500: "high"}


def server_error(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """Any 5xx. A note where the document names exactly this status and no trace shows, for 501, and for 503 with Retry-After.

    Silent on 501 for a method that the document does not have there: it says just that (RFC 9110, 9.1).
    """
    del exchange
    reply = sent.reply
    if reply is None or reply.status < 500 or context.model.expected(sent.operation, reply.status):
        return
    if reply.status == 501 and context.asks_otherwise(sent) and not traces.shows_trace(reply):
        return
    fault = traces.server_fault(reply, sent.request)
    yield context.failure(
        CHECK,
        sent,
        severity=_SEVERITIES.get(reply.status, "medium"),
        title=f"{reply.status} answered: {_short(fault, reply)}",
        rule=_RULES.get(reply.status, "RFC 9110, 15.6: 5xx says that the server failed at an apparently valid request"),
        pointer=f"status {reply.status}",
        signature_text=fault,
        detail=traces.excerpt(reply),
        note=_permitted(context, reply),
    )


def _permitted(context: Context, reply: Reply) -> bool:
    if context.exact or reply.status == 501:
        return not traces.shows_trace(reply)
    return reply.status == 503 and media.header(reply.headers, "retry-after") is not None


def _has_words(said: str) -> bool:
    return any(map(str.isalpha, _PLACEHOLDER.sub("", said)))


def _short(fault: str, reply: Reply) -> str:
    said = fault.partition(" ")[2].removeprefix("<n> ").removeprefix(f"{signature.NO_TYPE}; ")  # many pages repeat the status
    if said.startswith(("{<text>", "[{<text>")):  # JSON whose fields are none that speak: the first text with a word in it
        otherwise = "" if reply.body.rstrip().endswith((b"}", b"]")) else said
        first = (signature.normalise(text[:_TOLD_CHARS]) for text in islice(signature.strings(reply.body), _MOST_TEXTS))
        said = next(filter(_has_words, first), otherwise)
    elif not _has_words(said):  # nothing but values: one that was quoted is told, as in "'user_id'"
        said = " ".join(signature.words(reply).split()) if "<text>" in said or "<path>" in said else ""
    if len(said) <= _TITLE_CHARS:
        return said or "no reason given"
    whole_words = said[:_TITLE_CHARS].rpartition(" ")[0] or said[:_TITLE_CHARS]
    return f"{whole_words}…"
