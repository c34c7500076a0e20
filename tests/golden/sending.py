"""The vectors of requests that cannot say everything: headers that are the client's."""

from msgspec import structs

from pipeline.messages import ApiSlice, Job, Operation, Parameter
from tests.golden.inputs import NEGATIVE, job, operation, parameter


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
    slice_ = ApiSlice(digest="sending", group="/sending", operations=_headers())
    return {
        "sending": (slice_, job(slice_, 5, (0, 8), (5000, 3))),
        "sending-negative": (slice_, job(slice_, 5, (0, 8), (5000, 2), agent=NEGATIVE)),
    }
