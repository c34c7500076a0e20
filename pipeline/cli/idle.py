"""Overrides that concern nothing: a mistyped glob would leave an operation to be tested that its owner believes to be skipped."""

import fnmatch
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from pipeline.messages import Operation


class Glob(Protocol):
    """An override, as the configuration or as a request has it."""

    @property
    def operation(self) -> str: ...


def idle(overrides: Sequence[Glob], operations: Iterable[Operation]) -> Iterator[str]:
    """A warning for every override whose glob matches none of the operations."""
    keys = [operation.key for operation in operations]
    for index, override in enumerate(overrides):
        if not any(fnmatch.fnmatchcase(key, override.operation) for key in keys):
            yield f"warning: overrides[{index}] {override.operation!r} matches no operation that is tested"
