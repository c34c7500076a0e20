"""Which collections the paths of an API name, and which of them each operation is about."""

import re

from pipeline.messages import Operation
from stages.ingest.dependencies.names import words

Segments = tuple[str, ...]
_NAME = re.compile(r"\{[^{}]*\}")
_LOOKUPS = frozenset({"by", "name", "names", "slug", "id", "ids", "uuid", "key", "tag", "email", "username", "code", "lookup", "find"})


def segments_of(path: str) -> Segments:
    """A path's segments with every parameter as ``{}``, without empty ones."""
    return tuple(_NAME.sub("{}", segment) for segment in path.split("/") if segment)


def is_parameter(segment: str) -> bool:
    """Whether a segment holds a parameter."""
    return "{}" in segment


def named(segments: Segments) -> str:
    """A resource's name: its path."""
    return "/" + "/".join(segments)


class Paths:
    """The collections of an API: the paths that some other path goes on from with a parameter."""

    def __init__(self, operations: list[Operation]) -> None:
        self.at: dict[Segments, list[Operation]] = {}
        self._names_after: dict[Segments, set[str]] = {}
        for operation in operations:
            segments = segments_of(operation.path)
            self.at.setdefault(segments, []).append(operation)
            written = [segment for segment in operation.path.split("/") if segment]
            for index, segment in enumerate(segments):
                if is_parameter(segment):
                    self._names_after.setdefault(segments[:index], set()).update(name[1:-1] for name in _NAME.findall(written[index]))
        self._aliases: dict[Segments, Segments] = {}

    def is_collection(self, segments: Segments) -> bool:
        """Whether the path names a collection whose objects have paths."""
        return segments in self._names_after and not (segments and is_parameter(segments[-1]))

    def canonical(self, segments: Segments) -> Segments:
        """The collection itself, where the path is a way to look up its objects: ``/flows/name`` of ``/flows/name/{name}``."""
        if segments not in self._aliases:
            literal = segments
            while literal and is_parameter(literal[-1]):  # /deployments/name/{flow_name}/{deployment_name}
                literal = literal[:-1]
            self._aliases[segments] = self.canonical(literal[:-1]) if self._is_lookup(literal) else segments
        return self._aliases[segments]

    def resource(self, path: str) -> str:
        """The resource of a path: the collection that it is, that its object is in, or that its action is about."""
        segments = segments_of(path)
        upper = segments
        while upper:
            if is_parameter(upper[-1]):
                return named(self.canonical(upper[:-1]))
            if self.is_collection(upper) or (upper in self.at and upper != segments):
                return named(self.canonical(upper))
            upper = upper[:-1]
        return named(segments)

    def _is_lookup(self, segments: Segments) -> bool:
        if len(segments) < 2 or segments in self.at or not self.is_collection(segments[:-1]):
            return False
        said = [word for word in words(segments[-1]) if word != "by"]
        if not said:
            return True
        after = self._names_after.get(segments, set())
        return said[-1] in _LOOKUPS or any(words(name)[-len(said) :] == tuple(said) for name in after)
