"""Violations in words: every label that an agent has is one of docs/violations.md."""

import re
from pathlib import Path

import pytest

from stages.agents.generate import Generator
from stages.score.violations import APPLICATORS, WORDS, in_words
from tests.golden import inputs

PAGE = (Path(__file__).parents[3] / "docs" / "violations.md").read_text(encoding="utf-8")
KIND = {"type": "integer", "minimum": 3, "maximum": 90, "multipleOf": 3, "format": "int32"}
TEXT = {"type": "string", "enum": ["north", "south"]}


def labels(slice_):
    """Of all cases that functional-negative makes of a slice, but for methods."""
    found = set()
    spans = inputs.job(slice_, 3, (0, 400), agent=inputs.NEGATIVE)
    for case in Generator(slice_).answers(spans):
        place, _, label = case.classes[0].partition(":violates/")
        if place != "method":
            found.add(label)
    return found


@pytest.mark.parametrize("make", [inputs.pets, inputs.zoo, inputs.rules, inputs.combined])
def test_every_label_of_the_agent_has_words(make):
    """Its own, or those of its keyword."""
    found = labels(make())
    assert found
    for label in found:
        assert not in_words(label).startswith("violates"), label
        assert label in WORDS or label.partition("/")[0] in {
            *APPLICATORS,
            "type",
            "enum",
            "const",
            "format",
            "not",
            "oneOf",
            "propertyNames",
        }, label


def test_the_page_has_every_label_in_the_words_that_findings_use():
    """Neither more nor fewer."""
    table = PAGE.partition("Some labels")[0]
    assert dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", table, re.MULTILINE)) == WORDS


def test_labels_within_labels_are_put_together():
    """As deep as they go."""
    assert in_words("additionalProperties/items/type/null") == (
        "has an additional property that has an appended item that is null, which its type does not allow"
    )
    assert in_words("not/minimum/far") == "matches the schema of not, by its minimum"
    assert in_words("const/null") == "is null, and is not the value of const"
    assert in_words("format/2") == WORDS["format"]
    assert in_words("something/new") == "violates something"
