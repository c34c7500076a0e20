"""Overrides that concern nothing: a mistyped glob would leave an operation to be tested that its owner believes to be skipped."""

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from pipeline.messages import Operation


class Concerns(Protocol):
    """An override, as the configuration or as a request has it."""

    @property
    def operation(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...


def idle(overrides: Sequence[Concerns], operations: Iterable[Operation]) -> Iterator[str]:
    """A warning for every override whose glob matches none of the operations, and for every fixed parameter that none of them has."""
    tested = list(operations)
    for index, override in enumerate(overrides):
        matched = [operation for operation in tested if fnmatch.fnmatchcase(operation.key, override.operation)]
        if not matched:
            yield f"warning: overrides[{index}] {override.operation!r} matches no operation that is tested"
            continue
        known = {name for operation in matched for one in operation.parameters for name in (one.name, f"{one.location}/{one.name}")}
        for name in override.parameters:
            if name not in known:
                yield f"warning: overrides[{index}].parameters: no operation that matches {override.operation!r} has {name!r}"
