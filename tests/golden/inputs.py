"""Slices and jobs of the golden vectors, made by hand from the message structs."""

from typing import Any

from msgspec import structs
from msgspec.msgpack import Ext

from pipeline.messages import (
    EXT_DECIMAL,
    ApiSlice,
    Hint,
    Instance,
    Job,
    Location,
    MediaType,
    Operation,
    Output,
    Parameter,
    RequestBody,
    Schema,
    Slot,
    Span,
)
from stages.agents.core.tables import formats

POSITIVE = "functional-positive"
NEGATIVE = "functional-negative"
INT64 = {"type": "integer", "format": "int64"}


def decimal(text: str) -> Ext:
    return Ext(EXT_DECIMAL, text.encode())


def parameter(name: str, location: Location, schema: Schema, **more: Any) -> Parameter:
    in_path = location in ("path", "header")
    required = more.pop("required", location == "path")
    return Parameter(
        name=name,
        location=location,
        schema=schema,
        required=required,
        style="simple" if in_path else "form",
        explode=not in_path,
        **more,
    )


def json_body(schema: Schema, **more: Any) -> RequestBody:
    return RequestBody(content=[MediaType(media_type="application/json", schema=schema, **more)], required=True)


def slot(place: str, resource: str, *fields: str) -> Slot:
    return Slot(place=place, resource=resource, fields=list(fields or ("{}", "id")))


def operation(key: str, *parameters: Parameter, **more: Any) -> Operation:
    method, path = key.split(" ", 1)
    return Operation(key=key, method=method, path=path, parameters=list(parameters), **more)


def pets() -> ApiSlice:
    """A shop with ten operations: makers, takers, slots, security."""
    schemas: dict[str, Schema] = {
        "Category": {"type": "object", "properties": {"id": INT64, "name": {"type": "string", "maxLength": 40}}},
        "Order": {
            "type": "object",
            "required": ["petId"],
            "properties": {
                "complete": {"type": "boolean", "default": False},
                "note": {"type": ["string", "null"], "maxLength": 200},
                "petId": INT64,
                "price": {"type": "number", "minimum": 0, "multipleOf": decimal("0.01")},
                "quantity": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 100},
                "shipDate": {"type": "string", "format": "date-time"},
            },
        },
        "Pet": {
            "type": "object",
            "required": ["name", "photoUrls"],
            "properties": {
                "category": {"$ref": "#/$defs/Category"},
                "id": {**INT64, "readOnly": True},
                "name": {"type": "string", "examples": ["doggie"]},
                "photoUrls": {"type": "array", "items": {"type": "string"}},
                "status": {"type": "string", "enum": ["available", "pending", "sold"]},
                "tags": {"type": "array", "items": {"$ref": "#/$defs/Tag"}},
            },
        },
        "Tag": {"type": "object", "properties": {"id": INT64, "name": {"type": "string"}}},
        "User": {
            "type": "object",
            "required": ["username", "email"],
            "properties": {
                "birthday": {"type": "string", "format": "date"},
                "contact": {
                    "oneOf": [
                        {"type": "object", "required": ["street"], "properties": {"street": {"type": "string"}}},
                        {"type": "string", "format": "uri"},
                    ]
                },
                "email": {"type": "string", "format": "email"},
                "phone": {"type": "string"},
                "username": {"type": "string", "pattern": "^[a-z0-9]{3,20}$"},
            },
        },
    }
    key: list[dict[str, list[str]]] = [{"key": []}]
    pet, order, user = ({"$ref": f"#/$defs/{name}"} for name in ("Pet", "Order", "User"))
    pet_id = parameter("petId", "path", INT64)
    order_id = parameter("orderId", "path", INT64)
    statuses = {"type": "array", "items": {"enum": ["available", "pending", "sold"]}}
    of_pets, of_orders, of_users = slot("path/petId", "/pets"), slot("path/orderId", "/orders"), slot("path/username", "/users", "username")
    return ApiSlice(
        digest="pets",
        group="/pets",
        schemas=schemas,
        operations=[
            operation(
                "GET /pets",
                parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
                parameter("status", "query", statuses, examples=[["sold"], ["available", "pending"]]),
                parameter("q", "query", {"type": "string"}),
                parameter("X-Trace", "header", {"type": "string", "format": "uuid"}),
                parameter("session", "cookie", {"type": "string", "minLength": 4}),
            ),
            operation("POST /pets", body=json_body(pet), security=key, outputs=[Output(resource="/pets", made=True)]),
            operation("GET /pets/{petId}", pet_id, slots=[of_pets], maker="POST /pets"),
            operation("PUT /pets/{petId}", pet_id, body=json_body(pet), security=key, slots=[of_pets], maker="POST /pets"),
            operation(
                "DELETE /pets/{petId}",
                pet_id,
                parameter("api_key", "header", {"type": "string"}),
                security=[*key, {}],
                slots=[of_pets],
                maker="POST /pets",
            ),
            operation(
                "POST /orders",
                body=json_body(order, examples=[{"petId": 3, "quantity": 7}, {"petId": "three"}, {"petId": 4, "note": "soon"}]),
                slots=[slot("body/petId", "/pets", "id")],
                outputs=[Output(resource="/orders", pointer="/data/*", made=True)],
            ),
            operation("GET /orders/{orderId}", order_id, slots=[of_orders], maker="POST /orders"),
            operation(
                "PATCH /orders/{orderId}",
                order_id,
                body=RequestBody(
                    content=[
                        MediaType(media_type="application/xml", schema=order),
                        MediaType(media_type="application/merge-patch+json", schema=order),
                        MediaType(media_type="application/json", schema=order),
                    ]
                ),
                slots=[of_orders, slot("body/petId", "/pets", "id")],
                maker="POST /orders",
            ),
            operation(
                "PUT /users/{username}",
                parameter("username", "path", {"type": "string", "pattern": "^[a-z0-9]{3,20}$"}),
                body=json_body(user),
                slots=[of_users],
            ),
            operation(
                "GET /users/{username}",
                parameter("username", "path", {"type": "string"}),
                parameter("fields", "query", {"type": "string"}),
                slots=[of_users],
            ),
        ],
    )


def zoo() -> ApiSlice:
    """An operation for every kind of schema."""
    schemas: dict[str, Schema] = {
        "Cat": {"allOf": [{"$ref": "#/$defs/Animal"}, {"required": ["lives"], "properties": {"lives": {"type": "integer", "maximum": 9}}}]},
        "Dog": {"allOf": [{"$ref": "#/$defs/Animal"}, {"properties": {"barks": {"type": "boolean"}}, "required": ["barks"]}]},
        "Animal": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 12}}},
        "Either": {"oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}, {"type": "null"}]},
        "Loop": {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/$defs/Loop"}}},
        "Tree": {
            "type": "object",
            "required": ["kids", "value"],
            "properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}, "value": True},
        },
    }
    bodies: dict[str, Schema] = {
        "formats": {
            "type": "object",
            "required": sorted(formats()),
            "properties": {name: {"type": "string", "format": name} for name in sorted(formats())},
        },
        "integers": _object(
            free={"type": "integer"},
            int32={"type": "integer", "format": "int32"},
            uint64={"type": "integer", "format": "uint64"},
            bounded={"type": "integer", "minimum": -3, "exclusiveMaximum": 5},
            stepped={"type": "integer", "multipleOf": 7, "minimum": 100},
            single={"type": "integer", "minimum": 4, "maximum": 4},
            page={"type": "integer"},
        ),
        "numbers": _object(
            free={"type": "number"},
            narrow={"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": decimal("0.01")},
            cents={"type": "number", "multipleOf": decimal("0.05"), "maximum": decimal("10.1")},
            both={"type": "number", "multipleOf": decimal("0.3"), "minimum": decimal("-1.5"), "maximum": 40},
            huge={"type": "number", "minimum": decimal("1.5E+25")},
        ),
        "strings": _object(
            free={"type": "string"},
            lengths={"type": "string", "minLength": 3, "maxLength": 5},
            fixed={"type": "string", "minLength": 8, "maxLength": 8},
            enum={"type": "string", "enum": ["b", "a", "toolong", ""], "maxLength": 3},
            const={"const": "only"},
            sized_format={"type": "string", "format": "email", "maxLength": 10},
            title={"type": "string", "maxLength": 4},
        ),
        "patterns": _object(
            code={"type": "string", "pattern": "^[A-Z]{3}-\\d+$", "maxLength": 9},
            slug={"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
            loose={"type": "string", "pattern": "abc", "minLength": 6},
            color={"type": "string", "pattern": "^#([A-F0-9]{6}|[a-f0-9]{3})$"},
            ahead={"type": "string", "pattern": "^(?!d-)[a-z]+$"},
            anything={"type": "string", "pattern": "^[^\\s/]*$", "minLength": 2},
            accents={"type": "string", "pattern": "^[\\u00e0-\\u00ff]{2,4}$"},
            cased={"type": "string", "pattern": "^(?i:[j-t]{2}(?-i:x))-(?s:.)$"},
        ),
        "arrays": _object(
            free={"type": "array"},
            sized={"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 3},
            unique={"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 2},
            pair={"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False, "minItems": 2},
        ),
        "objects": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": "object", "additionalProperties": INT64}},
            "additionalProperties": {"type": "boolean"},
            "minProperties": 2,
            "maxProperties": 4,
        },
        "closed": {"type": "object", "properties": {"a/b": {"type": "string"}, "m~n": INT64}, "additionalProperties": False},
        "either": {"$ref": "#/$defs/Either"},
        "tree": {"$ref": "#/$defs/Tree"},
        "loop": {"$ref": "#/$defs/Loop"},
        "any": {"type": "object", "required": ["x"], "properties": {"x": {"anyOf": [{"minimum": 5}, {"type": "string"}, True]}}},
        "not": {"type": "integer", "minimum": 0, "maximum": 3, "not": {"enum": [0, 1]}},
        "conditional": {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"enum": ["a", "b"]}, "size": {"type": "integer"}},
            "if": {"properties": {"kind": {"const": "a"}}},
            "then": {"required": ["size"]},
        },
        "samples": _object(
            good={"type": "string", "format": "date", "examples": ["not a date", "2020-02-02", "2021-03-03"]},
            default={"type": "integer", "default": 12, "maximum": 20},
            wrong={"type": "integer", "examples": ["x"]},
            repeated={"type": "integer", "examples": [5, 6], "default": 5},
            unordered={"enum": [{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"c": 3}]},
            email={"type": "string", "examples": ["someone@example.com"]},
        ),
        "contradiction": {"allOf": [{"type": "string"}, {"type": "integer"}]},
        "wide": {"type": "object", "required": ["u", "v"], "properties": {"u": {"type": ["integer", "string", "null"]}, "v": {}}},
    }
    operations = [operation(f"POST /{name}", body=json_body(schema)) for name, schema in bodies.items()]
    file = {"type": "string", "format": "binary"}
    form = {"type": "object", "required": ["file", "name"], "properties": {"file": file, "name": {"type": "string"}}}
    media = [
        MediaType(media_type="text/*"),
        MediaType(media_type="application/octet-stream"),
        MediaType(media_type="multipart/form-data", schema=form),
        MediaType(media_type="application/x-www-form-urlencoded", schema=form),
        MediaType(media_type="application/vnd.zoo+json; version=2", schema={}),
        MediaType(media_type="*/*"),
    ]
    operations.append(operation("POST /media", body=RequestBody(content=media)))
    operations.append(operation("GET /nothing"))
    ids = {"type": "array", "items": INT64}
    operations.append(operation("GET /list/{ids}", parameter("ids", "path", ids), parameter("Authorization", "header", {"type": "string"})))
    operations.append(operation("GET /empty/{id}", parameter("id", "path", {"type": "string", "enum": ["", ".", "x"]})))
    flag = parameter("flag", "query", {"type": "integer"}, allow_empty_value=True)
    must = parameter("must", "query", {"type": "array", "items": INT64}, allow_empty_value=True, required=True)
    deep = structs.replace(parameter("deep", "query", {"type": "object"}, allow_empty_value=True), style="deepObject")
    operations.append(operation("GET /flags", flag, must, deep, parameter("X-Flag", "header", INT64, allow_empty_value=True)))
    return ApiSlice(digest="zoo", group="/zoo", schemas=schemas, operations=operations)


def rules() -> ApiSlice:
    """Keywords that look at an array or object as a whole."""
    text, number = {"type": "string"}, {"type": "integer"}
    short: Schema = {"type": "array", "contains": {"type": "object", "required": ["k"]}, "minItems": 2, "uniqueItems": True}
    arrays = _object(
        five={"type": "array", "items": number, "contains": {"const": 5}, "minContains": 2, "maxContains": 3},
        short=short,
        closed={"type": "array", "prefixItems": [number, text], "unevaluatedItems": False},
        flags={"allOf": [{"type": "array", "prefixItems": [number]}], "unevaluatedItems": {"type": "boolean"}},
        rest={"type": "array", "prefixItems": [text], "items": {"minLength": 3}, "minItems": 1},
    )
    names = _object(
        headers={
            "type": "object",
            "patternProperties": {"^x-[a-z]+$": number, "^S_": {"minLength": 3, "type": "string"}, "_q$": {"enum": ["a"]}, "^z": False},
            "additionalProperties": False,
        },
        measures={"type": "object", "patternProperties": {"^v": {"minLength": 3, "maximum": 9}}},
        named={"type": "object", "propertyNames": {"pattern": "^[a-z]+$", "maxLength": 5}, "additionalProperties": number},
        counted={"allOf": [{"type": "object", "properties": {"a": number}}], "unevaluatedProperties": number},
    )
    card = {"type": "object", "required": ["n"], "properties": {"card": text, "address": text, "n": number}}
    needs = _object(
        names={**card, "dependentRequired": {"card": ["address"], "n": ["card", "n"]}},
        one={**card, "dependentRequired": {"card": ["address"]}},
        schema={**card, "dependentSchemas": {"card": {"required": ["address"]}}},
        either={
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"enum": ["a", "b"]}},
            "if": {"properties": {"kind": {"const": "a"}}},
            "then": {"required": ["x"]},
            "else": {"required": ["y"]},
        },
    )
    branches = _object(
        some={"anyOf": [_object(a=text), _object(b=number), {"type": "null"}]},
        apart={"oneOf": [{"type": "integer", "minimum": 5}, {"type": "number", "maximum": 1}]},
        words={"type": "string", "anyOf": [{"minLength": 20}, {"pattern": "^a"}, {"const": "b"}]},
        parts={"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]},
        steps={"allOf": [{"type": "integer", "multipleOf": 4}, {"multipleOf": 6, "maximum": 60, "minimum": 0}]},
        none={"anyOf": [{"type": "string"}, {"type": "null"}]},
    )
    bodies = {"arrays": arrays, "names": names, "needs": needs, "branches": branches}
    operations = [operation(f"POST /{name}", body=json_body(schema)) for name, schema in bodies.items()]
    return ApiSlice(digest="rules", group="/rules", operations=operations)


def combined() -> ApiSlice:
    """Operations with optional parts to combine."""
    flags = [parameter(f"f{i}", location, {"type": "boolean"}) for i, location in enumerate(("query", "query", "header", "cookie"))]
    letters = {letter: {"type": "string"} for letter in "abcde"}
    company = {"type": "object", "required": ["a"], "properties": letters, "dependentRequired": {"b": ["e"]}}
    few = {"type": "object", "properties": {**letters, "own": {"type": "string", "readOnly": True}}, "maxProperties": 3, "minProperties": 1}
    either = {"oneOf": [{"type": "object", "required": ["x"], "properties": {"x": INT64, **letters}}, {"type": "string"}]}
    return ApiSlice(
        digest="combined",
        group="/combined",
        operations=[
            operation("GET /flags", *flags, parameter("must", "query", {"type": "string"}, required=True)),
            operation("GET /two", *flags[:2]),
            operation("POST /company", flags[0], body=json_body(company)),
            operation("PUT /few", body=json_body(few)),
            operation("PATCH /either", *flags[1:3], body=json_body(either)),
            operation("DELETE /none", body=json_body(company)),
        ],
    )


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


KNOWLEDGE = {
    "/pets": [Instance(fields={"id": 7, "name": "rex"}, made=True), Instance(fields={"{}": 9}), Instance(fields={"id": "11"}, made=True)],
    "/users": [Instance(fields={"username": "bob"}), Instance(fields={"username": ".."}, made=True)],
    "/orders": [Instance(fields={"{}": 5})],
}
HINTS = [
    Hint(operation="GET /pets", place="query/limit", value=50, model="m"),
    Hint(operation="GET /pets", place="query/q", value="siamese", model="m"),
    Hint(operation="POST /pets", place="body/name", value="Whiskers", model="m"),
    Hint(operation="POST /pets", place="body/status", value="gone", model="m"),
    Hint(operation="GET /users/{username}", place="path/username", value="ada", model="m"),
]


def job(slice_: ApiSlice, seed: int, *spans: tuple[int, int], **more: Any) -> Job:
    """A job that asks for the same ordinals of every operation of the slice."""
    asked = [Span(operation=operation.key, start=start, count=count) for operation in slice_.operations for start, count in spans]
    return Job(id=1, agent=more.pop("agent", POSITIVE), slice=slice_.digest, seed=seed, spans=asked, **more)


def vectors() -> dict[str, tuple[ApiSlice, Job]]:
    """All vectors by name."""
    shop, all_kinds, of_wholes, parts = pets(), zoo(), rules(), combined()
    return {
        "pets-plain": (shop, job(shop, 42, (0, 10), (1000, 4))),
        "pets-known": (shop, job(shop, 42, (0, 6), (1000, 6), knowledge=KNOWLEDGE)),
        "pets-hinted": (shop, job(shop, (1 << 63) - 1, (0, 2), (2000, 4), hints=HINTS)),
        "zoo-first": (all_kinds, job(all_kinds, 0, (0, 12))),
        "zoo-random": (all_kinds, job(all_kinds, -5, (5000, 8))),
        "rules": (of_wholes, job(of_wholes, 3, (0, 20), (5000, 8))),
        "combined": (parts, job(parts, 9, (0, 70))),
        "pets-negative": (shop, job(shop, 42, (0, 16), (1000, 4), agent=NEGATIVE, knowledge=KNOWLEDGE)),
        "zoo-negative": (all_kinds, job(all_kinds, 7, (0, 16), (5000, 3), agent=NEGATIVE)),
        "rules-negative": (of_wholes, job(of_wholes, 3, (0, 60), (5000, 8), agent=NEGATIVE)),
    }
