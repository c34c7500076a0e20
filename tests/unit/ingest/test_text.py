"""From bytes to values: encodings, JSON and YAML, what is mended on the way."""

import codecs
from typing import Any

import msgspec
import pytest
from msgspec.msgpack import Ext

from pipeline.errors import DocumentError
from stages.ingest.problems import Problems
from stages.ingest.text import read_text

LARGE = b'"pad": "' + b"x" * 1_100_000 + b'", '  # past the size up to which small documents are read with care


def read(data: bytes) -> tuple[Any, list[tuple[str, str]]]:
    problems = Problems()
    value = read_text(data, "doc", problems)
    return value, [(problem.pointer, problem.code) for problem in problems.listed()]


@pytest.mark.parametrize("pad", [b"", LARGE], ids=["small", "large"])
def test_json_numbers_are_exact_at_any_size(pad: bytes) -> None:
    """The quick reader of large documents and the careful one of small ones agree."""
    value, problems = read(b"{" + pad + b'"n": [1, 1.0, 0.10, 1e400, 18446744073709551616, -9223372036854775809]}')
    assert value["n"][:3] == [1, 1, Ext(2, b"0.1")]
    assert value["n"][3] == Ext(1, b"1" + b"0" * 400)
    assert value["n"][4:] == [Ext(1, b"18446744073709551616"), Ext(1, b"-9223372036854775809")]
    assert problems == []


@pytest.mark.parametrize("pad", [b"", LARGE], ids=["small", "large"])
def test_half_surrogate_pairs_are_kept_in_values_and_dropped_in_names(pad: bytes) -> None:
    r"""``\ud800`` alone has no UTF-8 form; a whole pair is the character it stands for."""
    value, problems = read(b"{" + pad + b'"a": {"v": ["\\ud800x", ["\\udc00"]], "w": "\\ud83d\\ude00", "\\ud800": 1}}')
    assert value["a"] == {"v": [Ext(3, b"\xed\xa0\x80x"), [Ext(3, b"\xed\xb0\x80")]], "w": "\U0001f600"}
    assert [code for _, code in problems] == ["surrogate"]


def test_duplicate_keys_of_json_are_named_with_their_pointers() -> None:
    """The last one counts, as with other readers, but it is said."""
    value, problems = read(b'{"a/b": [{"x": 1, "x": 2}], "c": 1, "c": 2}')
    assert value == {"a/b": [{"x": 2}], "c": 2}
    assert problems == [("/a~1b/0/x", "duplicate-key"), ("/c", "duplicate-key")]


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + '{"a": "é"}'.encode(),
        codecs.BOM_UTF16_LE + '{"a": "é"}'.encode("utf-16-le"),
        codecs.BOM_UTF32_BE + '{"a": "é"}'.encode("utf-32-be"),
        codecs.BOM_UTF8 + "a: é\n".encode(),
        "\n\n  a: é\n".encode(),
    ],
)
def test_byte_order_marks_are_understood(data: bytes) -> None:
    """UTF-8 with and without, UTF-16 and UTF-32 with a mark."""
    assert read(data) == ({"a": "é"}, [])


def test_json_with_comments_or_trailing_commas_is_read_as_yaml() -> None:
    """It is not JSON, and that is said; what it means is clear."""
    value, problems = read(b'{"a": 1, # one\n "b": [2,],}')
    assert value == {"a": 1, "b": [2]}
    assert problems == [("", "not-json")]


def test_raw_control_characters_in_json_strings_are_borne() -> None:
    """A line break inside a string is wrong, and harmless."""
    assert read(b'{"a": "x\ny\x01"}')[0] == {"a": "x\ny\x01"}


def test_one_stray_byte_does_not_cost_the_document() -> None:
    """A byte that is no UTF-8 is replaced and named with line and column."""
    problems = Problems()
    assert read_text(b'{"a":\n "caf\xe9"}', "doc", problems) == {"a": "caf\ufffd"}
    assert "byte 0xe9 at line 2, column 6" in problems.listed()[0].message


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"<!doctype html><html>", "HTML"),
        (b'<?xml version="1.0"?>', "HTML or XML"),
        (b'{"a": 1,', "not valid JSON at line 1, column"),
        (b'{"a": NaN', "NaN is no JSON value"),
        (b"a: [1,\nb: 2", "not valid YAML at line"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "not UTF-8: byte 0x89 at line 1, column 1"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8\x00", "claims to be UTF-16"),
        (b"[" * 10_000 + b"]" * 10_000, "nested too deeply"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested too deeply"),
        (b"- " * 10_000 + b"1", "nested deeper than 200 levels"),
    ],
)
def test_a_hopeless_text_is_refused_with_one_clear_sentence(data: bytes, said: str) -> None:
    """What is wrong, where, in one line that names the document."""
    with pytest.raises(DocumentError) as error:
        read(data)
    assert str(error.value).startswith("doc: ")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_large_broken_json_names_its_place() -> None:
    """The quick reader knows bytes only; the message has line and column all the same."""
    data = b"{" + LARGE + b'\n"a": [}'
    with pytest.raises(DocumentError, match="line 2, column 7"):
        read(data)


def test_problems_can_be_encoded_whatever_the_document_holds() -> None:
    """Half surrogates in names do not break the store or the reports."""
    problems = Problems()
    problems.add("/\ud800", "x", "a \udfff b")
    assert msgspec.json.encode(problems.listed())


def test_problems_are_bounded_and_each_stands_once() -> None:
    """A document with a million faults yields the first thousand and the number of the others."""
    problems = Problems()
    for number in [*range(3000), *range(3000)]:
        problems.add(f"/{number:05}", "x", "wrong")
    listed = problems.listed()
    assert len(listed) == 1001
    assert "more problems" in listed[-1].message
