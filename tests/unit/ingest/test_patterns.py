"""Regular expressions of other dialects."""

import pytest

from stages.ingest.patterns import compiles, meant_pattern


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/^a$/", "^a$"),
        (r"/^(?<n>x|\xe9)[a-c_B-]\d$/i", r"^(?<n>[xX]|\xe9)[a-cA-C_Bb-]\d$"),
        (r"^\p{Alnum}[\p{Graph}é]\P{Digit}+$", r"^[0-9A-Za-z][!-~é][^0-9]+$"),
        (r"^[\P{Digit}]\p{Lu}$", r"^[\P{Digit}]\p{Lu}$"),
        (r"\\p{Alnum}", r"\\p{Alnum}"),
        (r"\Aab\z", "^ab$"),
        (r"[\w-.]", r"[\w\-.]"),
        (r"[.-\d]", r"[.\-\d]"),
        (r"[\w-]", r"[\w-]"),
        (r"[a-z\w]", r"[a-z\w]"),
        (r"\\Z[^\]\w-x]", r"\\Z[^\]\w\-x]"),
        ("a/b", "a/b"),
    ],
)
def test_habits_of_other_dialects_are_put_right(written: str, meant: str) -> None:
    """JavaScript's slashes and flag i, Ruby's anchors, Java's classes, hyphens beside a class escape; nothing else is touched."""
    assert meant_pattern(written) == meant


@pytest.mark.parametrize("expression", ["(", "[a-", "*", "a{3,1}", r"\d{2000000000}", r"\k<x>"])
def test_what_cannot_be_compiled_is_known(expression: str) -> None:
    """The judge is the validator that looks at the answers."""
    assert not compiles(expression)
