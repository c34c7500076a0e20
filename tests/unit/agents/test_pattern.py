"""Patterns: read, written, matched."""

import re

import pytest

from stages.agents.core.draws import Draws
from stages.agents.core.pattern import Unsupported, assumes, parse
from stages.agents.core.pattern_text import Dead, has_inner_edges, matches, padded, write

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
        *(r"(a)\1", r"[a", r"(a", r"a)", r"\p{Greek}", r"a{2", r"*a", r"a**", r"a{3,2}", r"a{1001}", r"[z-a]", r"\ud83d", r"\k"),
        *(r"(?i:a)", r"^*", "a\\", "(" * 40 + ")" * 40, "((a{1000}){1000}){1000}"),
    ],
)
def test_what_is_beyond_simple_patterns_is_named(source: str) -> None:
    """Nothing else than Unsupported is raised, and its text says why."""
    with pytest.raises(Unsupported, match=r"."):
        parse(source)


@pytest.mark.parametrize("source", [r"(?=a)a", r"^(?!b)[a-c]$", r"\bfoo\b", r"(?<=x)y", r"(?<!x)y"])
def test_look_around_is_assumed(source: str) -> None:
    """It takes no length, and the schema is known to need a validator."""
    assert assumes(parse(source))
    assert not assumes(parse("^(a|b)*$"))


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


def test_matching_ends_on_patterns_that_blow_up_elsewhere() -> None:
    """Positions are followed as sets: no backtracking."""
    assert not matches(parse(r"^(a+)+$"), "a" * 200 + "b")
    assert matches(parse(r"^(a*)*$"), "a" * 200)
