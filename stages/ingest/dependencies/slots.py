"""Which inputs of an operation the answers of others can fill: path parameters, and names like ``flow_id`` elsewhere."""

from collections.abc import Iterator

from pipeline.messages import Operation, Parameter, Schema, Slot
from stages.ingest.dependencies.names import ID_WORDS, SURE_ID_WORDS, noun, singular, words
from stages.ingest.dependencies.paths import is_parameter, named, segments_of
from stages.ingest.dependencies.resources import Resources
from stages.ingest.dependencies.shapes import json_schema
from stages.ingest.parameters import TEMPLATE_NAME

MAX_SLOTS = 24
_COMMON_FIELDS = ("id", "uuid", "key", "slug", "login", "name")
_MAX_LEVELS = 2
_MEASURED = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "default"})
_MAX_PROPERTIES = 100


def slots_of(operation: Operation, resources: Resources) -> list[Slot]:
    """The slots of an operation: path parameters from left to right, then the others by place."""
    parameters = {parameter.name: parameter for parameter in operation.parameters if parameter.location == "path"}
    found = list(_path_slots(operation, parameters, resources))
    for parameter in operation.parameters:
        if parameter.location in ("query", "header") and not _is_closed(parameter.schema):
            found.extend(
                _named_slots(f"{parameter.location}/{parameter.name}", parameter.name, parameter.schema, operation.path, resources)
            )
    if operation.body:
        found.extend(_body_slots(json_schema(operation.body.content), "body", 1, operation.path, resources))
    return found[:MAX_SLOTS]


def _path_slots(operation: Operation, parameters: dict[str, Parameter], resources: Resources) -> Iterator[Slot]:
    segments = segments_of(operation.path)
    written = [segment for segment in operation.path.split("/") if segment]
    for index, segment in enumerate(segments):
        if not is_parameter(segment):
            continue
        for name in TEMPLATE_NAME.findall(written[index]):
            parameter = parameters.get(name)
            if parameter is None or _is_closed(parameter.schema):
                continue
            before = segments[:index]
            canonical = resources.paths.canonical(before)
            other = _meant(name, operation.path, resources) if canonical != before else None
            resource, fields = other or (named(canonical), _fields(name, named(canonical), resources, looked_up=canonical != before))
            yield Slot(place=f"path/{name}", resource=resource, fields=_by_type(fields, parameter.schema, resources.properties(resource)))


def _named_slots(place: str, name: str, schema: Schema, path: str, resources: Resources) -> Iterator[Slot]:
    meant = _meant(name, path, resources)
    if meant:
        yield Slot(place=place, resource=meant[0], fields=meant[1])
    elif _is_identifier(schema, with_integers=place.startswith("body/")) and (owner := resources.of_noun(noun(name), path)):
        # a "project" that is a UUID is one of /projects
        yield Slot(place=place, resource=owner, fields=_by_type(_fields("id", owner, resources), schema, resources.properties(owner)))


def _body_slots(schema: Schema, place: str, level: int, path: str, resources: Resources) -> Iterator[Slot]:
    shape = resources.shapes.of(schema)
    for name in sorted(shape.properties)[:_MAX_PROPERTIES]:
        inside = f"{place}/{name.replace('~', '~0').replace('/', '~1')}"
        yield from _property_slots(shape.properties[name], inside, level, path, resources)


def _property_slots(schema: Schema, place: str, level: int, path: str, resources: Resources) -> Iterator[Slot]:
    """Those of a property's value; of an array's those of its first item."""
    if _is_closed(schema) or (isinstance(schema, dict) and schema.get("readOnly")):
        return
    shape = resources.shapes.of(schema)
    if shape.items is not None:
        if resources.shapes.of(shape.items).items is None:
            yield from _property_slots(shape.items, f"{place}/0", level, path, resources)
        return
    name = _name_at(place)
    if not shape.properties:
        yield from _named_slots(place, name, schema, path, resources)
    elif level < _MAX_LEVELS:
        owner = resources.of_noun(noun(name), path)
        if owner and _is_scalar(shape.properties.get("id"), resources):
            yield Slot(place=f"{place}/id", resource=owner, fields=_fields("id", owner, resources))
        yield from _body_slots(schema, place, level + 1, path, resources)


def _name_at(place: str) -> str:
    """What the value at a place is called; the first item is one of its list: ``product_id`` in ``product_ids``."""
    *_, before, last = place.split("/")
    name = (before if last == "0" else last).replace("~1", "/").replace("~0", "~")
    said = words(name)
    return "_".join((*said[:-1], singular(said[-1]))) if last == "0" and said else name


def _meant(name: str, path: str, resources: Resources) -> tuple[str, list[str]] | None:
    """The resource and fields that a name like ``flow_run_id`` or ``workPoolName`` speaks of; None if of none."""
    said = words(name)
    if len(said) < 2 or said[-1] not in ID_WORDS:
        return None
    for start in range(len(said) - 1):
        resource = resources.of_noun(noun("_".join(said[start:-1])), path)
        if not resource:
            continue
        field = said[-1]
        if field in SURE_ID_WORDS:
            return resource, _fields(name, resource, resources)
        if field in resources.properties(resource) or resources.id_name(resource) in (field, name):
            return resource, ["{}", field] if resources.id_name(resource) == field else [field]
    return None


def _fields(name: str, resource: str, resources: Resources, *, looked_up: bool = False) -> list[str]:
    """The fields of the resource's objects that a parameter of this name takes, best first; ``{}`` is the object's own id in paths."""
    known = resources.properties(resource)
    own = resources.id_name(resource)
    said = words(name)
    parts = [part for part in name.split("_or_") if part]
    if name in known and name != own and own:  # another way to name the object: /artifacts/{key}/latest beside /artifacts/{id}
        return [name]
    if looked_up:
        short = said[-1] if said else name
        return [short] if short in known or not known else [name]
    candidates = [name, *(parts if len(parts) > 1 else ())]
    candidates += [field for field in known if field not in candidates and words(field) == said]
    if len(said) > 1:
        candidates += [field for field in known if words(field) == said[-1:]] or [said[-1]]
    candidates += _COMMON_FIELDS
    unique = list(dict.fromkeys(candidates))
    shown = [field for field in unique if field in known]
    return ["{}", *(shown or unique)]


def _by_type(fields: list[str], wanted: Schema, known: dict[str, Schema]) -> list[str]:
    """The fields with those last whose type cannot be what is wanted: a numeric id does not go where a name does."""
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind not in ("string", "integer"):
        return fields

    def differs(field: str) -> bool:
        schema = known.get(field)
        kinds = schema.get("type", kind) if isinstance(schema, dict) else kind
        return kind not in kinds if isinstance(kinds, list) else kinds in ("string", "integer") and kinds != kind

    return sorted(fields, key=lambda field: field != "{}" and differs(field))


def _is_scalar(schema: Schema, resources: Resources) -> bool:
    shape = resources.shapes.of(schema)
    return schema is not None and shape.items is None and not shape.properties


def _is_identifier(schema: Schema, *, with_integers: bool) -> bool:
    """Whether the values are what servers number their objects by: UUIDs, perhaps null instead; integers without bounds and default in
    bodies alone, as in queries they count and turn pages."""
    if not isinstance(schema, dict):
        return False
    choices = [choice for key in ("anyOf", "oneOf") for choice in schema.get(key, ()) if choice != {"type": "null"}]
    if choices:
        return len(choices) == 1 and _is_identifier(choices[0], with_integers=with_integers)
    kinds = schema.get("type")
    kind = next((one for one in kinds if one != "null"), None) if isinstance(kinds, list) else kinds
    return (kind == "integer" and with_integers and _MEASURED.isdisjoint(schema)) or (kind == "string" and schema.get("format") == "uuid")


def _is_closed(schema: Schema) -> bool:
    """Whether the document itself lists the values."""
    return isinstance(schema, dict) and ("enum" in schema or "const" in schema or schema.get("type") == "boolean")
