"""The relations that a case says its answers must satisfy (``Expect``)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from pipeline.messages import Exchange, Expect, Failure, Sent, Severity
from stages.score import jsontext, media
from stages.score.context import Context

CHECK = "expectation"
_MISSING: Final = object()


class Unjudged(Exception):
    """A place that cannot be read: its step was not answered, its body is cut short or no JSON."""


def expectation(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """Judged once, at the last request of a case whose every step was answered; relations with unreadable places are left out.

    Silent after a 5xx: that is the cause, and a finding of its own.
    """
    case = exchange.trial.case
    if not case.expect or sent is not exchange.sent[-1]:
        return
    last = {one.step: one for one in exchange.sent}
    replies = [last[step.name].reply if step.name in last else None for step in case.steps]
    if any(reply is None or reply.status >= 500 for reply in replies):
        return
    for expect in case.expect:
        try:
            left = _read(expect.left, last)
            right = _read(expect.right, last) if expect.right else jsontext.plain(expect.value)
        except Unjudged:
            continue
        if _holds(expect, left, right):
            continue
        subject = last[expect.left.partition(".")[0]]
        yield context.failure(
            CHECK,
            subject,
            severity=_severity(exchange),
            title=expect.rule or f"{expect.left} is not {expect.relation} to {expect.right or 'the expected value'}",
            rule=expect.rule or f"case {case.title}",
            pointer=expect.rule or case.title,
            signature_text=f"{expect.relation} {expect.left} {expect.right}".rstrip(),
            detail=f"{expect.left} = {_shown(left)}; {expect.right or 'expected'} = {_shown(right)}",
        )


def _severity(exchange: Exchange) -> Severity:
    return "high" if exchange.trial.agent.startswith("security") else "medium"


def _holds(expect: Expect, left: Any, right: Any) -> bool:
    match expect.relation:
        case "equal":
            return same(left, right)
        case "different":
            return not same(left, right)
        case "contains":
            return contains(left, right)
        case "absent":
            return left is _MISSING
        case "present":
            return left is not _MISSING


def _read(place: str, last: dict[str, Sent]) -> Any:
    """The value at a place ("STEP.status", "STEP.header:NAME", "STEP.body/POINTER", "STEP.request/POINTER"), or _MISSING."""
    step, _, rest = place.partition(".")
    sent = last.get(step)
    if sent is None or sent.reply is None:
        raise Unjudged(place)
    if rest == "status":
        return sent.reply.status
    if rest.startswith("header:"):
        value = media.header(sent.reply.headers, rest.removeprefix("header:").strip().lower())
        return _MISSING if value is None else value
    if rest == "body" or rest.startswith("body/"):
        if sent.reply.truncated:
            raise Unjudged(place)
        return _resolve(sent.reply.body, rest.removeprefix("body"))
    if rest == "request" or rest.startswith("request/"):
        return _resolve((sent.request.body if sent.request else None) or b"", rest.removeprefix("request"))
    raise Unjudged(place)


def _resolve(body: bytes, pointer: str) -> Any:
    if not body:
        return _MISSING
    try:
        value = jsontext.parse(body)
    except jsontext.NotJson as error:
        if not pointer:
            return body.decode("utf-8", "replace")
        raise Unjudged(str(error)) from None
    except jsontext.TooDeep as error:
        raise Unjudged(str(error)) from None
    return resolve(value, pointer)


def resolve(value: Any, pointer: str) -> Any:
    """The value that a JSON pointer (RFC 6901) names, or _MISSING."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return _MISSING
    return value


def same(left: Any, right: Any) -> bool:
    """Equality of JSON values: numbers by value, true never 1, a status the same as text."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | Decimal) and isinstance(right, int | Decimal):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return type(left) is type(right) and left == right


def contains(whole: Any, part: Any) -> bool:
    """A text its substring, a list its item, an object every member of the part."""
    if whole is _MISSING or part is _MISSING:
        return False
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    if isinstance(whole, list):
        return any(same(item, part) or (isinstance(part, dict) and contains(item, part)) for item in whole)
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and (same(whole[key], value) or contains(whole[key], value)) for key, value in part.items())
    return False


def _shown(value: Any) -> str:
    return "nothing" if value is _MISSING else repr(value)[:200]
