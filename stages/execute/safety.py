"""The safety rule: what may be changed or removed at the target. Pure.

A request that changes or removes what exists leaves only for what this run made, or lies below it; PUT also for a path that an
earlier step of the same case saw vacant. See docs/sending.md.
"""

from collections.abc import Collection

from pipeline.messages import Operation, Step
from stages.execute.outgoing import Outgoing
from stages.execute.paths import segments

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that ask for no change (RFC 9110, 9.2.1); all others are unsafe and need the journal."""

# POST creates below a collection: allowed, and watched for what it makes. QUERY asks for no change, but few servers know it; SENTINEL, the
# method that functional-negative made up, asks for nothing.
_ALLOWED = SAFE_METHODS | {"POST", "QUERY", "SENTINEL"}
_OVERRIDES = {"x-http-method-override", "x-http-method", "x-method-override"}


class Owned:
    """The paths of the objects that this run made, each behind its origin."""

    def __init__(self) -> None:
        self._paths: dict[tuple[str, ...], str] = {}

    def add(self, origin: str, parts: tuple[str, ...], *, identity: str = "") -> None:
        """Note an object and who made it."""
        if parts:
            self._paths[(origin, *parts)] = identity

    def maker(self, origin: str, parts: tuple[str, ...]) -> str | None:
        """The identity that made the object of a path; None where it is none of this run's."""
        return self._paths.get((origin, *parts))

    def has(self, origin: str, parts: tuple[str, ...]) -> bool:
        """Whether the path is an object of this run itself."""
        return (origin, *parts) in self._paths

    def holds(self, origin: str, parts: tuple[str, ...]) -> bool:
        """Whether the path is an object of this run or lies below one."""
        if not self._paths:
            return False
        path = (origin, *parts)
        return any(path[:length] in self._paths for length in range(2, len(path) + 1))


def is_unsafe(operation: Operation, step: Step) -> bool:
    """Whether a step may change something at the target, so that its intent is noted before it leaves."""
    if (step.method or operation.method).upper() not in SAFE_METHODS:
        return True
    return any(argument.location == "header" and argument.name.lower() in _OVERRIDES for argument in step.arguments)


def effective_method(method: str, headers: Collection[tuple[str, str]]) -> str:
    """The method that a server may act on: a header can ask for another one than the request line."""
    for name, value in headers:
        if name[:2] in {"x-", "X-"} and name.lower() in _OVERRIDES:
            return value.strip().upper()
    return method.upper()


def objection(request: Outgoing, owned: Owned, vacant: Collection[tuple[str, ...]]) -> str:
    """Why the request must not leave; empty when it may. ``vacant``: paths that the case has seen answered with 404 or 410."""
    if request.method in _ALLOWED and effective_method(request.method, request.headers) in _ALLOWED:
        return ""
    for effective in {request.method.upper(), effective_method(request.method, request.headers)}:
        if effective in _ALLOWED:
            continue
        parts = segments(request.target)
        if parts is None:
            return f"{effective} on a path that could be read as another one"
        if owned.holds(request.origin, parts) or (effective == "PUT" and parts in vacant):
            continue
        return f"{effective} on what this run did not make"
    return ""
