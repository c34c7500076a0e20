"""Strict reading of YAML."""

import time

import pytest
from msgspec.msgpack import Ext

from stages.ingest.numbers import plain_number
from stages.ingest.yamltext import YamlLimits, read_yaml


def faults(text: str) -> list[tuple[tuple[str | int, ...], int, int, str]]:
    return [(fault.path, fault.line, fault.column, fault.message) for fault in read_yaml(text).faults]


def test_the_core_schema_of_yaml_1_2_is_what_plain_scalars_mean() -> None:
    """``no`` and ``on`` are text, dates and base-60 numbers are text, octals have 0o."""
    text = "[no, on, y, 2001-01-01, 1:30, 010, 0o10, 0x1F, ~, null, '', true, False, 'true', 1.5, .5, 1e3, 1_000, '12']"
    value = ["no", "on", "y", "2001-01-01", "1:30", 10, 8, 31, None, None, "", True, False, "true"]
    assert read_yaml(text).value == [*value, Ext(2, b"1.5"), Ext(2, b"0.5"), 1000, "1_000", "12"]


def test_keys_are_the_text_that_stands_there() -> None:
    """Statuses and other keys that look like numbers are names, as in JSON."""
    assert read_yaml("{200: a, null: b, true: c, 1.0: d}").value == {"200": "a", "null": "b", "true": "c", "1.0": "d"}


def test_settings_may_have_floats() -> None:
    """The caller says what numbers become."""
    assert read_yaml("a: 0.25", number=plain_number).value == {"a": 0.25}


def test_every_value_has_its_place() -> None:
    """Marks count from 1; a mapping's value stands where its key does, an item where it begins."""
    document = read_yaml("a:\n  - b: 1\n    c: {d: 2}\n  - x\n")
    assert document.marks[("a",)] == (1, 1)
    assert document.marks[("a", 0, "c", "d")] == (3, 9)
    assert document.marks[("a", 1)] == (4, 5)


def test_a_place_that_the_text_lacks_is_that_of_the_nearest_above() -> None:
    """What is said of a missing key can still be shown somewhere."""
    assert read_yaml("a:\n  b: 1\n").mark(("a", "b", "missing", 3)) == (2, 3)
    assert read_yaml("").mark(("a",)) == (1, 1)


def test_a_duplicate_key_is_a_fault_and_the_first_counts() -> None:
    """YAML readers let the last win in silence; here it is said, with its place."""
    document = read_yaml("a: 1\nb: {x: 1}\na: {y: [1, 2]}\n")
    assert document.value == {"a": 1, "b": {"x": 1}}
    assert [(fault.path, fault.line, fault.column) for fault in document.faults] == [(("a",), 3, 1)]
    assert document.marks[("a",)] == (1, 1)


def test_all_faults_are_found_at_once() -> None:
    """Reading goes on behind a fault."""
    found = faults("a: 1\na: 2\n? [x]\n: 3\nb: !foo z\nc: .inf\n<<: 5\n")
    assert [line for _, line, _, _ in found] == [2, 3, 5, 6, 7]


def test_merge_keys_fill_in_what_the_mapping_lacks() -> None:
    """Own keys win, then earlier merged mappings."""
    text = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\none: {<<: *b, y: 9}\ntwo: {<<: [*m, *b]}\nthree: {'<<': text}\n"
    document = read_yaml(text)
    assert document.value["one"] == {"x": 1, "y": 9}
    assert document.value["two"] == {"x": 1, "y": 3, "z": 4}
    assert not document.faults or document.faults[0].path == ("three",)


def test_an_alias_is_the_value_of_its_anchor() -> None:
    """Scalars, lists, mappings and keys can be aliased."""
    assert read_yaml("a: &n name\n*n : [&l [1], *l]\n").value == {"a": "name", "name": [[1], [1]]}


@pytest.mark.parametrize(("text", "why"), [("a: &x [*x]", "inside itself"), ("a: *x", "no anchor")])
def test_an_alias_without_a_value_ends_the_reading(text: str, why: str) -> None:
    """Neither has a meaning that could be gone on with."""
    document = read_yaml(text)
    assert not document.complete
    assert why in document.faults[-1].message


def test_an_alias_bomb_is_stopped_at_the_limit() -> None:
    """Nine lists of nine aliases each stand for half a billion values."""
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [f"{name}: &{name} [{','.join(['*' + before] * 9)}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True)]
    before = time.monotonic()
    document = read_yaml("\n".join(lines))
    assert not document.complete
    assert "aliases" in document.faults[-1].message
    assert time.monotonic() - before < 2


@pytest.mark.parametrize("text", ["[" * 10_000, "- " * 10_000 + "x", "{a: " * 10_000, "a: {? " * 10_000])
def test_ten_thousand_levels_are_refused_in_no_time(text: str) -> None:
    """Depth is bounded while reading, so neither memory nor the scanner's quadratic time is reached."""
    before = time.monotonic()
    document = read_yaml(text)
    assert not document.complete
    assert time.monotonic() - before < 2


def test_the_depth_limit_is_exact() -> None:
    """Three levels are three levels."""
    assert read_yaml("[[[1]]]", YamlLimits(depth=3)).complete
    assert not read_yaml("[[[[1]]]]", YamlLimits(depth=3)).complete


@pytest.mark.parametrize(
    ("text", "place"),
    [("a: [1,\nb: 2", (3, 1)), ("a: b: c", (1, 5)), ("\ta: 1", (1, 1)), ("a: 'x", (1, 6)), ("a: @x", (1, 4)), ("%YAML 3.0\n---\n", (1, 1))],
)
def test_a_syntax_error_has_its_place(text: str, place: tuple[int, int]) -> None:
    """Line and column of where the reader was stopped."""
    document = read_yaml(text)
    assert not document.complete
    assert document.value is None
    assert (document.faults[-1].line, document.faults[-1].column) == place


@pytest.mark.parametrize("stray", ["\x00", "\x07", "\x9f", "\ud800", "\ufffe", "\ufeff"])
def test_a_stray_character_costs_only_itself(stray: str) -> None:
    """What YAML does not allow is named with its place and replaced."""
    document = read_yaml(f"a: x\nb: y{stray}z\n")
    assert document.value == {"a": "x", "b": "y\ufffdz"}
    assert (document.faults[0].line, document.faults[0].column) == (2, 5)


def test_only_the_first_of_several_documents_counts() -> None:
    """The second one is a fault."""
    document = read_yaml("a: 1\n---\nb: 2\n")
    assert document.value == {"a": 1}
    assert document.faults[0].line == 2


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_a_text_without_a_value_is_null(text: str) -> None:
    """It is complete, and there is nothing in it."""
    document = read_yaml(text)
    assert document.complete
    assert document.value is None


def test_faults_are_bounded() -> None:
    """A text full of faults is described by the first ones, the last place kept for what ended the reading."""
    text = "\n".join(["a: 1"] * 500) + "\nb: [\n"
    document = read_yaml(text, YamlLimits(faults=10))
    assert len(document.faults) == 10
    assert document.faults[-1].line > 500
