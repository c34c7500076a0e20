"""Schemas that contain themselves in place."""

from typing import Any

import jsonschema_rs
import pytest

from stages.ingest.cycles import cut_cycles


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def test_recursion_through_properties_and_items_is_fine() -> None:
    """It takes something of the instance at every turn."""
    defs = {"A": {"properties": {"a": ref("A")}, "items": {"allOf": [ref("B")]}}, "B": {"additionalProperties": ref("A")}}
    before = {name: dict(schema) for name, schema in defs.items()}
    assert cut_cycles(defs) == []
    assert defs == before


@pytest.mark.parametrize(
    ("defs", "after"),
    [
        ({"A": {"allOf": [ref("A")], "type": "string"}}, {"A": {"allOf": [{}], "type": "string"}}),
        ({"A": ref("B"), "B": ref("A")}, {"A": ref("B"), "B": {}}),
        ({"A": {"anyOf": [ref("A"), {"type": "string"}]}}, {"A": {"anyOf": [{"type": "string"}]}}),
        ({"A": {"not": ref("A")}}, {"A": {"not": {}}}),
    ],
)
def test_a_circle_that_says_nothing_is_cut_and_named(defs: dict[str, Any], after: dict[str, Any]) -> None:
    """One edge goes, the rest stays."""
    assert cut_cycles(defs) == [max(defs)]
    assert defs == after


def test_after_the_cut_every_validator_comes_to_an_end() -> None:
    """A tangle of circles through every applicator in place."""
    names = "ABCDEF"
    defs: dict[str, Any] = {
        name: {
            "allOf": [ref(names[(index + 1) % 6]), ref(names[(index + 2) % 6])],
            "oneOf": [ref(names[(index + 3) % 6]), {"type": "object"}],
            "if": ref(names[(index + 4) % 6]),
            "dependentSchemas": {"x": ref(names[(index + 5) % 6])},
        }
        for index, name in enumerate(names)
    }
    assert cut_cycles(defs)
    for name in names:
        validator = jsonschema_rs.Draft202012Validator({"$defs": defs, **ref(name)})
        for instance in ({"x": 1}, [], "x", None):
            validator.is_valid(instance)


def test_a_long_chain_needs_no_recursion() -> None:
    """Ten thousand schemas in a row, and in a ring."""
    defs: dict[str, Any] = {f"N{number:05}": ref(f"N{number + 1:05}") for number in range(10_000)}
    defs["N10000"] = {"type": "string"}
    assert cut_cycles(defs) == []
    defs["N10000"] = ref("N00000")
    assert len(cut_cycles(defs)) == 1
