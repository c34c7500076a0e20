"""Messages to bytes and back, in both encodings of the protocol: MessagePack frames, or lines of JSON."""

from base64 import b64decode, b64encode
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec.msgpack import Ext

from stages.agents.wire.framing import DEFAULT_MAX_FRAME_BYTES, FrameReader, Framing, LineReader, encode_frame, encode_line
from stages.agents.wire.protocol import FromWorker, ToWorker

Message = TypeVar("Message")


class MessageError(ValueError):
    """A frame whose payload is no message of the protocol."""


class _Kind(msgspec.Struct, frozen=True):
    type: str


class Codec(Generic[Message]):
    """Both directions of one end: ``encode`` makes whole frames, ``decode`` reads the payload of one."""

    def __init__(self, union: Any, *, json: bool = False) -> None:
        self.json = json
        self._union = union
        self._known = frozenset(cast("str", kind.__struct_config__.tag) for kind in union.__args__)
        self._decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(union)
        self._kind = msgspec.msgpack.Decoder(_Kind)
        self._encoder = msgspec.msgpack.Encoder()

    def reader(self, limit: int = DEFAULT_MAX_FRAME_BYTES) -> Framing:
        """A fresh cutter for the stream of the other side."""
        return LineReader(limit) if self.json else FrameReader(limit)

    def encode(self, message: FromWorker | ToWorker) -> bytes:
        """The message as one frame."""
        if self.json:
            return encode_line(msgspec.json.encode(to_json_form(msgspec.to_builtins(message, builtin_types=(bytes, Ext)))))
        return encode_frame(self._encoder.encode(message))

    def decode(self, payload: bytes) -> Message | None:
        """The message, or None for one of a type that this end does not know. Raises MessageError for anything else."""
        try:
            if self.json:
                return self._from_json(payload)
            return self._decoder.decode(payload)
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
            if not self.json and self._is_unknown(payload):
                return None
            raise MessageError(str(error)) from error

    def _is_unknown(self, payload: bytes) -> bool:
        try:
            return self._kind.decode(payload).type not in self._known
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False

    def _from_json(self, payload: bytes) -> Message | None:
        plain = from_json_form(msgspec.json.decode(payload))
        if isinstance(plain, dict) and isinstance(kind := cast("dict[str, Any]", plain).get("type"), str) and kind not in self._known:
            return None
        return cast("Message", msgspec.convert(plain, self._union))


def worker_codec(*, json: bool = False) -> Codec[ToWorker]:
    """The worker's end: reads what Sentinel sends."""
    return Codec(ToWorker, json=json)


def dispatch_codec(*, json: bool = False) -> Codec[FromWorker]:
    """Sentinel's end: reads what workers send."""
    return Codec(FromWorker, json=json)


def to_json_form(value: Any) -> Any:
    """Builtins with extension values and binary as JSON can hold them (native/PROTOCOL.md, section 1)."""
    if isinstance(value, dict):
        return {key: to_json_form(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [to_json_form(item) for item in value]
    if isinstance(value, Ext):
        return {"$ext": [value.code, b64encode(value.data).decode()]}
    if isinstance(value, bytes):
        return {"$bin": b64encode(value).decode()}
    return value


def from_json_form(value: Any) -> Any:
    """The way back; an object that only looks like an extension value stays what it is."""
    if isinstance(value, list):
        return [from_json_form(item) for item in value]
    if not isinstance(value, dict):
        return value
    mapping = cast("dict[str, Any]", value)
    if len(mapping) == 1:
        try:
            match mapping:
                case {"$ext": [int(code), str(data)]}:
                    return Ext(code, b64decode(data, validate=True))
                case {"$bin": str(data)}:
                    return b64decode(data, validate=True)
                case _:
                    pass
        except ValueError:  # no base64: an object of the API that happens to have this name
            return mapping
    return {key: from_json_form(item) for key, item in mapping.items()}
