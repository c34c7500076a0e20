"""Bounds and steps of numbers, exactly: what a validator that reads them as doubles does not tell."""

from decimal import Decimal
from fractions import Fraction

from msgspec.msgpack import Ext

from pipeline.messages import Value


def fraction(value: Value) -> Fraction:
    """A number as it stands in a document or a request."""
    assert isinstance(value, int | Ext)
    return Fraction(value) if isinstance(value, int) else Fraction(Decimal(bytes(value.data).decode()))


def is_number_of(schema: dict[str, Value], value: Value) -> bool:
    """Whether a value is a number that satisfies such a schema."""
    return isinstance(value, int | Ext) and not isinstance(value, bool) and is_within(schema, fraction(value))


def is_within(schema: dict[str, Value], value: Fraction) -> bool:
    """Whether a number satisfies a schema of bounds, a step and the type number or integer."""
    bound = {keyword: fraction(written) for keyword, written in schema.items() if keyword != "type"}
    return (
        ("minimum" not in bound or value >= bound["minimum"])
        and ("exclusiveMinimum" not in bound or value > bound["exclusiveMinimum"])
        and ("maximum" not in bound or value <= bound["maximum"])
        and ("exclusiveMaximum" not in bound or value < bound["exclusiveMaximum"])
        and ("multipleOf" not in bound or value % bound["multipleOf"] == 0)
        and (schema["type"] == "number" or value.denominator == 1)
    )
