"""Parameters of every version, with style and explode resolved; those of the path merged in."""

import re
from typing import Any, get_args

from msgspec import Struct, structs

from pipeline.messages import IGNORED_HEADERS, SAID_HEADERS, UNSAID_HEADERS, Location, Parameter
from stages.ingest.content import TOKEN, media_type_of, schema_of
from stages.ingest.documents import Node, Step
from stages.ingest.examples import examples_of
from stages.ingest.reading import Reading

TEMPLATE_NAME = re.compile(r"\{([^{}]*)\}")
_LOCATIONS = frozenset(get_args(Location))
_STYLES = {  # the default first (OpenAPI 3.1, 4.8.12.2)
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form", "cookie"),
}
COLLECTION_FORMATS = {  # OpenAPI 2.0's ways to write an array, as (style, explode) of a query
    "csv": ("form", False),
    "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}


class Inputs(Struct, frozen=True, kw_only=True):
    """What an operation takes: its parameters, and for OpenAPI 2.0 the nodes that make its body."""

    parameters: list[Parameter]
    body: Node | None = None
    form: list[Node] = []


class ParameterReader:
    """Reads parameters; one that many operations refer to is read once."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._read: dict[tuple[str, tuple[Step, ...]], Parameter | None] = {}

    def inputs(self, path_item: Node, operation: Node) -> Inputs:
        """The parameters of an operation and of its path, sorted by location and name; the operation's own win.

        Names of headers are the same in any case (RFC 9110, 5.1).
        """
        found: dict[tuple[str, str], Node] = {}
        for holder in (path_item, operation):
            own: set[tuple[str, str]] = set()
            for item in self._reading.listed(holder, "parameters"):
                node = self._reading.object(item)
                if node is None:
                    continue
                location, name = self._reading.string(node, "in"), self._reading.string(node, "name")
                key = (location, name.lower() if location == "header" else name)
                if key in own:
                    self._reading.problem(
                        item, "duplicate-parameter", f"{location} parameter {name!r} stands here twice; the last one counts"
                    )
                own.add(key)
                found[key] = node
        if self._reading.version != "2.0":
            for location, name in sorted(key for key in found if key[0] in ("body", "formData")):
                self._reading.problem(
                    found[location, name],
                    "bad-parameter",
                    f"{location} parameter {name!r} is of OpenAPI 2.0; requestBody says it since; left out",
                )
        body = next((node for (location, _), node in found.items() if location == "body"), None)
        form = [found[key] for key in sorted(found) if key[0] == "formData"]
        read = [self._cached(found[key]) for key in sorted(found) if key[0] not in ("body", "formData")]
        parameters = sorted((parameter for parameter in read if parameter), key=lambda parameter: (parameter.location, parameter.name))
        return Inputs(parameters=parameters, body=body, form=form)

    def _cached(self, node: Node) -> Parameter | None:
        key = (node.url, node.path)
        if key not in self._read:
            self._read[key] = self._parameter(node)
        return self._read[key]

    def _parameter(self, node: Node) -> Parameter | None:
        reading = self._reading
        name, location = reading.string(node, "name"), reading.string(node, "in")
        if location not in _LOCATIONS or not name:
            why = f"its place {location!r} is none of {', '.join(sorted(_LOCATIONS))}" if name else "it has no name"
            reading.problem(node, "bad-parameter", f"parameter {name!r}: {why}; it is left out")
            return None
        if location == "header" and self._is_left_to_others(node, name.lower()):
            return None
        if location in ("header", "cookie") and not TOKEN.fullmatch(name):
            reading.problem(node, "bad-header-name", f"{name!r} cannot be the name of a {location} (RFC 9110, 5.6.2); it is left out")
            return None
        media_type = next((media_type_of(reading, entry, written) for written, entry in reading.objects(node, "content")), "")
        style, explode = self._style(node, location)
        if reading.version != "2.0" and not node.value.keys() & {"schema", "content"} and "type" in node.value:
            reading.problem(node, "no-schema", f"parameter {name!r} has its type beside a missing schema, as in OpenAPI 2.0; it is read so")
        return Parameter(
            name=name,
            location=location,  # type: ignore[arg-type]  # one of _LOCATIONS, see above
            schema=schema_of(reading, node),
            required=location == "path" or reading.flag(node, "required"),
            style=style,
            explode=explode,
            allow_reserved=reading.flag(node, "allowReserved"),
            allow_empty_value=reading.flag(node, "allowEmptyValue"),
            media_type=media_type,
            examples=examples_of(reading, node),
            deprecated=reading.flag(node, "deprecated"),
        )

    def _is_left_to_others(self, node: Node, name: str) -> bool:
        """Whether bodies, answers, identities or the client say this header. One that no request of the client has is kept where it is
        required, so that agents know what is missing."""
        if name not in SAID_HEADERS | UNSAID_HEADERS:
            return name in IGNORED_HEADERS
        is_kept = name in UNSAID_HEADERS and self._reading.flag(node, "required")
        why = "no request has it, and none is taken for valid" if is_kept else "it is left out"
        self._reading.problem(node, "client-header", f"header {name!r} is the client's to say (RFC 9110, 7.6.1, and RFC 9112, 6); {why}")
        return not is_kept

    def _style(self, node: Node, location: str) -> tuple[str, bool]:
        allowed = _STYLES[location]
        if self._reading.version == "2.0":
            style, explode = collection_style(self._reading, node)
            if location == "query":
                return style, explode
            if style != "form" or explode:
                self._reading.problem(node, "bad-style", f"a {location} parameter is written in csv, whatever its collectionFormat says")
            return allowed[0], False
        style = self._reading.string(node, "style") or allowed[0]
        if style not in allowed:
            self._reading.problem(node, "bad-style", f"style {style!r} is not for {location} parameters; {allowed[0]} is taken")
            style = allowed[0]
        return style, self._reading.flag(node, "explode", default=style in ("form", "cookie"))


def collection_style(reading: Reading, node: Node) -> tuple[str, bool]:
    """The style of a query parameter or form field of OpenAPI 2.0, from its ``collectionFormat``."""
    written = reading.string(node, "collectionFormat") or "csv"
    if written not in COLLECTION_FORMATS:
        reading.problem(node, "bad-style", f"collectionFormat {written!r} has no style in OpenAPI 3; csv is taken")
    return COLLECTION_FORMATS.get(written, ("form", False))


def match_template(reading: Reading, node: Node, path: str, parameters: list[Parameter]) -> tuple[str, list[Parameter]]:
    """The path and the parameters, brought together: every name in the template has its parameter and the other way round."""
    declared = {parameter.name: parameter for parameter in parameters if parameter.location == "path"}
    for name in TEMPLATE_NAME.findall(path):
        bare = name.rstrip("+*")  # API gateways' "{proxy+}"
        if bare != name and name not in declared:
            path = path.replace(f"{{{name}}}", f"{{{bare}}}")
    wanted = list(dict.fromkeys(TEMPLATE_NAME.findall(path)))
    missing = [name for name in wanted if name not in declared]
    extra = [name for name in declared if name not in wanted]
    if len(missing) == len(extra) == 1:
        reading.problem(
            node, "renamed-parameter", f"the path names {missing[0]!r}, its parameter {extra[0]!r}; they are taken for the same"
        )
        declared[missing[0]] = structs.replace(declared.pop(extra[0]), name=missing[0])
        missing, extra = [], []
    for name in missing:
        reading.problem(node, "undeclared-parameter", f"path parameter {name!r} is not declared; any text is sent for it")
        declared[name] = Parameter(name=name, location="path", schema={"type": "string"}, required=True)
    for name in extra:
        reading.problem(node, "unused-parameter", f"path parameter {name!r} does not stand in the path; it is left out")
    others: list[Any] = [parameter for parameter in parameters if parameter.location != "path"]
    merged = [*others, *(declared[name] for name in wanted)]
    return path, sorted(merged, key=lambda parameter: (parameter.location, parameter.name))
