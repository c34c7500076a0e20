"""The form of an answer's body: its Content-Type, and whether JSON is JSON (OpenAPI 3.1, 4.8.17; RFC 9110, 8.3; RFC 8259)."""

from collections.abc import Iterator

from pipeline.messages import Exchange, Failure, Reply, Sent
from stages.score import jsontext, media, signature
from stages.score.checks.bodyless import has_no_content
from stages.score.context import Context

CHECK = "content_type"


def content_type(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """A body without Content-Type or with one that the document does not have, a promised JSON body that is missing or is no JSON.

    A note for errors that the document only covers by "default" or "4XX", and where both the documented and the sent type are JSON.
    Silent without documented content, and on the body of a truncated answer.
    """
    del exchange
    reply, response = sent.reply, context.response
    if reply is None or response is None or not response.content or has_no_content(sent):
        return
    if context.model.expected(sent.operation, reply.status) and not context.exact:
        return
    if not reply.body:
        yield from _missing_body(context, sent, reply)
    elif not context.content_type:
        yield context.failure(
            CHECK,
            sent,
            severity="low",
            title="Body without Content-Type",
            rule=f"RFC 9110, 8.3, and {context.clause()}",
            pointer=f"responses/{response.status}",
            signature_text="Content-Type missing",
            note=_lenient(context, reply),
        )
    elif context.media is None and all(media.well_formed(entry.media_type) for entry in response.content):
        yield _unknown_type(context, sent, reply)
    elif media.is_json(context.content_type) and not reply.truncated:
        yield from _unparsable(context, sent, reply)


def _lenient(context: Context, reply: Reply) -> bool:
    """Errors of the server at large (routers, proxies) take no part in what "default" promises."""
    return reply.status >= 400 and not context.exact


def _missing_body(context: Context, sent: Sent, reply: Reply) -> Iterator[Failure]:
    assert context.response is not None
    content = context.response.content
    if not 200 <= reply.status < 300 or reply.truncated:
        return
    if not all(media.is_json(entry.media_type) and entry.schema is not None for entry in content):
        return
    yield context.failure(
        CHECK,
        sent,
        severity="medium",
        title=f"{reply.status} without the documented JSON body",
        rule=f"{content[0].media_type} {context.clause()}; RFC 8259, 2: an empty body is no JSON text",
        pointer=f"responses/{context.response.status}",
        signature_text=f"{reply.status} empty body",
    )


def _unknown_type(context: Context, sent: Sent, reply: Reply) -> Failure:
    assert context.response is not None
    actual = media.essence(context.content_type)
    documented = [media.essence(entry.media_type) for entry in context.response.content]
    both_json = media.is_json(actual) and any(media.is_json(name) for name in documented)
    return context.failure(
        CHECK,
        sent,
        severity="medium" if reply.status < 400 else "low",
        title=f"Content-Type {actual} is not documented for {reply.status}",
        rule=f"{', '.join(documented)} {context.clause()}",
        pointer=f"responses/{context.response.status}",
        signature_text=f"{reply.status // 100}xx {actual} instead of {', '.join(documented)}",
        detail=signature.answer_text(reply)[:400],
        note=both_json or _lenient(context, reply),
    )


def _unparsable(context: Context, sent: Sent, reply: Reply) -> Iterator[Failure]:
    assert context.response is not None
    try:
        context.json(reply)
    except jsontext.TooDeep as error:
        yield context.failure(
            CHECK,
            sent,
            severity="info",
            title=f"Body was not judged: {error}",
            rule=f"RFC 8259, 9: readers of JSON may set limits; {media.essence(context.content_type)} {context.clause()}",
            pointer=f"responses/{context.response.status}",
            signature_text=f"{reply.status // 100}xx too deep",
            note=True,
        )
    except jsontext.NotJson as error:
        yield context.failure(
            CHECK,
            sent,
            severity="medium",
            title="Body is not the JSON that its Content-Type promises",
            rule=f"RFC 8259, 2, and {media.essence(context.content_type)} {context.clause()}",
            pointer=f"responses/{context.response.status}",
            signature_text=f"{reply.status // 100}xx not JSON: {signature.normalise(str(error), sent.request)}",
            detail=f"{error}; the body begins {signature.answer_text(reply)[:300]!r}",
        )
