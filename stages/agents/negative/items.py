"""What can be violated of how many items an array contains, and of items that only the others tell about (GENERATION.md, section 16)."""

from collections.abc import Iterator

from pipeline.messages import Schema, Value
from stages.agents.core.parts import as_list
from stages.agents.core.steer import Branch, Length
from stages.agents.negative.changes import Put
from stages.agents.negative.keywords import LARGE_COUNT, Candidate, wrong
from stages.agents.negative.together import Member, Together, is_of

_CONTAINED = ("contains", "minContains", "maxContains")


def of_array(whole: Together, member: Member, sample: list[Value]) -> Iterator[Candidate]:
    """Violations of what one member says of the array. ``sample``: the array as it is valid."""
    if "contains" in member:
        yield from _of_contains(whole, member, sample)
    for keyword in ("unevaluatedItems", "items"):
        if keyword in member and (keyword != "items" or member["items"] is False or as_list(member.get("prefixItems"))):
            yield from _behind(whole, member[keyword], keyword)


def _of_contains(whole: Together, member: Member, sample: list[Value]) -> Iterator[Candidate]:
    """No item of the kind that must be there, one too few, one too many."""
    least, most = _count(member.get("minContains"), 1), _count(member.get("maxContains"), LARGE_COUNT)
    if sample and least:
        yield Candidate("contains", Put([]))
    asked: list[tuple[str, dict[str, int]]] = []
    if least:
        asked.append(("contains/none", {"minContains": 0, "maxContains": 0}))
    if 1 < least <= LARGE_COUNT:
        asked.append(("minContains", {"minContains": least - 1, "maxContains": least - 1}))
    if most < LARGE_COUNT:
        asked.append(("maxContains", {"minContains": most + 1}))
    for label, counts in asked:
        for value in whole.instead(member, _CONTAINED, {"contains": member["contains"], **counts}):
            yield Candidate(label, Put(value))


def _behind(whole: Together, schema: Schema, keyword: str) -> Iterator[Candidate]:
    """All items that have a place of their own, and behind them one that must not be there or not be so."""
    flat = whole.flat
    count = len(flat.prefix)
    if flat.items is None or not is_of(flat.items, schema) or (flat.max_items is not None and count >= flat.max_items):
        return
    extra: list[tuple[str, Value]] = [(keyword, "sample")]
    if flat.items.alternatives:
        extra = [(f"{keyword}/{label}", value) for label, value in wrong(whole, flat.items)]
    index = next(index for index, one in enumerate(whole.node.alternatives) if one is flat)
    for value in whole.guess(whole.node, whole.place.name, Branch(index, Length(count))):
        if isinstance(value, list):
            yield from (Candidate(label, Put([*value, item])) for label, item in extra)


def _count(value: object, absent: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else absent
