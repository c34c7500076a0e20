"""What answers teach: objects that exist (or do not any more), with the values by which later requests can name them."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from msgspec.msgpack import Ext

from pipeline.messages import Exchange, Instance, Knowledge, Operation, Output, Reply, Sent, Step, Value
from stages.score import jsontext, media, urls
from stages.score.context import Context
from stages.score.model import Model, path_values, template_names, template_shape
from stages.score.standing import is_taken

OWN = "{}"  # the field of an object's own path parameter
_FIELDS = 16
_TEXT_CHARS = 200
_INT64 = 2**63
_WRAPPERS = ("data", "items", "results", "result", "content", "value", "values", "records", "objects", "entries", "list", "item", "object")
_ID_NAMES = frozenset({"id", "_id", "uuid", "guid", "key", "name", "slug", "code"})

SLOW_MS = 3_000  # an answer that takes longer holds up the cases behind it like none at all


def learn(exchange: Exchange, contexts: Sequence[tuple[Context, Sent]], *, limit: int) -> Knowledge:
    """The knowledge of one explored trial: at most ``limit`` objects of each answer, and whether its operation took the attempt."""
    instances: dict[str, list[Instance]] = {}
    gone: dict[str, list[Instance]] = {}
    taken = hung = False
    for context, sent in contexts:
        reply, operation = sent.reply, context.operation
        hung = hung or (sent.failure is not None and sent.failure.kind == "timeout") or (reply is not None and reply.total_ms > SLOW_MS)
        if context.step is None or context.step.role == "attempt":
            taken = is_taken(context.model, exchange, sent)
        if reply is None or operation is None or not context.describes(sent):
            continue
        if 200 <= reply.status < 300 and operation.method.upper() != "DELETE":
            for resource, seen in _seen(context, sent, reply, operation, limit):
                instances.setdefault(resource, []).extend(seen)
        elif 200 <= reply.status < 300 or (reply.status in {404, 410} and _was_known(exchange, context, operation)):
            item = _own_item(operation, sent, context.step)
            if item is not None:
                gone.setdefault(operation.resource, []).append(item)
    return Knowledge(instances=instances, gone=gone, taken=taken, hung=hung)


def named_values(operation: Operation, sent: Sent, step: Step | None) -> list[Value] | None:
    """The values of the path parameters, outermost first; extracted ones as the text that stood in the URL."""
    names = template_names(operation.path)
    if not names:
        return []
    known = {argument.name: argument.value for argument in step.arguments if argument.location == "path"} if step else {}
    if all(name in known and not isinstance(known[name], Ext) for name in names):
        return [known[name] for name in names]
    texts = path_values(operation.path, sent.request.url) if sent.request else None
    if texts is None:
        return None
    return [known[name] if name in known and not isinstance(known[name], Ext) else text for name, text in zip(names, texts, strict=True)]


def _own_item(operation: Operation, sent: Sent, step: Step | None) -> Instance | None:
    """The object that an item operation names, or None at any other operation."""
    if template_shape(operation.path) != f"{operation.resource}/{OWN}":
        return None
    values = named_values(operation, sent, step)
    return Instance(fields={OWN: values[-1]}, parents=values[:-1]) if values else None


def _was_known(exchange: Exchange, context: Context, operation: Operation) -> bool:
    """Whether the object that was not found came from an earlier answer."""
    names = template_names(operation.path)
    if not names or context.step is None or context.step.role != "attempt":
        return False
    return any(fill.source == "knowledge" and fill.place == f"path/{names[-1]}" for fill in exchange.trial.case.fills)


def _seen(context: Context, sent: Sent, reply: Reply, operation: Operation, limit: int) -> Iterator[tuple[str, list[Instance]]]:
    wanted = context.model.wanted_fields
    outputs = [output for output in operation.outputs or _guessed_outputs(operation) if output.resource in wanted]
    if not outputs:
        return
    body = _body(context, reply)
    values = named_values(operation, sent, context.step) or []
    shape = template_shape(operation.path)
    location = media.header(reply.headers, "location") if reply.status in {201, 202} else None
    for output in outputs:
        depth = output.resource.count(OWN)
        if len(values) < depth or (depth and not shape.startswith(output.resource.rpartition(OWN)[0] + OWN)):
            continue
        is_item = shape == f"{output.resource}/{OWN}"
        made = output.made and operation.method.upper() in {"POST", "PUT", "PATCH"} and not (is_item and reply.status != 201)
        parents = values[:depth]
        all_fields = [_fields(found) for found in _objects(body, output, item=is_item or made, limit=limit)]
        if is_item and len(values) == depth + 1:
            all_fields = [{**fields, OWN: values[depth]} for fields in all_fields or [{}]]
        elif made and location and len(all_fields) <= 1:
            all_fields = [_located(fields, location, output.resource, context.model) for fields in all_fields or [{}]]
        elif made and body in (None, {}, []):
            kind = context.model.item_kinds.get(f"{output.resource}/{OWN}", "")
            yield (
                output.resource,
                [Instance(fields=fields, parents=parents) for fields in _requested(context.step, wanted[output.resource], kind)],
            )
            continue
        yield output.resource, [Instance(fields=fields, parents=parents, made=made) for fields in all_fields if fields]


def _located(fields: dict[str, Value], location: str, resource: str, model: Model) -> dict[str, Value]:
    """The fields with the object's own name, as its Location header has it and the body writes it."""
    segment = _last_segment(location, resource, model)
    if segment is None:
        return fields
    return {**fields, OWN: next((value for value in fields.values() if str(value) == segment), segment)}


def _requested(step: Step | None, wanted: set[str], kind: str) -> Iterator[dict[str, Value]]:
    """Of a new object of which the answer says nothing: the fields that may name it, as the request chose them, if they are of the kind
    that paths take. It is no more than likely, so it does not count as made."""
    value = step.body.value if step is not None and step.body is not None else None
    fields = _fields(value) if isinstance(value, dict) else {}
    kinds = (int,) if kind == "integer" else (str, int)
    likely = {name: one for name, one in fields.items() if name in wanted and isinstance(one, kinds) and not isinstance(one, bool)}
    if likely:
        yield likely


def _guessed_outputs(operation: Operation) -> list[Output]:
    """Where the document does not say what is answered: a collection or an item of the operation's own resource."""
    shape, method = template_shape(operation.path), operation.method.upper()
    if operation.resource and (shape in {operation.resource, f"{operation.resource}/{OWN}"}) and method in {"GET", "POST", "PUT", "PATCH"}:
        return [Output(resource=operation.resource, made=method == "POST" and shape == operation.resource)]
    return []


def _body(context: Context, reply: Reply) -> Any:
    if not reply.body or reply.truncated or not (media.is_json(context.content_type) or reply.body[:1] in {b"{", b"["}):
        return None
    try:
        return context.json(reply)
    except (jsontext.NotJson, jsontext.TooDeep):
        return None


def _objects(body: Any, output: Output, *, item: bool, limit: int) -> list[Any]:
    """The objects (or their bare names) that a body shows at an output's place; unwrapped where the document left a wrapper out."""
    values = _at(body, _parts(output.pointer), limit)
    if not values and output.pointer and body is not None:
        values = [body]
    found: list[Any] = []
    for value in values:
        if type(value) is dict and _has_id(value):
            found.append(value)
        else:
            found += _unwrapped(value, output.resource, item=item)
        if len(found) >= limit:
            break
    return found[:limit]


@lru_cache(maxsize=1024)
def _parts(pointer: str) -> tuple[str, ...]:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def _at(body: Any, parts: tuple[str, ...], limit: int) -> list[Any]:
    values = [] if body is None else [body]
    for part in parts:
        if part == "*":
            values = [one for value in values if type(value) is list for one in value[:limit]][:limit]
        else:
            values = [value[part] for value in values if type(value) is dict and part in value]
    return values


def _unwrapped(value: Any, resource: str, *, item: bool) -> list[Any]:
    if isinstance(value, dict):
        inner = value if _has_id(value) else _inner(value, resource, item=item)
        value = value if inner is None and item else inner
    if isinstance(value, list):
        return [one for one in value if isinstance(one, dict) or _is_name(one)]
    return [value] if isinstance(value, dict) or _is_name(value) else []


def _inner(value: dict[str, Any], resource: str, *, item: bool) -> Any:
    """What a wrapper wraps: the member of a usual name or of the resource's, else the only list of objects, else the only object."""
    last = next((part for part in reversed(resource.split("/")) if part and part != OWN), "")
    for name in (last, last.removesuffix("s"), *_WRAPPERS):
        if isinstance(value.get(name), dict | list) and name:
            return value[name]
    lists = [one for one in value.values() if isinstance(one, list) and one and isinstance(one[0], dict)]
    if len(lists) == 1 and not item:
        return lists[0]
    inner = [one for one in value.values() if isinstance(one, dict)]
    return inner[0] if len(inner) == 1 and len(value) == 1 else None


def _is_name(value: Any) -> bool:
    return (isinstance(value, str) and 0 < len(value) <= _TEXT_CHARS) or (isinstance(value, int) and not isinstance(value, bool))


def _has_id(value: dict[str, Any]) -> bool:
    if "id" in value and not isinstance(value["id"], dict | list):
        return True
    return any(_is_id(name) and not isinstance(one, dict | list) for name, one in value.items())


@lru_cache(maxsize=4096)
def _is_id(name: str) -> bool:
    return name.lower() in _ID_NAMES or name.endswith(("Id", "ID", "_id"))


def _fields(found: Any) -> dict[str, Value]:
    """The scalar top-level fields, those that look like identifiers first where there are too many. Fractions name nothing."""
    if not isinstance(found, dict):
        return {OWN: jsontext.exact(found)}
    fields: dict[str, Value] = {
        name: value
        for name, value in found.items()
        if (kind := type(value)) is int or kind is bool or (kind is str and len(value) <= _TEXT_CHARS)
    }
    for name, value in fields.items():
        if not (value.isascii() if type(value) is str else -_INT64 <= value < _INT64):
            fields[name] = jsontext.exact(value)
    if not all(map(str.isascii, fields)):  # a lone surrogate in a name is no field to look for
        fields = {name: value for name, value in fields.items() if isinstance(jsontext.exact(name), str)}
    if len(fields) > _FIELDS:
        names = sorted(fields, key=_is_id, reverse=True)[:_FIELDS]
        return {name: fields[name] for name in names}
    return fields


def _last_segment(location: str, resource: str, model: Model) -> str | None:
    """The name that a Location header gives the new object, where the document has items of the resource."""
    if f"{resource}/{OWN}" not in model.items:
        return None
    segment = urls.path(location).rpartition("/")[2]
    style = model.items[f"{resource}/{OWN}"]
    if style == "label":
        segment = segment.removeprefix(".")
    elif style == "matrix" and segment.startswith(";"):
        segment = segment.partition("=")[2]
    return unquote(segment) or None
