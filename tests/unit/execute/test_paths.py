"""Paths in one spelling."""

import pytest

from stages.execute.paths import segments, spelled


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/pets/5", ("pets", "5")),
        ("/pets/5/", ("pets", "5")),
        ("//pets///5", ("pets", "5")),
        ("/p%65ts/%35?x=/y#z", ("pets", "5")),
        ("/a%20b/%C3%A9", ("a b", "é")),
        ("/", ()),
        ("", ()),
    ],
)
def test_spellings_of_one_path_are_equal(target: str, expected: tuple[str, ...]) -> None:
    """Slashes too many, percent-encoding and the query make no difference."""
    assert segments(target) == expected


@pytest.mark.parametrize(
    "target",
    [
        "/pets/..",
        "/pets/5/../7",
        "/pets/%2e%2E/x",
        "/pets/.",
        "/pets/5%2F..%2F7",
        "/a%2Fb",
        "/a\\b",
        "/a%5cb",
        "/pets/%252e%252e/x",
        "/a%00",
        "/a;x=1",
        "/%25252525252e",
    ],
)
def test_paths_that_could_be_read_otherwise_have_no_spelling(target: str) -> None:
    """Dot segments, hidden slashes and NUL, encoded however often: such a path is not compared with others at all."""
    assert segments(target) is None


def test_spelled() -> None:
    """Segments and paths belong together."""
    assert spelled(("pets", "5")) == "/pets/5"
    assert segments(spelled(("pets", "5"))) == ("pets", "5")
