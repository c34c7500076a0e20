"""Findings that need something the run made: their cases make it themselves, so that they show on a server that knows nothing of it."""

import asyncio
import json
from typing import Any
from urllib.parse import unquote

from tests.servers.hostile import Answer, Seen, Server, serving

TEXT = {"type": "string", "minLength": 1, "maxLength": 40}
POOL = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": TEXT, "template": {"anyOf": [{"type": "object"}, {"type": "null"}]}},
}
LIMIT = {"type": "object", "required": ["tag", "limit"], "properties": {"tag": TEXT, "limit": {"type": "integer"}}}
SOME = {"description": "d", "content": {"application/json": {"schema": {"type": "object"}}}}
NONE = {"description": "d"}
NAME = [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}]


def taking(schema: dict[str, Any], *statuses: int) -> dict[str, Any]:
    """An operation with a body of this schema."""
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {str(status): SOME for status in statuses},
    }


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Pools", "version": "1"},
    "paths": {
        "/pools": {"post": taking(POOL, 201, 409), "get": {"responses": {"200": SOME}}},
        "/pools/{name}": {
            "parameters": NAME,
            "get": {"responses": {"200": SOME, "404": NONE}},
            "patch": taking({"type": "object", "properties": POOL["properties"]}, 200, 404),
            "delete": {"responses": {"204": NONE, "404": NONE}},
        },
        "/limits": {"post": taking(LIMIT, 200)},
    },
}


OF_POOLS = ["--operations", "*/pools/{name}", "--operations", "POST /pools"]


class Pools:
    """Names are unique. A null template breaks a pool that is there; a second, negative limit of one tag breaks the server.

    ``is_quiet``: a new pool is answered with a status alone.
    """

    def __init__(self, *, is_quiet: bool = False) -> None:
        self.pools: set[str] = set()
        self._is_quiet = is_quiet
        self._tags: set[str] = set()

    def __call__(self, seen: Seen) -> Answer:
        body = json.loads(seen.body) if seen.body else {}
        name = unquote(seen.target.partition("/pools/")[2])
        if seen.target == "/limits":
            known = body["tag"] in self._tags
            self._tags.add(body["tag"])
            return Answer(500, {"error": "constraint"}) if known and body["limit"] < 0 else Answer(200, {"limit": body["limit"]})
        if not name:
            return self._collection(seen, body)
        if name not in self.pools:
            return Answer(404)
        if seen.method == "DELETE":
            self.pools.discard(name)
            return Answer(204)
        if seen.method == "PATCH" and body.get("template", {}) is None:
            return Answer(500, {"error": "no template"})
        return Answer(200, {"name": name})

    def _collection(self, seen: Seen, body: dict[str, Any]) -> Answer:
        if seen.method == "GET":
            return Answer(200, {"items": [{"name": one} for one in sorted(self.pools)]})
        if body["name"] in self.pools:
            return Answer(409, {"error": "taken"})
        self.pools.add(body["name"])
        return Answer(201, {} if self._is_quiet else {"name": body["name"]})


async def test_a_finding_is_repeated_on_a_server_without_state(sentinel: Any) -> None:
    """The steps before the attempt make what it needs under names of its own: each replay begins with an empty server."""
    async with serving(Pools()) as server:
        rows = await _rows(sentinel, server, 600)
        found = {row["operation"]: row for row in rows if row["type"] == "finding"}
        assert set(found) == {"PATCH /pools/{name}", "POST /limits"}
        assert [len(row["case"]["steps"]) for row in found.values()] == [2, 2]
        assert await _shown(sentinel, server, found) == [1, 1]


async def test_names_that_no_answer_tells_are_those_that_were_asked_for(sentinel: Any) -> None:
    """Items are read, changed and removed, nothing is left, and the finding can be repeated, though making answers nothing but 201."""
    server_state = Pools(is_quiet=True)
    async with serving(server_state) as server:
        rows = await _rows(sentinel, server, 400, *OF_POOLS)
        assert {row["operation"] for row in rows if row["type"] == "operation" and row["statuses"].keys() & {"200", "201", "204"}} == {
            "POST /pools", "GET /pools/{name}", "PATCH /pools/{name}", "DELETE /pools/{name}"
        }  # fmt: skip
        assert [name for name in server_state.pools if name.isalnum() and not name.isdecimal()] == []  # others may be no path of ours
        found = {row["operation"]: row for row in rows if row["type"] == "finding"}
        assert set(found) == {"PATCH /pools/{name}"}
        assert await _shown(sentinel, server, found, is_quiet=True) == [1]


async def test_a_replay_that_cannot_make_what_it_needs_says_so(sentinel: Any) -> None:
    """That is no word on the finding: it may show as ever. How to try again is told with the store it is in."""
    store = ("--store", "kept.db")
    async with serving(Pools()) as server:
        rows = await _rows(sentinel, server, 400, *OF_POOLS, *store)
        (finding,) = [row for row in rows if row["type"] == "finding"]
        server.script = lambda _: Answer(409, {"error": "full"})
        done = await asyncio.to_thread(sentinel, "replay", finding["id"], *store)
    assert f"sentinel replay {finding['id']} --store kept.db\n" in done.stdout
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        3,
        "now: it could not be tried, as a step before the attempt did not succeed",
    )


async def test_what_is_made_under_a_number_of_its_own_is_made_again_under_another(sentinel: Any) -> None:
    """Numbers of a pattern are unique and never free again, so that each sending needs another one, on the server of the run too."""
    part = {"type": "object", "required": ["number"], "properties": {"number": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4,6}$"}}}
    taken = set[str]()

    def make(seen: Seen) -> Answer:
        number = json.loads(seen.body)["number"]
        if number in taken:
            return Answer(409, {"error": "taken"})
        taken.add(number)
        return Answer(200, {"number": number})

    document = {**DOCUMENT, "paths": {"/parts": {"post": taking(part, 201, 409)}}}
    async with serving(make) as server:
        rows = await _rows(sentinel, server, 60, document=document)
        (finding,) = [row for row in rows if row["type"] == "finding"]
        assert (finding["check"], finding["state"], finding["confirmations"]) == ("undocumented_status", "confirmed", 2)
        again = await asyncio.to_thread(sentinel, "replay", finding["id"])
        assert (again.returncode, again.stdout.splitlines()[-1]) == (1, "now: it still shows (confirmed)")
        server.script = lambda _: Answer(201, {})
        again = await asyncio.to_thread(sentinel, "replay", finding["id"])
        assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "now: it does not show any more: it is answered 201")


async def _rows(sentinel: Any, server: Server, requests: int, *options: str, document: dict[str, Any] = DOCUMENT) -> list[dict[str, Any]]:
    """The lines of the report of a run with so many requests."""
    (sentinel.home / "api.json").write_text(json.dumps(document))
    limits = ["--agents", "functional-positive", "--seed", "1", "--time", "10s", "--max-requests", str(requests)]
    await asyncio.to_thread(sentinel, "run", "api.json", "--url", server.url, *limits, "--report", "ndjson=report", *options)
    return [json.loads(line) for line in (sentinel.home / "report").read_text().splitlines()]


async def _shown(sentinel: Any, server: Server, found: dict[str, Any], *, is_quiet: bool = False) -> list[int]:
    codes = []
    for row in found.values():
        server.script = Pools(is_quiet=is_quiet)
        done = await asyncio.to_thread(sentinel, "replay", row["id"])
        codes.append(done.returncode)
    return codes
