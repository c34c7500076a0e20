"""A configuration before it is checked: plain values, and for each of them the place where it was written."""

from typing import Any

from pipeline.config.faults import Path, Place


class NoWay(Exception):
    """A path that leads through something it cannot go through; the text says what."""


class Tree:
    """A nested value of dicts, lists and scalars with the places of its values and of its keys.

    ``written`` maps the path of a string that held references (``${env:X}``) to its text before they were resolved; the strings
    at ``literal`` are taken as they are (the content of a header file).
    """

    def __init__(self, source: str, value: Any) -> None:
        self.root = Place(source, 1, 1) if source else Place("command line")
        self.value = value
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.written: dict[Path, str] = {}
        self.literal: set[Path] = set()

    def place(self, path: Path) -> Place:
        """Where the value at ``path`` was written; where it was not written at all, its nearest parent."""
        for length in range(len(path), -1, -1):
            found = self.values.get(path[:length])
            if found is not None:
                return found
        return self.root

    def key_place(self, path: Path) -> Place:
        """Where the key at the end of ``path`` was written."""
        return self.keys.get(path) or self.place(path)

    def has(self, path: Path) -> bool:
        """Whether there is a value at ``path``."""
        node: Any = self.value
        for part in path:
            match node:
                case list() if isinstance(part, int) and part < len(node):
                    node = node[part]
                case dict() if part in node:
                    node = node[part]
                case _:
                    return False
        return True

    def put(self, path: Path, value: Any, place: Place) -> None:
        """Write ``value`` at ``path``, making the maps above it. Raises ``NoWay`` where there is no way to it."""
        node = self.value if isinstance(self.value, dict | list) else {}
        self.value = node
        for depth, part in enumerate(path):
            last = depth == len(path) - 1
            if isinstance(node, list):
                node = self._into_list(node, path, depth, value if last else None)
            elif isinstance(node, dict):
                if isinstance(part, int):
                    raise NoWay("this is a map and takes a key, not an index")
                if last:
                    node[part] = value
                elif not isinstance(node.get(part), dict | list):
                    if node.get(part) is not None:
                        raise NoWay(f"{part!r} holds a single value, which has no keys")
                    node[part] = [] if isinstance(path[depth + 1], int) else {}
                    self.values.setdefault(path[: depth + 1], place)  # what is wrong with a map made here is wrong with the option
                    self.keys.setdefault(path[: depth + 1], place)
                node = node[part]
        for known in [known for known in self.values if known[: len(path)] == path]:
            del self.values[known]
        for known in [known for known in self.written if known[: len(path)] == path]:
            del self.written[known]
        self.values[path] = place
        self.keys[path] = place

    @staticmethod
    def _into_list(node: list[Any], path: Path, depth: int, value: Any) -> Any:
        part = path[depth]
        last = depth == len(path) - 1
        if not isinstance(part, int):
            raise NoWay(f"this is a list and takes an index, not {part!r}")
        if part > len(node):
            raise NoWay(f"the list has {len(node)} entries, so the next index is {len(node)}")
        if last:
            node[part : part + 1] = [value]
        elif part == len(node):
            node.append([] if isinstance(path[depth + 1], int) else {})
        return node[part]
