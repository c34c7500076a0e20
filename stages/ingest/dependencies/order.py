"""Who makes and who removes what an operation takes, and in which order operations are best tried."""

from pipeline.messages import Operation, Schema
from stages.ingest.dependencies.links import links_of
from stages.ingest.dependencies.names import words
from stages.ingest.dependencies.needed import is_needed
from stages.ingest.dependencies.paths import is_parameter, named, segments_of

_REMOVING_WORDS = frozenset({"delete", "remove", "purge", "destroy", "logout", "signout", "shutdown", "terminate"})


class Roles:
    """The makers, removers and listers of each resource. Takes operations whose slots and outputs are known, and the shared schemas."""

    def __init__(self, operations: list[Operation], schemas: dict[str, Schema]) -> None:
        self._schemas = schemas
        self._makers: dict[str, list[tuple[tuple[int, int, str], Operation]]] = {}
        self._removers: dict[str, str] = {}
        self._listers: dict[str, str] = {}
        self._linked_from: dict[str, list[str]] = {}
        for operation in sorted(operations, key=lambda each: each.key):
            self._note(operation)
        self.maker_of = {resource: min(found, key=lambda each: each[0])[1].key for resource, found in self._makers.items()}

    def maker(self, operation: Operation) -> str:
        """The key of the operation that creates what the last path parameter takes; "" if none does, or it is itself the one."""
        taken = [slot.resource for slot in operation.slots if slot.place.startswith("path/")]
        key = self.maker_of.get(taken[-1], "") if taken else ""
        return key if key != operation.key else ""

    def remover(self, operation: Operation) -> str:
        """The key of the operation that removes what this one makes."""
        made = [output.resource for output in operation.outputs if output.made]
        return self._removers.get(made[0], "") if made else ""

    def needs(self, operation: Operation) -> list[str]:
        """The keys of the operations that are best tried before: makers of what it takes or shows, else those that list it."""
        wanted = [slot.resource for slot in operation.slots if slot.place.startswith("path/") or self._is_needed(operation, slot.place)]
        if operation.method in ("GET", "HEAD") or not any(output.made for output in operation.outputs):
            wanted += [output.resource for output in operation.outputs[:1]]
        keys = [self.maker_of.get(resource) or self._listers.get(resource, "") for resource in dict.fromkeys(wanted)]
        keys += self._linked_from.get(operation.key, ())
        return [key for key in dict.fromkeys(keys) if key and key != operation.key]

    def _is_needed(self, operation: Operation, place: str) -> bool:
        """Whether a slot outside the path must be filled for the request to be valid."""
        location, _, name = place.partition("/")
        if location != "body":
            return any(parameter.required for parameter in operation.parameters if (parameter.location, parameter.name) == (location, name))
        tokens = [token.replace("~1", "/").replace("~0", "~") for token in name.split("/")]
        content = operation.body.content if operation.body else []
        return any(is_needed(media.schema, tokens, self._schemas) for media in content)

    def _note(self, operation: Operation) -> None:
        segments = segments_of(operation.path)
        item = bool(segments) and is_parameter(segments[-1])
        if operation.method == "DELETE" and item:
            resource = operation.resource
            direct = named(segments[:-1]) == resource
            if direct or resource not in self._removers:
                self._removers[resource] = operation.key
        for link in links_of(operation):
            self._linked_from.setdefault(link.operation, []).append(operation.key)
        for output in operation.outputs:
            if output.made:
                at_home = named(segments) == output.resource
                rank = 0 if at_home else 2 if item and named(segments[:-1]) == output.resource else 1
                takes_itself = rank == 1 and any(slot.resource == output.resource for slot in operation.slots)
                entry = ((3 if takes_itself else rank, len(segments), operation.key), operation)
                self._makers.setdefault(output.resource, []).append(entry)
            elif operation.method == "GET" and not item:
                self._listers.setdefault(output.resource, operation.key)


def levels_of(operations: list[Operation], roles: Roles) -> dict[str, int]:
    """For each key its level: makers before takers, lists and reads after the maker, removals last and inner ones first."""
    removing = {operation.key for operation in operations if is_removing(operation)}
    known = {operation.key: operation for operation in operations}
    levels: dict[str, int] = {}
    for operation in operations:
        if operation.key not in removing and operation.key not in levels:
            _settle(operation.key, known, roles, levels)
    last = max((level for key, level in levels.items() if key not in removing), default=-1)
    depths = sorted({len(segments_of(known[key].path)) for key in removing}, reverse=True)
    rank = {depth: last + 1 + index for index, depth in enumerate(depths)}
    return levels | {key: rank[len(segments_of(known[key].path))] for key in removing}


def is_removing(operation: Operation) -> bool:
    """Whether the operation takes things away: DELETE, and actions whose path says so."""
    if operation.method == "DELETE":
        return True
    segments = segments_of(operation.path)
    return operation.method == "POST" and bool(segments) and bool(set(words(segments[-1])) & _REMOVING_WORDS)


def _settle(root: str, known: dict[str, Operation], roles: Roles, levels: dict[str, int]) -> None:
    """Find the level of an operation and of all before it; what leads back to itself is left out of account."""
    open_keys: set[str] = {root}
    work = [(root, iter(roles.needs(known[root])), [-1])]
    while work:
        key, needs, highest = work[-1]
        for need in needs:
            if need in open_keys or need not in known:
                continue
            if need in levels:
                highest[0] = max(highest[0], levels[need])
                continue
            open_keys.add(need)
            work.append((need, iter(roles.needs(known[need])), [-1]))
            break
        else:
            work.pop()
            open_keys.discard(key)
            levels[key] = highest[0] + 1
            if work:
                work[-1][2][0] = max(work[-1][2][0], levels[key])
