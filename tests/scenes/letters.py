"""An API of operations without inputs, and trials that ask them in turn."""

from typing import Any

import msgspec

from pipeline.messages import Api, Case, Operation, Response, Step, Trial
from stages.execute import ExecuteConfig
from tests.scenes.execution import Outcome, carry_out
from tests.servers.hostile import (
    Script,
    serving,
)

KEYS = ["GET /a", "HEAD /a", "POST /a", "DELETE /a", "GET /b", "GET /c", "GET /d"]


API = Api(
    digest="0",
    operations=[Operation(key=key, method=key.split()[0], path=key.split()[1], responses=[Response(status="200")]) for key in KEYS],
)


def trials(count: int, *keys: str) -> list[Trial]:
    keys = keys or ("GET /a",)
    found = []
    for ordinal in range(count):
        key = keys[ordinal % len(keys)]
        case = Case(operation=key, ordinal=ordinal, title="", steps=[Step(name="s", operation=key)])
        found.append(Trial(ordinal=ordinal, agent="a", digest="0", case=case))
    return found


async def against(script: Script, sent: list[Trial] | None = None, **config: Any) -> Outcome:
    async with serving(script) as server:
        return await carry_out(API, server.url, sent or trials(1), msgspec.convert(config, ExecuteConfig))
