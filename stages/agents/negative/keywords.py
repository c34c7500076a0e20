"""What can be violated at a part of a value, by keyword (GENERATION.md, section 16)."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple, cast

from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.equality import Kind, kind_of
from stages.agents.core.exact import Exact, as_double, compare, lowest, read
from stages.agents.core.exact import write as written
from stages.agents.core.grid import FAR, Bounds, Grid
from stages.agents.core.matching import refuses
from stages.agents.core.mode import GaveUp
from stages.agents.core.negation import is_keywords
from stages.agents.core.parts import as_list
from stages.agents.core.schema import Flat, Node
from stages.agents.core.tables import misses
from stages.agents.negative.changes import Beyond, Letters, Members, PartChange, Put, Repeat, Sized, With, Without, changed
from stages.agents.negative.said import Said, is_of_choice
from stages.agents.negative.spots import Spot, is_read_only
from stages.agents.negative.together import Together

# The formats that the validator knows.
ASSERTED = frozenset(
    {
        *("date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri", "iri-reference"),
        *("json-pointer", "regex", "relative-json-pointer", "time", "uri", "uri-reference", "uri-template", "uuid"),
    }
)
MOST_NAMES = 64
MOST_LENGTH = 524_288  # in bodies
MOST_LENGTH_ELSEWHERE = 4096
MOST_COUNT = 1024
LARGE_LENGTH, LARGE_COUNT = 16_384, 256
MOST_WRONG = 4
HUGE_LENGTH = 262_144
BEYOND_DOUBLE = "beyond-double"
HUGE_TEXT = "maxLength/huge"  # of a place only the first, as it is long

_BEYOND_DOUBLE = Put(Ext(EXT_DECIMAL, b"1E+400"))  # which validators cannot be told

_KINDS: tuple[tuple[Kind, PartChange], ...] = (
    ("string", Letters()),
    ("integer", Put(7)),
    ("number", Put(Ext(EXT_DECIMAL, b"1.5"))),
    ("boolean", Put(value=True)),
    ("object", Put({})),
    ("array", Put([])),
    ("null", Put(None)),
)
_KIND_TEXTS: tuple[tuple[Kind, PartChange], ...] = (
    ("string", Letters()),
    ("integer", Put("7")),
    ("number", Put("1.5")),
    ("boolean", Put("true")),
    ("null", Put("null")),
)


class Candidate(NamedTuple):
    """What may be a violation: ``label`` is the keyword, with "/" and which where there are several; ``tokens`` lead on to a property.

    ``unproved``: the label that it has where the validator does not mind, as it does not know a format's range; empty: it is none then.
    ``large``: few cases may have what it makes.
    """

    label: str
    change: PartChange
    tokens: tuple[str, ...] = ()
    unproved: str = ""
    large: bool = False


def candidates(compiler: Compiler, spot: Spot, sample: Value, *, exact: bool, in_body: bool) -> Iterator[Candidate]:
    """Violations of the alternative, each to be proved. ``sample``: the part as it is valid; ``exact``: sent as JSON."""
    said = Said(compiler, spot.node)
    for candidate in _candidates(said, spot, sample, exact=exact, in_body=in_body):
        label = said.named(candidate.label)
        unproved = label if candidate.unproved == candidate.label else candidate.unproved
        yield candidate._replace(label=label, unproved=unproved, tokens=() if is_of_choice(label) else candidate.tokens)


def _candidates(said: Said, spot: Spot, sample: Value, *, exact: bool, in_body: bool) -> Iterator[Candidate]:
    flat = spot.flat
    is_whole = spot.first and (exact or not isinstance(sample, (list, dict)))
    types = list(_types(spot.node, exact=exact)) if is_whole else []
    yield from types[:1]
    yield from _own(said, flat, sample, exact=exact, in_body=in_body)
    if isinstance(sample, dict):
        yield from _required(said.compiler, flat, cast("dict[str, Value]", sample))
    yield from types[1:]


def _own(said: Said, flat: Flat, sample: Value, *, exact: bool, in_body: bool) -> Iterator[Candidate]:
    """What the alternative says beside its type."""
    if flat.values is not None and said.lists:  # else they are the few numbers that may be
        yield from _enum(flat, sample, exact=exact)
        return
    match kind_of(sample):
        case "integer" | "number":
            yield from _numbers(flat, sample)
            if exact:
                yield Candidate(BEYOND_DOUBLE, _BEYOND_DOUBLE, unproved=BEYOND_DOUBLE)
        case "string" if isinstance(sample, str):
            yield from _strings(flat, sample, exact=exact, in_body=in_body)
        case "string" if isinstance(sample, bytes):
            for candidate in _lengths(flat, MOST_LENGTH):
                yield candidate._replace(unproved=candidate.label)  # no validator counts bytes
        case "array":
            yield from _arrays(flat)
        case "object":
            yield from _objects(said.compiler, flat, exact=exact)
        case _:
            pass


def wrong(whole: Together, node: Node) -> Iterator[tuple[str, Value]]:
    """Values in JSON that the node should refuse, with their labels: one of another type, or where none is, of another keyword."""
    found = list(_other_kind(whole.compiler, node))
    yield from found
    if found or not node.alternatives:
        return
    said = Said(whole.compiler, node)
    for value in whole.guess(node, "name"):
        for candidate in islice(_own(said, node.alternatives[0], value, exact=True, in_body=False), MOST_WRONG):
            with suppress(GaveUp):
                yield said.named(candidate.label), changed(candidate.change, value, None)


def _other_kind(compiler: Compiler, node: Node) -> Iterator[tuple[str, Value]]:
    """The first value in JSON of a kind that the node does not allow, if there is one, with its label."""
    for candidate in islice(_types(node, exact=True), 1):
        label = Said(compiler, node).named(candidate.label)
        yield label, candidate.change.value if isinstance(candidate.change, Put) else "sample"


def has_default(compiler: Compiler, node: Node) -> bool:
    """Whether a schema says what a missing value stands for."""
    waiting: list[Any] = list(node.schemas)
    seen: set[str] = set()
    while waiting:
        schema = waiting.pop()
        if not is_keywords(schema):
            continue
        if "default" in schema:
            return True
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            waiting.append(compiler.target(reference))
        for keyword in ("allOf", "oneOf", "anyOf"):
            waiting.extend(as_list(schema.get(keyword)))
    return False


def is_put_in(compiler: Compiler, flat: Flat, name: str) -> bool:
    """Whether a server may put in the property by itself where a request is without it."""
    node = flat.properties.get(name)
    return node is not None and (is_read_only(node) or has_default(compiler, node))


def _required(compiler: Compiler, flat: Flat, sample: dict[str, Value]) -> Iterator[Candidate]:
    for name in flat.required:
        if name in sample and not is_put_in(compiler, flat, name):
            yield Candidate("required", Without(name), (name,))


def _types(node: Node, *, exact: bool) -> Iterator[Candidate]:
    allowed = {kind for flat in node.alternatives for kind in flat.allowed}
    if "string" in allowed and not exact:
        return  # every text is a string
    for kind, change in _KINDS if exact else _KIND_TEXTS:
        if kind in allowed or ("number" in allowed and kind == "integer"):
            continue
        if kind == "number" and "integer" not in allowed:
            continue  # as good as "integer"
        yield Candidate(f"type/{kind}", change)


def _enum(flat: Flat, sample: Value, *, exact: bool) -> Iterator[Candidate]:
    """Near misses of a text or number among the values, and values of kinds that none of them is of."""
    values = flat.values or []
    near = sample if _is_scalar(sample) else next(filter(_is_scalar, values), None)
    yield from _near(near)
    present = set(map(kind_of, values))
    if "string" in present and not exact:
        return
    for kind, change in _KINDS if exact else _KIND_TEXTS:
        if kind in flat.allowed and kind not in present:
            yield Candidate(f"enum/{kind}", change)
    if not exact:
        return
    match sample:
        case bool():
            yield Candidate("enum/boolean", Put(not sample))
        case dict():
            yield Candidate("enum/object", Put({**cast("dict[str, Value]", sample), "extra1": "sample"}))
        case list():
            yield Candidate("enum/array", Put([*sample, "sample"]))
        case _:
            pass


def _is_scalar(value: Value) -> bool:
    return isinstance(value, str) or read(value) is not None


def _near(sample: Value) -> Iterator[Candidate]:
    if isinstance(sample, str):
        swapped = "".join(char.swapcase() if char.isascii() else char for char in sample)
        for which, text in (("case", swapped), ("prefix", sample[:-1]), ("suffix", f"{sample}x")):
            if text != sample:
                yield Candidate(f"enum/{which}", Put(text))
    number = read(sample)
    if number is not None:
        for which, step in (("above", 1), ("below", -1)):
            yield Candidate(f"enum/{which}", Put(written(lowest(number.mantissa + step * 10**number.scale, number.scale))))


def _numbers(flat: Flat, sample: Value) -> Iterator[Candidate]:
    grids = flat.number_grids if "number" in flat.kinds else flat.integer_grids
    if not grids:
        return
    yield from _beyond(flat.bounds, grids[0], grids[-1], -1)
    yield from _beyond(flat.bounds, grids[0], grids[-1], 1)
    if flat.bounds.steps:
        yield from _between_steps(flat, grids[0], sample)


def _beyond(bounds: Bounds, coarse: Grid, fine: Grid, step: int) -> Iterator[Candidate]:
    """The number next to the lower or upper bound on the finer grid, and one of some twenty digits on the coarser.

    Not one whose double is that of the bound: to a program that reads numbers so, it is the bound.
    """
    if step < 0:
        bound, is_open, by_format, last, last_of_coarse = bounds.low, bounds.low_open, bounds.by_format[0], fine.low, coarse.low
    else:
        bound, is_open, by_format, last, last_of_coarse = bounds.high, bounds.high_open, bounds.by_format[1], fine.high, coarse.high
    if bound is None or last is None:
        return
    word = "Minimum" if step < 0 else "Maximum"
    label = f"exclusive{word}" if is_open else word.lower()
    unproved = f"format/{word.lower()}" if by_format else ""
    if by_format or is_open or as_double(fine.value(last + step)) != as_double(bound):
        yield Candidate(label, Beyond(fine, last + step, step), unproved=unproved)
    k = step * FAR * 10**coarse.scale // coarse.unit
    if last_of_coarse is not None and (k - last_of_coarse) * step > 1:
        yield Candidate(f"{label}/far", Beyond(coarse, k, step), unproved=f"{unproved}/far" if unproved else "")


def _between_steps(flat: Flat, grid: Grid, sample: Value) -> Iterator[Candidate]:
    """The sample, moved less than a step, up or else down."""
    number = read(sample)
    if number is None:
        return
    if "number" not in flat.kinds and grid.unit > 1 and grid.scale == 0:
        by = Exact(1)
    elif "number" in flat.kinds:
        by = Exact(1, max(grid.scale, number.scale) + 1)
    else:
        return
    for sign in (1, -1):
        scale = max(number.scale, by.scale)
        moved = lowest(number.at(scale) + sign * by.at(scale), scale)
        above = flat.bounds.high is not None and compare(moved, flat.bounds.high) > 0
        below = flat.bounds.low is not None and compare(moved, flat.bounds.low) < 0
        if not above and not below:
            yield Candidate("multipleOf", Put(written(moved)))
            return


def _lengths(flat: Flat, longest: int) -> Iterator[Candidate]:
    if 0 < flat.min_length <= longest:
        yield Candidate("minLength", Sized(flat.min_length - 1, longer=False))
    if flat.max_length is not None and flat.max_length < longest:
        yield Candidate("maxLength", Sized(flat.max_length + 1, longer=True), large=flat.max_length >= LARGE_LENGTH)


def _strings(flat: Flat, sample: str, *, exact: bool, in_body: bool) -> Iterator[Candidate]:
    low, high = flat.min_length, flat.max_length
    yield from _lengths(flat, MOST_LENGTH if in_body else MOST_LENGTH_ELSEWHERE)
    full = high is not None and len(sample) >= high
    changes = [("suffix", f"{sample[:-1] if full else sample}!"), ("prefix", f"!{sample[1:] if full else sample}")]
    if exact:
        changes.append(("control", f"{sample[:-1] if full else sample}\0"))
    if flat.patterns or flat.unsupported:
        for which, text in [*changes, ("other", "!" * max(low, 1))]:
            # The validator alone would do, but that its engine is not that of the document's language.
            if flat.unsupported or any(refuses(tree, text) for tree in flat.patterns):
                yield Candidate(f"pattern/{which}", Put(text))
    if flat.format in misses():
        texts = list(enumerate(misses()[flat.format]))
        fitting = [(f"format/{index}", text) for index, text in texts if low <= len(text) and (high is None or len(text) <= high)]
        for label, text in [*fitting, *((("format/control", changes[-1][1]),) if exact else ())]:
            yield Candidate(label, Put(text), unproved="" if flat.format in ASSERTED else label)
    if exact and high is not None and high < HUGE_LENGTH:
        yield Candidate(HUGE_TEXT, Sized(HUGE_LENGTH, longer=False), large=True)


def _arrays(flat: Flat) -> Iterator[Candidate]:
    if 0 < flat.min_items <= MOST_COUNT:
        yield Candidate("minItems", Sized(flat.min_items - 1, longer=False))
    if flat.max_items is not None and flat.max_items < MOST_COUNT:
        change = Sized(flat.max_items + 1, longer=True, distinct=flat.unique)
        yield Candidate("maxItems", change, large=flat.max_items >= LARGE_COUNT)
    if flat.unique:
        yield Candidate("uniqueItems", Repeat())


def _objects(compiler: Compiler, flat: Flat, *, exact: bool) -> Iterator[Candidate]:
    is_closed = flat.additional is not None and not flat.additional.alternatives
    if is_closed and "extra1" not in flat.properties:
        yield Candidate("additionalProperties", With("extra1", "sample"), ("extra1",))
    elif exact and flat.additional is not None and "extra1" not in flat.properties:
        for label, value in _other_kind(compiler, flat.additional):
            yield Candidate(f"additionalProperties/{label}", With("extra1", value), ("extra1",))
    if len(flat.required) < flat.min_properties <= MOST_COUNT and not any(is_put_in(compiler, flat, name) for name in flat.properties):
        yield Candidate("minProperties", Members(flat.min_properties - 1, flat.required))
    if flat.max_properties is not None and flat.max_properties < MOST_COUNT and not is_closed:
        yield Candidate("maxProperties", Members(flat.max_properties + 1, flat.required), large=flat.max_properties >= LARGE_COUNT)
