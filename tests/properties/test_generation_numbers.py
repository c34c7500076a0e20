"""Numbers within whatever bounds: none that is made breaks one, and what is proved empty is."""

from fractions import Fraction
from math import ceil, floor, lcm

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.messages import Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.exact import Exact, lowest, write
from stages.agents.core.interesting import variations
from stages.agents.core.places import ROOM, Place, fill
from stages.agents.core.realm import Realm
from tests.properties.exact_numbers import fraction, is_number_of, is_within

MANTISSAS = st.one_of(st.integers(-20, 20), st.integers(-(10**22), 10**22))
EXPONENTS = st.one_of(st.integers(-20, 300), st.integers(-20, -14), st.integers(18, 24), st.just(0))


def number(mantissa: int, exponent: int) -> Exact:
    return lowest(mantissa * 10 ** max(exponent, 0), max(-exponent, 0))


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Value]:
    """A lower bound, an upper one that is mostly just above it, and a step; each may be absent."""
    low = number(draw(MANTISSAS), draw(EXPONENTS))
    width = number(draw(st.integers(-1, 10)), draw(EXPONENTS))
    scale = max(low.scale, width.scale)
    keywords: dict[str, Value] = {"type": draw(st.sampled_from(["number", "integer"]))}
    if draw(st.booleans()) or draw(st.booleans()):
        keywords[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = write(low)
    if draw(st.booleans()) or draw(st.booleans()):
        keywords[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = write(lowest(low.at(scale) + width.at(scale), scale))
    if draw(st.booleans()):
        keywords["multipleOf"] = write(number(draw(st.integers(1, 300)), draw(EXPONENTS)))
    return keywords


def has_number(schema: dict[str, Value]) -> bool:
    """Whether there is any, of a schema with both bounds."""
    low, high = (fraction(next(schema[key] for key in schema if key.lower().endswith(end))) for end in ("minimum", "maximum"))
    steps = [fraction(schema["multipleOf"])] if "multipleOf" in schema else []
    steps += [Fraction(1)] if schema["type"] == "integer" else []
    if not steps:
        return is_within(schema, low) or is_within(schema, high) or is_within(schema, (low + high) / 2)
    common = lcm(*(step.denominator for step in steps))
    step = Fraction(lcm(*(int(step * common) for step in steps)), common)
    first, last = ceil(low / step), floor(high / step)
    return any(is_within(schema, k * step) for k in (first, first + 1, last, last - 1))


@settings(max_examples=300)
@given(schema=schemas(), seed=st.integers(0, (1 << 64) - 1))
def test_every_number_is_within_its_bounds_exactly(schema: dict[str, Value], seed: int) -> None:
    """Bounds from 1e-20 to beyond 1e300, by fractions; a validator would take most of them for doubles."""
    compiler = Compiler({})
    node = compiler.node(schema)
    assume(not any(flat.unread for flat in node.alternatives))  # of more than 320 digits
    if not node.alternatives:
        assert node.why_not().told().startswith("proved empty")
        assert not has_number(schema)
        return
    place = Place("body", "body", node, Realm.JSON, ROOM, required=True)
    draws = Draws(seed)
    made = [fill(compiler, place, draws, mode) for mode in ("best", "full", *["random"] * 40)]
    made += [fill(compiler, place, draws, "best", steer=each.steer) for each in variations(compiler, node, Realm.JSON, ROOM)]
    assert all(certain for _, certain in made)
    assert [value for value, _ in made if not is_number_of(schema, value)] == []
