"""Strings of a schema with a pattern (GENERATION.md, section 7)."""

from functools import lru_cache
from typing import NamedTuple

from stages.agents.core import text
from stages.agents.core.draws import Draws
from stages.agents.core.matching import MOST_WORK, matches, most_work
from stages.agents.core.pattern_text import Dead, Style, has_inner_edges, needs, padded, reaches, spelt_out, write
from stages.agents.core.schema import Flat
from stages.agents.core.trees import Tree, assumes, looks

TRIES = 8
TRIES_WITH_LOOKS = 16
MAX_LENGTH = 4096
MAX_LENGTH_WITH_LOOKS = 128
MAX_PLAUSIBLE = 256
MAX_SURE = 512
_MOST_MATCHED = 4096


class Prepared(NamedTuple):
    """A schema's first pattern, made ready."""

    tree: Tree
    whole: Tree  # with room around it
    needs: list[Tree]  # what its look-aheads want to see
    looks: bool
    sure: int  # so long a text, written of the pattern as it is, is sure to match; -1: none is
    doubtful: bool  # whether others must be looked at again
    repeats: bool  # whether it has back-references


def patterned_text(draws: Draws, flat: Flat, lengths: tuple[int, int | None], plausible: str, style: Style) -> str | None:
    """A text that matches all patterns of the schema and has an allowed length; None where none was found.

    The tidy style takes the plausible text, fitted to the lengths, where that matches and need not be long.
    """
    low, high = lengths
    known = prepared(flat)
    if style == "tidy" and low <= MAX_PLAUSIBLE and not known.repeats:
        fitted = text.fitted(plausible, low, high)
        if all(_is_matched(tree, fitted) for tree in flat.patterns):
            return fitted
    for _ in range(TRIES_WITH_LOOKS if known.looks else TRIES):
        length = _length(draws, known, lengths, style)
        if length is None:
            return None
        fits = reaches(known.tree, length)
        try:
            made = write(known.tree if fits else known.whole, draws, length, style)
            if known.needs:
                made = _with_needs(draws, known.needs, made, style)
        except Dead:
            continue
        if known.repeats and not (low <= len(made) and (high is None or len(made) <= high)):
            continue
        if not known.doubtful or (fits and length <= known.sure) or all(matches(other, made) for other in flat.patterns):
            return made
    return None


@lru_cache(maxsize=_MOST_MATCHED)
def _is_matched(tree: Tree, plausible: str) -> bool:
    """Whether a plausible text, which mostly is the same from case to case, matches."""
    return matches(tree, plausible)


def _with_needs(draws: Draws, parts: list[Tree], made: str, style: Style) -> str:
    """The text with what must be seen, as short as can be, written over it, each at a place of its own. Raises Dead."""
    taken: set[int] = set()
    for part in parts:
        need = write(part, draws, part.least, style)
        free = [at for at in range(len(made) - len(need) + 1) if taken.isdisjoint(range(at, at + len(need)))]
        if not need or not free:
            continue
        at = free[draws.below(len(free))] if len(free) > 1 else free[0]
        made = made[:at] + need + made[at + len(need) :]
        taken.update(range(at, at + len(need)))
    return made


def prepared(flat: Flat) -> Prepared:
    """The first of its patterns."""
    if "pattern" not in flat.scratch:
        tree = spelt_out(flat.patterns[0])
        whole = padded(tree)
        sees = any(map(looks, flat.patterns))
        wanted = [need for each in (tree, *flat.patterns[1:]) for need in needs(each)]
        repeats = any(map(assumes, flat.patterns))
        alone = not sees and len(flat.patterns) == 1
        is_sure = alone and not repeats and not has_inner_edges(tree) and most_work(tree, MAX_SURE) <= MOST_WORK
        doubtful = not alone or has_inner_edges(whole)
        flat.scratch["pattern"] = Prepared(tree, whole, wanted, sees, MAX_SURE if is_sure else -1, doubtful, repeats)
    known: Prepared = flat.scratch["pattern"]
    return known


def _length(draws: Draws, known: Prepared, lengths: tuple[int, int | None], style: Style) -> int | None:
    """A length that the pattern itself can have, else one that it can have with room around it."""
    low, high = lengths
    longest = max(MAX_LENGTH_WITH_LOOKS, low) if known.looks else MAX_LENGTH if high is None else high
    wanted = sum(need.least for need in known.needs)
    for candidate in (known.tree, known.whole):
        first = max(low, candidate.least)
        last = min(longest if high is None else min(high, longest), MAX_LENGTH if candidate.most is None else candidate.most)
        if first <= last:
            first = min(max(first, wanted), last)
            if first == last:
                return first
            return max(first, min(8, last)) if style == "tidy" else text.pick_length(draws, first, last)
    return None
