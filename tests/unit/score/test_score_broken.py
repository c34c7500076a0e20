"""What a finding says of its request: what was broken in it on purpose, as long as it is there."""

import pytest
from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, MediaType, Parameter, RequestBody
from stages.score.broken import broken

KEY = "PUT /shelves/{id}"
SCHEMA = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "maxLength": 3}, "size": {"type": "integer"}}}


@pytest.fixture
def said(make_scene, make_operation, replace):
    """What is said of a case by its class, its arguments and its body."""

    def say(name, *, body=None, step="attempt", **fields):
        limit = Parameter(name="limit", location="query", schema={"type": "integer", "maximum": 10})
        content = RequestBody(required=True, content=[MediaType(media_type="application/json", schema=SCHEMA)])
        scene = make_scene([replace(make_operation(KEY, parameters=[limit]), body=content)])
        steps = [scene.step(KEY, body=body, name=step, **fields)]
        case = replace(scene.trial(KEY, steps=steps, classes=[name]).case, intent="invalid")
        return broken(scene.model, case, "attempt")

    return say


@pytest.mark.parametrize(
    ("name", "sent", "words"),
    [
        ("query/limit:violates/maximum", {"args": {"query/limit": 11}, "body": {"name": "a"}}, "query/limit is above maximum"),
        ("body/name:violates/maxLength", {"body": {"name": "long"}}, "body/name is longer than maxLength"),
        ("body/name:violates/required", {"body": {}}, "body/name is missing"),
        ("body:violates/required", {}, "body is missing"),
        ("body:violates/malformed/deep", {"body": Ext(EXT_RAW, b"[[[")}, "body is 2000 nested arrays"),
        (
            "path/id:violates/encoding/nul",
            {"args": {"path/id": Ext(EXT_RAW, b"a%00")}, "body": {"name": "a"}},
            "path/id has a NUL character (%00)",
        ),
        ("body:violates/media-type", {"body": "sample", "media_type": "text/plain"}, "body is sent as text/plain"),
        (
            "body:violates/content-encoding/gzip",
            {"args": {"header/Content-Encoding": "gzip"}, "body": {"name": "a"}},
            "body is declared as gzip, which it is not",
        ),
        ("method:violates/TRACE", {}, "the method is TRACE"),
    ],
)
def test_what_is_broken_is_said_in_words(said, name, sent, words):
    """Those of docs/violations.md, behind the place."""
    assert said(name, **sent) == words
    assert said(name, **sent, step="fresh0") == words


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("query/limit:maximum", {"args": {"query/limit": 10}, "body": {"name": "a"}}),
        ("query/limit:violates/maximum", {"body": {"name": "a"}}),
        ("query/limit:violates/maximum", {"args": {"query/limit": 1}, "body": {"name": "a"}}),
        ("body/name:violates/maxLength", {"body": {"name": "a"}}),
        ("body:violates/malformed/deep", {"body": {"name": "a"}}),
        ("path/id:violates/encoding/nul", {"args": {"path/id": "a"}, "body": {"name": "a"}}),
        ("body:violates/content-encoding/gzip", {"body": {"name": "a"}}),
        ("body:violates/content-length/short", {"body": {"name": "a"}}),
        ("body:violates/media-type", {"body": {"name": "a"}}),
        ("body:violates/media-type", {}),
    ],
)
def test_what_is_not_there_any_more_is_not_said(said, name, sent):
    """A case that was made smaller may have become a valid one; a valid one breaks nothing."""
    assert said(name, **sent) == ""


def test_steps_that_prepare_broke_nothing(said):
    """What shows at one of them is none of the attempt's doing."""
    assert said("query/limit:violates/maximum", args={"query/limit": 11}, body={"name": "a"}, role="prepare") == ""
