"""An answer's JSON body against its documented schema (OpenAPI 3.1, 4.8.17; JSON Schema 2020-12)."""

import re
from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace

from pipeline.messages import Exchange, Failure, Reply, Sent, Severity
from stages.score import media
from stages.score.checks.bodyless import has_no_content
from stages.score.context import Context
from stages.score.model import SHARED
from stages.score.schemas import Violation

CHECK = "response_schema"
_DETAIL_CHARS = 600
_SEVERAL = 3  # required properties that one place lacks are missing for one reason, and properties that are null are so for one
_NULL = "null is not of type"
_WHOLE = "the whole body"
_TELLING = frozenset(
    {"type", "enum", "const", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    | {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
)  # their messages end with what was wanted
_VERB = re.compile(r" (?:is|does|has|are) ")
_BREAKS = "breaks its schema: "


def response_schema(context: Context, exchange: Exchange, sent: Sent) -> Iterator[Failure]:
    """One failure for each cause: the broken keyword of the schema at one place of the body, array indexes and keys of maps left out.

    A note where only a ``format`` is broken and for errors that the document covers by "default" or "4XX" only. Silent on truncated
    bodies, on bodies that are no JSON (content_type speaks of those) and on undocumented media types.
    """
    del exchange
    reply, response = sent.reply, context.response
    if reply is None or response is None or not reply.body or reply.truncated or has_no_content(sent):
        return
    if reply.status >= 500 and not context.exact:
        return
    entry = context.supposed_media
    if entry is None or entry.schema is None or not media.is_json(context.content_type or entry.media_type):
        return
    assert context.operation is not None
    validator = context.model.body_validator(context.operation, response, entry)
    if validator is None:
        return
    try:
        value = context.json(reply)
        if validator.is_valid(value):
            return
        violations, only_formats = validator.violations(value)
    except ValueError:  # no JSON, too deep, or text with lone surrogates, which no validator takes
        return
    placed = list(_null_together([(violation, validator.place(violation)) for violation in violations]))
    yield from _failures(context, sent, reply, placed, only_formats=only_formats)


def _failures(context: Context, sent: Sent, reply: Reply, placed: list[tuple[Violation, str]], *, only_formats: bool) -> Iterator[Failure]:
    note = only_formats or (reply.status >= 400 and not context.exact)
    severity: Severity = "medium" if reply.status < 400 else "low"
    seen: set[str] = set()
    lacks = {(tuple(violation.rule), place, violation.message) for violation, place in placed if violation.keyword == "required"}
    missing = Counter((rule, place) for rule, place, _ in lacks)  # properties, however many items lack them
    for violation, place in placed:
        rule, tail = _rule(context, violation)
        pointer = rule
        several = violation.keyword == "null" or missing[tuple(violation.rule), place] >= _SEVERAL
        about = ": several properties" if several else _about(violation)
        where = place or _WHOLE
        broken = f"several properties are null in {where}" if violation.keyword == "null" else f"{violation.keyword} at {where}{about}"
        text = f"{reply.status // 100}xx {tail} at {where}{about}"
        same = f"{reply.status // 100}xx {tail}{about}" if tail.startswith(SHARED) else _same_at_many(text, violation)
        if only_formats and violation.keyword == "format":  # a way of writing, wherever it is written
            pointer = text = same = f"format {violation.message.rpartition(' is not a ')[2]}"
        if text in seen:
            continue
        seen.add(text)
        failure = context.failure(
            CHECK,
            sent,
            severity=severity,
            title=f"Body of {reply.status} {_BREAKS}{broken}",
            rule=f"{rule}, {context.clause()}",
            pointer=pointer,
            signature_text=text,
            detail=violation.message[:_DETAIL_CHARS],
            note=note,
        )
        yield replace(failure, signature=same)
        if len(seen) >= context.schema_failures:
            return


def _same_at_many(text: str, violation: Violation) -> str:
    """What is equal where schemas that are not shared are broken alike: with the place what was wanted there, as the message ends."""
    return f"{text}: {_VERB.split(violation.message)[-1]}"[:_DETAIL_CHARS] if violation.keyword in _TELLING else text


def tells_of_itself(signature: str) -> bool:
    """Whether equal faults of schemas that are not shared are one: it is known where, not only that it is another body, and what was
    wanted there."""
    keyword = signature.partition(" at ")[0].rpartition("/")[2]
    return _WHOLE not in signature and (keyword in _TELLING or keyword in {"additionalProperties", "required", "properties"})


def is_of_shared(signature: str) -> bool:
    """Whether it is a keyword of a shared schema that is broken, which is one cause wherever in the body."""
    return signature[4:].startswith(SHARED)


def at_many(signature: str) -> str:
    """The title of causes of one signature, true of each of them."""
    status, _, keyword = signature.partition(" ")
    return f"Body of {status} breaks {keyword}"


def part(failure: Failure) -> str:
    """Where in the body a failure is."""
    broken = failure.title.partition(_BREAKS)[2]
    return broken.partition(" at ")[2] or broken


def _null_together(placed: list[tuple[Violation, str]]) -> Iterator[tuple[Violation, str]]:
    """The violations, those of several properties of one object that are null and must not be as one: its document forgot that they may."""
    of_objects: dict[tuple[object, ...], dict[str, None]] = {}
    for violation, place in placed:
        if _is_null_property(violation):
            of_objects.setdefault((*violation.rule[:-2], place.rpartition("/")[0]), {}).setdefault(str(violation.rule[-2]))
    for violation, place in placed:
        outer = place.rpartition("/")[0]
        names = of_objects.get((*violation.rule[:-2], outer), {}) if _is_null_property(violation) else {}
        if len(names) < _SEVERAL:
            yield violation, place
            continue
        message = f"null is not allowed by the schema of {', '.join(names)}"
        yield Violation(rule=violation.rule[:-2], place=violation.place[:-1], keyword="null", message=message), outer


def _is_null_property(violation: Violation) -> bool:
    return violation.keyword == "type" and violation.message.startswith(_NULL) and violation.rule[-3:-2] == ["properties"]


def _rule(context: Context, violation: Violation) -> tuple[str, str]:
    """Where the document has the broken keyword, and what of that is the same at every operation."""
    assert context.operation is not None
    assert context.response is not None
    assert context.supposed_media is not None
    path = [str(part).replace("~", "~0").replace("/", "~1") for part in violation.rule]
    if path[:1] == ["$defs"] and len(path) > 1:
        pointer = "/".join([context.model.definition_pointer(str(violation.rule[1])), *path[2:]])
        return pointer, pointer
    tail = "/".join(path)
    return f"{context.model.schema_pointer(context.operation, context.response, context.supposed_media)}/{tail}", tail


def _about(violation: Violation) -> str:
    """The property that is missing or too many: another one is another cause."""
    if violation.keyword == "required":
        return f": {violation.message.partition(' is a required')[0]}"
    return ""
