"""Documented examples and defaults, as far as they satisfy the schema that they stand in (GENERATION.md, section 9)."""

from pipeline.messages import Value
from stages.agents.core import text
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.matching import matches
from stages.agents.core.schema import Flat, Node
from stages.agents.core.verdict import satisfies


def valid_samples(compiler: Compiler, node: Node, flat: Flat) -> list[Value]:
    """The samples of an alternative that are not null and that the validator accepts."""
    if not flat.samples:
        return []
    if "samples" not in flat.scratch:
        flat.scratch["samples"] = [sample for sample in flat.samples if sample is not None and satisfies(compiler, node, sample)]
    known: list[Value] = flat.scratch["samples"]
    return known


def first_sample(compiler: Compiler, node: Node, flat: Flat) -> tuple[Value] | None:
    """The first of them."""
    if not flat.samples:
        return None
    known = valid_samples(compiler, node, flat)
    return (known[0],) if known else None


def varied_sample(draws: Draws, node: Node, sample: Value, name: str) -> Value:
    """The sample with the texts in it whose names say that they should differ from case to case made different.

    Only where the node has one alternative, and the text no enum, no format but email, and a pattern that the new text matches.
    """
    if len(node.alternatives) != 1:
        return sample
    flat = node.alternatives[0]
    if isinstance(sample, str):
        if not text.is_varied(name) or flat.values is not None or flat.format not in ("", "email") or flat.unsupported:
            return sample
        changed = text.varied(draws, sample, flat.max_length)
        fine = len(changed) >= flat.min_length and all(matches(tree, changed) for tree in flat.patterns)
        return changed if fine else sample
    if isinstance(sample, dict):
        return {key: _varied_child(draws, flat.property(key), item, key) for key, item in sample.items()}
    if isinstance(sample, list):
        return [_varied_child(draws, flat.item(index), item, name) for index, item in enumerate(sample)]
    return sample


def _varied_child(draws: Draws, node: Node | None, sample: Value, name: str) -> Value:
    return sample if node is None else varied_sample(draws, node, sample, name)
