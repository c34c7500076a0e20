"""A job as a text to be done again from: whole, and fit for a terminal and a line of its own."""

import pytest
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_TEXT, ApiSlice, Hint, Instance, Job, Span
from stages.dispatch.whole_job import read, written

JOB = Job(
    id=7,
    agent="functional-positive",
    slice="abc",
    seed=2**63,
    spans=[Span(operation="GET /pets/{id}", start=64, count=3)],
    knowledge={
        "pets": [
            Instance(fields={"{}": 1, "price": Ext(EXT_DECIMAL, b"0.10"), "name": "\x7f\u202e\x1b[2J\n京"}, parents=[b"\x00"], made=True),
            Instance(fields={"odd": Ext(EXT_TEXT, b"\xed\xa0\x80")}),
        ]
    },
    hints=[Hint(operation="GET /pets/{id}", place="path/id", value="x", model="m")],
)


def test_a_job_comes_back_as_it_was():
    """All that its answers depend on, values that JSON has no form for among it."""
    again = read(written(JOB, "pets"))
    assert again.group == "pets"
    assert again.of(ApiSlice(digest="abc", group="pets")) == JOB
    assert again.slice == "abc"


def test_it_is_one_line_of_printable_ascii():
    """So that it can be shown as it is, and cut out of what surrounds it."""
    text = written(JOB, "pets\n")
    assert text.isascii()
    assert text.isprintable()
    assert text.startswith("{")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "Input data was truncated"),
        (b"[]", "Expected `object`"),
        (b'{"agent":"a","group":"g","seed":1}', "missing required field `spans`"),
        (b'{"agent":"a","group":"g","seed":1,"spans":[],"sed":1}', "unknown field `sed`"),
        (b'{"agent":"\xff"}', "utf-8"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_what_is_no_job_is_refused_with_the_reason(text, said):
    """One kind of error for whatever is wrong."""
    with pytest.raises(ValueError, match=f"(?i){said}"):
        read(text)
