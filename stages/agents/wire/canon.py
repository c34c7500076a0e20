"""The canonical form of answers: what "equal, byte for byte" means (native/PROTOCOL.md, section 4)."""

import msgspec
from msgspec.structs import replace

from pipeline.messages import Answer, Case, Extract, Plan, Step

_encoder = msgspec.msgpack.Encoder()

# msgspec leaves a field out when it *is* its default. Empty strings and lists, None and small ints always are; these three
# strings are only where they come from the source text or from a decoder, not where a program built them.
_INTENT = Case.__struct_defaults__[Case.__struct_fields__.index("intent") - len(Case.__struct_fields__)]
_ROLE = Step.__struct_defaults__[Step.__struct_fields__.index("role") - len(Step.__struct_fields__)]
_SOURCE = Extract.__struct_defaults__[Extract.__struct_fields__.index("source") - len(Extract.__struct_fields__)]


def encode_answer(answer: Answer) -> bytes:
    """The canonical MessagePack of an answer, whatever made it. Values in it must be canonical already (``pipeline.messages.Value``)."""
    return _encoder.encode(canonical(answer))


def canonical(answer: Answer) -> Answer:
    """The answer with its default strings in the form that the encoder leaves out."""
    if isinstance(answer, Case):
        return _case(answer)
    if isinstance(answer, Plan):
        shares = [replace(share, case=_case(share.case)) for share in answer.shares]
        return replace(answer, shares=shares)
    return answer


def _case(case: Case) -> Case:
    steps = [_step(step) for step in case.steps]
    if case.intent == _INTENT and case.intent is not _INTENT:
        return replace(case, intent=_INTENT, steps=steps)
    if any(new is not old for new, old in zip(steps, case.steps, strict=True)):
        return replace(case, steps=steps)
    return case


def _step(step: Step) -> Step:
    changed = step
    if step.role == _ROLE and step.role is not _ROLE:
        changed = replace(changed, role=_ROLE)
    if any(extract.source == _SOURCE and extract.source is not _SOURCE for extract in step.extract):
        changed = replace(changed, extract=[replace(e, source=_SOURCE) if e.source == _SOURCE else e for e in step.extract])
    return changed
