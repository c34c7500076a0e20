"""ECMA-262 patterns mean the same to the judge in Python."""

import pytest

from tests.bench.ecma_patterns import compiled
from tests.bench.judges import PyPi


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        (r"^\d$", "5", "\u0665"),
        (r"^\w$", "_", "ä"),
        (r"^\s$", "\ufeff", "a"),
        (r"^\S$", "a", "\u2003"),
        (r"^a$", "a", "a\n"),
        (r"^.$", "\x85", "\u2028"),
        (r"^[^]$", "\n", ""),
        (r"^[\w-]+$", "a-b", "a b"),
        (r"^[\D]$", "\u0665", "5"),
        (r"^[a-c&&b]$", "&", "d"),
        (r"^[[a]$", "[", "]"),
        (r"^a{,2}$", "a{,2}", "aa"),
        (r"^a{1,2}?$", "aa", "aaa"),
        (r"^\p{L}\p{Lu}$", "äÄ", "ää"),
        (r"^[\p{L}\p{N}-]+$", "é-٣", "_"),
        (r"^\P{Script=Greek}$", "a", "\u03b1"),
        (r"^\u{1F600}\ud83d\ude00\x41\u0042\cJ$", "\U0001f600\U0001f600AB\n", "\U0001f600"),
        (r"^(?<x>a|b)\k<x>\1$", "aaa", "aba"),
        (r"\bfoo\b", "a foo.", "afoo"),
        (r"^\Boo$|f\Boo", "foo", "f oo"),
        (r"^(?=.*\d)(?!x)[\/\.]\d$", "/5", "x5"),
        (r"^[\b]$", "\b", "b"),
        (r"^[\t-\r]$", "\n", "t"),
        ("^ä|]$", "ä", "a"),
        (r"^(?i:k[^s]\W)$", "\u212aT-", "Kt\u017f"),
        (r"^(?i:(?-i:[a-c])\x41\p{Lu})$", "aaa", "Aaa"),
        (r"^(?i:\P{Lu}\bß)$|^(?s-i:.a)$", "\na", "\nA"),
        (r"(?im:^a$)", "b\u2028A\r", "bA"),
        (r"^(?i:(a)\1)$", "aA", "ab"),
    ],
)
def test_a_pattern(pattern: str, right: str, wrong: str) -> None:
    assert compiled(pattern).search(right)
    assert not compiled(pattern).search(wrong)


@pytest.mark.parametrize(
    ("schema", "right", "wrong", "keyword"),
    [
        ({"pattern": r"^\p{L}$"}, "ä", "1", "pattern"),
        ({"patternProperties": {r"^\p{L}$": {"type": "integer"}}}, {"ä": 1, "1": "x"}, {"ä": "x"}, "type"),
        (
            {"patternProperties": {r"^\p{L}$": {}}, "properties": {"b1": {}}, "additionalProperties": False},
            {"ä": 1, "b1": 1},
            {"1": 1},
            "additionalProperties",
        ),
        ({"properties": {"b": {}}, "additionalProperties": {"type": "integer"}}, {"b": "x", "c": 1}, {"c": "x"}, "type"),
    ],
)
def test_the_judge_reads_patterns_so(schema, right, wrong, keyword) -> None:
    """In names of properties too, and where it asks which are additional."""
    assert PyPi().verdicts(schema, [right, wrong]) == [None, keyword]
