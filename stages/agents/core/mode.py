"""How a value is made, apart from what the schema says (GENERATION.md, section 9)."""

from typing import Literal, TypeAlias

from stages.agents.core.schema import Existence

VALUES_BEFORE_THRIFT = 128
"""So many parts of a value are made before optional ones are left out."""


class GaveUp(Exception):
    """Nothing was made; the text says why."""


class NotMade(GaveUp):
    """A value was not made: why, and which part of it is the reason."""

    def __init__(self, existence: Existence) -> None:
        super().__init__(existence)
        self.existence = existence

    def __str__(self) -> str:
        return self.existence.told()

    def below(self, name: str) -> "NotMade":
        """The same of something that has this as its part of this name."""
        return NotMade(self.existence.below(name))


def not_made(reason: str) -> NotMade:
    """That generation gave up at this value."""
    return NotMade(Existence("", reason, proved=False))


Mode: TypeAlias = Literal["best", "full", "random"]
"""How the choices are made that a schema leaves open."""

Vary: TypeAlias = Literal["nothing", "made", "samples", "all"]
"""Which texts are made different from case to case: none, those made up for names that ask for it, those in examples too, or all, and
examples are not used."""
