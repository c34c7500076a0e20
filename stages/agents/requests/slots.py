"""Filling slots from what earlier answers taught, and from hints (GENERATION.md, section 13)."""

from typing import Any, Literal, NamedTuple, cast

from msgspec import Struct

from pipeline.messages import Fill, Hint, Instance, Job, Slot, Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws, stream
from stages.agents.core.equality import kind_of
from stages.agents.core.places import Place
from stages.agents.core.schema import Node
from stages.agents.core.verdict import satisfies
from stages.agents.requests.draft import Draft

UNSAFE = frozenset({"PUT", "PATCH", "DELETE"})
_MOST_DIGITS = 18


class Focus(NamedTuple):
    """What a case is about and must stay as it is: a place (with pointer), or "". ``sealed``: the parts of it too."""

    place: str
    sealed: bool

    def forbids(self, place: str) -> bool:
        """Whether a place must not be filled."""
        return bool(self.place) and (
            self.place == place or self.place.startswith(place + "/") or (self.sealed and place.startswith(self.place + "/"))
        )

    def is_above(self, place: str) -> bool:
        """Whether a place is a part of it."""
        return bool(self.place) and place.startswith(self.place + "/")


class Filler(Struct, eq=False):
    """Fills the slots of one case. ``state`` is its case_state, ``prefix`` stands before the names of the streams it uses."""

    compiler: Compiler
    job: Job
    state: int
    first: bool  # whether this is ordinal 0, which takes the most likely object
    random: bool  # whether slots beside the path are sometimes left as they are
    focus: Focus  # the place (with pointer) that the case is about and that must stay as it is
    prefix: str
    _draws: dict[str, Draws] = {}

    def fill_path(self, draft: Draft) -> Instance | None:
        """Fill path parameters from the last slot that has an object; the object, if it is what the last path parameter names."""
        if not self.job.knowledge:
            return None
        slots = {slot.place: slot for slot in draft.request.operation.slots if slot.place.startswith("path/")}
        path = draft.request.path
        for index in reversed(range(len(path))):
            slot = slots.get(path[index].key)
            if slot is None or self.focus.forbids(path[index].key):
                continue
            is_last = index == len(path) - 1
            instance = self._choose(slot, only_made=is_last and draft.request.operation.method in UNSAFE)
            value = None if instance is None else _field(instance, slot, path[index])
            if instance is None or value is None:
                continue
            draft.put(path[index].key, value[0], "knowledge", slot.resource)
            for place, parent in zip(path[:index], instance.parents, strict=False):
                if not self.focus.forbids(place.key) and parent is not None and place.realm.can_hold(parent):
                    draft.put(place.key, parent, "knowledge", slot.resource)
            return instance if is_last else None
        return None

    def fill_others(self, draft: Draft) -> None:
        """Fill query, header, cookie and body slots that the request has, as far as the value can stand there."""
        if not self.job.knowledge:
            return
        for slot in draft.request.operation.slots:
            if slot.place.startswith("path/"):
                continue
            instances = self.job.knowledge.get(slot.resource, [])
            if not instances or (self.random and self._stream(slot.place).below(4) == 3):
                continue
            instance = instances[0] if self.first else instances[self._stream(slot.place).below(len(instances))]
            field = next((instance.fields[name] for name in slot.fields if instance.fields.get(name) is not None), None)
            if field is not None:
                self._put(draft, slot.place, field, "knowledge", slot.resource)

    def fill_hints(self, draft: Draft, hints: list[Hint], taken: set[str]) -> None:
        """Put in what a model proposed: in the best guess the first hint of a place without example, else one in two times."""
        by_place: dict[str, list[Hint]] = {}
        for hint in hints:
            by_place.setdefault(hint.place, []).append(hint)
        for place, proposed in by_place.items():
            if self.first:
                if place in taken:
                    continue
                hint = proposed[0]
            else:
                draws = stream(self.state, f"{self.prefix}hint/{place}")
                if draws.below(2):
                    continue
                hint = proposed[draws.below(len(proposed))]
            self._put(draft, place, hint.value, "hint", hint.model)

    def _choose(self, slot: Slot, *, only_made: bool) -> Instance | None:
        instances = self.job.knowledge.get(slot.resource, [])
        if only_made:
            instances = [instance for instance in instances if instance.made]
        if not instances:
            return None
        if self.first:
            return next((instance for instance in instances if instance.made), instances[0])
        return instances[self._stream(slot.resource).below(len(instances))]

    def _stream(self, name: str) -> Draws:
        """The stream "slot/NAME", gone on with where it was left."""
        if name not in self._draws:
            self._draws[name] = stream(self.state, f"{self.prefix}slot/{name}")
        return self._draws[name]

    def _put(self, draft: Draft, place: str, value: Value, source: Literal["knowledge", "hint"], origin: str) -> None:
        if self.focus.forbids(place):
            return
        if place.startswith("body/"):
            self._put_in_body(draft, place, value, source, origin)
            return
        target = next((known for known in draft.request.places if known.key == place), None)
        if target is None or place not in draft.values:
            return
        fitting = _fitting(target.node, value)
        if fitting is None or not target.realm.can_hold(fitting[0]) or not target.tells(fitting[0]):
            return
        if source != "hint" or satisfies(self.compiler, target.node, fitting[0]):
            draft.put(place, fitting[0], source, origin)

    def _put_in_body(self, draft: Draft, place: str, value: Value, source: Literal["knowledge", "hint"], origin: str) -> None:
        """Put a value at a pointer of the body whose parent is there; a body made of a sample is copied, not changed."""
        body = draft.request.bodies[0] if draft.request.bodies else None
        if not draft.media_type or body is None or draft.media_type != body.media_type:
            return
        tokens = [token.replace("~1", "/").replace("~0", "~") for token in place.removeprefix("body/").split("/")]
        node = _descend(body.node, tokens)
        fitting = _fitting(node, value) if node is not None else None
        if node is None or fitting is None or (source == "hint" and not satisfies(self.compiler, node, fitting[0])):
            return
        changed = _replaced(draft.body, tokens, fitting[0], add=not self.focus.is_above(place))
        if changed is not None:
            draft.body = changed[0]
            draft.fills.pop(place, None)
            draft.fills[place] = Fill(place=place, source=source, origin=origin)


def _field(instance: Instance, slot: Slot, place: Place) -> tuple[Value] | None:
    """The first of the slot's fields that the object has and that can stand in the path."""
    for name in slot.fields:
        value = instance.fields.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and place.realm.can_hold(value):
            return (value,)
    return None


def _descend(node: Node, tokens: list[str]) -> Node | None:
    """The node of the part that a pointer names, by the first alternative of each node on the way."""
    for token in tokens:
        if not node.alternatives:
            return None
        flat = node.alternatives[0]
        child = flat.properties.get(token) or (flat.item(int(token)) if token.isascii() and token.isdigit() and len(token) < 4 else None)
        if child is None:
            return None
        node = child
    return node


def _fitting(node: Node, value: Value) -> tuple[Value] | None:
    """The value as the node's first alternative has it: text of digits as a number, a number as text; None where it does not fit."""
    if not node.alternatives:
        return None
    flat = node.alternatives[0]
    kind = kind_of(value)
    if flat.values is not None or kind is None:
        return None
    if kind in flat.kinds or (kind == "integer" and "number" in flat.kinds):
        return (value,)
    if kind == "integer" and isinstance(value, int) and "string" in flat.kinds:
        return (str(value),)
    numeric = "integer" in flat.kinds or "number" in flat.kinds
    if isinstance(value, str) and numeric and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        return (int(value),)
    return None


def _replaced(whole: Value, tokens: list[str], value: Value, *, add: bool) -> tuple[Value] | None:
    """The whole with the value at the pointer, copied along the way; None where the parent (without ``add``: the part) is not there."""
    if not tokens:
        return (value,)
    first, rest = tokens[0], tokens[1:]
    if isinstance(whole, dict):
        mapping = cast("dict[str, Any]", whole)
        if first not in mapping and (rest or not add):
            return None
        inner = _replaced(mapping.get(first), rest, value, add=add)
        return None if inner is None else ({**mapping, first: inner[0]},)
    if isinstance(whole, list) and first.isascii() and first.isdigit() and len(first) < 4 and int(first) < len(whole):
        index = int(first)
        inner = _replaced(whole[index], rest, value, add=add)
        return None if inner is None else ([*whole[:index], inner[0], *whole[index + 1 :]],)
    return None
