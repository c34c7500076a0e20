"""Writes the golden vectors: run ``python -m tests.golden.make`` after a change of what is generated, and read the difference.

- ``generation/NAME.json`` is for people: the job, the answers, and ``blake2b``, the hash (16 bytes, hex) of all canonical answers joined.
- ``generation/NAME.msgpack`` is for programs: a map of slice, job, answers (each in its canonical form, as binary), and gave_up (a list of
  [operation, ordinal]).
- ``generation/parts.json`` has vectors of single parts: streams, numbers, text, patterns.
- ``protocol/conversation.json`` is for people, ``protocol/conversation.bin`` for programs: for each frame "s" (Sentinel sends) or "w" (the
  worker answers), then the frame; ``cpu_ms`` of every ``done`` is left out.
"""

import sys
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from pipeline.messages import ApiSlice, Job, Span
from stages.agents.core import draws, exact, formats, pattern, pattern_ends, pattern_text, text
from stages.agents.generate import Generator
from stages.agents.wire import (
    PROTOCOL,
    Answers,
    Bye,
    Done,
    Forget,
    JobOrder,
    Ping,
    Pong,
    Ready,
    Slice,
    Welcome,
    WorkerError,
    encode_answer,
    encode_frame,
    to_json_form,
)
from stages.agents.worker import NAME, VERSION
from tests.golden.corners import corners
from tests.golden.evaluated import evaluated
from tests.golden.inputs import NEGATIVE, POSITIVE, pets, vectors
from tests.golden.sending import sending
from tests.golden.sent import sent
from tests.golden.wide import wide

HERE = Path(__file__).parent

PATTERNS = (r"^[a-z0-9]+(-[a-z0-9]+)*$", r"^(foo|ba[rz]){2,3}$", r"^\S+@\S+\.\S+$", r"^(\([0-9]{3}\))?[0-9]{3}-[0-9]{4}$", r"^$|^[A-Z]{2}$")


def readable(value: Any) -> Any:
    return to_json_form(msgspec.to_builtins(value, builtin_types=(bytes, msgspec.msgpack.Ext)))


def generated(slice_: ApiSlice, job: Job) -> tuple[bytes, bytes]:
    """The two files of a vector."""
    gave_up: list[tuple[str, int, str]] = []
    answers = list(Generator(slice_).answers(job, gave_up))
    encoded = [encode_answer(answer) for answer in answers]
    refused = [[operation, ordinal] for operation, ordinal, _ in gave_up]
    for_programs = msgspec.msgpack.encode({"slice": slice_, "job": job, "answers": encoded, "gave_up": refused})
    listing = {
        "job": readable(job),
        "blake2b": blake2b(b"".join(encoded), digest_size=16).hexdigest(),
        "gave_up": gave_up,
        "answers": [readable(msgspec.msgpack.decode(answer)) for answer in encoded],
    }
    return _pretty(listing), for_programs


def parts() -> dict[str, Any]:
    """Vectors of single parts, for whoever writes one more implementation."""
    stream = draws.Draws(0)
    operation = draws.operation_state(42, POSITIVE, "GET /pets")
    case = draws.case_state(operation, 3)
    numbers = [b"0.010", b"-2.5", b"1E-20", b"1.5E+3", b"123456789012345678901.5", b"-0.000"]
    return {
        "splitmix64 of state 0": [str(stream.next()) for _ in range(4)],
        "below(10) of state 1": _many(1, lambda stream: stream.below(10)),
        "operation_state(42, functional-positive, GET /pets)": str(operation),
        "operation_state(-1, ...)": str(draws.operation_state(-1, POSITIVE, "GET /pets")),
        "case_state of it, ordinal 3": str(case),
        "place_hash(query/limit)": str(draws.place_hash("query/limit")),
        "first of its stream query/limit": str(draws.stream(case, "query/limit").next()),
        "letters(SAFE, 11) of state 2": _many(2, lambda stream: text.letters(stream, text.SAFE, 11)),
        "random_text(0, none) of state 3": _many(3, text.texts_between(0, None, plain=False), 24),
        "varied(sample@example.com, 20) of state 4": _many(4, lambda stream: text.varied(stream, "sample@example.com", 20)),
        "name_keys": {name: list(text.name_keys(name)) for name in ("petId", "X-Request-ID", "HTTPServerName2", "created_at", "é")},
        "formats at random of state 5": {
            name: formats.random(name, draws.Draws(5)) for name in ("uuid", "date-time", "email", "ipv6", "uri-template", "byte")
        },
        "numbers read and written": {number.decode(): readable(_rewritten(number)) for number in numbers},
        "patterns of state 6": {source: list(_written(source)) for source in PATTERNS},
    }


def _rewritten(number: bytes) -> Any:
    known = exact.read(msgspec.msgpack.Ext(2, number))
    return None if known is None else exact.write(known)


def _many(state: int, draw: Any, count: int = 8) -> list[Any]:
    stream = draws.Draws(state)
    return [draw(stream) for _ in range(count)]


def _written(source: str) -> Iterator[str | None]:
    tree = pattern.parse(source)
    stream = draws.Draws(6)
    styles: tuple[pattern_text.Style, ...] = ("tidy", "plain", "wide")
    for style in styles:
        for length in range(tree.least, tree.least + 8, 3):
            try:
                yield pattern_text.write(pattern_ends.padded(tree), stream, length, style)
            except pattern_text.Dead:
                yield None


def conversation() -> list[tuple[str, Any]]:
    """A whole conversation: who says what."""
    slice_ = pets()
    asked = Job(id=5, agent=POSITIVE, slice=slice_.digest, seed=7, spans=[Span(operation="GET /pets", start=0, count=70)])
    answers = list(Generator(slice_).answers(asked))
    other = msgspec.structs.replace(asked, id=6, agent="no-such-agent")
    lost = msgspec.structs.replace(asked, id=7)
    bad = msgspec.structs.replace(asked, id=8, spans=[Span(operation="GET /dogs", start=0, count=1)])
    return [
        ("w", Ready(protocol=PROTOCOL, name=NAME, version=VERSION, agents=[NEGATIVE, POSITIVE], deterministic=True)),
        ("s", Welcome(protocol=PROTOCOL, max_frame_bytes=1 << 24)),
        ("s", {"type": "weather", "rain": True}),
        ("s", Slice(slice=slice_)),
        ("s", JobOrder(job=asked)),
        ("w", Answers(job=5, answers=answers[:64])),
        ("w", Answers(job=5, answers=answers[64:])),
        ("w", Done(job=5, answers=70)),
        ("s", Ping(token=99)),
        ("w", Pong(token=99)),
        ("s", JobOrder(job=other)),
        ("w", WorkerError(job=6, kind="unknown-agent", detail="no-such-agent")),
        ("s", JobOrder(job=bad)),
        ("w", WorkerError(job=8, kind="bad-job", detail="the slice has no operation 'GET /dogs'")),
        ("s", Forget(digest=slice_.digest)),
        ("s", JobOrder(job=lost)),
        ("w", WorkerError(job=7, kind="unknown-slice", detail=slice_.digest)),
        ("s", Bye()),
    ]


def _pretty(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def build() -> dict[str, bytes]:
    """All files, by their path below this folder."""
    files: dict[str, bytes] = {}
    for name, (slice_, job) in {**vectors(), **evaluated(), **corners(), **sending(), **sent(), **wide()}.items():
        files[f"generation/{name}.json"], files[f"generation/{name}.msgpack"] = generated(slice_, job)
    files["generation/parts.json"] = _pretty(parts())
    said = conversation()
    files["protocol/conversation.json"] = _pretty([{"from": who, "message": readable(message)} for who, message in said])
    encoder = msgspec.msgpack.Encoder()
    files["protocol/conversation.bin"] = b"".join(who.encode() + encode_frame(encoder.encode(message)) for who, message in said)
    return files


if __name__ == "__main__":
    for path, data in build().items():
        (HERE / path).write_bytes(data)
        sys.stdout.write(f"{path}: {len(data)} bytes\n")
