"""What is unusual about a case, in words."""

from typing import Any

import msgspec
import pytest
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, EXT_TEXT, Argument, Body, Case, Step
from stages.agents.negative.malformed import (
    CUTTING,
    JSON_FORMS,
    LENGTH_FORMS,
    MULTIPART_FORMS,
    UNCLEAR_FORM_FORMS,
    UNCLEAR_JSON_FORMS,
    UNCLEAR_TEXT_FORMS,
    XML_FORMS,
)
from stages.agents.negative.texts import CODINGS
from stages.score.trigger import told, trigger


def case(value: Any, *classes: str) -> Case:
    """A case with the value in a query and in its body."""
    step = Step(
        name="attempt",
        operation="POST /a",
        arguments=[Argument(location="query", name="q", value="usual")],
        body=Body(media_type="application/json", value={"a": [1, value]}),
    )
    return Case(operation="POST /a", ordinal=0, title="", steps=[step], classes=list(classes))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("usual", ""),
        (7, ""),
        (True, ""),
        (Ext(EXT_DECIMAL, b"1.5"), ""),
        ("a\0", "a NUL character"),
        (Ext(EXT_TEXT, b"\xed\xa0\x80"), "a lone surrogate"),
        ("a\x7f", "a control character"),
        (Ext(EXT_DECIMAL, b"-1E+400"), "a number beyond a double"),
        (Ext(EXT_INTEGER, b"18446744073709551616"), "an integer past 64 bits"),
        (2**31, "an integer past 32 bits"),
        ("\U0001f600", "a character past the basic plane"),
    ],
)
def test_the_most_unusual_value_is_named(value: Any, words: str) -> None:
    """Ordinary ones are not."""
    assert trigger(case(value)) == words


@pytest.mark.parametrize(
    "label",
    [
        *(f"malformed/{form}" for form in (*JSON_FORMS, *UNCLEAR_JSON_FORMS, *MULTIPART_FORMS, *XML_FORMS)),
        *(f"malformed/{form}" for form in (*UNCLEAR_FORM_FORMS, *UNCLEAR_TEXT_FORMS)),
        *(f"content-length/{form}" for form in (*LENGTH_FORMS, CUTTING)),
        *(f"content-encoding/{coding}" for coding in CODINGS),
        "media-type",
        "media-type/absent",
        "media-type/json",
        "encoding/nul",
        "encoding/utf-8",
        "encoding/control",
        "encoding/line-break",
        "long",
        "duplicate",
        "maxLength/huge",
        "beyond-double",
    ],
)
def test_each_violation_of_no_keyword_has_words(label: str) -> None:
    """So that what breaks many operations is one finding."""
    assert trigger(case("usual", f"body:violates/{label}")) != ""


def test_a_violated_keyword_is_no_trigger() -> None:
    """Whether operations that fail by it fail alike is not known; what values are unusual counts all the same."""
    assert trigger(case("usual", "body/a:violates/type/integer")) == ""
    assert trigger(case("a\0", "body/a:violates/type/integer")) == "a NUL character"
    assert trigger(case("usual", "method:violates/TRACE")) == "the method TRACE"
    assert trigger(None) == ""


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (["query/q:length-above"], "the query parameter q"),
        (["query/q/0:violates/type/integer"], "the query parameter q"),
        (["header/q:present"], ""),
        (["query/q:present", "body:present"], ""),
        (["query/qq:present"], ""),
        (["path/id:shortest"], ""),
        ([], ""),
    ],
)
def test_the_parameter_that_a_case_tries_is_named(classes: list[str], words: str) -> None:
    """As long as it sends it, and tries nothing else; what is unusual in itself says more."""
    assert (told(case("usual", *classes)), trigger(case("usual", *classes))) == (words, words)
    assert trigger(case("a\0", *classes)) == "a NUL character"
    assert told(case("a\0", *classes)) == ""


def test_the_only_parameter_is_named_where_nothing_else_is_sent() -> None:
    """As in a case that was made smaller; with a body it may be that."""
    whole = case("usual")
    alone = msgspec.structs.replace(whole, steps=[msgspec.structs.replace(whole.steps[0], body=None)])
    assert (told(alone), trigger(alone), trigger(whole)) == ("", "the query parameter q", "")
