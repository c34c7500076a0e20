"""Credentials of the tester that come back in an answer (CWE-201). Execute looks for them and tells the names only."""

from collections.abc import Iterator

from pipeline.messages import Exchange, Failure, Sent
from stages.score import signature
from stages.score.context import Context

CHECK = "secret_leaked"
_MIRRORED_HEADERS = frozenset({"user-agent", "accept", "accept-encoding", "x-request-id", "host"})


def secret_leaked(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """One failure for each credential and place: a finding in an error's answer, where nobody asked for it.

    A note in a success (a login gives the token that it is asked for, and the document permits it) and where the answer mirrors the
    whole request: an echo is what was asked for.
    """
    del exchange
    reply = sent.reply
    if reply is None:
        return
    for leak in sent.leaked:
        name, _, where = leak.partition(" in ")
        yield context.failure(
            CHECK,
            sent,
            severity="high",
            title=f"Credential {name} comes back in the answer's {where or 'body'}",
            rule="CWE-201: sensitive information in sent data",
            pointer=where or "body",
            signature_text=f"{reply.status // 100}xx credential in {where or 'body'}",
            detail=f"the bytes of {name} stand in the answer",
            note=reply.status < 400 or _mirrors(sent),
        )


def _mirrors(sent: Sent) -> bool:
    if sent.request is None or sent.reply is None:
        return False
    text = signature.answer_text(sent.reply)
    return any(name.lower() in _MIRRORED_HEADERS and len(value) >= 8 and value in text for name, value in sent.request.headers)
