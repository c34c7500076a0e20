"""What functional-negative does to the text of bodies, to what is said of them, and to the bytes of paths and queries."""

import pytest
from msgspec import structs
from msgspec.msgpack import Ext

from pipeline.messages import EXT_RAW, MediaType, RequestBody
from tests.unit.agents.violations import body_of, post, violated


def test_a_text_body_is_broken_in_every_way_that_json_can_be(inputs, planned):
    """Bytes as they are; what some servers may accept is only worth trying."""
    made = planned(post(inputs, {"type": "object", "required": ["a"], "properties": {"a": {"const": "é"}}}))
    sent = {label: bytes(body_of(made, f"malformed/{label}").value.data) for label in ("cut", "trailing-comma", "utf-8", "nan", "empty")}
    assert sent == {
        "cut": '{"a":"é"'.encode(),
        "trailing-comma": '{"a":"é",}'.encode(),
        "utf-8": '{"\xffa":"é"}'.encode("latin-1").replace(b"\xe9", "é".encode()),
        "nan": '{"a":"é","sample":NaN}'.encode(),
        "empty": b"",
    }
    assert len(bytes(body_of(made, "malformed/deep").value.data)) == 4000
    unclear = violated(made, intent="unspecified")["body"]
    assert unclear == [
        *("malformed/duplicate-key", "malformed/surrogate", "malformed/utf-16", "malformed/utf-16-as-utf-8", "malformed/byte-order-mark"),
        *("malformed/deep-object", "content-length/long"),
        *("media-type/absent", "content-encoding/gzip", "content-encoding/sample"),
    ]
    assert body_of(made, "media-type").media_type == "text/plain"
    assert body_of(made, "media-type/absent").media_type == ""
    assert body_of(made, "malformed/utf-16").media_type == "application/json; charset=utf-16"
    wide = {label: body_of(made, f"malformed/{label}") for label in ("latin-1", "utf-16-as-utf-8", "byte-order-mark")}
    assert bytes(wide["latin-1"].value.data) == '{"a":"éé"}'.encode("latin-1")
    assert bytes(wide["utf-16-as-utf-8"].value.data) == '{"a":"é"}'.encode("utf-16-le")
    assert bytes(wide["byte-order-mark"].value.data) == '{"a":"é"}'.encode("utf-8-sig")
    assert {wide[label].media_type for label in ("latin-1", "utf-16-as-utf-8")} == {"application/json; charset=utf-8"}
    argument = next(case for case in made if case.title == "body: violates content-encoding/gzip").steps[-1].arguments[-1]
    assert (argument.location, argument.name, argument.value) == ("header", "Content-Encoding", "gzip")


def test_latin_1_needs_a_text_that_it_has(inputs, planned):
    """The first in the order of the document, however deep; without one the body is not broken so."""

    def sent(value):
        found = [case for case in planned(post(inputs, {"const": value})) if case.classes == ["body:violates/malformed/latin-1"]]
        return [bytes(case.steps[-1].body.value.data).decode("latin-1") for case in found]

    assert sent({"a": [1, {"b": "x", "c": "y"}], "d": "z"}) == ['{"a":[1,{"b":"xé","c":"y"}],"d":"z"}']
    assert sent({"a": [1, None]}) == []
    assert sent({"a": "€"}) == []


def test_a_content_length_is_said_wrong_in_every_way_that_is_refused(inputs, planned):
    """As raw bytes behind all other arguments. Of two that differ both are lengths of the same JSON."""
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"const": "é"}}}
    limit = inputs.parameter("limit", "query", {"const": 1}, required=True)
    made = planned(inputs.operation("POST /a", limit, body=inputs.json_body(schema)))
    found = {}
    for case in made:
        if "content-length" in case.title:
            step = case.steps[-1]
            text = bytes(step.body.value.data)
            lengths = [bytes(one.value.data) for one in step.arguments[1:]]
            assert {(one.location, one.name, one.value.code) for one in step.arguments[1:]} == {("header", "Content-Length", EXT_RAW)}
            form = case.classes[0].rpartition("/")[2]
            assert (case.intent, step.body.media_type) == ("unspecified" if form == "long" else "invalid", "application/json")
            found[form] = text, lengths
    text = '{"a":"é"}'.encode()
    single = {"not-a-number": [b"sample"], "negative": [b"-1"], "short": [b"9"], "long": [b"11"]}
    assert found == {**{form: (text, lengths) for form, lengths in single.items()}, "differing": (text + b" ", [b"11", b"10"])}


@pytest.mark.parametrize(("value", "is_cut"), [(12, False), (True, False), (None, False), ("a", True), ([1], True), ({}, True)])
def test_a_content_length_is_too_small_only_where_that_cuts_the_json(inputs, planned, value, is_cut):
    """12 without its last character is a number still; true is none without its own, and left out like all that ends in no bracket.

    What is left out is not planned: no ordinal is lost.
    """
    made = planned(inputs.operation("POST /a", body=inputs.json_body({"const": value})))
    assert ("body:violates/content-length/short" in {case.classes[0] for case in made}) == is_cut
    assert [case.ordinal for case in made] == list(range(len(made)))


LENGTHS = ["content-length/not-a-number", "content-length/negative", "content-length/differing"]
CODED = ["media-type/absent", "content-encoding/gzip", "content-encoding/sample"]


@pytest.mark.parametrize(
    ("media_type", "expected", "text"),
    [
        (
            "multipart/form-data",
            (
                ["malformed/unclosed", "media-type", "malformed/no-boundary", "malformed/wrong-boundary", "malformed/cut-part"],
                ["malformed/no-utf-8"],
            ),
            b'--sentinel\r\nContent-Disposition: form-data; name="sample"\r\n\r\nsample\r\n--sentinel--\r\n',
        ),
        (
            "application/xml",
            (
                ["malformed/unclosed-element", "media-type", "malformed/no-element", "malformed/no-utf-8", "malformed/nul"],
                ["malformed/wrong-encoding", "malformed/utf-16-undeclared", "malformed/deep-element"],
            ),
            b'<?xml version="1.0" encoding="UTF-8"?><root>sample</root>',
        ),
        ("application/x-www-form-urlencoded", (["media-type"], ["malformed/no-utf-8", "malformed/percent"]), b"sample=sample"),
        ("text/plain", (["media-type/json"], ["malformed/no-utf-8"]), b"sample"),
        ("application/octet-stream", (["media-type"], []), b"sample"),
    ],
)
def test_other_texts_than_json_are_broken_by_their_own_rules(inputs, planned, media_type, expected, text):
    """What is said of the body, its type, length and coding, is wrong in the same ways for every media type."""
    labels, unclear = expected
    form = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    schema = form if media_type.endswith(("form-data", "xml", "urlencoded")) else {"type": "string"}
    made = planned(inputs.operation("POST /a", body=RequestBody(content=[MediaType(media_type=media_type, schema=schema)], required=True)))
    found = [label for label in violated(made)["body"] if label.startswith(("malformed", "media-type", "content"))]
    is_cut = media_type.endswith(("form-data", "xml"))
    assert found == [*labels, *LENGTHS, *(["content-length/short"] if is_cut else [])]
    assert violated(made, intent="unspecified")["body"] == [*unclear, "content-length/long", *CODED]
    assert ("encoding/nul" in violated(made, intent="unspecified").get("body/n", [])) == media_type.endswith(("form-data", "urlencoded"))
    absent = body_of(made, "media-type/absent")
    assert (bytes(absent.value.data), absent.media_type) == (text, "")
    if "multipart" in media_type:
        wrong = body_of(made, "malformed/wrong-boundary")
        assert (bytes(wrong.value.data), wrong.media_type) == (text, "multipart/form-data; boundary=other")
        cut = body_of(made, "malformed/cut-part")
        assert bytes(cut.value.data) == b'--sentinel\r\nContent-Disposition: form-data; name="sample"'
    if schema is form:
        assert {"required", "type/string"} <= set(violated(made)["body/n"])


@pytest.mark.parametrize(
    ("media_type", "text", "sent_type"),
    [
        ("multipart/form-data", b"--sentinel--", "multipart/form-data; boundary=sentinel"),
        ("application/soap+xml", b'<?xml version="1.0" encoding="UTF-8"?><root>sample</root>', "application/soap+xml"),
        ("application/x-www-form-urlencoded", b"sample=sample", "application/x-www-form-urlencoded"),
        ("text/csv", b"sample", "text/csv"),
    ],
)
def test_bodies_of_any_type_are_one_line_where_their_length_is_said_wrong(inputs, planned, media_type, text, sent_type):
    """A line end could begin one more request. Too small a length leaves over one byte, without which XML and multipart are none."""
    made = planned(inputs.operation("POST /a", body=RequestBody(content=[MediaType(media_type=media_type, schema={})], required=True)))
    found = {}
    for case in made:
        if "content-length" in case.title:
            step = case.steps[-1]
            assert step.body.media_type == sent_type
            found[case.classes[0].rpartition("/")[2]] = bytes(step.body.value.data), [bytes(one.value.data) for one in step.arguments]
    size = len(text)
    single = {"not-a-number": b"sample", "negative": b"-1", "long": b"%d" % (size + 1)}
    if media_type.endswith(("form-data", "xml")):
        single["short"] = b"%d" % (size - 1)
    expected = {form: (text, [length]) for form, length in single.items()}
    assert found == {**expected, "differing": (text + b" ", [b"%d" % (size + 1), b"%d" % size])}


def test_a_media_type_that_may_be_documented_is_no_wrong_one(inputs, planned):
    """Any type is right where every type is."""
    content = [MediaType(media_type=one, schema={"type": "string"}) for one in ("application/octet-stream", "*/*")]
    found = violated(planned(inputs.operation("POST /a", body=RequestBody(content=content, required=True))))["body"]
    assert not any(label.startswith("media-type") for label in found)


def test_every_body_is_violated_the_first_one_first(inputs, planned):
    """The same schema under two media types is violated under both."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    types = ("application/json", "application/xml")
    body = RequestBody(content=[MediaType(media_type=one, schema=schema) for one in types], required=True)
    made = planned(inputs.operation("POST /a", body=body))
    sent = [case.steps[-1].body.media_type for case in made if case.classes == ["body/n:violates/required"]]
    assert sent == list(types)


def test_fields_of_a_form_are_written_twice_and_with_nul(inputs, planned):
    """Where the schema allows it or not: worth trying."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string"}, "a": {"type": "array"}}}
    body = RequestBody(content=[MediaType(media_type="application/x-www-form-urlencoded", schema=schema)], required=True)
    made = planned(inputs.operation("POST /a", body=body))
    assert violated(made, intent="unspecified")["body/n"] == ["encoding/nul", "duplicate"]
    assert body_of(made, "duplicate", "body/n").value["n"] == [1, 0]
    assert body_of(made, "encoding/nul", "body/s").value["s"] == Ext(EXT_RAW, b"sample%00")
    assert "body/a" not in violated(made, intent="unspecified")


def test_a_body_that_takes_arrays_is_nested_deep_too(inputs, planned):
    """No schema says that it is too deep, so that it proves nothing."""
    made = planned(post(inputs, {"type": "array"}))
    assert "malformed/deep" in violated(made, intent="unspecified")["body"]
    assert "malformed/deep" not in violated(made)["body"]
    text = bytes(body_of(made, "malformed/deep-object").value.data)
    assert (text[:20], text[-3:], text.count(b"{")) == (b'{"sample":{"sample":', b"}}}", 2000)
    assert "malformed/deep-object" in violated(made)["body"]


def test_bytes_that_a_path_or_query_may_not_survive_are_tried(inputs, planned):
    """NUL, broken UTF-8, control characters: allowed by most schemas, so that nothing but a server error is a fault."""
    raw = ["encoding/nul", "encoding/utf-8", "encoding/control", "encoding/line-break", "encoding/percent", "encoding/overlong"]
    made = planned(inputs.operation("GET /a/{id}", inputs.parameter("id", "path", {"type": "string"})))
    assert violated(made, intent="unspecified") == {"path/id": [*raw, "long"]}
    sent = [bytes(case.steps[-1].arguments[0].value.data) for case in made if isinstance(case.steps[-1].arguments[0].value, Ext)]
    assert sent == [b"sample%00", b"sample%FF", b"sample%01", b"sample%0D%0A", b"sample%zz", b"sample%C0%AF"]
    made = planned(inputs.operation("GET /a", inputs.parameter("q", "query", {"type": "string"})))
    assert violated(made, intent="unspecified") == {"query/q": [*raw, "duplicate", "long"]}
    made = planned(inputs.operation("HEAD /a", inputs.parameter("q", "query", {"type": "string"})))
    assert violated(made, intent="unspecified") == {"query/q": [*raw, "duplicate"]}, "what is not read is not known to be HEAD"
    places = [inputs.parameter(*one, {"type": "string"}) for one in (("X-A", "header"), ("c", "cookie"), ("Host", "header"))]
    made = planned(inputs.operation("GET /a", *places))
    assert violated(made, intent="unspecified") == {
        "header/X-A": ["encoding/obs-text", "encoding/tab", "duplicate", "long"],
        "cookie/c": ["duplicate", "long"],
    }
    twice = [case.steps[-1].arguments for case in made if case.title.endswith("violates duplicate")]
    assert [[(one.location, one.name) for one in arguments][-2:] for arguments in twice] == [[("cookie", "c")] * 2, [("header", "X-A")] * 2]


@pytest.mark.parametrize(
    ("media_type", "label", "text"),
    [
        ("application/xml", "wrong-encoding", b'<?xml version="1.0" encoding="UTF-16"?><root>sample</root>'),
        ("application/xml", "utf-16-undeclared", "<root>sample</root>".encode("utf-16-le")),
        ("application/xml", "deep-element", b"<root>" * 2000 + b"</root>" * 2000),
        (
            "multipart/form-data",
            "no-utf-8",
            b'--sentinel\r\nContent-Disposition: form-data; name="sample"\r\n\r\nsample\xff\r\n--sentinel--\r\n',
        ),
    ],
)
def test_texts_that_some_servers_read_are_tried_and_not_claimed(inputs, planned, media_type, label, text):
    """In the media type of the body, with the boundary that a multipart text has."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    content = [MediaType(media_type=media_type, schema=schema)]
    made = planned(inputs.operation("POST /a", body=RequestBody(content=content, required=True)))
    case = next(case for case in made if case.classes == [f"body:violates/malformed/{label}"])
    body = case.steps[-1].body
    assert case.intent == "unspecified"
    assert body.value.data == text
    assert body.media_type == ("multipart/form-data; boundary=sentinel" if label == "no-utf-8" else media_type)


def test_the_body_of_a_query_is_violated_where_it_is_optional(inputs, planned):
    """What a QUERY asks is its body (draft-ietf-httpbis-safe-method-w-body)."""
    body = structs.replace(inputs.json_body({"type": "object", "required": ["a"]}), required=False)
    assert "type/string" in violated(planned(inputs.operation("QUERY /a", body=body)))["body"]
