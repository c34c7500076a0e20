"""What can be violated of keywords that look at a value as a whole (GENERATION.md, section 16). Each candidate is as good as its proof."""

from collections.abc import Iterator
from typing import Any, cast

from pipeline.messages import Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.parts import as_list
from stages.agents.core.places import Place
from stages.agents.negative.changes import Put
from stages.agents.negative.items import of_array
from stages.agents.negative.keywords import MOST_NAMES, Candidate
from stages.agents.negative.names import of_object
from stages.agents.negative.spots import Spot
from stages.agents.negative.together import Member, Together, is_of, together

MOST_PAIRS = 4
_CONDITION = ("if", "then", "else")


def combined(compiler: Compiler, place: Place, spot: Spot, sample: Value) -> Iterator[Candidate]:
    """Violations of the part that ``spot`` is the first alternative of. ``sample``: the part as it is valid."""
    whole = together(compiler, place, spot.node, spot.flat)
    for member in whole.members:
        yield from _of_branches(whole, member)
    for member in whole.members:
        if isinstance(sample, dict):
            yield from of_object(whole, member, cast("dict[str, Value]", sample))
        elif isinstance(sample, list):
            yield from of_array(whole, member, sample)


def _of_branches(whole: Together, member: Member) -> Iterator[Candidate]:
    """Values for which the branches of the member do not hold as they must."""

    def put(label: str, keywords: tuple[str, ...], *schemas: Any) -> Iterator[Candidate]:
        return (Candidate(label, Put(value)) for value in whole.instead(member, keywords, *schemas))

    is_brought = len(member) == 1 and len(whole.node.schemas) > 1 and is_of(whole.node, member)
    if "not" in member and not is_brought:  # a branch brings what its neighbours say
        yield from put("not", ("not",), member["not"])
    branches = as_list(member.get("oneOf"))
    for index in range(min(len(branches) - 1, MOST_PAIRS)):
        yield from put(f"oneOf/{index}+{index + 1}", ("oneOf",), *branches[index : index + 2])
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
