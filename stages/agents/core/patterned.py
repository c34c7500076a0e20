"""Strings of a schema with a pattern (GENERATION.md, section 7)."""

from stages.agents.core import text
from stages.agents.core.draws import Draws
from stages.agents.core.pattern import Tree
from stages.agents.core.pattern_text import Dead, Style, has_inner_edges, matches, padded, write
from stages.agents.core.schema import Flat

TRIES = 8
MAX_LENGTH = 4096
MAX_PLAUSIBLE = 256


def patterned_text(draws: Draws, flat: Flat, lengths: tuple[int, int | None], plausible: str, style: Style) -> str | None:
    """A text that matches all patterns of the schema and has an allowed length; None where none was found.

    The tidy style takes the plausible text, fitted to the lengths, where that matches and need not be long.
    """
    low, high = lengths
    if style == "tidy" and low <= MAX_PLAUSIBLE:
        fitted = text.fitted(plausible, low, high)
        if all(matches(tree, fitted) for tree in flat.patterns):
            return fitted
    tree, whole, doubtful = _prepared(flat)
    for _ in range(TRIES):
        length = _length(draws, (tree, whole), lengths, style)
        if length is None:
            return None
        try:
            made = write(tree if _reaches(tree, length) else whole, draws, length, style)
        except Dead:
            continue
        if not doubtful or all(matches(other, made) for other in flat.patterns):
            return made
    return None


def _prepared(flat: Flat) -> tuple[Tree, Tree, bool]:
    """The first pattern, the same with room around it, and whether what is written must be looked at again."""
    if "pattern" not in flat.scratch:
        tree = flat.patterns[0]
        whole = padded(tree)
        flat.scratch["pattern"] = (tree, whole, len(flat.patterns) > 1 or has_inner_edges(whole))
    known: tuple[Tree, Tree, bool] = flat.scratch["pattern"]
    return known


def _reaches(tree: Tree, length: int) -> bool:
    return tree.least <= length and (tree.most is None or length <= tree.most)


def _length(draws: Draws, trees: tuple[Tree, Tree], lengths: tuple[int, int | None], style: Style) -> int | None:
    """A length that the pattern itself can have, else one that it can have with room around it."""
    low, high = lengths
    for candidate in trees:
        first = max(low, candidate.least)
        last = min(MAX_LENGTH if high is None else high, MAX_LENGTH if candidate.most is None else candidate.most)
        if first <= last:
            if first == last:
                return first
            return max(first, min(8, last)) if style == "tidy" else text.pick_length(draws, first, last)
    return None
