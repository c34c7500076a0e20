"""An answer's status that the document does not have (OpenAPI 3.1, 4.8.16)."""

from collections.abc import Iterator

from pipeline.messages import Exchange, Failure, Sent
from stages.score import media, signature, urls
from stages.score.context import Context, is_refused_unread

CHECK = "undocumented_status"

# What the document need not list: any server, proxy or framework answers it (RFC 9110, 15.5; RFC 6585), or the state of an object does.
_KNOWN_4XX = frozenset({*range(400, 402), *range(403, 418), *range(421, 427), 428, 429, 431})


def undocumented_status(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """A finding for 2xx and for 4xx that no standard gives a server at large; a note for all other 4xx and for 3xx.

    Silent where the operation documents no answer at all or has a default, where the owner expects the status, for 5xx (they are findings
    of their own), for requests by another method, for a 304 or 206 that the request's own headers asked for, and for redirects that
    only add or remove a slash.
    """
    del exchange
    reply, operation = sent.reply, context.operation
    if reply is None or context.response is not None or operation is None or not operation.responses or is_refused_unread(sent):
        return
    status = reply.status
    if status >= 500 or not context.describes(sent) or context.model.expected(sent.operation, status) or _asked_for(sent):
        return
    note = 300 <= status < 400 or status in _KNOWN_4XX
    said = signature.message(reply, sent.request) if status >= 400 else ""
    place = context.model.pointer(operation)
    yield context.failure(
        CHECK,
        sent,
        severity="medium" if status < 300 else "low",
        title=f"{status} answered, which is not documented",
        rule=f"documented answers ({', '.join(response.status for response in operation.responses)}) at {place}/responses",
        pointer=f"{place}/responses",
        signature_text=f"{status}",
        detail=said,
        note=note,
    )


def _asked_for(sent: Sent) -> bool:
    assert sent.reply is not None
    request = sent.request
    if request is None:
        return True
    names = {name.lower() for name, _ in request.headers}
    match sent.reply.status:
        case 304 | 412:
            return any(name.startswith("if-") for name in names)
        case 206 | 416:
            return "range" in names
        case 301 | 302 | 307 | 308:
            location = media.header(sent.reply.headers, "location") or ""
            return bool(location) and urls.resolved_path(request.url, location) == urls.path(request.url)
        case _:
            return False
