"""One thing that is wrong with a request (GENERATION.md, section 19), and the sample of a place that it is done to (section 15)."""

from msgspec import Struct

from pipeline.messages import Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import stream
from stages.agents.core.places import Place, fill
from stages.agents.core.steer import Steer
from stages.agents.negative.changes import Change
from stages.agents.negative.proof import Prover


class Violation(Struct, frozen=True):
    """One thing that is wrong: ``change`` at the part ``tokens`` of the place, made by way of ``steer``. ``pointer`` names the violated.

    ``value``: the place's value when the violation was found; none where that is ``large``, or has many parts. ``proved``: no reading
    of it is right; else it is only worth trying. ``as_is``: the part is in the sample of the place, which is not steered.
    """

    label: str
    change: Change
    place: Place | None = None
    tokens: tuple[str, ...] = ()
    pointer: str = ""
    steer: Steer | None = None
    value: Value = None
    proved: bool = True
    prover: Prover | None = None
    large: bool = False
    as_is: bool = False


def sample(compiler: Compiler, place: Place, steer: Steer | None = None) -> tuple[Value, bool]:
    """The best guess of a place that depends on the slice alone, and whether it is certain to be valid. Raises GaveUp."""
    return fill(compiler, place, stream(0, place.key), "best", steer=steer)
