"""Operations that the document protects, answered without a credential (OpenAPI 3.1, 4.8.30)."""

from collections.abc import Iterator
from urllib.parse import parse_qsl

from pipeline.messages import Exchange, Failure, Operation, Sent
from stages.score import urls
from stages.score.context import Context

CHECK = "authentication_ignored"
_ABSENT = "credential/absent"


def authentication_ignored(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """2xx to an attempt whose credential was left out on purpose, at an operation whose every alternative asks for one."""
    reply, step, operation = sent.reply, context.step, context.operation
    if reply is None or step is None or operation is None or not 200 <= reply.status < 300:
        return
    if step.role != "attempt" or not (step.mutation == "absent" or _ABSENT in exchange.trial.case.classes):
        return
    if not context.describes(sent) or not context.model.requires_credentials(operation) or _has_credential(context, sent):
        return
    if _asks_for_certificate(context, operation):
        return
    place = context.model.pointer(operation)
    yield context.failure(
        CHECK,
        sent,
        severity="critical",
        title=f"Answered {reply.status} without the documented credential",
        rule=f"security {_names(operation.security)} at {place}/security; RFC 9110, 15.5.2: 401 asks for it",
        pointer=f"{place}/security",
        signature_text="2xx without a credential",
        detail=f"{len(reply.body)} bytes were answered",
    )


def _asks_for_certificate(context: Context, operation: Operation) -> bool:
    """Whether one alternative is a certificate alone (mutual TLS): that is shown to the connection, or to what stands before the server,
    and no request leaves it out."""
    certificates = {scheme.name for scheme in context.model.api.security_schemes if scheme.type == "mutualTLS"}
    return any(alternative.keys() <= certificates for alternative in operation.security)


def _has_credential(context: Context, sent: Sent) -> bool:
    """Whether something that execute fills in was sent after all (``${NAME}``), or a documented API key by whatever road."""
    if sent.request is None:
        return True
    if "${" in sent.request.url or any("${" in value for _, value in sent.request.headers):
        return True
    query = {name for name, _ in parse_qsl(urls.split(sent.request.url).query, keep_blank_values=True)}
    headers = {name.lower(): value for name, value in sent.request.headers}
    for scheme in context.model.api.security_schemes:
        if scheme.type == "apiKey" and (
            (scheme.location == "query" and scheme.parameter in query)
            or (scheme.location == "header" and scheme.parameter.lower() in headers)
            or (scheme.location == "cookie" and f"{scheme.parameter}=" in headers.get("cookie", ""))
        ):
            return True
    return False


def _names(security: list[dict[str, list[str]]]) -> str:
    return " or ".join(" and ".join(sorted(alternative)) for alternative in security)
