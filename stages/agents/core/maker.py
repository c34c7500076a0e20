"""Making values of a node: the best guess, everything, or at random (GENERATION.md, section 9)."""

from msgspec import Struct

from pipeline.messages import Value
from stages.agents.core import formats, text
from stages.agents.core.avoid import Avoid
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.equality import Kind, key_of
from stages.agents.core.exact import write as written
from stages.agents.core.grid import plausible_point
from stages.agents.core.leaves import UNMATCHED, UNSAID_KINDS, choice, free_text, is_varied_address, leaf_of, lengths_of, number
from stages.agents.core.listing import Spare
from stages.agents.core.matching import matches
from stages.agents.core.mode import VALUES_BEFORE_THRIFT, GaveUp, Mode, NotMade, Vary, not_made
from stages.agents.core.objects import property_names
from stages.agents.core.patterned import is_matched, patterned_text
from stages.agents.core.realm import Realm
from stages.agents.core.samples import first_sample, varied_sample
from stages.agents.core.schema import MOST_VALUES, Flat, Node
from stages.agents.core.steer import Branch, Emit, Item, Length, OfKind, Only, Property, Size, Steer

UNIQUE_TRIES = 8
FORMAT_TRIES = 4
STRETCH_TRIES = 4  # lengths, where the least is none that the format can have
MOST_MORE_BYTES = 64  # files at random have fewer than this more than the least
AVOID_TRIES = 16


class Maker(Struct, eq=False):
    """Makes one value out of one stream."""

    compiler: Compiler
    draws: Draws
    mode: Mode
    room: int  # levels of nesting that the whole value may have
    realm: Realm
    vary: Vary
    made: int = 0
    doubtful: bool = False  # whether a validator must look at what was made

    def make(self, node: Node, name: str, steer: Steer | None = None) -> Value:
        """A value of the node. Raises GaveUp."""
        self.made = 0
        self.doubtful = False
        return self.value(node, name, self.room, steer)

    def value(self, node: Node, name: str, room: int, steer: Steer | None = None) -> Value:
        """A value that stands inside of the whole, where ``room`` levels of nesting are left. Raises GaveUp."""
        self.made += 1
        if self.made > MOST_VALUES:
            raise not_made(f"more than {MOST_VALUES} values in one")
        if steer is None and self.mode == "random":
            leaf = leaf_of(self.compiler, node, name, self.realm, self.vary)
            if leaf is not None:
                return leaf(self.draws)
        inner, steered = steer, False
        if steer is not None and isinstance(steer, Branch):
            flat, inner, steered = node.alternatives[steer.index], steer.inner, True
        elif steer is not None and isinstance(steer, Emit):
            return steer.value
        else:
            fitting = node.fitting(room)
            if not fitting:
                raise NotMade(node.why_not())
            at = self.draws.below(len(fitting)) if len(fitting) > 1 and self.mode == "random" else 0
            flat = node.alternatives[fitting[at]]
        if inner is not None and isinstance(inner, Emit):
            return inner.value
        if flat.values is not None:
            return self._one_of(flat)
        if flat.samples and not steered and self.vary != "all" and (self.mode != "random" or self.draws.below(8) == 0):
            sample = first_sample(self.compiler, node, flat)
            if sample is not None:
                if self.vary == "samples":
                    sample = (varied_sample(self.draws, node, sample[0], name),)
                if inner is not None:
                    sample = self._grafted(flat, sample[0], name, room, inner)
                if sample is not None:
                    return sample[0]
        made = self._made(flat, name, room, inner)
        return made if flat.avoid is None or not flat.avoid.has(made) else self._unavoided(flat, flat.avoid, name, room, inner)

    def _unavoided(self, flat: Flat, avoid: Avoid, name: str, room: int, steer: Steer | None) -> Value:
        """A value at random that is none of those to be avoided."""
        mode, self.mode = self.mode, "random"
        try:
            for _ in range(AVOID_TRIES):
                made = self._made(flat, name, room, steer)
                if not avoid.has(made):
                    return made
        finally:
            self.mode = mode
        raise not_made("what was made is what must not be")

    def text(self, node: Node, draws: Draws) -> str | None:
        """A text of a node at random, out of another stream; None where none was made."""
        maker = Maker(self.compiler, draws, "random", room=0, realm=self.realm, vary="nothing")
        try:
            made = maker.make(node, "name")
        except GaveUp:
            return None
        return made if isinstance(made, str) else None

    def _one_of(self, flat: Flat) -> Value:
        key = self.realm.key
        if key not in flat.scratch:
            flat.scratch[key] = [value for value in flat.values or [] if self.realm.can_hold(value)]
        values: list[Value] = flat.scratch[key]
        if not values:
            raise not_made("no value of the enum can be sent there")
        if self.mode == "random":
            return choice(values)(self.draws)
        if flat.samples:
            keys = {key_of(value) for value in values}
            return next((sample for sample in flat.samples if key_of(sample) in keys), values[0])
        return values[0]

    def _grafted(self, flat: Flat, sample: Value, name: str, room: int, steer: Steer) -> tuple[Value] | None:
        """The sample with the steered part put in; None where it has no place for it."""
        if isinstance(steer, Property) and isinstance(sample, dict) and sample.keys() >= set(flat.dependents.get(steer.name, ())):
            child = flat.property(steer.name)
            inner = self._part(child, steer.name, (steer.name, room), steer.inner)
            return ({**sample, steer.name: inner},)
        if isinstance(steer, Item) and isinstance(sample, list) and steer.index < len(sample):
            child = flat.item(steer.index)
            inner = self._part(child, str(steer.index), (name, room), steer.inner)
            others = [*sample[: steer.index], *sample[steer.index + 1 :]]
            if flat.unique and key_of(inner) in map(key_of, others):
                return None
            return ([*sample[: steer.index], inner, *sample[steer.index + 1 :]],)
        return None

    def _made(self, flat: Flat, name: str, room: int, steer: Steer | None) -> Value:
        usable = flat.usable_kinds(room)
        match self._any_kind(flat, usable) if steer is None else self._steered_kind(flat, usable, steer):
            case "string":
                return self._string(flat, name, steer)
            case "integer":
                return self._number(flat, name, whole=True)
            case "number":
                return self._number(flat, name, whole=False)
            case "boolean":
                return self.draws.below(2) == 1 if self.mode == "random" else True
            case "object":
                return self._object(flat, room, steer)
            case "array":
                return self._array(flat, name, room, steer)
            case "null":
                return None

    def _steered_kind(self, flat: Flat, usable: tuple[Kind, ...], steer: Steer) -> Kind:
        match steer:
            case OfKind(kind):
                return kind
            case Property() | Only() | Size() if "object" in usable:
                return "object"
            case Item() if "array" in usable:
                return "array"
            case Length(length):
                return _of_length(flat, usable, length)
            case _:
                return self._any_kind(flat, usable)

    def _any_kind(self, flat: Flat, usable: tuple[Kind, ...]) -> Kind:
        if self.mode != "random":
            return usable[0]
        if not flat.said:
            usable = UNSAID_KINDS
        return usable[self.draws.below(len(usable)) if len(usable) > 1 else 0]

    def _anything(self, name: str) -> Value:
        """A value where the schema says nothing at all."""
        return text.named_text(name) if self.mode != "random" else text.word(self.draws)

    def _number(self, flat: Flat, name: str, *, whole: bool) -> Value:
        if self.mode == "random":
            return number(flat, whole=whole)(self.draws)
        wish = text.named_number(name)
        grids = flat.integer_grids if whole else flat.number_grids
        return written(plausible_point(grids[0], 1 if wish is None else wish))

    def _string(self, flat: Flat, name: str, steer: Steer | None) -> str | bytes:
        low, high = (steer.length, steer.length) if isinstance(steer, Length) else lengths_of(flat, self.realm)
        if flat.format == "binary" and self.realm is Realm.FORM and not flat.patterns:
            return self._bytes(low, high, varied=self.mode == "random" and steer is None)
        if flat.format and formats.is_known(flat.format):
            made = self._formatted(flat, name, low, high) if steer is None else None
            if made is None and not flat.patterns:
                made = self._stretched(flat.format, low, high)
            if made is not None:
                return made
            if not formats.is_free(flat.format):
                self.doubtful = True  # made by pattern or length: more than an annotation, but the format may be asserted too
        if self.mode == "random":
            made_freely = free_text(flat, name, (low, high), plain=self.realm.plain, varied=self._is_varied(name))
            return made_freely(self.draws)
        plausible = text.named_text(name)
        if self._is_varied(name):
            plausible = text.varied(self.draws, plausible, high)
        if not flat.patterns:
            return text.fitted(plausible, low, high)
        made = patterned_text(self.draws, flat, (low, high), plausible, "tidy")
        if made is None:
            raise not_made(UNMATCHED)
        return made

    def _bytes(self, low: int, high: int | None, *, varied: bool) -> bytes:
        """A file of an allowed length, an empty one among them."""
        if not varied:
            return text.fitted("sample", low, high).encode()
        count = low + self.draws.below(MOST_MORE_BYTES)
        return text.letters(self.draws, text.SAFE, count if high is None else min(count, high)).encode()

    def _is_varied(self, name: str) -> bool:
        """Whether a text of this name is to be different from case to case."""
        if self.mode != "random":
            return self.vary == "all" or (self.vary != "nothing" and text.is_varied(name))
        is_whole_body = self.made == 1 and name == "body"
        return is_whole_body or self.vary == "all" or text.is_varied(name)

    def _formatted(self, flat: Flat, name: str, low: int, high: int | None) -> str | None:
        """A text of the format that has an allowed length and matches the patterns, None where that does not come about."""
        make, match_ = (formats.random, matches) if self.mode == "random" else (formats.plausible, is_matched)
        for _ in range(FORMAT_TRIES):
            made = make(flat.format, self.draws)
            if self.vary != "nothing" and is_varied_address(flat.format, name):
                made = text.varied(self.draws, made, high)
            if low <= len(made) and (high is None or len(made) <= high) and all(match_(tree, made) for tree in flat.patterns):
                return made
        return None

    def _stretched(self, name: str, low: int, high: int | None) -> str | None:
        """A text of the format that is as long as it must be, or nearly so, or as it may be; None where the format has none."""
        if not formats.can_stretch(name):
            return None
        wishes = [*range(low, low + STRETCH_TRIES), low if high is None else high]
        if self.mode == "random" and (high is None or low < high):
            wishes.insert(0, text.pick_length(self.draws, low, high))
        fitting = (formats.stretched(name, length) for length in wishes if high is None or length <= high)
        return next((made for made in fitting if made is not None), None)

    def _array(self, flat: Flat, name: str, room: int, steer: Steer | None) -> Value:
        count = self._item_count(flat, room)
        if isinstance(steer, Length):
            count = steer.length
        elif isinstance(steer, Item):
            count = max(count, steer.index + 1)
        made: list[Value] = []
        keys: set[bytes] = set()
        spare = Spare(lambda value: self.realm.can_hold(value) and key_of(value) not in keys)
        for index in range(count):
            inner = steer.inner if isinstance(steer, Item) and steer.index == index else None
            item = self._item(flat, index, name, room, inner)
            if flat.unique:
                node = flat.item(index)
                for _ in range(0 if node in spare.gave else UNIQUE_TRIES):
                    if key_of(item) not in keys:
                        break
                    item = self._other_item(flat, index, name, room)
                if node is not None and key_of(item) in keys:
                    item = spare.of(node, room - 1, item)
                if key_of(item) in keys:
                    if index >= flat.min_items and not isinstance(steer, Length):
                        break
                    raise not_made("too few different items")
                keys.add(key_of(item))
            made.append(item)
        return made

    def _item(self, flat: Flat, index: int, name: str, room: int, steer: Steer | None) -> Value:
        return self._part(flat.item(index), str(index), (name, room), steer)

    def _other_item(self, flat: Flat, index: int, name: str, room: int) -> Value:
        mode, self.mode = self.mode, "random"
        try:
            return self._item(flat, index, name, room, None)
        finally:
            self.mode = mode

    def _item_count(self, flat: Flat, room: int) -> int:
        """How many items: one, where that is allowed, or up to three more than need be; no more than can be made."""
        low = max(flat.min_items, 1) if self.realm.plain and flat.max_items != 0 else flat.min_items
        high = low + 3 if flat.max_items is None else flat.max_items
        if self.mode != "random":
            wish = min(max(low, 1), high)
        elif self.room - room >= 2 or self.made > VALUES_BEFORE_THRIFT:
            wish = low
        else:
            wish = low + self.draws.below(min(high - low, 3) + 1)
        for index in range(low, wish):
            node = flat.item(index)
            if room == 0 or (node is not None and not node.fits(room - 1)):
                return index
        return wish

    def _object(self, flat: Flat, room: int, steer: Steer | None) -> Value:
        made: dict[str, Value] = {}
        for name in property_names(self, flat, room, steer):
            inner = steer.inner if isinstance(steer, Property) and steer.name == name else None
            made[name] = self._part(flat.property(name), name, (name, room), inner)
        return made

    def _part(self, node: Node | None, key: str, within: tuple[str, int], steer: Steer | None) -> Value:
        """A part of an object or array: what it is called there, and with what name and in what room that is made. Raises NotMade."""
        name, room = within
        if node is None:
            return steer.value if isinstance(steer, Emit) else self._anything(name)
        try:
            return self.value(node, name, room - 1, steer)
        except NotMade as error:
            raise error.below(key) from None


def _of_length(flat: Flat, usable: tuple[Kind, ...], length: int) -> Kind:
    """The first kind that can have this length; at worst the first that has one at all."""
    if "array" in usable and ("string" not in usable or not _admits_length(flat, "string", length)):
        return "array" if "string" not in usable or _admits_length(flat, "array", length) else "string"
    return "string"


def _admits_length(flat: Flat, kind: Kind, length: int) -> bool:
    """Whether the bounds of a kind allow this length."""
    low, high = (flat.min_items, flat.max_items) if kind == "array" else (flat.min_length, flat.max_length)
    return low <= length and (high is None or length <= high)
