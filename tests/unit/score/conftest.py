"""Builders of runs and exchanges for tests of score, without an event loop."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from pipeline.messages import (
    Api,
    Argument,
    Body,
    Case,
    Exchange,
    Failure,
    Header,
    MediaType,
    NoReply,
    Operation,
    Output,
    Override,
    Parameter,
    Reply,
    Request,
    RequestBody,
    Response,
    RunRequested,
    RunStarted,
    Sent,
    Slot,
    Step,
    Trial,
)
from stages.score import Fold, ScoreConfig
from stages.score.judging import Judge
from stages.score.model import Model

PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "born": {"type": "string", "format": "date"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
JSON = "application/json"


def content(schema: Any, media_type: str = JSON) -> list[MediaType]:
    return [MediaType(media_type=media_type, schema=schema)]


def operation(key: str, responses: list[Response] | None = None, **fields: Any) -> Operation:
    method, path = key.split(" ", 1)
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    given = fields.pop("parameters", [])
    parameters = [Parameter(name=name, location="path", required=True, schema={"type": "string"}) for name in names]
    pointer = "#/paths/" + path.replace("/", "~1") + "/" + method.lower()
    return Operation(
        key=key, method=method, path=path, responses=responses or [], parameters=[*parameters, *given], pointer=pointer, **fields
    )


PETS = [
    operation(
        "GET /pets",
        [Response(status="200", content=content({"type": "array", "items": {"$ref": "#/$defs/Pet"}}))],
        parameters=[Parameter(name="limit", location="query", schema={"type": "integer", "minimum": 1, "maximum": 100})],
        resource="/pets",
        outputs=[Output(resource="/pets", pointer="/*")],
    ),
    operation(
        "POST /pets",
        [Response(status="201", content=content({"$ref": "#/$defs/Pet"})), Response(status="400")],
        body=RequestBody(content=content({"$ref": "#/$defs/NewPet"}), required=True),
        resource="/pets",
        outputs=[Output(resource="/pets", made=True)],
        remover="DELETE /pets/{id}",
    ),
    operation(
        "GET /pets/{id}",
        [
            Response(status="200", content=content({"$ref": "#/$defs/Pet"}), headers=[Header(name="X-Age", schema={"type": "integer"})]),
            Response(status="404"),
        ],
        resource="/pets",
        outputs=[Output(resource="/pets")],
        slots=[Slot(place="path/id", resource="/pets", fields=["id"])],
        maker="POST /pets",
    ),
    operation(
        "DELETE /pets/{id}",
        [Response(status="204"), Response(status="404")],
        resource="/pets",
        slots=[Slot(place="path/id", resource="/pets", fields=["id"])],
        security=[{"key": []}],
        maker="POST /pets",
    ),
]
SCHEMAS = {
    "Pet": PET,
    "NewPet": {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string", "minLength": 1}, "tag": {"type": "string"}, "age": {"type": "integer"}},
    },
}


class Scene:
    """A run of an API, and the exchanges that happen in it."""

    def __init__(
        self, operations: list[Operation] | None = None, *, config: ScoreConfig | None = None, overrides: list[Override] | None = None
    ) -> None:
        self.config = config or ScoreConfig()
        self.api = Api(digest="00", title="Pets", openapi="3.1.0", operations=PETS if operations is None else operations, schemas=SCHEMAS)
        self.started = RunStarted(
            request=RunRequested(run="r1", spec="pets.json", seed=7, agents=["functional-positive"], overrides=overrides or []),
            api=self.api,
            base_url="http://127.0.0.1:4000",
            started_at=0.0,
        )
        self.model = Model(self.started, target=self.config.target)
        self.judge = Judge(self.model, self.config)
        self.fold = Fold(self.config, self.model)

    def step(self, key: str, name: str = "attempt", **fields: Any) -> Step:
        arguments = [
            Argument(location=place.split("/")[0], name=place.split("/")[1], value=v) for place, v in fields.pop("args", {}).items()
        ]
        body = fields.pop("body", None)
        media_type = fields.pop("media_type", JSON)
        return Step(
            name=name, operation=key, arguments=arguments, body=None if body is None else Body(media_type=media_type, value=body), **fields
        )

    def trial(self, key: str, ordinal: int = 0, **fields: Any) -> Trial:
        case = fields.pop("case", None)
        steps = fields.pop("steps", None)
        agent = fields.pop("agent", "functional-positive")
        kept = {name: fields.pop(name) for name in ("intent", "classes", "fills", "expect") if name in fields}
        trial = {name: fields.pop(name) for name in ("attempt", "purpose", "key") if name in fields}
        if case is None:
            case = Case(operation=key, ordinal=ordinal, title="t", steps=steps or [self.step(key, **fields)], **kept)
        return Trial(ordinal=ordinal, agent=agent, digest="ab", case=case, **trial)

    def request(self, key: str, url: str = "", **fields: Any) -> Request:
        method, path = key.split(" ", 1)
        return Request(method=fields.pop("method", method), url=url or f"{self.started.base_url}{path.replace('{id}', '5')}", **fields)

    def exchange(self, key: str, status: int = 200, body: Any = None, **fields: Any) -> Exchange:
        """One step, one answer. ``body``: bytes as they are, anything else as JSON."""
        headers = fields.pop("headers", [])
        request = fields.pop("request", None) or self.request(
            key, url=fields.pop("url", ""), method=fields.pop("method", key.split(" ", 1)[0])
        )
        sent = {name: fields.pop(name) for name in ("identity", "leaked") if name in fields}
        failure = fields.pop("failure", None)
        rest = {name: fields.pop(name) for name in ("truncated", "alone") if name in fields}
        content_type = fields.pop("content_type", JSON if body is not None else "")
        raw = body if isinstance(body, bytes) else (b"" if body is None else json.dumps(body).encode())
        if content_type:
            headers = [("Content-Type", content_type), *headers]
        reply = None if failure else Reply(status=status, headers=headers, body=raw, total_ms=1.0, **rest)
        trial = self.trial(key, **fields)
        step = trial.case.steps[-1].name
        return Exchange(trial=trial, sent=[Sent(step=step, operation=key, request=request, reply=reply, failure=failure, **sent)])

    def failures(self, exchange: Exchange) -> list[Failure]:
        return self.judge.judge(exchange).failures

    def checks(self, exchange: Exchange) -> list[tuple[str, bool]]:
        """(check, note) of every failure."""
        return [(failure.check, failure.note) for failure in self.failures(exchange)]

    def add(self, exchange: Exchange) -> Any:
        self.fold.add(self.judge.judge(exchange))
        return self.fold.take()

    def end(self) -> tuple[Any, Any]:
        """What the end of the run hands out, and the coverage."""
        coverage = self.fold.end()
        return self.fold.take(), coverage

    def no_reply(self, kind: str, detail: str = "", total_ms: float = 0.0) -> NoReply:
        return NoReply(kind=kind, detail=detail, total_ms=total_ms)


@pytest.fixture
def scene() -> Scene:
    """A run against the pets API."""
    return Scene()


@pytest.fixture
def make_scene() -> Callable[..., Scene]:
    """Builds a run: operations, ``config=``, ``overrides=``."""
    return Scene


@pytest.fixture
def make_operation() -> Callable[..., Operation]:
    """Builds an operation of a key and its responses; parameters of the path are added."""
    return operation


@pytest.fixture
def json_content() -> Callable[..., list[MediaType]]:
    """Builds a content map of one media type, JSON unless named."""
    return content


@pytest.fixture
def replace() -> Callable[..., Any]:
    """msgspec.structs.replace."""
    return msgspec.structs.replace
