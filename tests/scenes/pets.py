"""A small API of pets, a server that obeys it, and trials for it."""

import json
from collections.abc import Sequence
from typing import Any

from msgspec.msgpack import Ext

from pipeline.messages import (
    EXT_VARIABLE,
    Api,
    Argument,
    Case,
    MediaType,
    Operation,
    Output,
    Parameter,
    Purpose,
    RequestBody,
    Slot,
    Step,
    Trial,
)
from stages.execute import ExecuteConfig
from tests.scenes.execution import Outcome, carry_out
from tests.servers.hostile import Answer, Script, Seen, serving

ID = Parameter(name="petId", location="path", required=True)


SLOT = Slot(place="path/petId", resource="/pets", fields=["id"])


def operation(key: str, **more: Any) -> Operation:
    return Operation(key=key, method=key.split(maxsplit=1)[0], path=key.split()[1], **more)


API = Api(
    digest="0",
    operations=[
        operation("GET /pets", parameters=[Parameter(name="limit", location="query", style="form", explode=True)]),
        operation(
            "POST /pets",
            body=RequestBody(content=[MediaType(media_type="application/json")]),
            outputs=[Output(resource="/pets", made=True)],
            remover="DELETE /pets/{petId}",
        ),
        *[operation(f"{method} /pets/{{petId}}", parameters=[ID], slots=[SLOT]) for method in ("GET", "PUT", "PATCH", "DELETE")],
    ],
)


def trial(*steps: Step, ordinal: int = 0, purpose: Purpose = "explore") -> Trial:
    case = Case(operation=steps[-1].operation, ordinal=ordinal, title="", steps=list(steps))
    return Trial(ordinal=ordinal, agent="a", digest="0", case=case, purpose=purpose)


def step(key: str, pet: Any = None, **more: Any) -> Step:
    arguments = [Argument(location="path", name="petId", value=pet)] if pet is not None else []
    return Step(**{"name": key, "operation": key, "arguments": arguments} | more)


def variable(name: str) -> Ext:
    return Ext(EXT_VARIABLE, name.encode())


class Pets:
    """A server of pets that remembers; ``script`` for ``serving``."""

    def __init__(self) -> None:
        self.pets: dict[str, Any] = {"1": {"id": 1, "owner": "somebody"}}
        self.next = 100

    def __call__(self, seen: Seen) -> Answer:
        _, _, identifier = seen.target.partition("?")[0].removeprefix("/").partition("/")
        match seen.method:
            case "POST":
                self.next += 1
                pet = self.pets[str(self.next)] = {"id": self.next} | json.loads(seen.body or b"{}")
                return Answer(201, pet, {"Location": f"/pets/{self.next}"})
            case "PUT":
                created = identifier not in self.pets
                self.pets[identifier] = {"id": identifier}
                return Answer(201 if created else 200, {})
            case "DELETE":
                return Answer(204) if self.pets.pop(identifier, None) else Answer(404)
            case _ if identifier:
                return Answer(200, self.pets[identifier]) if identifier in self.pets else Answer(404)
            case _:
                return Answer(200, list(self.pets.values()))


async def against(script: Script, trials: Sequence[Trial], config: ExecuteConfig | None = None, **more: Any) -> Outcome:
    async with serving(script) as server:
        return await carry_out(API, server.url, trials, config, **more)
