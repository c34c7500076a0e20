"""405 answers name the methods that are allowed (RFC 9110, 15.5.6)."""

from collections.abc import Iterator

from pipeline.messages import Exchange, Failure, Sent
from stages.score import media
from stages.score.context import Context

CHECK = "allow_missing"


def allow_missing(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """A 405 without Allow is a note, as few clients need it; one whose Allow names the method that it refuses contradicts itself."""
    del exchange
    reply = sent.reply
    if reply is None or reply.status != 405:
        return
    allow = media.header(reply.headers, "allow")
    if allow is None:
        yield context.failure(
            CHECK,
            sent,
            severity="info",
            title="405 without Allow",
            rule="RFC 9110, 15.5.6: the server must generate an Allow header in a 405 answer",
            signature_text="405 without Allow",
            note=True,
        )
    elif sent.request is not None and sent.request.method in {method.strip() for method in allow.split(",")}:
        yield context.failure(
            CHECK,
            sent,
            severity="low",
            title="405 for a method that its own Allow header names",
            rule="RFC 9110, 10.2.1 and 15.5.6: Allow lists the supported methods, and 405 says that this one is none of them",
            signature_text="405 with the method in Allow",
            detail=f"Allow: {allow[:200]}",
        )
