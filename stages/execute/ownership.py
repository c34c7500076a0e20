"""Reads from answers what a run made and removed. Pure.

Being wrong here would let a later DELETE leave for somebody else's object, so a doubtful answer makes nothing:

- 201 makes what its Location names (RFC 9110, 15.3.2), or else what the body's id names, or else, where it says nothing at all, what the
  request called it, by a plain text of the name that the document's paths take;
- 200 and 202 make what the body's id names only when the document says that the operation makes objects and the id was not in the request;
- PUT makes its own path when it is answered 201, or succeeds where the case had seen nothing.
"""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from pipeline.messages import Api, Argument, Made, Operation, Reply
from stages.execute.experiment import Call
from stages.execute.forms import origin_of, split_base
from stages.execute.outgoing import Outgoing
from stages.execute.paths import segments, spelled
from stages.execute.pointer import MISSING, lookup, read_json
from stages.execute.serialise.text import plain

_OF_A_FORM = frozenset({"format", "pattern", "enum", "const"})
_PLACEHOLDER = re.compile(r"\{([^{}/]+)\}")


class _Item:
    """An operation on single objects, by which they can be named: its template, split, and the fields that fill its last parameter."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.template = [part for part in operation.path.split("/") if part]
        names = _PLACEHOLDER.findall(operation.path)
        self.last = names[-1] if names else ""
        slots = [slot for slot in operation.slots if slot.place == f"path/{self.last}"]
        self._labelled = {one.name for one in operation.parameters if one.location == "path" and one.style == "label"}
        self.fields = [field for slot in slots for field in slot.fields] or [self.last, "id", "uuid", "name"]

    @property
    def is_item(self) -> bool:
        return bool(self.template) and self.template[-1] == f"{{{self.last}}}"

    def named(self, texts: dict[str, str]) -> str:
        """The path with these values of its parameters, by style (OpenAPI 3.1, 4.8.12.3): of "label" a dot stands before the value."""
        return _PLACEHOLDER.sub(lambda found: ("." if found[1] in self._labelled else "") + texts[found[1]], self.operation.path)

    def chosen(self, body: Any) -> str:
        """The text by which a request named its object, "" where it is not plain which. A number may be somebody else's, where the server
        draws its own, and so may be a text where the path takes something else."""
        plain = any(
            isinstance(one.schema, dict) and one.schema.get("type") == "string" and _OF_A_FORM.isdisjoint(one.schema)
            for one in self.operation.parameters
            if (one.location, one.name) == ("path", self.last)
        )
        others = [field for field in self.fields if field != "{}"]
        field = self.last if self.last in others or len(others) != 1 else others[0]
        text = body.get(field) if isinstance(body, dict) and plain else None
        return text if isinstance(text, str) and not text.isdecimal() else ""

    def match(self, parts: Sequence[str]) -> dict[str, str] | None:
        """The parameters that make the template this path; None when it is another path."""
        if len(parts) != len(self.template):
            return None
        values: dict[str, str] = {}
        for expected, part in zip(self.template, parts, strict=True):
            if expected.startswith("{") and expected.endswith("}") and expected.count("{") == 1:
                name = expected[1:-1]
                values[name] = part.removeprefix(".") if name in self._labelled else part
            elif expected != part:
                return None
        return values


class Ownership:
    """What the document says of making and removing, ready to be asked about answers."""

    def __init__(self, api: Api, base_url: str) -> None:
        self._origin, prefix = split_base(base_url)
        self._prefix = tuple(part for part in unquote(prefix).split("/") if part)
        self._operations = {operation.key: operation for operation in api.operations}
        self._items: dict[int, list[_Item]] = {}
        for operation in api.operations:
            item = _Item(operation)
            if item.is_item and not operation.server:
                self._items.setdefault(len(item.template), []).append(item)

    def made(self, operation: Operation, request: Outgoing, call: Call, reply: Reply, *, was_vacant: bool) -> Made | None:
        """What the answered request created, if anything. ``was_vacant``: the case had seen nothing at this path."""
        if operation.server or request.origin != self._origin:
            return None
        if request.method == "PUT":
            created = reply.status == 201 or (was_vacant and reply.status in {200, 202, 204})
            return self._at(segments(request.target), operation) if created else None
        if request.method != "POST" or reply.status not in {200, 201, 202}:
            return None
        if reply.status == 201 and (made := self._located(operation, request, reply)) is not None:
            return made
        return self._identified(operation, call, reply)

    def _located(self, operation: Operation, request: Outgoing, reply: Reply) -> Made | None:
        location = _location(reply)
        if not location:
            return None
        try:
            absolute = urljoin(request.origin + request.target, location)
            if origin_of(absolute) != self._origin:
                return None
        except ValueError:
            return None
        parts = segments(urlsplit(absolute).path)
        collection = segments(request.target)
        if parts is None or collection is None or parts == collection[: len(parts)]:
            return None
        if parts[: len(collection)] == collection:
            return self._at(parts, operation)
        # Elsewhere it may as well be something that was there before, such as the user of a new session.
        remover = self._operations.get(operation.remover)
        if remover is None or parts[: len(self._prefix)] != self._prefix:
            return None
        return self._at(parts, operation) if _Item(remover).match(parts[len(self._prefix) :]) is not None else None

    def _identified(self, operation: Operation, call: Call, reply: Reply) -> Made | None:
        outputs = [output for output in operation.outputs if output.made]
        item = self._item_of(operation)
        if item is None or (reply.status != 201 and not outputs):
            return None
        answer = read_json(reply.body)
        for pointer in [output.pointer for output in outputs] or [""]:
            shown = lookup(answer, pointer) if "*" not in pointer else MISSING
            identifier = next((shown[field] for field in item.fields if field in shown), MISSING) if isinstance(shown, dict) else MISSING
            if identifier is MISSING or isinstance(identifier, list | dict | bool) or identifier in {None, ""}:
                continue
            if reply.status != 201 and call.body is not None and _mentions(call.body.value, identifier):
                return None
            return self._named(item, _path_values(call) | {item.last: identifier}, operation)
        name = item.chosen(call.body.value) if reply.status == 201 and call.body is not None and _says_nothing(reply, answer) else ""
        return self._named(item, _path_values(call) | {item.last: name}, operation) if name else None

    def _item_of(self, operation: Operation) -> _Item | None:
        """The operation that names what ``operation`` makes: its remover, else the item path right below it."""
        if (remover := self._operations.get(operation.remover)) is not None and (item := _Item(remover)).is_item:
            return item
        template = [part for part in operation.path.split("/") if part]
        below = [item for item in self._items.get(len(template) + 1, []) if item.template[:-1] == template]
        return next((item for item in below if item.operation.method == "DELETE"), below[0] if below else None)

    def _named(self, item: _Item, values: dict[str, Any], maker: Operation) -> Made | None:
        names = _PLACEHOLDER.findall(item.operation.path)
        if any(name not in values for name in names):
            return None
        texts = {name: _text(values[name]) for name in names}
        path = item.named(texts)
        parts = tuple(part for part in path.split("/") if part)
        if any(not text or text in {".", ".."} or any(sign in text for sign in "/\\\x00;") for text in texts.values()):
            return None
        return self._recorded(parts, item.operation, {name: values[name] for name in names}, maker)

    def _at(self, parts: tuple[str, ...] | None, maker: Operation) -> Made | None:
        """The object at an absolute path below the base URL."""
        if parts is None or len(parts) <= len(self._prefix) or parts[: len(self._prefix)] != self._prefix:
            return None
        parts = parts[len(self._prefix) :]
        matches = [(item, values) for item in self._items.get(len(parts), []) if (values := item.match(parts)) is not None]
        if not matches:
            return Made(path=spelled(parts), operation=maker.key)
        item, values = next(((item, values) for item, values in matches if item.operation.method == "DELETE"), matches[0])
        return self._recorded(parts, item.operation, values, maker)

    def _recorded(self, parts: tuple[str, ...], item: Operation, values: dict[str, Any], maker: Operation) -> Made:
        remover = item if item.method == "DELETE" else self._remover_at(item)
        names = _PLACEHOLDER.findall(remover.path) if remover else []
        ordered = list(values.values())
        renamed = values if all(name in values for name in names) else dict(zip(names, ordered, strict=False))
        return Made(
            path=spelled(parts),
            operation=maker.key,
            remover=remover.key if remover else "",
            arguments=[Argument(location="path", name=name, value=renamed[name]) for name in names if name in renamed],
        )

    def _remover_at(self, item: Operation) -> Operation | None:
        shape = _PLACEHOLDER.sub("{}", item.path)
        same = (other.operation for other in self._items.get(len([part for part in item.path.split("/") if part]), []))
        return next((other for other in same if other.method == "DELETE" and _PLACEHOLDER.sub("{}", other.path) == shape), None)

    def below_base(self, parts: tuple[str, ...]) -> str:
        """The path below the base URL; empty where the segments are not there."""
        return spelled(parts[len(self._prefix) :]) if parts[: len(self._prefix)] == self._prefix else ""

    def whole(self, made: Made) -> tuple[str, tuple[str, ...]]:
        """Origin and all segments of what was made."""
        return self._origin, self._prefix + tuple(part for part in made.path.split("/") if part)


def was_removed(method: str, status: int, *, as_maker: bool) -> bool:
    """Whether a DELETE's answer means that nothing is there any more; 202 only promises it.

    404 and 410 say so only to who made it (``as_maker``): from others many servers hide what is there.
    """
    return method == "DELETE" and (status in {200, 204, 205} or (as_maker and status in {404, 410}))


def _location(reply: Reply) -> str:
    return next((value for name, value in reply.headers if name.lower() == "location"), "")


def _says_nothing(reply: Reply, answer: Any) -> bool:
    """Whether nothing in the answer could be another name of what was made."""
    return not _location(reply) and (not reply.body.strip() or (answer is not MISSING and _is_bare(answer)))


def _is_bare(value: Any) -> bool:
    match value:
        case dict():
            return all(_is_bare(item) for item in value.values())
        case list():
            return all(_is_bare(item) for item in value)
        case _:
            return value is None


def _path_values(call: Call) -> dict[str, Any]:
    return {argument.name: argument.value for argument in call.arguments if argument.location == "path"}


def _text(value: Any) -> str:
    text = plain(value)
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _mentions(value: Any, wanted: Any) -> bool:
    match value:
        case dict():
            return any(_mentions(item, wanted) for item in value.values())
        case list():
            return any(_mentions(item, wanted) for item in value)
        case _:
            return bool(value == wanted)
