"""405 answers name the methods that are allowed (RFC 9110, 15.5.6)."""

from collections.abc import Iterator

from pipeline.messages import Exchange, Failure, Sent
from stages.score import media
from stages.score.context import Context

CHECK = "allow_missing"

_RULE = "RFC 9110, 15.5.6: a 405 answer has an Allow header with the supported methods"


def allow_missing(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """A 405 must have Allow, and one that names the method that it refuses contradicts itself.

    A note: there is none where the document has a 405 for this very operation (it means another thing by it), or it leaves out methods that
    the document has at the path (routers that know a route a method answer with those of one route).
    """
    del exchange
    reply = sent.reply
    if reply is None or reply.status != 405 or sent.request is None:
        return
    allow = media.header(reply.headers, "allow")
    if allow is None:
        yield context.failure(
            CHECK,
            sent,
            severity="info" if context.exact else "low",
            title="405 without Allow",
            rule=_RULE,
            signature_text="405 without Allow",
            note=context.exact,
        )
        return
    allowed = {method.strip() for method in allow.split(",")}
    if sent.request.method in allowed:
        yield context.failure(
            CHECK,
            sent,
            severity="low",
            title="405 for a method that its own Allow header names",
            rule="RFC 9110, 10.2.1 and 15.5.6: Allow lists the supported methods, and 405 says that this one is none of them",
            signature_text="405 with the method in Allow",
            detail=f"Allow: {allow[:200]}",
        )
        return
    left_out = [method for method in _others(context, sent.request.method) if method not in allowed]
    if left_out:
        yield context.failure(
            CHECK,
            sent,
            severity="info",
            title=f"Allow of a 405 leaves out {', '.join(left_out)}, which the document has",
            rule=_RULE,
            signature_text="405 with a method too few in Allow",
            detail=f"Allow: {allow[:200]}",
            note=True,
        )


def _others(context: Context, refused: str) -> list[str]:
    """The other methods that the document has at the path of the operation."""
    documented = context.model.methods[context.operation.path] if context.operation else []
    return [method for method in documented if method != refused]
