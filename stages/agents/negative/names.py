"""What can be violated of an object by the names of its properties (GENERATION.md, section 16)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from pipeline.messages import Schema, Value
from stages.agents.core.parts import as_list
from stages.agents.core.verdict import refuses
from stages.agents.negative.changes import Put, With, Without
from stages.agents.negative.keywords import MOST_NAMES, Candidate, is_put_in, wrong
from stages.agents.negative.together import Member, Together, is_of

_ODD_NAMES = ("", "!", "extra property", "a" * 300)


def of_object(whole: Together, member: Member, sample: dict[str, Value]) -> Iterator[Candidate]:
    """Violations of what one member says of the object. ``sample``: the object as it is valid."""
    needs = member.get("dependentRequired")
    if isinstance(needs, dict):
        yield from _without_company(whole, member, cast("dict[str, Any]", needs), sample)
    if "if" in member or "dependentSchemas" in member:
        yield from _without_one(whole, member, sample)
    properties = member.get("properties")
    if isinstance(properties, dict):
        barred = (name for name in cast("dict[str, Any]", properties) if name not in sample and _may_not_be(whole, name))
        yield from (Candidate("properties", With(name, "sample"), (name,)) for name in islice(barred, MOST_NAMES))
    if "propertyNames" in member:
        yield from _with_odd_name(whole, member["propertyNames"], sample)
    patterns = member.get("patternProperties")
    if isinstance(patterns, dict):
        for pattern in islice(cast("dict[str, Any]", patterns), MOST_NAMES):
            yield from _with_matching_name(whole, pattern, sample)
    rest = whole.flat.additional
    if "unevaluatedProperties" in member and rest is not None and is_of(rest, member["unevaluatedProperties"]) and "extra1" not in sample:
        extra: list[tuple[str, Value]] = [("unevaluatedProperties", "sample")]
        if rest.alternatives:
            extra = [(f"unevaluatedProperties/{label}", value) for label, value in wrong(whole, rest)]
        yield from (Candidate(label, With("extra1", value), ("extra1",)) for label, value in extra)


def _may_not_be(whole: Together, name: str) -> bool:
    """Whether a property of this name has nothing that it may be."""
    node = whole.flat.property(name)
    return node is not None and not node.alternatives


def _without_company(whole: Together, member: Member, needs: dict[str, Any], sample: dict[str, Value]) -> Iterator[Candidate]:
    """One name, and not another that must be there with it."""
    pairs = ((name, other) for name, others in needs.items() for other in as_list(others) if isinstance(other, str) and other != name)
    for name, other in islice(pairs, MOST_NAMES):
        if is_put_in(whole.compiler, whole.flat, other):
            continue
        if name in sample and other in sample:
            yield Candidate("dependentRequired", Without(other), (other,))
        elif name not in sample:
            alone = {"required": [name], "properties": {other: False}}
            for value in whole.instead(member, ("dependentRequired",), alone):
                yield Candidate("dependentRequired", Put(value), (other,))


def _without_one(whole: Together, member: Member, sample: dict[str, Value]) -> Iterator[Candidate]:
    """Without a property that only some condition asks for; the label says which branch of it."""
    for name in list(sample)[:MOST_NAMES]:
        if name in whole.flat.required or is_put_in(whole.compiler, whole.flat, name):
            continue
        label = "dependentSchemas"
        if "if" in member:
            left = {key: value for key, value in sample.items() if key != name}
            label = "else" if refuses(whole.compiler, whole.compiler.node(member["if"]), left) else "then"
        yield Candidate(label, Without(name), (name,))


def _with_odd_name(whole: Together, names: Schema, sample: dict[str, Value]) -> Iterator[Candidate]:
    """A further property that would be right under another name."""
    rest = whole.flat.additional
    made = whole.guess(whole.compiler.node({"type": "string"}, {"not": names}), "name")
    for value in ["sample"] if rest is None else whole.guess(rest, "name"):  # none where there must be no further property at all
        for index, name in enumerate([*_ODD_NAMES, *made]):
            if isinstance(name, str) and name not in sample:
                yield Candidate(f"propertyNames/{index}", With(name, value), (name,))


def _with_matching_name(whole: Together, pattern: str, sample: dict[str, Value]) -> Iterator[Candidate]:
    """A property whose name a pattern finds something in, with a value that it may not have."""
    limits = [member["propertyNames"] for member in whole.members if "propertyNames" in member]
    for name in whole.guess(whole.compiler.node(*limits, {"type": "string", "pattern": pattern}), "name"):
        node = whole.flat.property(name) if isinstance(name, str) else None
        if node is None or name in sample:
            continue
        if not node.alternatives:
            yield Candidate("patternProperties", With(name, "sample"), (name,))
            continue
        for label, value in wrong(whole, node):
            yield Candidate(f"patternProperties/{label}", With(name, value), (name,))
