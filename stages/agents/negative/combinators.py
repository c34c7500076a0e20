"""What can be violated of keywords that look at a value as a whole (GENERATION.md, section 16). Each candidate is as good as its proof."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

from pipeline.messages import Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.equality import KINDS, Kind
from stages.agents.core.parts import as_list
from stages.agents.core.places import Place
from stages.agents.core.verdict import refuses
from stages.agents.negative.changes import Put
from stages.agents.negative.items import of_array
from stages.agents.negative.keywords import MOST_NAMES, Candidate, has_default
from stages.agents.negative.names import of_object
from stages.agents.negative.spots import Spot, is_read_only
from stages.agents.negative.together import Member, Together, is_of, together

MOST_PAIRS = 4
MOST_BRANCHES = 16
MOST_TOGETHER = 256  # members in all conjunctions: each value is made of all of them
_CONDITION = ("if", "then", "else")
_LOST = ("enum", "const", "pattern", "multipleOf")  # of which a value that is wrong for all members is sent anyway, but not for one


def combined(compiler: Compiler, place: Place, spot: Spot, sample: Value) -> Iterator[Candidate]:
    """Violations of the part that ``spot`` is the first alternative of. ``sample``: the part as it is valid."""
    whole = together(compiler, place, spot.node, spot.flat)
    most = max(1, MOST_TOGETHER // max(1, len(whole.members)))
    for member in whole.members[:most]:
        yield from _of_branches(whole, member)
    for member in whole.members:
        if isinstance(sample, dict):
            yield from of_object(whole, member, cast("dict[str, Value]", sample))
        elif isinstance(sample, list):
            yield from of_array(whole, member, sample)


def _of_branches(whole: Together, member: Member) -> Iterator[Candidate]:
    """Values for which the branches of the member do not hold as they must."""

    def put(label: str, keywords: tuple[str, ...], *schemas: Any) -> Iterator[Candidate]:
        values = whole.instead(member, keywords, *schemas)
        return (Candidate(label, Put(value)) for value in values if _is_minded(whole, value))

    is_brought = len(member) == 1 and len(whole.node.schemas) > 1 and is_of(whole.node, member)
    if "not" in member and not is_brought:  # a branch brings what its neighbours say
        yield from put("not", ("not",), member["not"])
    branches = as_list(member.get("oneOf"))
    for index in range(min(len(branches) - 1, MOST_PAIRS)):
        yield from put(f"oneOf/{index}+{index + 1}", ("oneOf",), *branches[index : index + 2])
    for keyword, label in (("oneOf", "oneOf/none"), ("anyOf", "anyOf")):
        branches = as_list(member.get(keyword))
        kinds = _shared_kinds(whole) if 1 < len(branches) <= MOST_BRANCHES else []
        if kinds:
            yield from put(label, (keyword,), {"type": kinds}, *({"not": branch} for branch in branches))
    for keyword in _LOST:
        if keyword in member and any(keyword in other for other in whole.members if other is not member):
            yield from put(f"allOf/{keyword}", (keyword,), {"not": {keyword: member[keyword]}})
    if "if" in member:
        condition = member["if"]
        if "then" in member:
            yield from put("then", _CONDITION, condition, {"not": member["then"]})
        if "else" in member:
            yield from put("else", _CONDITION, {"not": condition}, {"not": member["else"]})
    needs = member.get("dependentSchemas")
    if isinstance(needs, dict):
        for name, schema in list(cast("dict[str, Any]", needs).items())[:MOST_NAMES]:
            yield from put("dependentSchemas", ("dependentSchemas",), {"required": [name]}, {"not": schema})


def _shared_kinds(whole: Together) -> list[Kind]:
    """Those that two alternatives allow: a value of another kind that is right for none of them is sent without asking for it."""
    counts: Counter[Kind] = Counter()
    for flat in whole.node.alternatives:
        counts.update({*flat.allowed, *(("integer",) if "number" in flat.allowed else ())})
    return [kind for kind in KINDS if counts[kind] > 1]


def _is_minded(whole: Together, value: Value) -> bool:
    """Whether an object is wrong too with what a server puts in by itself: what it alone writes, and defaults of what is missing."""
    if not isinstance(value, dict):
        return True
    sent = cast("dict[str, Value]", value)
    for flat in whole.node.alternatives:
        put_in: dict[str, Value] = {}
        for name, node in flat.properties.items():
            is_missing = name in flat.required and name not in sent
            is_written = (is_missing or name in sent) and is_read_only(node)
            if is_written or (is_missing and has_default(whole.compiler, node)):
                put_in.update((name, made) for made in whole.guess(node, name))
        if put_in and not refuses(whole.compiler, whole.node, {**sent, **put_in}):
            return False
    return True
