"""Examples, defaults, and values of enums that their own schemas do not allow, told as problems of the document.

They are kept: what a document shows is worth a look, but no agent takes it for valid.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import jsonschema_rs
from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_INTEGER, MediaType, Operation, Parameter, Schema, Value
from stages.ingest.documents import Node
from stages.ingest.patterns import PATTERNS
from stages.ingest.reading import Reading
from stages.ingest.views import DEFS

MAX_WORK = 300_000
"""So many parts of schemas are looked at, a shared one each time that examples lead to it: the work has a bound, whatever the document."""

_KINDS: dict[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
    "object": dict,
    "string": str,
}
_SAYING_NOTHING = frozenset({"default", "deprecated", "examples", "readOnly", "type", "writeOnly", "xml"})
_OF_ONE_SIDE = frozenset({"anyOf", "dependentRequired", "if", "minProperties", "not", "oneOf", "required"})


def tell_wrong_examples(reading: Reading, operations: list[Operation], defs: dict[str, Schema]) -> None:
    """Note the examples of parameters, bodies and answers, then those and the other values in schemas, that their schemas do not allow."""
    judge = _Judge(reading, defs)
    for operation in operations:
        media = [*(operation.body.content if operation.body else ()), *(one for answer in operation.responses for one in answer.content)]
        for place in (*operation.parameters, *media):
            known = reading.with_examples.get(id(place.examples))
            if known is not None:
                judge.look_at(known[1], place.schema, _examples(_comparable(place)), one_sided=False)
    for node, schema in reading.schemas.with_values:
        shown = _examples(schema.get("examples", ())) + ([_Shown("default", schema["default"])] if "default" in schema else [])
        judge.look_at(node, schema, shown, one_sided=reading.schemas.one_sided)
        judge.look_at_list(node, schema, one_sided=reading.schemas.one_sided)
    if judge.passed_over:
        said = "the examples, defaults or enums of {} schemas were not compared with their schemas: the document has too many"
        reading.problem(reading.root, "unread-examples", said.format(judge.passed_over))


def _comparable(place: Parameter | MediaType) -> list[Value]:
    """The examples that stand for a value: text in a media type other than JSON is what is sent, not what it means."""
    if isinstance(place, Parameter) or place.media_type.partition(";")[0].strip().lower().endswith("json"):
        return place.examples
    return [example for example in place.examples if not isinstance(example, str)]


class _Shown(NamedTuple):
    """A value that a document shows, as an "example" or a "default"."""

    role: str
    value: Value


def _examples(values: Iterable[Value]) -> list[_Shown]:
    return [_Shown("example", value) for value in values]


class _Judge:
    """Looks at the examples of each place once, as long as there is work left."""

    def __init__(self, reading: Reading, defs: dict[str, Schema]) -> None:
        self._reading = reading
        self._defs = defs
        self._seen: set[tuple[str, tuple[str | int, ...]]] = set()
        self._work = 0
        self.passed_over = 0  # lists of values that were not looked at, as the work had an end
        self._shared: dict[str, tuple[Any, int, list[str]]] = {}

    def look_at(self, node: Node, schema: Schema, shown: list[_Shown], *, one_sided: bool) -> None:
        """Note the first fault of each value. ``one_sided``: requests and answers share the schema, and may lack what the other has."""
        place = (node.url, node.path)
        if not isinstance(schema, dict) or place in self._seen:
            return
        self._seen.add(place)
        doubtful = [one for one in shown if not _is_plainly_allowed(schema, one.value)]
        if not doubtful or self._is_spent():
            return
        for role, said in self._faults(schema, doubtful, one_sided=one_sided):
            article = "the" if role == "default" else "an"
            self._reading.problem(node, f"wrong-{role}", f"{article} {role} is not allowed by its own schema{said}")

    def look_at_list(self, node: Node, schema: dict[str, Any], *, one_sided: bool) -> None:
        """Note how many values of ``enum``, or ``const``, the rest of the schema does not allow, and the first fault."""
        listed: list[Value] = schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else []
        rest = {key: item for key, item in schema.items() if key not in ("enum", "const")}
        doubtful = [_Shown("enum", value) for value in listed if rest.keys() - _SAYING_NOTHING or not _is_of_type(rest.get("type"), value)]
        place = (node.url, (*node.path, "enum"))
        if not doubtful or place in self._seen:
            return
        self._seen.add(place)
        if self._is_spent():
            return
        self._work += len(doubtful)
        faults = [said for _, said in self._faults(rest, doubtful, one_sided=one_sided)]
        if faults:
            many = f"{len(faults)} of {len(listed)} values of its enum are" if "enum" in schema else "its const is"
            self._reading.problem(node, "wrong-enum", f"{many} not allowed by the rest of the schema{faults[0]}")

    def _is_spent(self) -> bool:
        """Whether there is no work left; then one more list of values is passed over."""
        self.passed_over += self._work > MAX_WORK
        return self._work > MAX_WORK

    def _faults(self, schema: dict[str, Any], shown: list[_Shown], *, one_sided: bool) -> Iterator[tuple[str, str]]:
        """The role and the first fault of each value that has one."""
        try:
            validator = jsonschema_rs.Draft202012Validator(self._whole(schema), pattern_options=PATTERNS)
        except (ValueError, TypeError, RecursionError, jsonschema_rs.ReferencingError):
            return
        for role, value in shown:
            try:
                faults = validator.iter_errors(_plain(value))
                fault = next((fault for fault in faults if not ((one_sided and _keyword(fault) in _OF_ONE_SIDE) or _is_limit(fault))), None)
            except (ValueError, TypeError, RecursionError):
                continue
            if fault is not None:
                where = "/".join(str(step) for step in fault.instance_path)
                yield role, f"{f' at {where}' if where else ''}: {fault.message[:200]}"

    def _whole(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema with all shared ones that it leads to."""
        plain, work, waiting = _without_examples(schema)
        reached: dict[str, Any] = {}
        while waiting:
            name = waiting.pop()
            if name in reached or name not in self._defs:
                continue
            if name not in self._shared:
                self._shared[name] = _without_examples(self._defs[name])
            reached[name], more, names = self._shared[name]
            work += more
            waiting += names
        self._work += work
        return {**plain, "$defs": reached}


def _is_limit(fault: jsonschema_rs.ValidationError) -> bool:
    """Whether only the validator gave up on a pattern."""
    kinds = jsonschema_rs.ValidationErrorKind
    return isinstance(fault.kind, (kinds.BacktrackLimitExceeded, kinds.RegexEngineFailure))


def _is_plainly_allowed(schema: dict[str, Any], example: Value) -> bool:
    """Whether a look at the type tells: most examples stand at schemas that say nothing more."""
    return schema.keys() <= _SAYING_NOTHING and _is_of_type(schema.get("type"), example)


def _is_of_type(types: Any, value: Value) -> bool:
    """Whether the value is plainly of one of these types; any is, where there are none."""
    if types is None:
        return True
    return any(
        kind in _KINDS and isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))
        for kind in ([types] if isinstance(types, str) else types)
    )


def _keyword(fault: jsonschema_rs.ValidationError) -> str:
    """The keyword that is violated."""
    return str(fault.schema_path[-1]) if fault.schema_path else ""


def _without_examples(schema: Schema) -> tuple[Any, int, list[str]]:
    """The schema as the validator takes it, how many parts it has, and the shared schemas that it names."""
    names: list[str] = []
    work = 0

    def taken(part: Any) -> Any:
        nonlocal work
        work += 1
        if isinstance(part, dict):
            reference = part.get("$ref")
            if isinstance(reference, str) and reference.startswith(DEFS):
                names.append(reference[len(DEFS) :])
            return {key: taken(item) for key, item in part.items() if not (key == "examples" and isinstance(item, list))}
        if isinstance(part, list):
            return [taken(item) for item in part]
        return _plain(part)

    return taken(schema), work, names


def _plain(value: Value) -> Any:
    """The value as the validator takes it. Raises ValueError for what it cannot be told."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Ext):
        if value.code not in (EXT_INTEGER, EXT_DECIMAL):
            raise ValueError("a text that is no Unicode")
        return float(bytes(value.data))
    return value
