"""The checker of configurations beside msgspec: one verdict, however strange the value."""

from typing import Annotated, Any, Literal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta, Struct

from pipeline.config.check import check
from pipeline.config.tree import Tree


class Left(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="left", tag_field="type"):
    a: Annotated[int, Meta(ge=1, le=9)]
    b: list[Annotated[str, Meta(min_length=1)]] = []


class Right(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="right", tag_field="type"):
    a: Annotated[str, Meta(pattern="^x")] = "x"


class Whole(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    a: Annotated[int, Meta(ge=0)] | None = None
    b: Annotated[float, Meta(gt=0, lt=10)] = 1
    c: bool = False
    d: Literal["one", "two"] = "one"
    e: dict[str, Left | Right] = {}
    f: list[Right] = []
    g: Left | None = None
    h: Any = None


_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-2, 12)
    | st.sampled_from([0.5, 9.5, 10.0, -1.5])
    | st.sampled_from(["", "x", "xy", "one", "two", "left", "right"])
)
_keys = st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h", "type", "other"])
_values = st.recursive(_scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4), max_leaves=12)


@settings(max_examples=500)
@given(st.dictionaries(_keys, _values, max_size=6))
def test_the_checker_and_msgspec_agree(value):
    """What has no fault converts, what does not convert has one; whole floats, which YAML's reader never gives, apart."""
    checked, faults = check(Tree("file", value), Whole)
    try:
        msgspec.convert(value, Whole)
    except msgspec.ValidationError:
        assert faults
    else:
        assert not faults
        msgspec.convert(checked, Whole)


@settings(max_examples=200)
@given(st.dictionaries(_keys, _values, max_size=6))
def test_every_fault_stands_at_its_own_path(value):
    """No two faults say the same of one place."""
    _, faults = check(Tree("file", value), Whole)
    assert len({(fault.path, fault.message) for fault in faults}) == len(faults)
