"""How messages become blobs: MessagePack that cannot fail on odd text, with long bodies taken out, to be kept once by digest."""

import hashlib
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct, msgpack

from pipeline.messages import EXT_INTEGER, Api, Credit, Exchange, Finding, Knowledge, Reply, Request, RunRequested, Sent, Settled
from stages.persist import secrecy

INLINE_BYTES = 128  # shorter bodies stay where they are: a reference would not be smaller
_COMPRESSED_FROM_BYTES = 256
_MAX_DEPTH = 200

TakeBody = Callable[[bytes], bytes]  # keeps a body, returns its digest
GiveBody = Callable[[bytes], bytes]  # finds a body by its digest


class KeptExchange(Struct, frozen=True, array_like=True):
    """An exchange without its long bodies; ``bodies`` says where they go: (index in ``sent``, 0 request or 1 reply, digest)."""

    exchange: Exchange
    bodies: list[tuple[int, int, bytes]] = []


class KeptFinding(Struct, frozen=True, array_like=True):
    """A finding without its long bodies: (0 request or 1 reply, digest)."""

    finding: Finding
    bodies: list[tuple[int, bytes]] = []


_encoder = msgpack.Encoder()


def encode(value: Any) -> bytes:
    """MessagePack of a message. What it cannot hold (lone surrogates, integers past 64 bits, bottomless nesting) is written readably."""
    try:
        return _encoder.encode(value)
    except (UnicodeEncodeError, OverflowError, RecursionError):
        return _encoder.encode(_storable(value, 0))


def text(value: str) -> str:
    """``value`` as SQLite can hold it: lone surrogates written as ``\\udXXX``."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "backslashreplace").decode()
    return value


def _storable(value: Any, depth: int) -> Any:
    match value:
        case str():
            return text(value)
        case int() if not -(1 << 63) <= value < 1 << 64:
            return msgpack.Ext(EXT_INTEGER, b"%d" % value)
        case Struct() if getattr(type(value), "__struct_config__").array_like:  # noqa: B009 - typed by msgspec as a private name
            return [_storable(getattr(value, name), depth + 1) for name in value.__struct_fields__]
        case Struct():
            return _storable_struct(value, depth)
        case list() | tuple() | dict() if depth > _MAX_DEPTH:
            return "…"
        case list() | tuple():
            return [_storable(item, depth + 1) for item in value]
        case dict():
            return {_storable(key, depth + 1): _storable(item, depth + 1) for key, item in value.items()}
        case _:
            return value


def _storable_struct(value: Struct, depth: int) -> dict[str, Any]:
    config = value.__struct_config__
    fields = {name: _storable(getattr(value, name), depth + 1) for name in value.__struct_fields__}
    return {config.tag_field: config.tag, **fields} if config.tag_field else fields


def digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def pack_body(content: bytes) -> tuple[int, bytes]:
    """(1, zlib) where that saves space, else (0, content)."""
    if len(content) >= _COMPRESSED_FROM_BYTES:
        packed = zlib.compress(content, 1)
        if len(packed) < len(content):
            return 1, packed
    return 0, content


def unpack_body(compressed: int, content: bytes) -> bytes:
    return zlib.decompress(content) if compressed else content


def pack_exchange(exchange: Exchange, take: TakeBody) -> bytes:
    bodies: list[tuple[int, int, bytes]] = []
    sent: list[Sent] = []
    for index, one in enumerate(exchange.sent):
        request, reply = one.request, one.reply
        if request is not None and request.body is not None and len(request.body) >= INLINE_BYTES:
            bodies.append((index, 0, take(request.body)))
            request = msgspec.structs.replace(request, body=b"")
        if reply is not None and len(reply.body) >= INLINE_BYTES:
            bodies.append((index, 1, take(reply.body)))
            reply = msgspec.structs.replace(reply, body=b"")
        sent.append(one if request is one.request and reply is one.reply else msgspec.structs.replace(one, request=request, reply=reply))
    return encode(KeptExchange(msgspec.structs.replace(exchange, sent=sent) if bodies else exchange, bodies))


def unpack_exchange(blob: bytes, give: GiveBody) -> Exchange:
    kept = _exchange_decoder.decode(blob)
    sent = list(kept.exchange.sent)
    for index, side, key in kept.bodies:
        one = sent[index]
        request, reply = _filled(one.request, one.reply, side, give(key))
        sent[index] = msgspec.structs.replace(one, request=request, reply=reply)
    return msgspec.structs.replace(kept.exchange, sent=sent) if kept.bodies else kept.exchange


def pack_finding(finding: Finding, take: TakeBody) -> bytes:
    bodies: list[tuple[int, bytes]] = []
    request, reply = finding.request, finding.reply
    if request is not None and request.body is not None and len(request.body) >= INLINE_BYTES:
        bodies.append((0, take(request.body)))
        request = msgspec.structs.replace(request, body=b"")
    if reply is not None and len(reply.body) >= INLINE_BYTES:
        bodies.append((1, take(reply.body)))
        reply = msgspec.structs.replace(reply, body=b"")
    return encode(KeptFinding(msgspec.structs.replace(finding, request=request, reply=reply) if bodies else finding, bodies))


def unpack_finding(blob: bytes, give: GiveBody) -> Finding:
    kept = _finding_decoder.decode(blob)
    request, reply = kept.finding.request, kept.finding.reply
    for side, key in kept.bodies:
        request, reply = _filled(request, reply, side, give(key))
    return msgspec.structs.replace(kept.finding, request=request, reply=reply) if kept.bodies else kept.finding


def _filled(request: Request | None, reply: Reply | None, side: int, body: bytes) -> tuple[Request | None, Reply | None]:
    if side == 0 and request is not None:
        return msgspec.structs.replace(request, body=body), reply
    if side == 1 and reply is not None:
        return request, msgspec.structs.replace(reply, body=body)
    return request, reply


def pack_settled(settled: Settled) -> bytes:
    """Only what the columns of the verdict's row do not say."""
    return encode((settled.credit, settled.knowledge))


def unpack_settled(blob: bytes) -> tuple[Credit, Knowledge]:
    return _settled_decoder.decode(blob)


def pack_api(api: Api) -> bytes:
    return zlib.compress(encode(msgspec.structs.replace(api, source=secrecy.url(api.source))), 1)


def unpack_api(blob: bytes) -> Api:
    return _api_decoder.decode(zlib.decompress(blob))


def pack_request(request: RunRequested) -> bytes:
    """The request, to resume by, without what may be secret: fixed headers come from the configuration again, not from here."""
    overrides = [
        msgspec.structs.replace(
            override,
            headers=dict.fromkeys(override.headers, secrecy.WITHHELD),
            parameters={name: secrecy.WITHHELD if secrecy.telling(name) else value for name, value in override.parameters.items()},
        )
        for override in request.overrides
    ]
    spec, url = secrecy.url(request.spec), secrecy.url(request.url)
    return encode(msgspec.structs.replace(request, spec=spec, url=url, overrides=overrides, resume=False))


def unpack_request(blob: bytes) -> RunRequested:
    return _request_decoder.decode(blob)


_exchange_decoder = msgpack.Decoder(KeptExchange)
_finding_decoder = msgpack.Decoder(KeptFinding)
_settled_decoder = msgpack.Decoder(tuple[Credit, Knowledge])
_api_decoder = msgpack.Decoder(Api)
_request_decoder = msgpack.Decoder(RunRequested)
