"""Groups of operations that are generated for together: a resource and what is below it, while that is not too much."""

from collections.abc import Iterator

from pipeline.messages import Operation
from stages.ingest.dependencies.paths import Segments, named, segments_of


class _Branch:
    """A path segment with what goes on from it."""

    __slots__ = ("branches", "keys", "segments", "size")

    def __init__(self, segments: Segments) -> None:
        self.segments = segments
        self.keys: list[str] = []
        self.branches: dict[str, _Branch] = {}
        self.size = 0


def groups_of(operations: list[Operation], limit: int) -> dict[str, str]:
    """For each key its group, named after the path at its root. A group has about ``limit`` operations, at most half as many again.

    A branch of the path tree that fits is one group, so that what makes an object stays with what takes it. Of one that does not fit, each
    larger branch is divided in turn; what stands at its root and the smallest branches, single actions mostly, share groups.
    """
    root = _Branch(())
    for operation in sorted(operations, key=lambda each: each.key):
        at = root
        at.size += 1
        for segment in segments_of(operation.path):
            at = at.branches.setdefault(segment, _Branch((*at.segments, segment)))
            at.size += 1
        at.keys.append(operation.key)
    return dict(_divided(root, limit))


def _divided(root: _Branch, limit: int) -> Iterator[tuple[str, str]]:
    pending = [root]
    while pending:
        at = pending.pop()
        if at.size <= limit + limit // 2:
            yield from ((key, named(at.segments)) for key in _keys(at))
            continue
        minor = [inner for inner in at.branches.values() if inner.size <= limit // 4]
        pending.extend(inner for inner in at.branches.values() if inner.size > limit // 4)
        yield from _packed(at, minor, limit)


def _packed(at: _Branch, minor: list[_Branch], limit: int) -> Iterator[tuple[str, str]]:
    """The operations at a path, then its minor branches in order, in groups of at most ``limit``."""
    pieces = [[key] for key in at.keys] + [list(_keys(inner)) for inner in sorted(minor, key=lambda inner: inner.segments)]
    number, room = 1, limit
    for piece in pieces:
        if len(piece) > room:
            number, room = number + 1, limit
        room -= len(piece)
        name = named(at.segments) if number == 1 else f"{named(at.segments)} {number}"
        yield from ((key, name) for key in piece)


def _keys(branch: _Branch) -> Iterator[str]:
    pending = [branch]
    while pending:
        at = pending.pop()
        yield from at.keys
        pending.extend(at.branches.values())
