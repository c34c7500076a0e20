"""Messages to bytes and back."""

import msgspec
import pytest
from msgspec.msgpack import Ext

from pipeline.messages import Argument, Body, Case, Step
from stages.agents.wire import (
    Answers,
    Done,
    MessageError,
    Ping,
    Ready,
    Welcome,
    WorkerError,
    dispatch_codec,
    from_json_form,
    to_json_form,
    worker_codec,
)

VALUE = {
    "n": [Ext(1, b"18446744073709551616"), Ext(2, b"0.1")],
    "raw": b"\x00\xff",
    "odd": {"$bin": "no base64"},
    "two": {"$ext": 1, "x": 2},
}
CASE = Case(
    operation="POST /a",
    ordinal=3,
    title="t",
    steps=[
        Step(
            name="attempt",
            operation="POST /a",
            arguments=[Argument(location="path", name="id", value=Ext(5, b"made"))],
            body=Body(media_type="application/json", value=VALUE),
        )
    ],
)


@pytest.mark.parametrize("json", [False, True])
@pytest.mark.parametrize(
    "message",
    [
        Ready(protocol=1, name="w", version="1", agents=["a"], deterministic=True),
        Answers(job=1, answers=[CASE]),
        Done(job=1, answers=2, gave_up=[("GET /", 3, "why")]),
        WorkerError(job=1, kind="internal"),
    ],
)
def test_messages_come_back_as_they_were(message, json: bool) -> None:
    """Both encodings carry every value that a message can hold, extension values and binary included."""
    sender, receiver = worker_codec(json=json), dispatch_codec(json=json)
    [payload] = receiver.reader().feed(sender.encode(message))
    assert receiver.decode(payload) == message


@pytest.mark.parametrize("json", [False, True])
def test_unknown_types_and_keys_are_let_pass(json: bool) -> None:
    """A later version of the protocol may say more: an unknown type is None, an unknown key is ignored."""
    codec = worker_codec(json=json)
    encode = msgspec.json.encode if json else msgspec.msgpack.encode
    assert codec.decode(encode({"type": "weather", "rain": True})) is None
    assert codec.decode(encode({"type": "ping", "token": 4, "mood": "fine"})) == Ping(token=4)


@pytest.mark.parametrize("json", [False, True])
@pytest.mark.parametrize("message", [{"type": "ping"}, {"type": "ping", "token": "x"}, {"token": 1}, [1], {"type": 3}])
def test_what_is_no_message_is_an_error(message, json: bool) -> None:
    """Known types must be whole; anything that is no map with a type is an error."""
    encode = msgspec.json.encode if json else msgspec.msgpack.encode
    with pytest.raises(MessageError):
        worker_codec(json=json).decode(encode(message))


@pytest.mark.parametrize("json", [False, True])
@pytest.mark.parametrize("payload", [b"\xc1", b"{", b"\x81\xa4type\xa1\xff", b"[" * 5000, b"\x91" * 5000])
def test_garbage_is_an_error_and_nothing_else(payload: bytes, json: bool) -> None:
    """Truncated, ill-formed and deeply nested input raises MessageError."""
    with pytest.raises(MessageError):
        worker_codec(json=json).decode(payload)


def test_each_end_reads_only_the_other() -> None:
    """A worker's message means nothing to a worker."""
    assert worker_codec().decode(msgspec.msgpack.encode(Done(job=1, answers=0))) is None
    assert dispatch_codec().decode(msgspec.msgpack.encode(Welcome(protocol=1, max_frame_bytes=9))) is None


def test_the_json_form_keeps_objects_that_only_look_like_extensions() -> None:
    """An object of the API named "$bin" or "$ext" stays itself where it holds no base64."""
    assert from_json_form(to_json_form(VALUE)) == VALUE
