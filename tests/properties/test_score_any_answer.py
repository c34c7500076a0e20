"""No answer, however odd, makes score fail, and no answer that obeys the document makes it speak."""

import json
import string

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.messages import (
    Api,
    Case,
    Exchange,
    Header,
    MediaType,
    NoReply,
    Operation,
    Output,
    Reply,
    Request,
    Response,
    RunRequested,
    RunStarted,
    Sent,
    Slot,
    Step,
    Trial,
)
from stages.score import Fold, ScoreConfig
from stages.score.curl import curl
from stages.score.judging import Judge
from stages.score.model import Model

JSON = "application/json"
SCHEMA = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": ["integer", "null"]},
        "name": {"type": "string", "maxLength": 50},
        "rate": {"type": "number", "minimum": msgspec.msgpack.Ext(2, b"0.5")},
        "kids": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
        "kind": {"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "uuid"}, {"const": ""}]},
    },
}
DOCUMENTED = [
    Response(
        status="200",
        content=[MediaType(media_type=JSON, schema={"$ref": "#/$defs/Node"}), MediaType(media_type="text/*")],
        headers=[Header(name="X-Rate", schema={"type": "integer"})],
    ),
    Response(status="2XX", content=[MediaType(media_type="*/*")]),
    Response(status="404"),
    Response(status="default", content=[MediaType(media_type=JSON, schema={"type": "object"})]),
]
SLOT = Slot(place="path/id", resource="/a", fields=["id"])
OPERATIONS = [
    Operation(
        key="GET /a", method="GET", path="/a", responses=DOCUMENTED, resource="/a", outputs=[Output(resource="/a", pointer="/kids/*")]
    ),
    Operation(key="PUT /a/{id}", method="PUT", path="/a/{id}", responses=DOCUMENTED[:1], resource="/a", slots=[SLOT]),
]
STARTED = RunStarted(
    request=RunRequested(run="r", spec="s", seed=1, agents=["functional-positive"]),
    api=Api(digest="00", operations=OPERATIONS, schemas={"Node": SCHEMA}, openapi="3.1.0"),
    base_url="http://127.0.0.1:1",
    started_at=0.0,
)
MODEL = Model(STARTED)
JUDGE = Judge(MODEL, ScoreConfig())

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.sampled_from(["id", "data", "kids"]), inner, max_size=3)
    ),
    max_leaves=8,
)
bodies = st.one_of(st.binary(max_size=60), values.map(lambda value: json.dumps(value).encode()), st.just(b"\xef\xbb\xbf{}"))
names = st.sampled_from(["Content-Type", "Location", "X-Rate", "Content-Length", "Retry-After", "Allow"]) | st.text(max_size=8)
types = st.sampled_from(
    [JSON, "application/json; charset=utf-16", "text/html", "application/x+json", ";", "json", "text/plain; charset=nope"]
)
headers = st.lists(st.tuples(names, types | st.text(max_size=12)), max_size=4)
replies = st.builds(Reply, status=st.integers(100, 599), headers=headers, body=bodies, truncated=st.booleans())
failures = st.builds(
    NoReply, kind=st.sampled_from(["refused", "reset", "timeout", "malformed", "unmet", "withheld", "tls"]), detail=st.text()
)
urls = st.text(max_size=20).map(lambda text: f"http://h/a/{text}") | st.just("http://[")


@st.composite
def exchanges(draw):
    operation = draw(st.sampled_from(OPERATIONS))
    request = Request(method=draw(st.sampled_from(["GET", "PUT", "HEAD"])), url=draw(urls), body=draw(st.none() | st.binary(max_size=20)))
    end = draw(st.one_of(replies, failures))
    sent = Sent(
        step="attempt",
        operation=draw(st.sampled_from([operation.key, "GET /unknown"])),
        request=request,
        reply=end if isinstance(end, Reply) else None,
        failure=end if isinstance(end, NoReply) else None,
        leaked=draw(st.sampled_from([[], ["alice in body"], ["x"]])),
    )
    case = Case(operation=operation.key, ordinal=0, title="t", steps=[Step(name="attempt", operation=operation.key)])
    return Exchange(trial=Trial(ordinal=0, agent="a", digest="00", case=case), sent=draw(st.sampled_from([[sent], []])))


@settings(max_examples=400)
@given(exchange=exchanges())
def test_nothing_makes_score_fail(exchange):
    """Any status, headers, body and ending is judged, folded and told; keys are hex and findings can be sent."""
    fold = Fold(ScoreConfig(), MODEL)
    fold.add(JUDGE.judge(exchange))
    outcome = fold.take()
    assert len(outcome.verdicts) == 1
    assert all(set(failure.key) <= set(string.hexdigits) for failure in outcome.verdicts[0].failures)
    fold.end()
    for finding in fold.take().findings:
        assert finding.rule
        assert finding.title
        assert finding.request is None or curl(finding.request).count("\n") <= finding.curl.count("\n")


texts = st.text(st.characters(codec="utf-8"), max_size=50)
nodes = st.deferred(
    lambda: st.fixed_dictionaries(
        {"id": st.integers() | st.none()},
        optional={
            "name": texts,
            "rate": st.floats(0.5, allow_infinity=False),
            "kids": st.lists(nodes, max_size=2),
            "kind": st.just("") | st.dates().map(str) | st.uuids().map(str),
        },
    )
)


@settings(max_examples=300)
@given(node=nodes, charset=st.sampled_from(["", "; charset=utf-8", "; charset=utf-16"]), rate=st.none() | st.integers())
def test_an_obedient_answer_yields_nothing(node, charset, rate):
    """Whatever the schema permits, in any charset, with headers of the documented form, is no failure."""
    body = json.dumps(node, ensure_ascii=False).encode("utf-16" if "16" in charset else "utf-8")
    more = [] if rate is None else [("X-Rate", str(rate))]
    reply = Reply(status=200, headers=[("content-type", JSON + charset), *more], body=body)
    case = Case(operation="GET /a", ordinal=0, title="t", steps=[Step(name="attempt", operation="GET /a")])
    sent = Sent(step="attempt", operation="GET /a", request=Request(method="GET", url="http://127.0.0.1:1/a"), reply=reply)
    exchange = Exchange(trial=Trial(ordinal=0, agent="a", digest="00", case=case), sent=[sent])
    assert JUDGE.judge(exchange).failures == []
