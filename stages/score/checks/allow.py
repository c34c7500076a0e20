"""405 answers name the methods that are allowed (RFC 9110, 15.5.6)."""

from collections.abc import Iterator

from pipeline.messages import Exchange, Failure, Sent
from stages.score import media
from stages.score.context import Context

CHECK = "allow_missing"


def allow_missing(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """A 405 without Allow: always a note, as few clients need it."""
    del exchange
    reply = sent.reply
    if reply is not None and reply.status == 405 and media.header(reply.headers, "allow") is None:
        yield context.failure(
            CHECK,
            sent,
            severity="info",
            title="405 without Allow",
            rule="RFC 9110, 15.5.6: the server must generate an Allow header in a 405 answer",
            signature_text="405 without Allow",
            note=True,
        )
