"""What score costs an ordinary exchange: 1 kB of JSON with a schema, every check on, learning, folding, feedback.

Run: python tests/bench/score_cost.py [exchanges]
"""

import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from pipeline.messages import (
    Api,
    Argument,
    Case,
    Exchange,
    Header,
    MediaType,
    Operation,
    Output,
    Parameter,
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
from stages.score import Fold, ScoreConfig, jsontext
from stages.score.judging import Judge
from stages.score.model import Model

ITEM = {
    "type": "object",
    "required": ["id", "name", "price", "created"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "name": {"type": "string", "minLength": 1, "maxLength": 80},
        "price": {"type": "number", "minimum": 0},
        "state": {"enum": ["new", "used", "sold"]},
        "created": {"type": "string", "format": "date-time"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
}


def started() -> RunStarted:
    operation = Operation(
        key="GET /shops/{shop}/items",
        method="GET",
        path="/shops/{shop}/items",
        pointer="#/paths/~1shops~1{shop}~1items/get",
        parameters=[
            Parameter(name="shop", location="path", required=True, schema={"type": "integer"}),
            Parameter(name="limit", location="query", schema={"type": "integer", "minimum": 1, "maximum": 100}),
        ],
        responses=[
            Response(
                status="200",
                headers=[Header(name="X-Total", schema={"type": "integer"})],
                content=[MediaType(media_type="application/json", schema={"type": "array", "items": {"$ref": "#/$defs/Item"}})],
            ),
            Response(status="404"),
        ],
        resource="/shops/{}/items",
        outputs=[Output(resource="/shops/{}/items", pointer="/*")],
    )
    item = Operation(
        key="GET /shops/{shop}/items/{item}",
        method="GET",
        path="/shops/{shop}/items/{item}",
        resource="/shops/{}/items",
        slots=[Slot(place="path/item", resource="/shops/{}/items", fields=["id"])],
    )
    api = Api(digest="00", title="Shop", openapi="3.1.0", operations=[operation, item], schemas={"Item": ITEM})
    request = RunRequested(run="bench", spec="shop.json", seed=1, agents=["functional-positive"])
    return RunStarted(request=request, api=api, base_url="http://127.0.0.1:4000", started_at=0.0)


def exchange(ordinal: int, body: bytes) -> Exchange:
    key = "GET /shops/{shop}/items"
    arguments = [Argument(location="path", name="shop", value=7), Argument(location="query", name="limit", value=ordinal % 100 + 1)]
    step = Step(name="attempt", operation=key, arguments=arguments)
    case = Case(operation=key, ordinal=ordinal, title="t", steps=[step], classes=["query/limit:number", f"query/limit:{ordinal % 20}"])
    trial = Trial(ordinal=ordinal, agent="functional-positive", digest="00" * 8, case=case)
    request = Request(
        method="GET",
        url=f"http://127.0.0.1:4000/shops/7/items?limit={ordinal % 100 + 1}",
        headers=[("User-Agent", "sentinel"), ("Accept", "application/json")],
    )
    headers = [("Content-Type", "application/json; charset=utf-8"), ("Content-Length", "1000"), ("Date", "now"), ("X-Total", "9")]
    reply = Reply(status=200, headers=headers, body=body, first_byte_ms=0.5, total_ms=0.6)
    return Exchange(trial=trial, sent=[Sent(step="attempt", operation=key, request=request, reply=reply)], started_at=1.0)


BATCH = 16


def bodies(objects: int) -> list[bytes]:
    """1 kB each: a list of ``objects``; the texts of one alone are longer."""
    item = {"id": 1, "name": "A thing to sell", "price": 9.99, "state": "used", "created": "2024-05-06T07:08:09Z", "tags": ["a", "b"]}
    if objects == 1:
        item["tags"] = ["a tag of some length"] * 38
    return [json.dumps([{**item, "id": number + start} for number in range(objects)]).encode() for start in range(1000, 9000, 8)]


def cost(answers: list[bytes], count: int) -> float:
    """CPU microseconds an exchange."""
    config = ScoreConfig()
    model = Model(started())
    judge, fold = Judge(model, config), Fold(config, model)
    spent = 0.0
    for first in range(0, count, BATCH):
        batch = [exchange(ordinal, answers[ordinal % len(answers)]) for ordinal in range(first, first + BATCH)]
        before = time.process_time()
        for one in batch:
            fold.add(judge.judge(one))
        fold.feedback(fold.take())
        spent += time.process_time() - before
    return spent / count * 1e6


def parsing(answers: list[bytes]) -> float:
    """CPU microseconds to parse one body: what the machine is worth just now."""
    before = time.process_time()
    for _ in range(10):
        for body in answers:
            jsontext.parse(body)
    return (time.process_time() - before) / (10 * len(answers)) * 1e6


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 16_000
    print(f"{'answer':<24}{'bytes':>7}{'score':>9}{'parsing':>9}  (CPU microseconds an exchange, median and best of five rounds)")
    for objects in (1, 8):
        answers = bodies(objects)
        rounds = [cost(answers, count) for _ in range(5)]
        name = f"list of {objects} object{'s'[: objects - 1]}"
        print(f"{name:<24}{len(answers[0]):>7}{statistics.median(rounds):>9.1f}{parsing(answers):>9.1f}  best {min(rounds):.1f}")


if __name__ == "__main__":
    main()
