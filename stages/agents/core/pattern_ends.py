"""What is to be known of a pattern before it is written: its ends, its lengths, what it wants to see (GENERATION.md, section 7)."""

from collections.abc import Callable, Iterable
from functools import lru_cache

from stages.agents.core.pattern_text import SAFE
from stages.agents.core.trees import (
    Back,
    Boundary,
    Choice,
    Class,
    Edge,
    Group,
    Look,
    Ranges,
    Repeat,
    Sequence,
    Tree,
    assumes,
    choice,
    parts_of,
    repeat,
    sequence,
)

_HYPHEN: Ranges = ((0x2D, 0x2D),)
_ROOM = repeat(Class(SAFE), 0, None)


def padded(tree: Tree) -> Tree:
    """The pattern as a whole text: with room before and behind where nothing forbids it."""
    for start, closed in zip((True, False), closed_ends(tree), strict=True):
        tree = tree if closed else _padded(tree, start=start)
    return tree


def closed_ends(tree: Tree) -> tuple[bool, bool]:
    """Whether no room can be at the start, and at the end: at those of all alternatives, or with back-references of any, as what these
    repeat depends on where the pattern is found."""
    among = any if assumes(tree) else all
    return is_closed(tree, start=True, among=among), is_closed(tree, start=False, among=among)


def _padded(tree: Tree, *, start: bool) -> Tree:
    """With room at one end: where some alternatives are closed there, of each by itself."""
    if is_closed(tree, start=start):
        return tree
    if is_closed(tree, start=start, among=any):
        match tree:
            case Choice(branches):
                return choice([_padded(branch, start=start) for branch in branches])
            case Group(part):
                return _padded(part, start=start)
            case Sequence(parts) if not isinstance(parts[0 if start else -1], (Look, Boundary)):
                first, last = (_padded(part, start=start) for part in (parts[0], parts[-1]))
                return sequence([first, *parts[1:]] if start else [*parts[:-1], last])
            case _:
                pass
    room = _room(tree, start=start)
    return sequence([room, tree] if start else [tree, room])


def _room(tree: Tree, *, start: bool) -> Tree:
    """Any number of letters and digits; a hyphen apart from a boundary."""
    edge = tree
    while isinstance(edge, Sequence) and edge.parts:
        edge = edge.parts[0 if start else -1]
    if not isinstance(edge, Boundary) or edge.inverse:
        return _ROOM
    hyphen = Class(_HYPHEN)
    return repeat(sequence([_ROOM, hyphen] if start else [hyphen, _ROOM]), 0, 1)


def spelt_out(tree: Tree) -> Tree:
    """The pattern with a look-behind that it begins with, and a look-ahead that it ends with, as parts of the text."""
    if isinstance(tree, Look) and not tree.inverse:
        return tree.part
    if not isinstance(tree, Sequence) or not tree.parts:
        return tree
    first, *middle, last = tree.parts if len(tree.parts) > 1 else (sequence([]), *tree.parts)
    if isinstance(first, Look) and not first.ahead and not first.inverse:
        first = first.part
    if isinstance(last, Look) and last.ahead and not last.inverse:
        last = last.part
    return sequence([first, *middle, last])


@lru_cache(maxsize=1024)
def lengths(tree: Tree) -> tuple[int, int | None]:
    """No text that the pattern matches is shorter or longer (None: there is no bound). A group that took no part is repeated as nothing."""
    is_whole = _is_anchored(tree, start=True) and _is_anchored(tree, start=False)
    return (0 if assumes(tree) else tree.least), (tree.most if is_whole else None)


def _is_anchored(tree: Tree, *, start: bool) -> bool:
    """Whether an anchor stands at this end of all its alternatives; look-around and boundaries are passed over."""
    return _stops(tree, start, all, lambda _: False)


def is_closed(tree: Tree, *, start: bool, among: Callable[[Iterable[bool]], bool] = all) -> bool:
    """Whether no room can be at this end of all its alternatives, or of ``any``: for an anchor, or a line that begins or ends there."""
    return _stops(tree, start, among, lambda look: look.inverse and look.ahead != start and _has_room(look.part))


def _stops(tree: Tree, start: bool, among: Callable[[Iterable[bool]], bool], is_stop: Callable[[Look], bool]) -> bool:
    match tree:
        case Edge():
            return tree.start == start
        case Look():
            return is_stop(tree)
        case Sequence(parts):
            for part in parts if start else reversed(parts):
                if not isinstance(part, (Look, Boundary)):
                    return _stops(part, start, among, is_stop)
                if isinstance(part, Look) and is_stop(part):
                    return True
            return False
        case Choice(branches):
            return among(_stops(branch, start, among, is_stop) for branch in branches)
        case Group(part):
            return _stops(part, start, among, is_stop)
        case _:
            return False


def _has_room(tree: Tree) -> bool:
    """Whether it is a class of all characters that room is made of."""
    return isinstance(tree, Class) and all(any(a <= low and high <= b for a, b in tree.ranges) for low, high in SAFE)


def has_inner_edges(tree: Tree, *, first: bool = True, last: bool = True) -> bool:
    """Whether anchors stand where what is written may break them."""
    match tree:
        case Edge():
            return not (first if tree.start else last)
        case Sequence(parts):
            end = len(parts) - 1
            return any(has_inner_edges(part, first=first and i == 0, last=last and i == end) for i, part in enumerate(parts))
        case Choice(branches):
            return any(has_inner_edges(branch, first=first, last=last) for branch in branches)
        case Repeat(part):
            return has_inner_edges(part, first=False, last=False)
        case Group(part):
            return has_inner_edges(part, first=first, last=last)
        case _:
            return False


def is_dense(tree: Tree) -> bool:
    """Whether a text of every length between the bounds is sure to be written; where it is not plain, it may be so all the same."""
    match tree:
        case Class(ranges):
            return bool(ranges)
        case Repeat(part, low, high):
            return is_dense(part) and (part.least <= 1 or low == high)
        case Choice(branches):
            in_order = sorted(branches, key=lambda branch: branch.least)
            reached: int | None = tree.least
            for branch in in_order:
                if reached is not None:
                    if branch.least > reached + 1:
                        return False
                    reached = None if branch.most is None else max(reached, branch.most)
            return all(map(is_dense, branches))
        case Back():
            return False
        case _:
            return isinstance(tree, Look) or all(map(is_dense, parts_of(tree)))


def needs(tree: Tree) -> list[Tree]:
    """What must be seen ahead somewhere in the text, in order: the parts of look-aheads that are not inverse."""
    if isinstance(tree, Look):
        return [tree.part] if tree.ahead and not tree.inverse else []
    return [found for part in parts_of(tree) for found in needs(part)]
