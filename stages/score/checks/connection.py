"""Requests that get no answer although the target lives: the connection is dropped, the answer is no HTTP, or nothing comes."""

from collections.abc import Iterator

from pipeline.messages import Exchange, Failure, Sent
from stages.score import media, signature
from stages.score.context import Context

DROPPED = "dropped_connection"
HANG = "hang"

_STREAMS = frozenset(
    {"text/event-stream", "multipart/x-mixed-replace", "application/x-ndjson", "application/jsonl", "application/stream+json"}
)


def dropped_connection(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """The connection was closed before the answer was whole, or the answer breaks HTTP's grammar.

    Stages fold it into "target_died" where the target does not live any more.
    """
    del exchange
    failure = sent.failure
    if failure is None or sent.request is None or failure.kind not in {"reset", "malformed"}:
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
    )


def hang(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """No answer within the time limit of execute. Silent where the operation documents a stream."""
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
    )


def _streams(context: Context) -> bool:
    if context.operation is None:
        return False
    return any(media.essence(entry.media_type) in _STREAMS for response in context.operation.responses for entry in response.content)
