"""Parameters by style and explode, against the table of OpenAPI 3.1 (4.8.12.3) and RFC 6570."""

from typing import Any

import pytest
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, EXT_RAW, EXT_TEXT, EXT_VARIABLE, Parameter
from stages.execute.serialise import UnknownVariable, Unserialisable
from stages.execute.serialise.style import in_cookie, in_header, in_path, in_query, undocumented

ARRAY = ["blue", "black", "brown"]
OBJECT = {"R": 100, "G": 200, "B": 150}


def parameter(location: Any, style: str, *, explode: bool = False, **more: Any) -> Parameter:
    return Parameter(name="color", location=location, style=style, explode=explode, **more)


@pytest.mark.parametrize(
    ("style", "explode", "value", "expected"),
    [
        ("simple", False, "blue", "blue"),
        ("simple", False, ARRAY, "blue,black,brown"),
        ("simple", True, ARRAY, "blue,black,brown"),
        ("simple", False, OBJECT, "R,100,G,200,B,150"),
        ("simple", True, OBJECT, "R=100,G=200,B=150"),
        ("label", False, "", "."),
        ("label", False, "blue", ".blue"),
        ("label", False, ARRAY, ".blue,black,brown"),
        ("label", True, ARRAY, ".blue.black.brown"),
        ("label", False, OBJECT, ".R,100,G,200,B,150"),
        ("label", True, OBJECT, ".R=100.G=200.B=150"),
        ("matrix", False, "", ";color"),
        ("matrix", False, "blue", ";color=blue"),
        ("matrix", False, ARRAY, ";color=blue,black,brown"),
        ("matrix", True, ARRAY, ";color=blue;color=black;color=brown"),
        ("matrix", False, OBJECT, ";color=R,100,G,200,B,150"),
        ("matrix", True, OBJECT, ";R=100;G=200;B=150"),
        ("unheard-of", False, ARRAY, "blue,black,brown"),
    ],
)
def test_path_styles(style: str, explode: bool, value: Any, expected: str) -> None:
    """Every path style writes primitives, arrays and objects as the table says; an unknown style is the location's default."""
    assert in_path(parameter("path", style, explode=explode), value) == expected


@pytest.mark.parametrize(
    ("style", "explode", "value", "expected"),
    [
        ("form", False, "", "color="),
        ("form", True, "blue", "color=blue"),
        ("form", False, ARRAY, "color=blue,black,brown"),
        ("form", True, ARRAY, "color=blue&color=black&color=brown"),
        ("form", False, OBJECT, "color=R,100,G,200,B,150"),
        ("form", True, OBJECT, "R=100&G=200&B=150"),
        ("spaceDelimited", False, ARRAY, "color=blue%20black%20brown"),
        ("spaceDelimited", False, OBJECT, "color=R%20100%20G%20200%20B%20150"),
        ("spaceDelimited", True, ARRAY, "color=blue&color=black&color=brown"),
        ("pipeDelimited", False, ARRAY, "color=blue%7Cblack%7Cbrown"),
        ("pipeDelimited", False, OBJECT, "color=R%7C100%7CG%7C200%7CB%7C150"),
        ("deepObject", True, OBJECT, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
        ("deepObject", True, {"a": {"b": 1}, "c": [2, 3]}, "color%5Ba%5D%5Bb%5D=1&color%5Bc%5D=2&color%5Bc%5D=3"),
        ("deepObject", True, ARRAY, "color=blue&color=black&color=brown"),
        ("deepObject", True, 5, "color=5"),
    ],
)
def test_query_styles(style: str, explode: bool, value: Any, expected: str) -> None:
    """Every query style writes primitives, arrays and objects as the table says."""
    assert "&".join(in_query(parameter("query", style, explode=explode), value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "true"),
        (False, "false"),
        (-7, "-7"),
        (Ext(EXT_INTEGER, b"123456789012345678901234567890"), "123456789012345678901234567890"),
        (Ext(EXT_DECIMAL, b"0.10"), "0.10"),
        (Ext(EXT_DECIMAL, b"1E+20"), "1E%2B20"),
        ("a b&c=d/e?f#g%", "a%20b%26c%3Dd%2Fe%3Ff%23g%25"),
        ("é漢\U0001f600", "%C3%A9%E6%BC%A2%F0%9F%98%80"),
        ("-._~", "-._~"),
        ("\x00\r\n", "%00%0D%0A"),
        (b"\xff\x00", "%FF%00"),
        (Ext(EXT_TEXT, "\ud800x".encode("utf-8", "surrogatepass")), "%ED%A0%80x"),
        (Ext(EXT_RAW, b"a b%2f'"), "a b%2f'"),
    ],
)
def test_single_values_are_exact(value: Any, expected: str) -> None:
    """Everything but unreserved characters is percent-encoded as UTF-8, numbers keep every digit, raw bytes stay as they are."""
    assert in_query(parameter("query", "form"), value) == [f"color={expected}"]
    assert in_path(parameter("path", "simple"), value) == expected


def test_a_path_value_of_dots_is_no_step() -> None:
    """ "." and ".." as whole values are encoded, or clients and servers would take them for steps in the path."""
    assert in_path(parameter("path", "simple"), "..") == "%2E%2E"
    assert in_path(parameter("path", "simple"), ".") == "%2E"
    assert in_path(parameter("path", "simple"), "a..b") == "a..b"


def test_reserved_characters_stay_where_they_are_allowed() -> None:
    """allowReserved keeps reserved characters and triplets, but for those that would end the value or begin another parameter."""
    reserved = parameter("query", "form", allow_reserved=True)
    assert in_query(reserved, "a/b?c:d@e=f;%41 g") == ["color=a/b?c:d@e=f;%41%20g"]
    assert in_query(reserved, "a&b#c+d%") == ["color=a%26b%23c%2Bd%25"]


def test_parameters_by_content() -> None:
    """A parameter with `content` is its media type's text, percent-encoded; in a header it stands as it is."""
    by_content = parameter("query", "form", media_type="application/json")
    assert in_query(by_content, {"a": [1, Ext(EXT_DECIMAL, b"1.50")]}) == ["color=%7B%22a%22%3A%5B1%2C1.50%5D%7D"]
    assert in_query(by_content, "x") == ["color=%22x%22"]
    assert in_header(parameter("header", "simple", media_type="application/json"), {"a": "b"}) == '{"a":"b"}'
    assert in_query(parameter("query", "form", media_type="text/plain"), "x y") == ["color=x%20y"]


def test_null_is_undefined() -> None:
    """Null members and optional null parameters are left out; a required parameter has no form as null, without members it is empty."""
    optional, required = parameter("query", "form", explode=True), parameter("query", "form", explode=True, required=True)
    assert in_query(optional, None) == []
    assert in_query(optional, []) == []
    assert in_query(optional, ["a", None, "b"]) == ["color=a", "color=b"]
    assert in_query(optional, {"a": None}) == []
    assert in_query(required, {}) == ["color="]
    assert in_header(parameter("header", "simple"), None) is None
    for write, location in ((in_query, "query"), (in_header, "header"), (in_cookie, "cookie"), (in_path, "path")):
        with pytest.raises(Unserialisable, match="null"):
            write(parameter(location, "form", required=True), None)


def test_headers() -> None:
    """Header values are not percent-encoded; arrays and objects are joined by commas; what would end the header has no form."""
    assert in_header(parameter("header", "simple"), ["a b", 2]) == "a b,2"
    assert in_header(parameter("header", "simple", explode=True), {"a": 1, "b": True}) == "a=1,b=true"
    assert in_header(parameter("header", "simple"), "é") == "é"
    for broken in ("a\r\nb", "a\nb", "\x00", b"\xff", Ext(EXT_RAW, b"a\r\nX: y")):
        with pytest.raises(Unserialisable):
            in_header(parameter("header", "simple"), broken)


def test_cookies() -> None:
    """Cookies are pairs; what a cookie cannot hold is percent-encoded, the rest is left so that servers that do not decode see it."""
    assert in_cookie(parameter("cookie", "form", explode=True), ["a", "b"]) == ["color=a", "color=b"]
    assert in_cookie(parameter("cookie", "form"), ["a", "b"]) == ["color=a,b"]
    assert in_cookie(parameter("cookie", "form"), 'a b;c"d,e%:/') == ["color=a%20b%3Bc%22d%2Ce%25:/"]
    assert in_cookie(parameter("cookie", "form", explode=True), {"x": 1, "y": None}) == ["x=1"]


@pytest.mark.parametrize(
    ("value", "exploded", "joined"),
    [
        ([["a", 1]], ["color=%5B%22a%22%2C1%5D"], ["color=%5B%22a%22%2C1%5D"]),
        ([{"a": 1}, 2], ["color=%7B%22a%22%3A1%7D", "color=2"], ["color=%7B%22a%22%3A1%7D,2"]),
        ({"a": ["b"]}, ["a=%5B%22b%22%5D"], ["color=a,%5B%22b%22%5D"]),
    ],
)
def test_what_is_inside_of_a_part_is_json(value: Any, exploded: list[str], joined: list[str]) -> None:
    """OpenAPI leaves it open; many servers read such a text."""
    assert in_query(parameter("query", "form", explode=True), value) == exploded
    assert in_query(parameter("query", "form"), value) == joined
    assert in_query(parameter("query", "deepObject"), [{"a": [1]}]) == ["color=%7B%22a%22%3A%5B1%5D%7D"]


def test_what_is_inside_of_a_part_is_quoted_as_its_place_needs() -> None:
    """In a path, a header and a cookie."""
    value = [{"a": "é b"}]
    assert in_path(parameter("path", "simple"), value) == "%7B%22a%22%3A%22%C3%A9%20b%22%7D"
    assert in_path(parameter("path", "matrix"), value) == ";color=%7B%22a%22%3A%22%C3%A9%20b%22%7D"
    assert in_header(parameter("header", "simple"), value) == '{"a":"é b"}'
    assert in_cookie(parameter("cookie", "form"), value) == ["color={%22a%22:%22%C3%A9%20b%22}"]


def test_variables_that_were_not_filled_are_told_apart() -> None:
    """A value that no step has extracted is no fault of the value."""
    with pytest.raises(UnknownVariable, match="id"):
        in_path(parameter("path", "simple"), Ext(EXT_VARIABLE, b"id"))


def test_lone_surrogates_must_be_marked() -> None:
    """A str with a lone surrogate is no well-formed value; it is refused rather than sent as something else."""
    with pytest.raises(Unserialisable, match="surrogate"):
        in_query(parameter("query", "form"), "\ud800")


def test_undocumented_arguments_take_the_default_style() -> None:
    """An argument without a definition: form and exploded in query and cookie, simple elsewhere."""
    assert in_query(undocumented("query", "a[b]$"), ["x", "y"]) == ["a%5Bb%5D$=x", "a%5Bb%5D$=y"]
    assert in_path(undocumented("path", "id"), ["x", "y"]) == "x,y"
    assert in_header(undocumented("header", "X-A"), ["x", "y"]) == "x,y"
