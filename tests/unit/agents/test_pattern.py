"""Patterns: read, written, matched."""

import contextlib
import re
import time
import unicodedata

import pytest

from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.matching import MOST_WORK, _Walk, matches, most_work, refuses
from stages.agents.core.pattern import Unsupported, parse
from stages.agents.core.pattern_ends import has_inner_edges, padded
from stages.agents.core.pattern_text import Dead, write
from stages.agents.core.patterned import patterned_text, prepared
from stages.agents.core.schema import Flat
from stages.agents.core.trees import assumes
from stages.agents.core.unicode import property_ranges

GOOD = [
    r"^[a-z0-9]+(-[a-z0-9]+)*$",
    r"^\d{3}-\d{4}$",
    r"abc",
    r"^(foo|ba[rz]){2,3}$",
    r"^[^/]+$",
    r"^\S+@\S+\.\S+$",
    r"^$|^[A-Z]{2}$",
    r"^#([A-F0-9]{6}|[a-f0-9]{3})$",
    r"^(\([0-9]{3}\))?[0-9]{3}-[0-9]{4}$",
    r"[+-]?[0-9]+\.[0-9]*",
    r"^[\w.-]{1,5}$",
    r"^\x41\u0042C$",
    r"^(?:a|(?<name>b)c?)+?$",
    r"^.{3}$",
    r"^[^\d\s]$",
    r"",
    r"^a{0}b$",
    r"^[a\-z]\]$",
]


@pytest.mark.parametrize("source", GOOD)
@pytest.mark.parametrize("style", ["tidy", "plain", "wide"])
def test_what_is_written_has_the_length_and_matches(source: str, style) -> None:
    """Judged by Python's own engine, which agrees with ECMA-262 on these patterns."""
    tree = parse(source)
    whole = padded(tree)
    draws = Draws(6)
    written = 0
    for length in range(tree.least, min(tree.most if tree.most is not None else 99, tree.least + 9) + 1):
        try:
            made = write(whole, draws, length, style)
        except Dead:
            continue
        written += 1
        assert len(made) == length
        assert re.search(source.replace("(?<name>", "(?P<name>"), made)
        assert matches(tree, made)
    assert written


@pytest.mark.parametrize("source", GOOD)
def test_matching_agrees_with_a_regex_engine(source: str) -> None:
    """On texts that the pattern was not made for."""
    tree = parse(source)
    draws = Draws(3)
    texts = ["", "a", "b", "abc", "xxabcx", "123-4567", "foobar", "-1.5", "a b", "a/b", "AB", "ABC", "a]", "z]", "#fff", "x@y.z", "bc"]
    texts += [write(parse(r"^[a-c0-2/@. -]*$"), draws, length, "wide") for length in range(6)]
    for text in texts:
        assert matches(tree, text) == bool(re.search(source.replace("(?<name>", "(?P<name>"), text)), text


@pytest.mark.parametrize(
    "source",
    [
        *(r"(a)\2", r"[a", r"(a", r"a)", r"\p{Greek}", r"a{2", r"*a", r"a**", r"a{3,2}", r"a{4097}", r"[z-a]", r"\ud83d", r"\k"),
        *(r"(?i)a", r"^*", "a\\", "(" * 40 + ")" * 40, "((a{1000}){1000}){1000}", r"\k<x>", r"\P{Print}"),
    ],
)
def test_what_is_beyond_simple_patterns_is_named(source: str) -> None:
    """Nothing else than Unsupported is raised, and its text says why."""
    with pytest.raises(Unsupported, match=r"."):
        parse(source)


def texts_of(source: str, count: int = 40, **keywords):
    """What the maker of texts comes to, in two styles."""
    [flat] = Compiler({}).node({"type": "string", "pattern": source, **keywords}).alternatives
    for state in range(count):
        yield patterned_text(Draws(state), flat, (flat.min_length, flat.max_length), "sample", "tidy" if state % 2 else "wide")


@pytest.mark.parametrize(
    "source",
    [
        r"^(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])[A-Za-z0-9]{8,}$",
        r"^(?=.*[A-Z])(?=.*\d)(?=.*[!@#$%]).{8,32}$",
        r"^(?!b)[a-c]+$",
        r"^(?!.*--)[a-z0-9-]{3,20}$",
        r"^(?!-)(?!.*-$)[a-z-]{2,}$",
        r"\bfoo\b",
        r"^\w+\b-\w+$",
        r"(?<=x)y",
        r"^[a-z]+(?<!x)$",
        r"a\Bb",
        r"(?=.*\d)",
    ],
)
def test_look_around_and_boundaries_are_satisfied(source: str) -> None:
    """What is made matches by Python's engine, nearly always, and no validator has to look."""
    assert not assumes(parse(source))
    made = list(texts_of(source))
    assert sum(text is None for text in made) <= len(made) / 10
    for text in made:
        assert text is None or re.search(source, text), text


@pytest.mark.parametrize("source", [r"^(['\"])[a-z]{1,5}\1$", r"^(?P<x>a|bb)-(?P=x)$", r"^([a-z]{2,3})([0-9])\2\1$", r"^(?:(a)|b)\1$"])
def test_back_references_repeat_what_was_written(source: str) -> None:
    """And the schema is known to need a validator, as matching takes any text for them."""
    tree = parse(source.replace("(?P=x)", r"\k<x>").replace("(?P<", "(?<"))
    assert assumes(tree)
    found = 0
    for text in texts_of(source.replace("(?P=x)", r"\k<x>").replace("(?P<", "(?<")):
        if text is not None:
            found += 1
            # An unset group matches nothing in Python and the empty text in ECMA-262.
            assert re.search(source, text) or text == "b", text
    assert found > 20


@pytest.mark.parametrize(
    ("source", "inside", "outside"),
    [
        (r"^\p{Lu}$", "AÄΩ", "aä1"),
        (r"^\p{Letter}$", "aß字", "1_ "),
        (r"^\P{L}$", "1 _", "aß"),
        (r"^\p{Script=Greek}$", "λΩ", "aя"),
        (r"^\p{sc=Cyrl}$", "яЖ", "aλ"),
        (r"^[\p{Nd}\p{Z}]$", "1٣\u2003", "a½"),
        (r"^\p{gc=Currency_Symbol}$", "€$¥", "a"),
        (r"^\p{White_Space}$", " \u3000", "a\u200b"),
        (r"^[^\p{C}]$", "a字", "\x00\x7f"),
        (r"^\p{Any}$", "a\U0001f600", ""),
        (r"^\p{Script=Cham}$", "\uaa00", "a"),
        (r"^\p{Script=Qaac}$", "\u2c80", "a"),
        (r"^\p{Script=Greek}$", "λ", "\u0342"),
        (r"^\p{scx=Grek}$", "λ\u0342", "a"),
        (r"^\p{Script_Extensions=Thai}$", "ก", "a"),
        (r"^\p{Extended_Pictographic}$", "\u2665", "a"),
        (r"^\p{Assigned}$", "a", "\u0378"),
        (r"^\p{cntrl}$", "\x01", "a"),
    ],
)
def test_unicode_properties(source: str, inside: str, outside: str) -> None:
    """By the names of ECMA-262, their whole range of characters."""
    tree = parse(source)
    assert all(matches(tree, char) for char in inside)
    assert not any(matches(tree, char) for char in outside)
    assert any(text is not None and matches(tree, text) for text in texts_of(source))


def test_the_table_of_properties_agrees_with_another_one() -> None:
    """Python's own table, of another version of Unicode: nearly all that it knows to be in a category is there, and nothing else."""
    for category in ("Lu", "Ll", "Lo", "Mn", "Nd", "Po", "Sc", "Zs"):
        ranges = property_ranges(category)
        known = {code for code in range(0x3000) if unicodedata.category(chr(code)) == category}
        ours = {code for low, high in ranges for code in range(low, min(high, 0x2FFF) + 1)}
        assert len(known - ours) <= 1
        assert sum(unicodedata.category(chr(code)) != "Cn" for code in ours - known) <= 1


def test_anchors_inside_are_noticed() -> None:
    """Where anchors do not stand at the ends, the result must be looked at."""
    assert has_inner_edges(parse(r"a|^b")) is False
    assert has_inner_edges(parse(r"a^b"))
    assert has_inner_edges(parse(r"(^a)+"))
    assert not has_inner_edges(parse(r"^(a|b)$"))


def test_lengths_that_cannot_be_are_dead() -> None:
    """Even and odd, below and above."""
    for source, length in ((r"^(ab)*$", 3), (r"^a{2,3}$", 1), (r"^a{2,3}$", 4)):
        with pytest.raises(Dead):
            write(parse(source), Draws(0), length, "tidy")


@pytest.mark.parametrize("source", [*GOOD, r"(a*b?)*(b|a{2,5})*$", r"((a?){3,})*"])
def test_no_text_takes_more_work_than_is_said(source: str) -> None:
    """The bound on which the matching of what was just written is left out."""
    tree = parse(source)
    for text in ("", "a", "ab" * 6, "a" * 12, "0-1" * 4, "foobar@foo.bar"):
        walk = _Walk(text)
        walk.ends(tree, walk.everywhere)
        assert MOST_WORK - walk.left <= most_work(tree, len(text)) <= most_work(tree, len(text) + 1)


@pytest.mark.parametrize("source", [r"^\"([0-9]+?)\"$|\*", *GOOD])
def test_what_is_sure_to_match_does(source: str) -> None:
    """What is written of such a pattern as it is, as it may be kept without another look."""
    tree = parse(source)
    known = prepared(Flat(patterns=(tree,)))
    draws = Draws(8)
    for length in range(min(known.sure, 40) + 1):
        with contextlib.suppress(Dead):
            assert matches(tree, write(known.tree, draws, length, "wide"))


def test_what_is_sure_to_match() -> None:
    """Alternatives with anchors are; look-around, anchors inside, back-references and what takes much work are not."""
    sources = (r"^\"([0-9]+?)\"$|\*", r"a(?=b)", r"a^b", r"(a)\1", r"((a*)*b)*")
    assert [prepared(Flat(patterns=(parse(source),))).sure > 0 for source in sources] == [True, False, False, False, False]


def test_matching_ends_on_patterns_that_blow_up_elsewhere() -> None:
    """Positions are followed as sets: no backtracking."""
    assert not matches(parse(r"^(a+)+$"), "a" * 200 + "b")
    assert matches(parse(r"^(a*)*$"), "a" * 200)


def test_what_is_too_much_work_is_neither_matched_nor_refused() -> None:
    """The limit is no word of the pattern's."""
    text, tree = "a" * 40_000, parse(r"^(a|b)*$")
    assert not matches(tree, text)
    assert not refuses(tree, text)
    assert refuses(tree, "ac")


@pytest.mark.parametrize("source", ["(" * 30 + "a" + ")*" * 30, r"^((a|b|ab)*)*c$", r"^(a{0,65535}){0,65535}$", r"^(?=(a+)+$)(a|aa)+b$"])
def test_no_pattern_takes_long(source: str) -> None:
    """Nested quantifiers without end, and repeats by the ten thousand, are read, matched and made within a second."""
    started = time.process_time()
    tree = parse(source)
    matches(tree, "a" * 300 + "b")
    list(texts_of(source, 4))
    assert time.process_time() - started < 4


@pytest.mark.parametrize(("source", "text"), [(r"^\cJ$", "\n"), (r"^[\cj-\cM]$", "\r"), (r"^a\cZ", "a\x1ab")])
def test_control_letters(source: str, text: str) -> None:
    """Their code modulo 32; a `c` before anything else is understood by nobody."""
    assert matches(parse(source), text)
    assert not matches(parse(source), "J")
    for other in (r"\c", r"\c1", r"\cé"):
        with pytest.raises(Unsupported):
            parse(other)
