"""What a request of an operation is made of: parameters and bodies as places, each with its node (GENERATION.md, section 11)."""

import re
from typing import NamedTuple, cast

from msgspec import Struct
from msgspec.msgpack import Ext

from pipeline.messages import IGNORED_HEADERS, UNSAID_HEADERS, Location, MediaType, Operation, Parameter, Schema, Value
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.leaves import Leaf, leaf_of
from stages.agents.core.maker import Maker
from stages.agents.core.mode import GaveUp, Mode, Vary, not_made
from stages.agents.core.realm import Realm
from stages.agents.core.schema import MAX_ROOM, Node
from stages.agents.core.sent import FORM, MULTIPART, Written, of_body, of_parameter
from stages.agents.core.steer import Steer
from stages.agents.core.verdict import satisfies
from stages.agents.core.ways import Way, exploded_of, is_exploded, is_written_twice, way_of, ways_of

ROOM = 5
TRIES = 8

_REALMS: dict[Location, Realm] = {"path": Realm.PATH, "query": Realm.QUERY, "header": Realm.HEADER, "cookie": Realm.COOKIE}
_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_BINARY = re.compile(r"application/(octet-stream|pdf|zip|gzip)|(image|audio|video|font)/.*")
_FORMS = (FORM, MULTIPART)
_BINARY_SCHEMA: Schema = {"type": "string", "format": "binary"}
_TEXT_SCHEMA: Schema = {"type": "string"}
_EMPTY: Schema = {"const": {}}
_NOT_SENDABLE = str(not_made("no value that can be sent there"))


class Place(Struct, frozen=True, eq=False):
    """One parameter, or the body in one media type. ``key`` names its stream: "query/limit", "body"."""

    key: str
    name: str
    node: Node
    realm: Realm
    room: int  # levels of nesting that its values may have; -1: nothing can be made of it
    required: bool
    location: Location | None = None  # None: a body
    media_type: str = ""
    written: Written = Written()
    empty_value: bool = False  # "name=" is valid, whatever the schema
    way: Way | None = None  # how a parameter is, as far as values could be read as others; None: none could
    ways: dict[str, Way] = {}  # the same of the members of a form
    exploded: frozenset[str] = frozenset()  # of which of its members, or of a query itself, an object is written as its members
    as_is: bool = False  # every value is sent as it is, as in JSON
    fixed: dict[tuple[Mode, Vary], tuple[Value, bool]] = {}  # what ``fill`` made without drawing, which it makes every time
    leaves: dict[Vary, Leaf | None] = {}  # with what ``fill`` begins at random

    def tells(self, value: Value) -> bool:
        """Whether the value, as it is written there, can be told from every other."""
        if self.way is not None:
            return self.way.tells(value)
        if not isinstance(value, dict):
            return True
        if self.exploded and self.location is None and is_written_twice(cast("dict[str, Value]", value), self.exploded):
            return False
        return all(name not in value or way.tells(value[name]) for name, way in self.ways.items())


class Request(NamedTuple):
    """What an operation's request is made of: parameters in order, path parameters by their place in the path, bodies best first."""

    operation: Operation
    places: tuple[Place, ...]
    path: tuple[Place, ...]
    bodies: tuple[Place, ...]
    body_required: bool
    complete: bool  # whether requests can have all headers that they must have
    exploded: frozenset[str] = frozenset()  # query parameters of which an object, which they may be, is written as its members

    def is_written_twice(self, values: dict[str, Value]) -> bool:
        """Whether two parameters of the query, by the key of their place, are written under one name."""
        sent = {place.name: values[place.key] for place in self.places if place.location == "query" and place.key in values}
        return is_written_twice(sent, self.exploded)


def request_of(compiler: Compiler, operation: Operation) -> Request:
    """Compile an operation's inputs."""
    places = [_parameter(compiler, parameter) for parameter in operation.parameters if not _is_ignored(parameter)]
    complete = not any(parameter.required and _is_unsaid(parameter) for parameter in operation.parameters)
    by_name = {place.name: place for place in places if place.location == "path"}
    path = tuple(by_name[name] for name in _TEMPLATE.findall(operation.path) if name in by_name)
    content = operation.body.content if operation.body else []
    ranked = sorted(enumerate(content), key=lambda pair: (_rank(pair[1].media_type), pair[0]))
    bodies = tuple(_body(compiler, media) for _, media in ranked)
    exploded = frozenset[str]().union(*(place.exploded for place in places if _may_be_object(place.node)))
    return Request(operation, tuple(places), path, bodies, operation.body is not None and operation.body.required, complete, exploded)


def _may_be_object(node: Node) -> bool:
    return any("object" in flat.kinds for flat in node.alternatives)


def _is_ignored(parameter: Parameter) -> bool:
    return parameter.location == "header" and parameter.name.lower() in IGNORED_HEADERS


def _is_unsaid(parameter: Parameter) -> bool:
    """Whether it is a header that no request has: the client's to say, which it does not."""
    return parameter.location == "header" and parameter.name.lower() in UNSAID_HEADERS


def _parameter(compiler: Compiler, parameter: Parameter) -> Place:
    node = _with_examples(compiler, parameter.schema, parameter.examples)
    realm = _REALMS[parameter.location]
    required = parameter.required or parameter.location == "path"
    # OpenAPI 3.1, 4.8.12.2: of query parameters, and not in styles in which nothing stands for empty (4.8.12.3)
    empty = parameter.allow_empty_value and parameter.location == "query" and parameter.style == "form" and not parameter.media_type
    explodes = parameter.location == "query" and not parameter.media_type and is_exploded(parameter)
    return Place(
        key=f"{parameter.location}/{parameter.name}",
        name=parameter.name,
        node=node,
        realm=realm,
        room=_room(node),
        required=required,
        location=parameter.location,
        written=of_parameter(parameter, required=required),
        empty_value=empty,
        way=way_of(parameter),
        exploded=frozenset([parameter.name]) if explodes else frozenset(),
    )


def _body(compiler: Compiler, media: MediaType) -> Place:
    name = concrete(media.media_type)
    bare = name.partition(";")[0].strip().lower()
    schema = media.schema
    if is_json(bare):
        realm = Realm.JSON
        if schema in (None, True, {}):
            schema = _EMPTY if not media.examples else True
    else:
        realm = Realm.FORM
        if _BINARY.fullmatch(bare):
            schema = _bytes_schema(compiler, schema)
        elif bare in _FORMS and (schema is None or (schema in (True, {}) and not media.examples)):
            schema = _EMPTY
        elif schema is None:
            schema = _TEXT_SCHEMA if bare.startswith("text/") else _BINARY_SCHEMA
    node = _with_examples(compiler, schema, media.examples)
    written = of_body(bare, media)
    encoding = media.encoding if bare in _FORMS else []
    return Place(
        key="body",
        name="body",
        node=node,
        realm=realm,
        room=_room(node),
        required=True,
        media_type=name,
        written=written,
        ways=ways_of(encoding, quoted=bare == FORM),
        exploded=exploded_of(encoding, quoted=bare == FORM),
        as_is=realm is Realm.JSON and written.writing == "whole",
    )


def _bytes_schema(compiler: Compiler, schema: Schema) -> Schema:
    """Bytes, of the lengths that the document says of them: an octet is a character here (OpenAPI 3.1.1, 4.8.24.4)."""
    alternatives = compiler.node(schema, _TEXT_SCHEMA).alternatives if schema is not None else ()
    if not alternatives:
        return _BINARY_SCHEMA
    low, high = alternatives[0].min_length, alternatives[0].max_length
    return {"format": "binary", **({} if high is None else {"maxLength": high}), **({"minLength": low} if low else {}), "type": "string"}


def _with_examples(compiler: Compiler, schema: Schema, examples: list[Value]) -> Node:
    return compiler.node({"examples": examples}, schema) if examples else compiler.node(schema)


def _room(node: Node) -> int:
    least = node.least_room()
    return -1 if least is None else min(max(least, ROOM), MAX_ROOM)


def is_json(media_type: str) -> bool:
    """Whether a media type without parameters is JSON."""
    return media_type.endswith(("/json", "+json"))


def concrete(media_type: str) -> str:
    """A media type for a media range."""
    return {"*/*": "application/json", "application/*": "application/json", "text/*": "text/plain", "image/*": "image/png"}.get(
        media_type, media_type
    )


def _rank(media_type: str) -> int:
    """The order in which media types are tried."""
    bare = concrete(media_type).partition(";")[0].strip().lower()
    if bare == "application/json":
        return 0
    if is_json(bare):
        return 1
    if bare in _FORMS:
        return 2 + _FORMS.index(bare)
    return 4 if bare.startswith("text/") else 5


def fill(
    compiler: Compiler, place: Place, draws: Draws, mode: Mode, *, vary: Vary = "nothing", steer: Steer | None = None
) -> tuple[Value, bool]:
    """A value for a place that can be sent there, and whether it is certain to be valid.

    Where generation does not guarantee that, the validator decides; what is not said how to write is never certain. Tried eight times: as
    asked, then with everything optional (or only the best guess), then at random; when the validator accepts none, it is the first of them,
    uncertain. Raises GaveUp.
    """
    if place.room < 0:
        raise GaveUp(f"{place.key}: {place.node.why_not().told()}")
    begun = draws.state
    if mode == "random" and steer is None:
        leaf = place.leaves[vary] if vary in place.leaves else _plain_leaf(compiler, place, vary)
        plain = None if leaf is None else _plain(place, leaf, draws)
        if plain is not None:
            return plain, True
    maker = Maker(compiler, draws, mode, room=place.room, realm=place.realm, vary=vary)
    reason = _NOT_SENDABLE
    made: tuple[Value, bool] | None = None
    for attempt in range(TRIES):
        if attempt == 1:
            maker.mode = "best" if mode == "full" else "full"
        elif attempt:
            maker.mode = "random"
        try:
            value = maker.make(place.node, place.name, steer)
        except GaveUp as error:
            reason = str(error)
            continue
        if place.as_is or (place.realm.can_hold(value) and place.written.can_be_sent(value)):
            is_certain = not (maker.doubtful or is_doubtful(place.node)) or satisfies(compiler, place.node, value)
            if is_certain and (place.as_is or (place.tells(value) and _is_whole(compiler, place, value))):
                made = value, True
                break
            made = made or (value, False)
    if made is None:
        raise GaveUp(f"{place.key}: {reason}")
    if steer is None and draws.state == begun:
        place.fixed[mode, vary] = made
    return made


def _plain_leaf(compiler: Compiler, place: Place, vary: Vary) -> Leaf | None:
    """What makes values at random of which a text that can be held there, or a number, is right as it is; None: there is no such thing."""
    is_read_as_written = place.location is not None and not (place.way and place.way.reserved)
    can_be_plain = is_read_as_written and not is_doubtful(place.node)
    found = leaf_of(compiler, place.node, place.name, place.realm, vary) if can_be_plain else None
    place.leaves[vary] = found
    return found


def _plain(place: Place, leaf: Leaf, draws: Draws) -> Value:
    """A text that can be held there, or a number; None, and nothing taken from the stream, where the leaf makes something else."""
    begun = draws.state
    try:
        value = leaf(draws)
    except GaveUp:
        value = None
    if isinstance(value, (str, int, Ext)) and place.realm.can_hold(value):
        return value
    draws.state = begun
    return None


def _is_whole(compiler: Compiler, place: Place, value: Value) -> bool:
    """Whether it is said how the value is written, and it is right without the parts that are not sent."""
    written = place.written
    if written.writing == "whole" or not isinstance(value, (dict, list)):
        return True
    if not written.is_defined(value):
        return False
    sent = written.sent(value)
    return sent == value or satisfies(compiler, place.node, sent)


def is_doubtful(node: Node) -> bool:
    """Whether a keyword that generation does not guarantee is anywhere within reach of the node."""
    doubtful: bool | None = node.scratch.get("doubtful")
    if doubtful is None:
        doubtful = node.scratch["doubtful"] = _has_risk(node)
    return doubtful


def _has_risk(root: Node) -> bool:
    seen = {root}
    waiting = [root]
    while waiting:
        for flat in waiting.pop().alternatives:
            if flat.risky:
                return True
            for child in flat.children():
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)
    return False
