"""Strings of a schema with a pattern (GENERATION.md, section 7)."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from stages.agents.core import text
from stages.agents.core.draws import Draws
from stages.agents.core.matching import MOST_WORK, matches, most_work
from stages.agents.core.pattern_ends import closed_ends, has_inner_edges, is_closed, is_dense, needs, padded, spelt_out
from stages.agents.core.pattern_text import Dead, Style, Write, reaches, write, writer
from stages.agents.core.schema import Flat
from stages.agents.core.trees import Tree, assumes, looks

TRIES = 8
MORE_TRIES = 16  # where what is written is not sure to match
MAX_LENGTH = 4096
MAX_LENGTH_WITH_LOOKS = 128
MAX_PLAUSIBLE = 256
MAX_SURE = 512
_MOST_MATCHED = 4096


class _Way(NamedTuple):
    """How texts of a tree are written: how long, from that and a stream what, and up to which length they are sure to match."""

    length: Callable[[Draws], int]
    write: Write
    sure: int


class Prepared(NamedTuple):
    """A schema's first pattern, made ready."""

    tree: Tree
    whole: Tree  # with room around it; the tree itself where there is none
    meant: bool  # whether one end has none
    open: str  # the one end of a bounded pattern that has room: "start" or "end"; else ""
    needs: list[Tree]  # what its look-aheads want to see
    looks: bool
    sure: int  # so long a text, written of the pattern as it is, is sure to match; -1: none is
    doubtful: bool  # whether others must be looked at again
    repeats: bool  # whether it has back-references


def patterned_text(draws: Draws, flat: Flat, lengths: tuple[int, int | None], plausible: str, style: Style) -> str | None:
    """A text that matches all patterns of the schema and has an allowed length; None where none was found.

    The tidy style takes the plausible text, fitted to the lengths, where that matches and need not be long, by itself or at an open end;
    else the pattern as it is comes first; at random one time in two, and one in four where it is anchored, so that room is meant.
    """
    if style == "tidy":
        made = _tidy(draws, flat, lengths, plausible)
        if made is not None:
            return made
    return _loose(flat, lengths, style)(draws)


def _tidy(draws: Draws, flat: Flat, lengths: tuple[int, int | None], plausible: str) -> str | None:
    """The plausible text, by itself or at an open end; None where that does not match."""
    low, high = lengths
    known = prepared(flat)
    if low <= MAX_PLAUSIBLE and not known.repeats:
        fitted = text.fitted(plausible, low, high)
        if all(is_matched(tree, fitted) for tree in flat.patterns):
            return fitted
    return _extended(draws, flat, lengths, plausible) if known.open else None


def _loose(flat: Flat, lengths: tuple[int, int | None], style: Style) -> Callable[[Draws], str | None]:
    """What writes texts of the pattern, as it is or with room around it."""
    key = "written", lengths, style
    if key not in flat.scratch:
        flat.scratch[key] = _made_loose(flat, lengths, style)
    made: Callable[[Draws], str | None] = flat.scratch[key]
    return made


def _made_loose(flat: Flat, lengths: tuple[int, int | None], style: Style) -> Callable[[Draws], str | None]:
    low, high = lengths
    known, patterns = prepared(flat), flat.patterns
    trees = [known.tree] if known.whole is known.tree else [known.tree, known.whole]
    found = [_way(known, tree, lengths, style) for tree in trees]
    ways = [way for way in found if way is not None]
    turned = ways[::-1]
    as_it_is = 4 if len(trees) == 1 or style == "tidy" else 1 if known.meant else 2  # times in four it comes first
    tries = MORE_TRIES if known.looks or len(patterns) > 1 else TRIES

    def write(draws: Draws) -> str | None:
        for way in ways if as_it_is == 4 or draws.below(4) < as_it_is else turned:
            for _ in range(tries):
                length = way.length(draws)
                try:
                    made = way.write(draws, length, {})
                    if known.needs:
                        made = _with_needs(draws, known.needs, made, style)
                except Dead:
                    continue
                if known.repeats and not (low <= len(made) and (high is None or len(made) <= high)):
                    continue
                if length <= way.sure or all(matches(other, made) for other in patterns):
                    return made
        return None

    return write


def can_have(flat: Flat, length: int) -> bool:
    """Whether a text of so many characters that matches all patterns is made."""
    known = prepared(flat)
    if not known.doubtful and reaches(known.whole, length) and is_dense(known.whole):
        return True
    return patterned_text(Draws(0), flat, (length, length), "", "tidy") is not None


def _extended(draws: Draws, flat: Flat, lengths: tuple[int, int | None], plausible: str) -> str | None:
    """The pattern as it is with the plausible text at its open end; None where that does not match."""
    low, high = lengths
    known = prepared(flat)
    way = _way(known, known.tree, (0, high), "tidy")
    if way is None:
        return None
    length = way.length(draws)
    try:
        made = way.write(draws, length, {})
    except Dead:
        return None
    more = text.fitted(plausible, max(low - length, 0), None if high is None else high - length)
    made = made + more if known.open == "end" else more + made
    return made if not known.doubtful or all(matches(other, made) for other in flat.patterns) else None


@lru_cache(maxsize=_MOST_MATCHED)
def is_matched(tree: Tree, plausible: str) -> bool:
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
        is_open = tree.most is not None and not wanted and not repeats
        found = Prepared(
            tree=tree,
            whole=whole,
            meant=any(closed_ends(tree)),
            open=_open_end(tree) if is_open else "",
            needs=wanted,
            looks=sees,
            sure=MAX_SURE if is_sure else -1,
            doubtful=doubtful,
            repeats=repeats,
        )
        flat.scratch["pattern"] = found
    known: Prepared = flat.scratch["pattern"]
    return known


def _open_end(tree: Tree) -> str:
    """The end at which no alternative is closed, where at the other end all are."""
    ends = [("start", True), ("end", False)]
    closed = [name for name, start in ends if is_closed(tree, start=start)]
    free = [name for name, start in ends if not is_closed(tree, start=start, among=any)]
    return free[0] if closed and free else ""


def _way(known: Prepared, tree: Tree, lengths: tuple[int, int | None], style: Style) -> _Way | None:
    """How texts of a tree are written; None: it has none of these lengths."""
    span = _span(known, tree, lengths)
    if span is None:
        return None
    first, last = span
    sure = last if not known.doubtful else known.sure if tree is known.tree else -1
    if style == "tidy" or first == last:
        return _Way(_always(max(first, min(8, last))), writer(tree, style), sure)
    return _Way(text.lengths_between(first, last), writer(tree, style), sure)


def _always(length: int) -> Callable[[Draws], int]:
    return lambda _: length


def _span(known: Prepared, tree: Tree, lengths: tuple[int, int | None]) -> tuple[int, int] | None:
    """The lengths that the pattern can have, as it is or with room around it, of those that are allowed; None: it has none of these."""
    low, high = lengths
    longest = max(MAX_LENGTH_WITH_LOOKS, low) if known.looks else max(MAX_LENGTH, low) if high is None else high
    first = max(low, tree.least)
    last = min(longest if high is None else min(high, longest), max(MAX_LENGTH, low) if tree.most is None else tree.most)
    return None if first > last else (min(max(first, sum(need.least for need in known.needs)), last), last)
