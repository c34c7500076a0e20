"""functional-negative: parsers that nobody here wrote refuse what is said to be malformed."""

import json
from email import message_from_bytes, policy
from email.errors import CloseBoundaryNotFoundDefect, NoBoundaryInMultipartDefect, StartBoundaryNotFoundDefect
from xml.etree import ElementTree as ET

import msgspec
import pytest

from pipeline.messages import MediaType, RequestBody
from tests.unit.agents.steps import attempt

SCHEMAS = {
    "an object": {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}},
    "a list": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    "a text": {"type": "string", "minLength": 3},
    "a number": {"type": "integer"},
    "anything": {},
}
NO_MULTIPART = (CloseBoundaryNotFoundDefect, NoBoundaryInMultipartDefect, StartBoundaryNotFoundDefect)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _is_json(data: bytes) -> bool:
    """Whether two parsers read it: Python's own, told to be strict, and msgspec."""
    try:
        json.loads(data.decode(), parse_constant=_refuse)
        msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return False
    return True


def _is_xml(data: bytes) -> bool:
    try:
        ET.fromstring(data)
    except ET.ParseError:
        return False
    return True


def _is_multipart(data: bytes, media_type: str) -> bool:
    message = message_from_bytes(b"Content-Type: " + media_type.encode() + b"\r\n\r\n" + data, policy=policy.HTTP)
    parts = [part for part in message.walk() if part is not message]
    return not [each for each in message.defects if isinstance(each, NO_MULTIPART)] and all("Content-Disposition" in part for part in parts)


def _is_read(data: bytes, media_type: str) -> bool:
    if media_type.startswith("multipart/"):
        return _is_multipart(data, media_type)
    return _is_xml(data) if "xml" in media_type else _is_json(data)


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize(
    "media_type", ["application/json", "application/problem+json", "application/xml", "text/xml", "multipart/form-data"]
)
def test_what_is_malformed_is_read_by_no_parser(inputs, planned, media_type, name) -> None:
    """The body is sent as bytes; Content-Length is another matter."""
    body = RequestBody(content=[MediaType(media_type=media_type, schema=SCHEMAS[name])], required=True)
    told = [case for case in planned(inputs.operation("POST /a", body=body)) if "/malformed" in case.classes[0]]
    broken = [(case, attempt(case).body) for case in told if case.intent == "invalid"]
    assert broken
    for case, sent in broken:
        assert not _is_read(bytes(sent.value.data), sent.media_type), case.classes
