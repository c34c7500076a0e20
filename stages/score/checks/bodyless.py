"""Answers that have no content: to HEAD, 204, 205 and 304 (RFC 9110, 9.3.2, 15.3.5, 15.3.6, 15.4.5)."""

from collections.abc import Iterator

from pipeline.messages import Exchange, Failure, Sent
from stages.score import media
from stages.score.context import Context

CHECK = "body_not_allowed"

_RULES = {
    204: "RFC 9110, 15.3.5: a 204 answer ends with its header section",
    205: "RFC 9110, 15.3.6: a server must not generate content in a 205 answer",
    304: "RFC 9110, 15.4.5: a 304 answer ends with its header section",
}
_HEAD = "RFC 9110, 9.3.2: a server must not send content in the answer to HEAD"


def has_no_content(sent: Sent) -> bool:
    """Whether HTTP itself forbids this answer a body."""
    assert sent.reply is not None
    return sent.reply.status in _RULES or (sent.request is not None and sent.request.method.upper() == "HEAD")


def body_not_allowed(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """A body, or a length above 0 announced in a 204, where HTTP allows none."""
    del exchange
    reply = sent.reply
    if reply is None or not has_no_content(sent):
        return
    rule = _RULES.get(reply.status, _HEAD)
    what = str(reply.status) if reply.status in _RULES else "HEAD"
    if reply.body:
        yield context.failure(
            CHECK,
            sent,
            severity="medium",
            title=f"{what} answered with a body",
            rule=rule,
            pointer=what,
            signature_text=f"{what} with a body",
            detail=f"{len(reply.body)} bytes",
        )
    elif reply.status == 204 and (media.header(reply.headers, "content-length") or "0").strip() not in {"", "0"}:
        yield context.failure(
            CHECK,
            sent,
            severity="low",
            title="204 announces a body",
            rule="RFC 9110, 8.6: a server must not send Content-Length in a 204 answer",
            pointer="204",
            signature_text="204 with Content-Length",
            detail=f"Content-Length: {media.header(reply.headers, 'content-length')}",
        )
