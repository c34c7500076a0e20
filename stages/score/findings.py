"""Findings for people, made of causes and of groups of causes."""

import re
from collections import Counter
from typing import Final

from pipeline.messages import Finding, Request
from stages.score.broken import broken
from stages.score.causes import Cause, Group, State
from stages.score.checks import invalid_accepted, response_schema, valid_rejected
from stages.score.curl import curl
from stages.score.model import Model
from stages.score.violations import VIOLATES

_ORDER: tuple[State, ...] = ("confirmed", "unverified", "suspected", "flaky")
_ORDER_OF_LOAD: tuple[State, ...] = ("confirmed", "flaky", "unverified", "suspected")  # one that load explains speaks for all

_MOST_TOLD: Final = 12  # operations with their parts
_MOST_PARTS: Final = 6  # of one operation
_STATUS: Final = re.compile(r"\b([1-5])\d\d\b")


def identifier(key: str) -> str:
    """A finding's id: the first 12 hex digits of its key's hash; keys are hashes already."""
    return key[:12]


def finding(model: Model, cause: Cause) -> Finding:
    """The finding of one cause."""
    failure, sent = cause.failure, cause.sent
    request = sent.request if sent else None
    return Finding(
        id=identifier(cause.key),
        run=model.run,
        key=cause.key,
        check=failure.check,
        severity=failure.severity,
        agent=cause.agent,
        operation=failure.operation,
        title=failure.title,
        rule=failure.rule,
        detail=failure.detail,
        broken="" if failure.check == invalid_accepted.CHECK else broken(model, cause.case, failure.step),
        note=failure.note or cause.state == "flaky",
        state=cause.state,
        merged_into=identifier(cause.merged.key) if cause.merged else "",
        signature=failure.signature,
        operations=[failure.operation],
        occurrences=cause.occurrences,
        confirmations=cause.confirmations,
        request=request,
        reply=sent.reply if sent else None,
        failure=sent.failure if sent else None,
        curl=_curl(request),
        seed=model.seed,
        ordinal=cause.ordinal,
        case=cause.case,
    )


def mass_finding(model: Model, group: Group) -> Finding:
    """The one finding of a group: shown by the member that is best proved, listing every operation."""
    members = [member for member in group.members if member.merged is group]
    order = _ORDER_OF_LOAD if any(member.of_load for member in members) else _ORDER
    leader = min(members, key=lambda member: (order.index(member.state), _is_special(member)))
    made = finding(model, leader)
    operations = sorted({member.failure.operation for member in members} if group.kind in {"varying", "words"} else group.operations)
    checks = Counter(member.failure.check for member in members)
    by_trigger = f" by {group.trigger}" if group.trigger else ""
    is_refusal = set(checks) == {valid_rejected.CHECK}
    breaks = f"the same answer breaks what is documented ({', '.join(sorted(checks))})"
    same = breaks if group.kind == "answer" and not is_refusal else _of_all(members, made)
    title = f"At {len(operations)} operations{by_trigger}: {same}" if len(operations) > 1 else f"At {len(members)} places: {same}"
    if group.kind == "varying":
        where = f"At {len(operations)} operations: " if len(operations) > 1 else ""
        title = f"{where}{made.title} (each time in other words)"
    return Finding(
        id=identifier(group.key),
        run=made.run,
        key=group.key,
        check=made.check,
        severity=made.severity,
        agent=made.agent,
        operation=made.operation,
        title=title,
        rule=made.rule,
        detail=_with_parts(made, members) if group.of_parts and _is_spread(members, operations) else made.detail,
        broken=made.broken,
        note=made.note,
        state=made.state,
        signature=made.signature,
        operations=operations,
        occurrences=sum(member.occurrences for member in members),
        confirmations=made.confirmations,
        request=made.request,
        reply=made.reply,
        failure=made.failure,
        curl=made.curl,
        seed=made.seed,
        ordinal=made.ordinal,
        case=made.case,
    )


def _with_parts(shown: Finding, members: list[Cause]) -> str:
    """What is said of the member shown, and the parts of the requests or answers in which all show themselves, by operation."""
    parts: dict[str, set[str]] = {}
    for member in members:
        parts.setdefault(member.failure.operation, set()).add(_part(member))
    told = [f"{operation}: {_some(sorted(places - {''}))}" for operation, places in sorted(parts.items()) if places != {""}]
    return "; ".join([*([shown.detail] if shown.detail else []), *told[:_MOST_TOLD], *(["..."] if len(told) > _MOST_TOLD else [])])


def _is_spread(members: list[Cause], operations: list[str]) -> bool:
    """Whether an operation shows it at several parts, or answers at different ones: then they are told."""
    of_answers = {_part(member) for member in members if member.failure.check == response_schema.CHECK}
    return len(members) > len(operations) or len(of_answers) > 1


def _some(parts: list[str]) -> str:
    more = len(parts) - _MOST_PARTS
    return ", ".join(parts[:_MOST_PARTS]) + (f" and {more} more" if more > 0 else "")


def _part(cause: Cause) -> str:
    """The part of the operation's answer or request that a cause is of."""
    if cause.failure.check == response_schema.CHECK:
        return response_schema.part(cause.failure)
    return next(iter(cause.case.classes), "").partition(VIOLATES)[0] if cause.case is not None else ""


def _is_special(cause: Cause) -> bool:
    """Whether its case violates a keyword in a way of its own ("enum/case"): what is plainly no member of an enum shows more."""
    label = next(iter(cause.case.classes), "").partition(VIOLATES)[2] if cause.case is not None else ""
    return cause.failure.check == invalid_accepted.CHECK and "/" in label


def _of_all(members: list[Cause], shown: Finding) -> str:
    """A title that is true of every member; where they differ and nothing in common can be said, that of the one shown, as an example."""
    titles = {member.failure.title for member in members}
    by_class = {_STATUS.sub(r"\1xx", title) for title in titles}
    if min(len(titles), len(by_class)) == 1:
        return (titles if len(titles) == 1 else by_class).pop()
    if shown.check == invalid_accepted.CHECK:
        return invalid_accepted.at_many(shown.signature)
    if shown.check == response_schema.CHECK and response_schema.is_of_shared(shown.signature):
        return response_schema.at_many(shown.signature)
    return f"for example, {shown.title}"


def _curl(request: Request | None) -> str:
    return curl(request) if request is not None else ""
