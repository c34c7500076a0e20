"""Requests that get no answer although the target lives: the connection is dropped, the answer is no HTTP, or nothing comes."""

import re
from collections.abc import Iterator

from pipeline.messages import Exchange, Failure, Sent
from stages.score import media, signature
from stages.score.context import Context, is_framed, is_unfinished

DROPPED = "dropped_connection"
HANG = "hang"

_CODING = re.compile(r"content-encoding: (?:\w+ \()?(\w+)", re.IGNORECASE)
_WORDS = {
    "reset": ("Connection dropped without an answer", "RFC 9110, 15: a server answers a request with a status"),
    "malformed": ("Answer is malformed HTTP", "RFC 9112, 2.1: the form of an HTTP message"),
    "coding": ("Answered in the content coding {coding}, which the request does not accept", "RFC 9110, 12.5.3: Accept-Encoding"),
}
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
    coding = _unasked_coding(sent, failure.detail) if failure.kind == "malformed" else ""
    broken = failure.kind == "malformed"
    title, rule = _WORDS["coding" if coding else failure.kind]
    yield context.failure(
        DROPPED,
        sent,
        severity="medium" if broken else "high",
        title=title.format(coding=coding),
        rule=rule,
        pointer=failure.kind,
        signature_text=f"{failure.kind} {signature.normalise(failure.detail, sent.request) if broken else ''}".strip(),
        detail="its body was not read" if coding else failure.detail[:600],
        note=bool(coding),
    )


def _unasked_coding(sent: Sent, detail: str) -> str:
    """The content coding that the client cannot read and that the request's Accept-Encoding does not have, if that is what happened."""
    coding = _CODING.search(detail)
    accepted = media.header(sent.request.headers, "accept-encoding") if sent.request else None
    if coding is None or accepted is None:
        return ""
    name = coding[1].lower()
    return "" if name in accepted.lower() else name


def hang(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """No answer within the time limit of execute. Silent where the operation documents a stream.

    A note where the case sent a wrong Content-Length: the server waits for a body that does not come. Silent where that was larger than
    the body, as to wait is right then.
    """
    del exchange
    failure = sent.failure
    if failure is None or sent.request is None or failure.kind != "timeout" or _streams(context) or is_unfinished(sent):
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
