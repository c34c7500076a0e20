"""Documented response headers: there, and of the documented form (OpenAPI 3.1, 4.8.17 and 4.8.21)."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from pipeline.messages import Exchange, Failure, Header, Sent
from stages.score import media
from stages.score.context import Context
from stages.score.schemas import Validator

CHECK = "response_headers"


def response_headers(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """A required header that is missing, or a header whose value breaks its schema; a note for errors without a status of their own.

    Content-Type is left to content_type, as OpenAPI says. Only strings, numbers and booleans are judged: serialised lists and objects
    have too many readings.
    """
    del exchange
    reply, response = sent.reply, context.response
    if reply is None or response is None or not response.headers:
        return
    for documented in response.headers:
        name = documented.name.lower()
        if name == "content-type":
            continue
        value = media.header(reply.headers, name)
        if value is None:
            if documented.required:
                yield _failure(context, sent, documented, keyword="required", title="Required header {} is missing")
            continue
        assert context.operation is not None
        validator = context.model.header_validator(context.operation, response, documented)
        if validator is not None and not _valid(validator, documented.schema, value):
            shown = f"{documented.name}: {value[:200]}"
            yield _failure(context, sent, documented, keyword="schema", title="Header {} breaks its schema", detail=shown)


def _failure(context: Context, sent: Sent, documented: Header, *, keyword: str, title: str, detail: str = "") -> Failure:
    assert sent.reply is not None
    assert context.response is not None
    return context.failure(
        CHECK,
        sent,
        severity="low",
        title=title.format(documented.name),
        rule=f"{context.clause()}/headers/{documented.name}",
        pointer=f"responses/{context.response.status}/headers/{documented.name.lower()}/{keyword}",
        signature_text=f"{sent.reply.status // 100}xx {documented.name.lower()} {keyword}",
        detail=detail,
        note=sent.reply.status >= 400 and not context.exact,
    )


def _valid(validator: Validator, schema: Any, text: str) -> bool:
    """Whether one of the values that a header's text may stand for is valid."""
    kinds = schema.get("type") if isinstance(schema, dict) else None
    names = {str(kind) for kind in kinds} if isinstance(kinds, list) else {str(kinds)}
    if not names <= {"string", "integer", "number", "boolean", "null"}:
        return True
    try:
        return any(validator.is_valid(value) or _only_formats(validator, value) for value in _readings(text, names))
    except ValueError:
        return True


def _only_formats(validator: Validator, value: Any) -> bool:
    violations, only_formats = validator.violations(value)
    return only_formats or not violations


def _readings(text: str, kinds: set[str]) -> Iterator[Any]:
    if kinds & {"integer", "number"}:
        try:
            number = Decimal(text.strip())
        except InvalidOperation:
            number = None
        if number is not None and number.is_finite():
            yield number
    if "boolean" in kinds and text.strip().lower() in {"true", "false"}:
        yield text.strip().lower() == "true"
    if "null" in kinds and not text.strip():
        yield None
    yield text
