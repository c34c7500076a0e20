"""The normalised model of a schema: alternatives without references, each one conjunction (GENERATION.md, section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from msgspec import Struct

from stages.agents.core.count import too_few_items, too_few_names
from stages.agents.core.grid import Bounds, Grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pipeline.messages import Schema, Value
    from stages.agents.core.avoid import Avoid
    from stages.agents.core.draws import Draws
    from stages.agents.core.equality import Kind
    from stages.agents.core.naming import Naming
    from stages.agents.core.negation import Negation
    from stages.agents.core.trees import Tree

MAX_ROOM = 24
_ENDLESS = "a value would hold another one, and so on without end"
"""Levels of nesting beyond which the generators do not go, however much the schema asks for them."""
MOST_VALUES = 8192
"""Parts of one value, the value itself being one."""
MOST_CHARACTERS = 1_048_576
"""Of a text that must be long; those that may be are shorter."""


class Schemas(Protocol):
    """What the parts of a schema are looked up in, and their nodes made by."""

    def node(self, *schemas: Schema) -> Node:
        """The node of schemas that must hold together."""
        ...

    def target(self, reference: str) -> Schema | None:
        """The schema that a ``$ref`` names; None for one that is not there."""
        ...

    def negation(self, schema: Schema) -> Negation:
        """What must hold where the schema must not."""
        ...

    def denied(self, schema: Schema) -> Schema:
        """``{"not": schema}``, the same each time."""
        ...

    def text_of(self, source: str) -> Schema:
        """The schema of the texts with a pattern, the same each time; of all texts for ""."""
        ...

    def told_apart(self, left: Schema, right: Schema, level: int = 0) -> bool:
        """Whether it is plain that no value satisfies both; ``level``: so many parts down."""
        ...


class Existence(NamedTuple):
    """What became of the search for a value: why there is none (empty: there is one), which part of it is the reason, and whether that is
    proved."""

    pointer: str = ""
    reason: str = ""
    proved: bool = True

    def below(self, name: str) -> Existence:
        """The same of something that has this as its part of this name."""
        return self._replace(pointer=f"/{token(name)}{self.pointer}")

    def unless(self, doubted: bool) -> Existence:
        """The same, but no proof where it is doubted."""
        return self._replace(proved=self.proved and not doubted)

    def told(self) -> str:
        """In words."""
        return f"{'proved empty' if self.proved else 'gave up'} at {self.pointer or 'its root'}: {self.reason}"


class Flat(Struct, eq=False):
    """One alternative of a schema: what all its parts together ask for, by kind. Children are nodes, made when asked for."""

    label: str = ""  # which branches were taken: "oneOf/1+anyOf/0"
    kinds: tuple[Kind, ...] = ()  # that are made
    allowed: tuple[Kind, ...] = ()  # that the types allow; more than kinds where these are only implied
    said: bool = False  # whether the schema names kinds or implies them by a keyword; else anything goes
    values: list[Value] | None = None  # of enum and const, those that the rest admits
    samples: list[Value] = []  # examples, then defaults, as documented
    risky: str = ""  # a keyword that generation does not guarantee: a validator must look at the result
    read_only: bool = False
    avoid: Avoid | None = None  # what must not hold of values that are right otherwise
    # numbers
    unread: str = ""  # a bound that is beyond the generator
    bounds: Bounds = Bounds()
    number_grids: list[Grid] = []
    integer_grids: list[Grid] = []
    # strings
    min_length: int = 0
    max_length: int | None = None
    format: str = ""
    patterns: tuple[Tree, ...] = ()
    unsupported: str = ""  # why the pattern is beyond the generator
    # arrays
    prefix: list[Node] = []
    tuple_items: int = 0  # how many items prefixItems speaks of
    items: Node | None = None
    min_items: int = 0
    max_items: int | None = None
    unique: bool = False
    contained: list[tuple[Node, int]] = []  # what it must contain, and how often at least
    asks_contained: bool = False  # whether it says anything of that
    is_placed: bool = False  # whether what it must contain could stand elsewhere than at the places kept for it
    # objects
    properties: dict[str, Node] = {}
    required: tuple[str, ...] = ()
    forbidden: set[str] = set()  # declared, but must not be there
    additional: Node | None = None  # of properties that nothing names
    naming: Naming | None = None  # where more than being declared decides about a property; None: nothing does
    open: bool = False  # more properties are said to be allowed
    dependents: dict[str, tuple[str, ...]] = {}  # which names must be there with a name, those that they need in turn included
    min_properties: int = 0
    max_properties: int | None = None
    # made from the above when first asked for
    scratch: dict[Any, Any] = {}

    def usable_kinds(self, room: int) -> tuple[Kind, ...]:
        """The kinds that can be made within so many levels of nesting."""
        known: tuple[Kind, ...] | None = self.scratch.get(room)
        if known is None:
            known = tuple(kind for kind in self.kinds if self._is_usable(kind, room))
            self.scratch[room] = known
        return known

    def fits(self, room: int) -> bool:
        return bool(self.values) if self.values is not None else bool(self.usable_kinds(room))

    def item(self, index: int) -> Node | None:
        """What the item at an index must be; None: anything."""
        return self.prefix[index] if index < len(self.prefix) else self.items

    def excess(self, kind: Kind) -> str:
        """By which keyword every value of a kind is larger than what is made, and the limit; empty: not so."""
        match kind:
            case "string" if self.min_length > MOST_CHARACTERS:
                return f"minLength above {MOST_CHARACTERS}"
            case "array" if self.min_items > MOST_VALUES:
                return f"minItems above {MOST_VALUES}"
            case "object" if max(self.min_properties, len(self.required)) > MOST_VALUES:
                return f"more than {MOST_VALUES} required properties"
            case _:
                return ""

    def blame(self, pointer: str, seen: set[Node]) -> Existence | None:
        """Why it cannot be made, though it has kinds."""
        found = _weakest([self._blame_kind(kind, pointer, seen) for kind in self.kinds])
        return found and found.unless(any(kind not in self.kinds for kind in self.allowed))

    def _blame_kind(self, kind: Kind, pointer: str, seen: set[Node]) -> Existence | None:
        what = self.excess(kind)
        if kind == "string" and self.unsupported:
            what = f"pattern with {self.unsupported}"
        elif kind in ("integer", "number") and self.unread:
            what = f"{self.unread} beyond what is read"
        if what:
            return Existence(pointer, what, proved=False)
        needed = self._lacking(kind)
        found = [each for name, node in needed if (each := self._blame_part(kind, pointer, name, node, seen))]
        if not found and kind == "object" and not needed:
            found.extend(self._blame_rest(pointer, seen))
        if kind == "object" and too_few_names(self):
            found.append(Existence(pointer, "minProperties above the number of names that propertyNames allows"))
        if kind == "array" and too_few_items(self):
            found.append(Existence(pointer, "uniqueItems with more items than there are different ones"))
        return next((each for each in found if each.proved), found[0] if found else None)

    def _lacking(self, kind: Kind) -> list[tuple[str, Node]]:
        """The parts that must be there and fit in no room."""
        parts: list[tuple[str, Node | None]] = []
        if kind == "object":
            parts = [(name, self.property(name)) for name in self.required]
        elif kind == "array":
            parts = [(str(index), self.item(index)) for index in range(min(self.min_items, len(self.prefix) + 1))]
        return [(name, node) for name, node in parts if node is not None and node.least_room() is None]

    def is_endless(self, seen: set[Node]) -> bool:
        """Whether each of its values would hold one of a node that is endless, or is being asked."""
        if self.values is not None or self.is_placed or any(kind not in self.kinds for kind in self.allowed):
            return False
        lacking = [self._lacking(kind) for kind in self.kinds]
        is_sure = self.naming is None or all(self.naming.is_sure(name) for name in self.required)
        return is_sure and all(parts and all(node.is_endless(seen) for _, node in parts) for parts in lacking)

    def _blame_part(self, kind: Kind, pointer: str, name: str, node: Node, seen: set[Node]) -> Existence | None:
        """Why a part that must be there cannot be; no proof where it need not be that part."""
        found = node.blame_within(f"{pointer}/{token(name)}", seen)
        if kind == "array":
            return found and found.unless(self.is_placed)
        return found and found.unless(self.naming is not None and not self.naming.is_sure(name))

    def _blame_rest(self, pointer: str, seen: set[Node]) -> Iterator[Existence]:
        """Why there are too few properties, where those that nothing names cannot be."""
        if self.additional is None or self.naming is not None or self.additional.least_room() is not None:
            return
        found = self.additional.blame_within(pointer, seen)
        is_proved = found is not None and found.proved and len(self.properties) < self.min_properties
        yield Existence(pointer, "minProperties above the number of properties that can be made", is_proved)

    def _is_usable(self, kind: Kind, room: int) -> bool:
        if self.excess(kind):
            return False
        match kind:
            case "integer":
                return bool(self.integer_grids)
            case "number":
                return bool(self.number_grids)
            case "string":
                return not self.unsupported and (self.max_length is None or self.min_length <= self.max_length)
            case "array":
                return self._array_fits(room)
            case "object":
                return self._object_fits(room)
            case _:
                return True

    def _array_fits(self, room: int) -> bool:
        if self.max_items is not None and self.min_items > self.max_items:
            return False
        if self.min_items == 0:
            return True
        first = range(min(self.min_items, len(self.prefix) + 1))
        fits = room > 0 and all((node := self.item(index)) is None or node.fits(room - 1) for index in first)
        return fits and not too_few_items(self)

    def _object_fits(self, room: int) -> bool:
        if self.max_properties is not None and max(self.min_properties, len(self.required)) > self.max_properties:
            return False
        if not self.required and self.min_properties == 0:
            return True
        if not all(self._fits_property(name, room) for name in self.required) or room == 0:
            return False
        return not too_few_names(self) and (len(self.required) >= self.min_properties or self._has_enough(room))

    def _has_enough(self, room: int) -> bool:
        """Whether there are names for as many properties as there must be."""
        if self.additional is None or self.additional.fits(room - 1) or (self.naming and self.naming.has_patterns):
            return True
        others = [name for name, _ in self.declared() if name not in self.required and self.may_be_sent(name, room)]
        return len(others) + len(self.required) >= self.min_properties

    def children(self) -> list[Node]:
        """The nodes of all parts."""
        found = [child for child in (*self.properties.values(), *self.prefix, self.items, self.additional) if child is not None]
        return [*found, *self.naming.children()] if self.naming else found

    def property(self, name: str) -> Node | None:
        """What the property of a name must be; None: anything."""
        return self.naming.node(name) if self.naming else self.properties.get(name, self.additional)

    def declared(self) -> Iterable[tuple[str, Node]]:
        """The named properties, in order."""
        if self.naming is None:
            return self.properties.items()
        return [(name, node) for name in self.properties if (node := self.naming.node(name)) is not None]

    def may_hold_more(self, name: str) -> bool:
        """Whether an object with all that is required may have this property, and those that must be there with it."""
        if self.max_properties is None:
            return True
        more = sum(1 for each in (name, *self.dependents.get(name, ())) if each not in self.required)
        return len(self.required) + more <= self.max_properties

    def may_be_sent(self, name: str, room: int) -> bool:
        """Whether a property of this name fits, and those that must be there with it."""
        if not self.dependents:
            return self._fits_property(name, room)
        key = ("sent", name, room)
        if key not in self.scratch:
            self.scratch[key] = all(self._fits_property(other, room) for other in (name, *self.dependents.get(name, ())))
        may: bool = self.scratch[key]
        return may

    def _fits_property(self, name: str, room: int) -> bool:
        node = self.property(name)
        return room > 0 and (node is None or node.fits(room - 1))


class Node:
    """Schemas that must hold together (mostly it is one): their alternatives. None of them: no value satisfies it.

    Alternatives are made when first asked for, which is what lets schemas refer to themselves.
    """

    __slots__ = ("_alternatives", "_make", "existence", "is_complete", "leaves", "schemas", "scratch")

    def __init__(self, schemas: tuple[Schema, ...], make: Callable[[Node], list[Flat]]) -> None:
        self.schemas = schemas
        self.existence = Existence()  # known once the alternatives are
        self.is_complete = False  # likewise: whether the alternatives hold every value there is
        self.scratch: dict[Any, Any] = {}
        self.leaves: dict[tuple[str, str, str], Callable[[Draws], Value] | None] = {}  # by name, realm and what varies (leaves.py)
        self._make = make
        self._alternatives: list[Flat] | None = None

    @property
    def alternatives(self) -> list[Flat]:
        if self._alternatives is None:
            self._alternatives = self._make(self)
        return self._alternatives

    def fitting(self, room: int) -> list[int]:
        """Which alternatives can be made within so many levels of nesting."""
        known: list[int] | None = self.scratch.get(room)
        if known is None:
            known = self.scratch[room] = [index for index, flat in enumerate(self.alternatives) if flat.fits(room)]
        return known

    def fits(self, room: int) -> bool:
        return bool(self.fitting(room))

    def least_room(self) -> int | None:
        """How many levels of nesting the smallest value needs; None: more than MAX_ROOM, or there is no value."""
        return next((room for room in range(MAX_ROOM + 1) if self.fits(room)), None)

    def why_not(self) -> Existence:
        """Why nothing can be made of it: proved empty, or given up on."""
        found = self._blame("", set())
        if found is None and self.is_endless(set()):
            return Existence("", _ENDLESS)
        return found or Existence("", f"nothing fits within {MAX_ROOM} levels", proved=False)

    def is_endless(self, seen: set[Node]) -> bool:
        """Whether it has no value, as each would hold one of its own or of another such node, and so on without end.

        One node below it that may have a value is reason enough to say no.
        """
        if self in seen:
            return True
        if not self.alternatives:
            return self.existence.proved
        seen.add(self)
        return self.is_complete and all(flat.is_endless(seen) for flat in self.alternatives)

    def _blame(self, pointer: str, seen: set[Node]) -> Existence | None:
        """Why none of the alternatives can be made: the first reason that is no proof, else the first. None: not known."""
        if not self.alternatives:
            return self.existence._replace(pointer=pointer + self.existence.pointer)
        seen.add(self)
        return _weakest(flat.blame(pointer, seen) for flat in self.alternatives)

    def blame_within(self, pointer: str, seen: set[Node]) -> Existence | None:
        """The same of a part of something else, once."""
        return None if self in seen else self._blame(pointer, seen)


def _weakest(reasons: Iterable[Existence | None]) -> Existence | None:
    """Of the reasons why each of several ways cannot be gone, the first that is no proof, else the first; None where one is not known."""
    found = list(reasons)
    if None in found:
        return None
    return next((each for each in found if each and not each.proved), found[0])


def token(name: str) -> str:
    """A name as it stands in a pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
