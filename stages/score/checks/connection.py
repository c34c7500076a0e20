"""Requests that get no answer although the target lives: the connection is dropped, the answer is no HTTP, or nothing comes."""

import re
from collections.abc import Iterator

from pipeline.messages import Exchange, Failure, Sent
from stages.score import media, signature
from stages.score.context import Context, is_framed

DROPPED = "dropped_connection"
HANG = "hang"

_CODING = re.compile(r"content-encoding: (\w+)", re.IGNORECASE)
_STREAMS = frozenset(
    {"text/event-stream", "multipart/x-mixed-replace", "application/x-ndjson", "application/jsonl", "application/stream+json"}
)


def dropped_connection(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """The connection was closed before the answer was whole, or the answer breaks HTTP's grammar.

    The fold makes it part of "target_died" where the target does not live any more. An answer in a content coding that was not asked for
    is a note: it cannot be read, but it is no broken HTTP. Silent where the case sent a wrong Content-Length: to close is right then
    (RFC 9112, 6.3).
    """
    del exchange
    failure = sent.failure
    if failure is None or sent.request is None or failure.kind not in {"reset", "malformed"}:
        return
    if failure.kind == "reset" and is_framed(sent):
        return
    broken = failure.kind == "malformed"
    yield context.failure(
        DROPPED,
        sent,
        severity="medium" if broken else "high",
        title="Answer is malformed HTTP" if broken else "Connection dropped without an answer",
        rule="RFC 9112, 2.1: the form of an HTTP message" if broken else "RFC 9110, 15: a server answers a request with a status",
        pointer=failure.kind,
        signature_text=f"{failure.kind} {signature.normalise(failure.detail, sent.request) if broken else ''}".strip(),
        detail=failure.detail[:600],
        note=broken and _unasked_coding(sent, failure.detail),
    )


def _unasked_coding(sent: Sent, detail: str) -> bool:
    """Whether the client gave up on a content coding that is none of the request's Accept-Encoding (RFC 9110, 12.5.3)."""
    coding = _CODING.search(detail)
    accepted = media.header(sent.request.headers, "accept-encoding") if sent.request else None
    return coding is not None and accepted is not None and coding[1].lower() not in accepted.lower()


def hang(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """No answer within the time limit of execute. Silent where the operation documents a stream.

    A note where the case sent a wrong Content-Length: the server waits for a body that does not come.
    """
    del exchange
    failure = sent.failure
    if failure is None or sent.request is None or failure.kind != "timeout" or _streams(context):
        return
    yield context.failure(
        HANG,
        sent,
        severity="medium",
        title=f"No answer within {failure.total_ms / 1000:.0f} s" if failure.total_ms >= 1000 else "No answer in time",
        rule="RFC 9110, 15: a server answers a request with a status",
        pointer="timeout",
        signature_text="timeout",
        detail=failure.detail[:600],
        note=is_framed(sent),
    )


def _streams(context: Context) -> bool:
    if context.operation is None:
        return False
    return any(media.essence(entry.media_type) in _STREAMS for response in context.operation.responses for entry in response.content)
