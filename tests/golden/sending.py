"""The vectors of requests that cannot say everything: headers that are the client's, parts inside of parts, nulls, forms of no object."""

from msgspec import structs

from pipeline.messages import ApiSlice, Encoding, Job, MediaType, Operation, Parameter, RequestBody, Schema
from tests.golden.inputs import NEGATIVE, job, operation, parameter

_NUMBER: Schema = {"type": "integer", "minimum": 1, "maximum": 9}
_LIST: Schema = {"type": "array", "items": _NUMBER, "minItems": 1}
_DEEP: Schema = {"type": "object", "properties": {"b": _NUMBER, "c": {"type": "object", "properties": {"d": _LIST}}}, "required": ["b"]}
_NESTED: dict[str, Schema] = {
    "list-in-object": {"type": "object", "properties": {"a": _LIST, "n": _NUMBER}, "required": ["n"]},
    "needed-list": {"type": "object", "properties": {"a": _LIST, "n": _NUMBER}, "required": ["a", "n"]},
    "object-in-list": {"type": "array", "items": {"type": "object", "properties": {"x": _NUMBER}, "required": ["x"]}, "minItems": 1},
    "objects": _DEEP,
    "null": {"type": ["null", "integer"], "maximum": 5, "minimum": 5},
    "only-null": {"type": "null"},
    "null-inside": {"type": "object", "properties": {"a": {"type": "null"}, "b": _NUMBER}, "required": ["a"]},
    "nulls": {"type": "array", "items": {"type": ["null", "integer"]}, "minItems": 2, "maxItems": 2},
    "empty-inside": {"type": "object", "properties": {"a": {"type": "array", "maxItems": 0}, "b": {"const": {}}}, "required": ["a"]},
}
_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def _nested() -> list[Operation]:
    found: list[Operation] = []
    for name, schema in _NESTED.items():
        for needed in (True, False):
            how = "needed" if needed else "optional"
            one = parameter("p", "query", schema, required=needed)
            found.append(operation(f"GET /query/{how}/{name}", one))
            found.append(operation(f"GET /deep/{how}/{name}", structs.replace(one, style="deepObject", explode=True)))
            found.append(operation(f"GET /content/{how}/{name}", structs.replace(one, media_type="application/json")))
        found.append(operation(f"GET /path/{name}/{{p}}", parameter("p", "path", schema)))
        found.append(operation(f"GET /header/{name}", parameter("p", "header", schema, required=True)))
        body: Schema = {"type": "object", "properties": {"p": schema, "q": _NUMBER}, "required": ["p"]}
        styles = {"plain": None, "form": ("form", ""), "deep": ("deepObject", ""), "json": ("form", "application/json")}
        for style, said in styles.items():
            encoding = [Encoding(name="p", style=said[0], content_type=said[1])] if said else []
            for media_type in (_FORM, _MULTIPART):
                content = [MediaType(media_type=media_type, schema=body, encoding=encoding)]
                found.append(operation(f"POST /{style}/{name}/{media_type[:4]}", body=RequestBody(content=content, required=True)))
    return found


def _bodies() -> list[Operation]:
    schemas: dict[str, Schema] = {
        "text": {"type": "string"},
        "file": {"type": "string", "format": "binary"},
        "list": {"type": "array", "items": _NUMBER},
        "either": {"type": ["integer", "object"], "maximum": 3},
        "anything": True,
        "nothing": None,
        "empty": {},
    }
    return [
        operation(f"POST /whole/{name}/{media_type[:4]}", body=RequestBody(content=[MediaType(media_type=media_type, schema=schema)]))
        for name, schema in schemas.items()
        for media_type in (_FORM, _MULTIPART)
    ]


def _headers() -> list[Operation]:
    limit = parameter("limit", "query", {"type": "integer", "minimum": 1}, required=True)

    def header(name: str, *, required: bool) -> Parameter:
        return parameter(name, "header", {"enum": ["chunked", "7"]}, required=required)

    names = ("Accept", "Content-Length", "HOST", "cookie", "Date")
    own = [header(name, required=True) for name in names]
    unsaid = ("Connection", "EXPECT", "keep-alive", "Proxy-Connection", "TE", "Trailer", "transfer-encoding", "Upgrade")
    return [
        operation("GET /said", limit, *own),
        *(operation(f"GET /unsaid/{name}", limit, header(name, required=True)) for name in unsaid),
        operation("GET /optional", limit, *(header(name, required=False) for name in unsaid)),
        operation("GET /alone", header("Upgrade", required=True)),
        operation("GET /elsewhere", structs.replace(header("Upgrade", required=True), location="query", style="form")),
    ]


def sending() -> dict[str, tuple[ApiSlice, Job]]:
    """The vectors by name."""
    slice_ = ApiSlice(digest="sending", group="/sending", operations=[*_headers(), *_nested(), *_bodies()])
    return {
        "sending": (slice_, job(slice_, 5, (0, 6), (5000, 1))),
        "sending-negative": (slice_, job(slice_, 5, (0, 5), (5000, 1), agent=NEGATIVE)),
    }
