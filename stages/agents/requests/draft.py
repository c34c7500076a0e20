"""One request on its way to become a step: arguments by place, a body, and where filled values came from."""

from typing import Literal

from msgspec import Struct

from pipeline.messages import Argument, Body, Fill, Step, Value
from stages.agents.core.places import Request


class Draft(Struct, eq=False):
    """A request being made. ``fills`` are in the order in which places were filled; a place filled twice keeps the last."""

    request: Request
    certain: bool  # whether every value is known to be valid
    values: dict[str, Value] = {}
    body: Value = None
    media_type: str = ""  # empty: no body
    fills: dict[str, Fill] = {}

    def put(self, key: str, value: Value, source: Literal["knowledge", "hint", "extracted"], origin: str) -> None:
        """Replace the value of a parameter."""
        self.values[key] = value
        self.fills.pop(key, None)
        self.fills[key] = Fill(place=key, source=source, origin=origin)

    def arguments(self) -> list[Argument]:
        """The arguments in the order of the operation's parameters."""
        values = self.values
        return [
            Argument(location=place.location, name=place.name, value=values[place.key])
            for place in self.request.places
            if place.location is not None and place.key in values
        ]

    def sent(self) -> Body | None:
        """The body, where there is one."""
        return Body(media_type=self.media_type, value=self.body) if self.media_type else None

    def path_values(self) -> list[Value]:
        """The values of the path parameters, in the order of the path."""
        return [self.values.get(place.key) for place in self.request.path]

    def step(self, name: str, *, mutation: str = "") -> Step:
        """The attempt."""
        return Step(name=name, operation=self.request.operation.key, mutation=mutation, arguments=self.arguments(), body=self.sent())
