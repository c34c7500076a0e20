"""Modifiers in patterns: ``(?i:...)``, ``(?s:...)``, ``(?m:...)`` and their removal (ECMA-262, 22.2.1)."""

import pytest

from stages.agents.core.matching import matches
from stages.agents.core.pattern import Unsupported, parse
from stages.agents.core.pattern_ends import lengths
from stages.agents.core.trees import assumes
from stages.agents.core.unicode import any_case
from tests.unit.agents.test_pattern import texts_of

WRONG = ["(?ii:a)", "(?i-i:a)", "(?ims-s:a)", "(?-ss:a)", "(?-:a)"]
OTHER = ["(?i)a", "a(?i)", "(?x:a)", "(?i--s:a)", "(?-i-s:a)", "(?i", "(?-i", "(?I:a)"]


@pytest.mark.parametrize(
    ("source", "inside", "outside"),
    [
        (r"^(?i:ab)$", ["ab", "AB", "aB"], ["a", "ac"]),
        (r"^(?i:a(?-i:b)c)d$", ["abcd", "AbCd"], ["aBcd", "abcD"]),
        (r"^(?i:k[^s])$", ["kt", "\u212aT", "K\n"], ["ks", "kS", "k\u017f"]),
        (r"^(?i:[^\W_])$", ["a", "\u017f", "\u212a"], ["_", "-", "é"]),
        (r"^(?i:\W)$", ["-", "é"], ["s", "S", "\u017f", "\u212a"]),
        (r"^(?i:[h-l])$", ["H", "k", "\u212a"], ["g", "M"]),
        (r"^(?i:\u03C3\u{1E9E}\xe5)$", ["Σß\u212b", "ςẞå"], ["sss"]),
        (r"^(?i:i)$", ["i", "I"], ["İ", "\u0131"]),
        (r"^(?i:\p{Lu})$", ["a", "A"], ["1", "ª"]),
        (r"^(?i:\P{Lu})$", ["a", "A", "1"], ["Ϗ" * 2]),
        (r"^(?i:[^\P{Lu}])$", ["\U0001d400"], ["A", "a", "1"]),
        (r"(?i:\b)\u017f", ["\u017f", " \u017f"], ["a\u017f"]),
        (r"\b\u017f", ["a\u017f"], ["\u017f"]),
        (r"(?i:a\B)\u017f", ["A\u017f"], ["b\u017f"]),
        (r"^(?s:.(?-s:.))$", ["\na", "\u2028b"], ["a\n", "a\u2029"]),
        (r"^(?is-m:a.)\.$", ["A\n."], ["A\n", "b\n."]),
        (r"(?m:^b$)", ["b", "a\nb", "b\rc", "a\u2028b\u2029c"], ["ab", "b "]),
        (r"(?m:^(?-m:^)b)|c$", ["b", "bd", "c"], ["\nb", "c\n"]),
        (r"^(?=.*(?i:x))[a-zA-Z]+$", ["aXb", "x"], ["a"]),
        (r"^(?i:(?!b)[a-c])$", ["A", "c"], ["B", "b"]),
        (r"(?<=(?i:s))1", ["S1", "\u017f1"], ["t1"]),
        (r"(?i:(?<x>a)|b)c", ["Ac", "Bc"], ["aC"]),
        (r"^(?i:|a)|(?m-i:b)$", ["A", ""], []),
    ],
)
def test_modifiers_are_in_force_within_their_group(source: str, inside: list[str], outside: list[str]) -> None:
    """And groups within it may take them back; look-around is no limit to them."""
    tree = parse(source)
    assert all(matches(tree, text) for text in inside)
    assert not any(matches(tree, text) for text in outside)


@pytest.mark.parametrize("source", WRONG)
def test_flags_stand_once(source: str) -> None:
    """Early errors of ECMA-262: a flag that is there twice, on one side or on both, and no flag at all."""
    with pytest.raises(Unsupported, match="flags that stand twice or are none"):
        parse(source)


@pytest.mark.parametrize("source", OTHER)
def test_flags_of_other_dialects_are_not_understood(source: str) -> None:
    """They have no group, or are none of ECMA-262."""
    with pytest.raises(Unsupported, match="a group with flags"):
        parse(source)


@pytest.mark.parametrize("source", ["(?m:^*)", "(?m:$+)", r"(?i:\b?)"])
def test_assertions_are_not_repeated(source: str) -> None:
    with pytest.raises(Unsupported, match="a repeated assertion"):
        parse(source)


def test_the_end_of_a_line_is_not_that_of_the_text() -> None:
    """So there is no bound to the length."""
    assert lengths(parse("^(?i:abc)$")) == (3, 3)
    assert lengths(parse("(?m:^abc$)")) == (3, None)


@pytest.mark.parametrize(
    "source", ["^(?i:[a-f]{2,6})-[0-9]$", "(?m:^)[a-z]+(?m:$)", "^(?s:.{3})$", r"^(?i:(?=.*[a-z])[\w-]{4,9})$", r"(?i:\bfoo\b)"]
)
def test_texts_are_made(source: str) -> None:
    """That match, nearly always."""
    tree = parse(source)
    made = list(texts_of(source))
    assert sum(text is None for text in made) <= len(made) / 10
    assert all(text is None or matches(tree, text) for text in made)
    assert len(set(made)) > 1


def test_both_cases_are_made() -> None:
    """Where the style leaves it to chance."""
    made = "".join(filter(None, texts_of("^(?i:ab){4}$")))
    assert set(made) == set("abAB")


def test_back_references_are_repeated() -> None:
    """Without regard to case too: what a group wrote is equal to itself, and matching takes any text."""
    source = r"^(?i:([a-z]{2})-\1)$"
    assert assumes(parse(source))
    made = [text for text in texts_of(source) if text is not None]
    assert len(made) > 20
    assert all(text[:2] == text[3:] for text in made)


def test_case_agrees_with_another_table() -> None:
    """Python's own, of an older Unicode: full folding makes equal what simple folding joins, and of characters alone nothing else."""
    groups: dict[str, set[int]] = {}
    for code in range(0x110000):
        if not 0xD800 <= code <= 0xDFFF:
            groups.setdefault(chr(code).casefold(), set()).add(code)
    joined = {code: group for group in groups.values() if len(group) > 1 for code in group}
    for code, group in joined.items():
        ours = {other for low, high in any_case(((code, code),)) for other in range(low, high + 1)}
        assert group <= ours
        assert all(chr(other).casefold() == chr(other) for other in ours - group)  # not assigned then
    whole = ((0, 0xD7FF), (0xE000, 0x10FFFF))
    assert any_case(whole) == whole
    assert any_case(((0x61, 0x63),)) == ((0x41, 0x43), (0x61, 0x63))
    assert any_case(()) == ()
