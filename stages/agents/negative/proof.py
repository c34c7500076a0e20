"""Whether what stands on the wire is proved to violate the document (GENERATION.md, section 17)."""

import re
from typing import cast

from msgspec import Struct

from pipeline.messages import Parameter, Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.places import Place, Request
from stages.agents.core.realm import Realm
from stages.agents.core.verdict import refuses
from stages.agents.negative.malformed import kind_of_text
from stages.agents.negative.wire import Elsewhere, Opaque, can_be_right, can_be_scattered, has, has_character, wire_of

_OF_LISTS = re.compile(r"[\[\]]|\A[0-9]*\Z")  # what a name in brackets may be that is one of a list, or of an object inside
FORM_STYLES = frozenset({"spaceDelimited", "pipeDelimited", "deepObject"})


class Prover(Struct, frozen=True):
    """What bears on how the values of one place are read. ``exact``: as JSON, in which a value is what it is."""

    compiler: Compiler
    place: Place
    exact: bool
    optional: bool  # whether nothing at all is right
    unclear: str = ""  # characters that some servers take for something else than a part of the value
    quoted: bool = False  # whether arrays and objects are sent as their JSON text
    deep: bool = False  # whether an object is written as ``deepObject``
    scattered: Elsewhere | None = None  # where the members of an object are parameters of their own: what the others are called

    def can_send(self, value: Value) -> bool:
        """Whether every text of it arrives as it is."""
        return self.place.realm.can_hold(value)

    def proves(self, value: Value) -> bool:
        """Whether no reading of the value, as it is sent, is right."""
        place = self.place
        if (value is None and self.optional) or has_character(value, self.unclear):
            return False
        if self.exact:
            return refuses(self.compiler, place.node, value)
        in_members = self.deep or self.scattered is not None
        is_one_text = isinstance(value, dict) and not in_members
        if (is_one_text or (self.quoted and isinstance(value, list))) and has(place.node, "string"):
            return False
        if is_one_text and has(place.node, "array"):
            return False
        if place.location is not None and not self.deep and _is_nested(value):
            return False  # it has no form
        if self.deep and isinstance(value, dict) and any(_OF_LISTS.search(name) for name in cast("dict[str, Value]", value)):
            return False
        wire = wire_of(value, joined=place.location is not None and not in_members)
        if not wire and self.optional:
            return False
        if self.scattered is None:
            return not can_be_right(self.compiler, place.node, wire)
        if isinstance(wire, Opaque):
            return False
        if isinstance(wire, dict) and wire:
            return not (self._may_be_absent() or can_be_scattered(self.compiler, place.node, wire, self.scattered))
        # It has the parameter's name, and who looks for members finds none.
        read = "" if isinstance(wire, dict) else wire
        return not ((self.optional and has(place.node, "object")) or self._may_be_bare() or can_be_right(self.compiler, place.node, read))

    def _may_be_absent(self) -> bool:
        """Whether nothing under the parameter's own name is right, as it may be no object at all."""
        return self.optional and any(not {"object", "null"}.issuperset(flat.allowed) for flat in self.place.node.alternatives)

    def _may_be_bare(self) -> bool:
        """Whether an object of no other members than those elsewhere is right."""
        return self.scattered is None or can_be_scattered(self.compiler, self.place.node, {}, self.scattered)

    def is_missed(self) -> bool:
        """Whether nothing at all in the place is wrong."""
        return not self.optional and (self.scattered is None or not self._may_be_bare())


def prover_of(compiler: Compiler, request: Request, place: Place) -> Prover:
    """The prover of a place of the request."""
    if place.location is None:
        exact = place.realm is Realm.JSON
        quoted = not exact and kind_of_text(place.media_type) == "text"
        return Prover(compiler, place, exact, not request.body_required, quoted=quoted)
    parameter = _parameter(request, place)
    optional = not place.required or place.empty_value
    exact = "json" in parameter.media_type
    unclear = _unclear(parameter)
    if not exact and _is_scattered(parameter):
        return Prover(compiler, place, exact, optional, unclear, scattered=_elsewhere(request, place))
    return Prover(compiler, place, exact, optional, unclear, deep=parameter.location == "query" and parameter.style == "deepObject")


def _unclear(parameter: Parameter) -> str:
    """By what some servers cut or route a path, and what some of them decode once more, or not at all."""
    match parameter.location:
        case "path":
            return r"/\;." if parameter.style == "label" and not parameter.media_type else r"/\;"
        case "cookie":
            return "%"
        case "query" if parameter.allow_reserved:
            return "%"
        case _:
            return ""


def _is_nested(value: Value) -> bool:
    """Whether an object has an array or an object in it."""
    return isinstance(value, dict) and any(isinstance(item, (list, dict)) for item in cast("dict[str, Value]", value).values())


def _parameter(request: Request, place: Place) -> Parameter:
    return next(one for one in request.operation.parameters if one.location == place.location and one.name == place.name)


def _is_scattered(parameter: Parameter) -> bool:
    """Of an object, as ``form`` with ``explode`` writes it."""
    return parameter.location in ("query", "cookie") and parameter.explode and parameter.style not in FORM_STYLES


def _elsewhere(request: Request, place: Place) -> Elsewhere:
    """What the other parameters of the location may be called; of those that are scattered too, their members."""
    names: set[str] = set()
    is_any = False
    for other in request.places:
        if other is place or other.location != place.location:
            continue
        names.add(other.name)
        parameter = _parameter(request, other)
        if not parameter.media_type and _is_scattered(parameter):
            for flat in other.node.alternatives:
                names.update(flat.properties)
                is_any = is_any or ("object" in flat.allowed and flat.open)
    return Elsewhere(frozenset(names), is_any)
