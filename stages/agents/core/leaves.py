"""Values at random of what has no parts, made by a closure each (GENERATION.md, section 9).

Here stands what text, number or choice of an enum a schema gets at random. Where nothing differs from value to value but the numbers drawn,
the whole node has a leaf, made once; where something else does (a value to be avoided, a steered length), ``Maker`` makes one of these.
"""

from collections.abc import Callable
from typing import TypeAlias

from pipeline.messages import Value
from stages.agents.core import formats, text
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.equality import Kind
from stages.agents.core.exact import write as written
from stages.agents.core.grid import Grid, random_point
from stages.agents.core.mode import Vary, not_made
from stages.agents.core.patterned import patterned_text
from stages.agents.core.realm import Realm
from stages.agents.core.samples import first_sample, varied_sample
from stages.agents.core.schema import Flat, Node

Leaf: TypeAlias = Callable[[Draws], Value]
"""Makes a value out of a stream. Raises NotMade."""

UNSAID_KINDS: tuple[Kind, ...] = ("string", "integer", "boolean")
"""What is made at random where a schema says nothing of kinds."""
MOST_KEPT = 1024
"""Leaves of one node: members of a map have new names without end."""
UNMATCHED = "no text of an allowed length matches the pattern"
_WHOLE_BODY = "body"  # its texts depend on whether it is the body or a property of that name


def leaf_of(compiler: Compiler, node: Node, name: str, realm: Realm, vary: Vary) -> Leaf | None:
    """What makes values at random of a node under this name there, the same each time; None where that is left to ``Maker``."""
    key = name, realm.key, vary
    if key in node.leaves:
        return node.leaves[key]
    if len(node.leaves) == MOST_KEPT:
        return None
    made = node.leaves[key] = _Leaves(compiler, node, name, realm, vary).of_node()
    return made


class _Leaves:
    """Makes the leaf of one node at one kind of place."""

    def __init__(self, compiler: Compiler, node: Node, name: str, realm: Realm, vary: Vary) -> None:
        self.compiler = compiler
        self.node = node
        self.name = name
        self.realm = realm
        self.vary = vary

    def of_node(self) -> Leaf | None:
        """One of its alternatives."""
        if self.name == _WHOLE_BODY or any(map(_has_parts, self.node.alternatives)):
            return None
        return _one_of([self._of_flat(flat) for flat in self.node.alternatives if flat.fits(0)])

    def _of_flat(self, flat: Flat) -> Leaf | None:
        if flat.values is not None:
            values = [value for value in flat.values if self.realm.can_hold(value)]
            return choice(values) if values else None
        if flat.avoid is not None:
            return None
        made = _one_of([self._of_kind(flat, kind) for kind in _kinds(flat)])
        return self._or_sample(flat, made) if made is not None and flat.samples and self.vary != "all" else made

    def _or_sample(self, flat: Flat, otherwise: Leaf) -> Leaf:
        """One time in eight the first documented sample, if there is one that is right."""
        found = first_sample(self.compiler, self.node, flat)
        node, name, is_varied = self.node, self.name, self.vary == "samples"

        def make(draws: Draws) -> Value:
            if draws.below(8) or found is None:
                return otherwise(draws)
            return varied_sample(draws, node, found[0], name) if is_varied else found[0]

        return make

    def _of_kind(self, flat: Flat, kind: Kind) -> Leaf | None:
        match kind:
            case "string":
                return self._text(flat)
            case "integer" | "number":
                return number(flat, whole=kind == "integer")
            case "boolean":
                return lambda draws: draws.below(2) == 1
            case "null":
                return lambda _: None
            case _:
                return None

    def _text(self, flat: Flat) -> Leaf | None:
        low, high = lengths_of(flat, self.realm)
        if flat.format == "binary" and self.realm is Realm.FORM:
            return None
        if flat.format and formats.is_known(flat.format):
            is_bounded = low > 0 or high is not None or flat.patterns
            return None if is_bounded else self._formatted(flat.format)
        varied = self.vary == "all" or text.is_varied(self.name)
        return free_text(flat, self.name, (low, high), plain=self.realm.plain, varied=varied)

    def _formatted(self, name: str) -> Leaf:
        if self.vary == "nothing" or not is_varied_address(name, self.name):
            return lambda draws: formats.random(name, draws)
        return lambda draws: text.varied(draws, formats.random(name, draws), None)


def lengths_of(flat: Flat, realm: Realm) -> tuple[int, int | None]:
    """How long a text may be there: not empty, if that is allowed, where nothing cannot be sent."""
    low, high = flat.min_length, flat.max_length
    return max(low, 1) if realm.plain and high != 0 else low, high


def is_varied_address(format_name: str, name: str) -> bool:
    """Whether a text of the format is an address that differs from case to case, as servers take each only once."""
    return format_name in ("email", "idn-email") and text.is_varied(name)


def _has_parts(flat: Flat) -> bool:
    return flat.values is None and flat.said and ("object" in flat.kinds or "array" in flat.kinds)


def _kinds(flat: Flat) -> tuple[Kind, ...]:
    return flat.usable_kinds(0) if flat.said else UNSAID_KINDS


def _one_of(leaves: list[Leaf | None]) -> Leaf | None:
    """Any of the leaves, if all are there; of several one number says which."""
    known = [leaf for leaf in leaves if leaf is not None]
    if not known or len(known) < len(leaves):
        return None
    return _any_of(known)


def _any_of(leaves: list[Leaf]) -> Leaf:
    count = len(leaves)
    return leaves[0] if count == 1 else lambda draws: leaves[draws.below(count)](draws)


def number(flat: Flat, *, whole: bool) -> Leaf:
    """Any number of a schema that allows numbers."""
    return _any_of([_point(grid) for grid in (flat.integer_grids if whole else flat.number_grids)])


def _point(grid: Grid) -> Leaf:
    return lambda draws: written(random_point(draws, grid))


def choice(values: list[Value]) -> Leaf:
    """Any of the values, of which there must be one."""
    count = len(values)
    return (lambda _: values[0]) if count == 1 else lambda draws: values[draws.below(count)]


def free_text(flat: Flat, name: str, lengths: tuple[int, int | None], *, plain: bool, varied: bool) -> Callable[[Draws], str]:
    """Any text of these lengths that matches the patterns, where no format says what it is. ``varied``: as its name asks."""
    if flat.patterns:
        return _patterned(flat, lengths, plain=plain, varied=varied)
    return _loose(text.named_text(name), lengths, plain=plain, varied=varied)


def _patterned(flat: Flat, lengths: tuple[int, int | None], *, plain: bool, varied: bool) -> Callable[[Draws], str]:
    def make(draws: Draws) -> str:
        if varied:
            draws.next()  # for the plausible text, which is not what is made at random
        made = patterned_text(draws, flat, lengths, "", "plain" if plain else "wide")
        if made is None:
            raise not_made(UNMATCHED)
        return made

    return make


def _loose(plausible: str, lengths: tuple[int, int | None], *, plain: bool, varied: bool) -> Callable[[Draws], str]:
    """Any text, one time in four the one that the name suggests."""
    low, high = lengths
    fitted = text.fitted(plausible, low, high)
    anything = text.texts_between(low, high, plain=plain)

    def make(draws: Draws) -> str:
        if draws.below(4):
            return anything(draws)
        return text.fitted(text.varied(draws, plausible, high), low, high) if varied else fitted

    return make
