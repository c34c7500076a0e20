"""Whether what stands on the wire is proved to violate the document (GENERATION.md, section 17)."""

from msgspec import Struct

from pipeline.messages import Parameter, Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.places import Place, Request
from stages.agents.core.realm import Realm
from stages.agents.core.verdict import refuses
from stages.agents.negative.malformed import kind_of_text
from stages.agents.negative.wire import can_be_right, wire_of

FORM_STYLES = frozenset({"spaceDelimited", "pipeDelimited", "deepObject"})


class Prover(Struct, frozen=True):
    """What bears on how the values of one place are read. ``exact``: as JSON, in which a value is what it is."""

    compiler: Compiler
    place: Place
    exact: bool
    optional: bool  # whether nothing at all is right
    quoted: bool  # whether arrays and objects are sent as their JSON text
    scattered: bool  # whether the members of an object are parameters of their own

    def can_send(self, value: Value) -> bool:
        """Whether every text of it arrives as it is."""
        return self.place.realm.can_hold(value)

    def proves(self, value: Value) -> bool:
        """Whether no reading of the value, as it is sent, is right."""
        place = self.place
        if value is None and self.optional:
            return False
        if self.exact:
            return refuses(self.compiler, place.node, value)
        if self.scattered and isinstance(value, dict):
            return False
        if self.quoted and isinstance(value, (list, dict)) and any("string" in flat.allowed for flat in place.node.alternatives):
            return False
        wire = wire_of(value, joined=place.location is not None)
        if not wire and self.optional:
            return False
        return not can_be_right(self.compiler, place.node, wire)


def prover_of(compiler: Compiler, request: Request, place: Place) -> Prover:
    """The prover of a place of the request."""
    if place.location is None:
        exact = place.realm is Realm.JSON
        quoted = not exact and kind_of_text(place.media_type) == "text"
        return Prover(compiler, place, exact, not request.body_required, quoted=quoted, scattered=False)
    parameter = next(one for one in request.operation.parameters if one.location == place.location and one.name == place.name)
    optional = not place.required or place.empty_value
    return Prover(compiler, place, "json" in parameter.media_type, optional, quoted=False, scattered=_is_scattered(parameter))


def _is_scattered(parameter: Parameter) -> bool:
    """Of an object, as ``form`` with ``explode`` writes it."""
    return parameter.location in ("query", "cookie") and parameter.explode and parameter.style not in FORM_STYLES
