"""What `sentinel run` says of targets that are broken as a whole: a verdict that a person would agree with."""

import asyncio
import json
import random
import time
from typing import Any

import pytest

from tests.servers.hostile import Answer, Script, Seen, serving

SCHEMA = {"type": "object", "required": ["id"]}
ANSWER = {"200": {"description": "d", "content": {"application/json": {"schema": SCHEMA}}}}
NUMBER = [{"name": "n", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 99}}]
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Any", "version": "1"},
    "paths": {f"/{name}": {"get": {"parameters": NUMBER, "responses": ANSWER}} for name in "abcd"},
}


def in_new_words(_: Seen) -> Answer:
    return Answer(500, f"incident {''.join(random.choices('abcdefgh', k=9))}".encode())


VALID = ["--agents", "functional-positive"]  # the servers here take anything
DEEP = Answer(200, b"[" * 100_000 + b"]" * 100_000, {"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("script", "code", "findings", "said"),
    [
        (lambda _: Answer(302, headers={"Location": "/login"}), 3, 0, "is the base URL right?"),
        (lambda _: Answer(401), 3, 0, "are credentials given"),
        (lambda _: Answer(400, {"error": "tenant is missing"}), 1, 1, "no operation answered with success"),
        (lambda _: b"220 mail.example ESMTP ready\r\n", 3, 0, "nothing answered: Answer is malformed HTTP"),
        (lambda _: None, 3, 0, "nothing answered: the target never answered (reset"),
        (lambda _: Answer(429, headers={"Retry-After": "9" * 50}), 3, 0, "answers 429 to everything"),
        (in_new_words, 1, 1, "each time in other words"),
        (lambda _: DEEP, 0, 0, "Body was not judged: nested too deeply"),
    ],
    ids=["redirects", "no access", "one refusal", "other protocol", "drops all", "asks to wait for ever", "500 in new words", "deep"],
)
async def test_one_cause_is_one_verdict(sentinel: Any, script: Script, code: int, findings: int, said: str) -> None:
    """Each is told by the exit code, at most one finding, and a reason; and the run ends in time."""
    (sentinel.home / "api.json").write_text(json.dumps(DOCUMENT))
    limits = [*VALID, "--seed", "1", "--time", "4s", "--max-requests", "80", "--set", "execute.dead_probe_ms=300"]
    started = time.monotonic()
    async with serving(script) as server:
        arguments = ["run", "api.json", "--url", server.url, *limits, "--report", "ndjson=report"]
        done = await asyncio.to_thread(sentinel, *arguments)
    assert time.monotonic() - started < 30
    rows = [json.loads(line) for line in (sentinel.home / "report").read_text().splitlines()]
    shown = " ".join(done.stdout.split())
    assert (done.returncode, [row["type"] for row in rows].count("finding")) == (code, findings), shown
    assert said in shown
    assert "Traceback" not in done.stderr


async def test_a_lost_access_is_no_clean_bill(sentinel: Any) -> None:
    """401 to everything from the sixtieth request on, with a token that cannot be renewed: told as it happens, and not tested."""
    secured = {**DOCUMENT, "security": [{"token": []}], "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}}
    (sentinel.home / "api.json").write_text(json.dumps(secured))
    asked = 0

    def logs_out(seen: Seen) -> Answer:
        nonlocal asked
        asked += 1
        let_in = asked < 60 and bool(seen.header("authorization"))
        return Answer(200, {"id": 1}) if let_in else Answer(401, headers={"WWW-Authenticate": "Bearer"})

    async with serving(logs_out) as server:
        limits = [*VALID, "--seed", "1", "--time", "10s", "--max-requests", "200", "--header", "Authorization: Bearer ${env:T}"]
        done = await asyncio.to_thread(sentinel, "run", "api.json", "--url", server.url, *limits, T="abcdefgh")
    assert done.returncode == 3, done.stdout
    assert "NOT TESTED: access was lost" in " ".join(done.stdout.split())
    assert "not let in any more: 20 answers 401 in a row" in done.stderr


async def test_a_finding_without_an_answer_can_be_replayed(sentinel: Any) -> None:
    """One operation drops every connection: its replay, in which nothing else is sent, shows it still, and not once it is mended."""
    (sentinel.home / "api.json").write_text(json.dumps(DOCUMENT))
    is_mended = False

    def drops(seen: Seen) -> Answer | None:
        return None if seen.target.startswith("/a") and not is_mended else Answer(200, {"id": 1})

    async with serving(drops) as server:
        limits = [*VALID, "--seed", "1", "--time", "10s", "--max-requests", "120", "--report", "ndjson=report"]
        await asyncio.to_thread(sentinel, "run", "api.json", "--url", server.url, *limits)
        rows = [json.loads(line) for line in (sentinel.home / "report").read_text().splitlines()]
        (finding,) = [row for row in rows if row["type"] == "finding"]
        assert finding["check"] == "dropped_connection"
        again = await asyncio.to_thread(sentinel, "replay", finding["id"])
        is_mended = True
        mended = await asyncio.to_thread(sentinel, "replay", finding["id"])
    assert (again.returncode, mended.returncode) == (1, 0), again.stdout + again.stderr


async def test_who_answers_just_behind_the_limit_is_slow_and_does_not_hang(sentinel: Any) -> None:
    """An operation that takes a little longer than the limit is a note; one that never answers is a finding."""
    (sentinel.home / "api.json").write_text(json.dumps(DOCUMENT))

    async def late(seen: Seen) -> Answer | None:
        if seen.target.startswith("/a"):
            await asyncio.sleep(2.2)
        if seen.target.startswith("/b"):
            await asyncio.sleep(8)
        return Answer(200, {"id": 1})

    async with serving(late) as server:
        limits = ["--seed", "1", "--time", "10s", "--max-requests", "80", "--set", "execute.timeout_ms=2000", "--report", "ndjson=report"]
        await asyncio.to_thread(sentinel, "run", "api.json", "--url", server.url, *limits)
    rows = [json.loads(line) for line in (sentinel.home / "report").read_text().splitlines()]
    hangs = {row["operation"]: row["type"] for row in rows if row.get("check") == "hang"}
    assert hangs == {"GET /a": "note", "GET /b": "finding"}


async def test_a_finding_about_many_operations_can_be_replayed(sentinel: Any) -> None:
    """The case of one of them shows it, although that alone would have another id."""
    (sentinel.home / "api.json").write_text(json.dumps(DOCUMENT))
    is_mended = False

    def fails(_: Seen) -> Answer:
        return Answer(200, {"id": 1}) if is_mended else Answer(500, {"error": "boom"})

    async with serving(fails) as server:
        limits = ["--seed", "1", "--time", "10s", "--max-requests", "60", "--report", "ndjson=report"]
        await asyncio.to_thread(sentinel, "run", "api.json", "--url", server.url, *limits)
        rows = [json.loads(line) for line in (sentinel.home / "report").read_text().splitlines()]
        (finding,) = [row for row in rows if row["type"] == "finding"]
        assert len(finding["operations"]) == 4
        again = await asyncio.to_thread(sentinel, "replay", finding["id"])
        is_mended = True
        mended = await asyncio.to_thread(sentinel, "replay", finding["id"])
    assert (again.returncode, mended.returncode) == (1, 0), again.stdout + again.stderr


async def test_what_no_operation_removes_is_counted(sentinel: Any) -> None:
    """The run does not say that `cleanup` removes it, and `cleanup` says in one line what it cannot remove."""
    made = {"201": {"description": "d", "content": {"application/json": {"schema": SCHEMA}}}}
    one = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}], "get": {"responses": ANSWER}}
    paths = {"/parts": {"post": {"responses": made}}, "/parts/{id}": one}
    (sentinel.home / "api.json").write_text(json.dumps({**DOCUMENT, "paths": paths}))
    numbers = iter(range(1, 1000))

    def answer(seen: Seen) -> Answer:
        return Answer(201, {"id": next(numbers)}) if seen.method == "POST" else Answer(200, {"id": 1})

    async with serving(answer) as server:
        limits = [*VALID, "--seed", "1", "--time", "4s", "--max-requests", "20"]
        run = await asyncio.to_thread(sentinel, "run", "api.json", "--url", server.url, *limits)
        cleanup = await asyncio.to_thread(sentinel, "cleanup")
    assert "at the target, which no operation of the document removes" in " ".join(run.stdout.split())
    assert cleanup.returncode == 1
    (line,) = [line for line in cleanup.stderr.splitlines() if line.startswith("still there")]
    assert line.endswith("made by POST /parts, which no operation of the document removes")
