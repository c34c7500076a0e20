"""Makes the messages of a run, as the stages before persist would send them. Loaded by path: the fixture ``runs`` gives this module."""

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path

import anyio

from pipeline.messages import (
    Api,
    Argument,
    Case,
    Coverage,
    Credit,
    Exchange,
    Failure,
    Finding,
    Instance,
    JobRow,
    Knowledge,
    Made,
    NotMade,
    Operation,
    OperationCoverage,
    Reply,
    Request,
    RunEnded,
    RunRequested,
    RunStarted,
    Sent,
    Settled,
    Step,
    Synced,
    ToPersist,
    Trial,
    Verdict,
    VerdictBatch,
)
from stages.persist import Persist, PersistConfig

TARGET = "http://127.0.0.1:8001/v1"
LIST, READ, MAKE, REMOVE = "GET /pets", "GET /pets/{petId}", "POST /pets", "DELETE /pets/{petId}"


def api(digest: str = "ab" * 16) -> Api:
    operations = [
        Operation(key=key, method=key.split()[0], path=key.split()[1], group="pets", tags=["pets"]) for key in (LIST, READ, MAKE, REMOVE)
    ]
    return Api(digest=digest, title="Pets", version="1.2.0", openapi="3.1.0", operations=operations, source="pets.yaml")


def requested(run: str = "r1", **fields: object) -> RunRequested:
    return RunRequested(**{"run": run, "spec": "pets.yaml", "seed": 7, "agents": ["functional-positive"], **fields})


def started(run: str = "r1", *, base_url: str = TARGET, at: float = 1_700_000_000.0, **fields: object) -> RunStarted:
    return RunStarted(request=requested(run, **fields), api=api(), base_url=base_url, started_at=at)


def ended(run: str = "r1", reason: str = "exhausted", detail: str = "") -> RunEnded:
    return RunEnded(run=run, reason=reason, detail=detail)


def case(ordinal: int = 0, operation: str = READ) -> Case:
    step = Step(name="attempt", operation=operation, arguments=[Argument(location="path", name="petId", value=ordinal)])
    return Case(operation=operation, ordinal=ordinal, title=f"valid, number {ordinal}", steps=[step])


def trial(ordinal: int = 0, attempt: int = 0, operation: str = READ) -> Trial:
    return Trial(
        ordinal=ordinal, attempt=attempt, agent="functional-positive", arm="python", digest=digest(ordinal), case=case(ordinal, operation)
    )


def digest(ordinal: int) -> str:
    return hashlib.blake2b(str(ordinal).encode(), digest_size=16).hexdigest()


def exchange(ordinal: int = 0, attempt: int = 0, *, reply: bytes = b'{"id": 1}', body: bytes | None = None, status: int = 200) -> Exchange:
    request = Request(method="GET", url=f"{TARGET}/pets/{ordinal}", headers=[("Authorization", "${token}")], body=body)
    answer = Reply(status=status, headers=[("Content-Type", "application/json")], body=reply, total_ms=1.5)
    return Exchange(
        trial=trial(ordinal, attempt), sent=[Sent(step="attempt", operation=READ, request=request, reply=answer)], started_at=1.0
    )


def failure(cause: str = "k1", **fields: object) -> Failure:
    defaults = {
        "check": "server-error",
        "severity": "high",
        "title": "It fails",
        "rule": "RFC 9110, 15.6",
        "operation": READ,
        "step": "attempt",
    }
    return Failure(**{"key": cause, **defaults, **fields})


def verdict(ordinal: int = 0, attempt: int = 0, **fields: object) -> Verdict:
    defaults = {
        "purpose": "explore" if attempt == 0 else "confirm",
        "agent": "functional-positive",
        "arm": "python",
        "job": ordinal // 10,
        "epoch": ordinal // 100,
        "digest": digest(ordinal),
        "operation": READ,
        "outcome": "answered",
        "status": 200,
        "duration_ms": 1.25,
        "started_at": 1_700_000_000.5,
    }
    return Verdict(**{"ordinal": ordinal, "attempt": attempt, **defaults, **fields})


def settled(ordinal: int = 0) -> Settled:
    known = Knowledge(instances={"/pets": [Instance(fields={"id": ordinal, "{}": ordinal}, made=True)]}, taken=True)
    credit = Credit(requests=1, worth=1.0)
    return Settled(ordinal=ordinal, job=ordinal // 10, operation=READ, agent="functional-positive", credit=credit, knowledge=known)


def batch(*verdicts: Verdict, run: str = "r1") -> VerdictBatch:
    return VerdictBatch(run=run, verdicts=list(verdicts))


def made(path: str = "/pets/9") -> Made:
    return Made(
        path=path, operation=MAKE, remover=REMOVE, arguments=[Argument(location="path", name="petId", value=path.rsplit("/", 1)[-1])]
    )


def finding(run: str = "r1", key: str = "k1", **fields: object) -> Finding:
    defaults = {
        "id": hashlib.sha256(key.encode()).hexdigest()[:12],
        "check": "server-error",
        "severity": "high",
        "agent": "functional-positive",
        "operation": READ,
        "title": "A valid request makes the server fail with 500",
        "rule": "RFC 9110, 15.6: a 5xx status says that the server is at fault",
        "operations": [READ],
        "occurrences": 3,
        "confirmations": 2,
        "request": Request(method="GET", url=f"{TARGET}/pets/4294967296", headers=[("Accept", "application/json")]),
        "reply": Reply(status=500, headers=[("Content-Type", "text/plain")], body=b"Internal Server Error", total_ms=3.5),
        "curl": f"curl '{TARGET}/pets/4294967296' -H 'Accept: application/json'",
        "seed": 7,
        "ordinal": 4,
        "case": case(4),
    }
    return Finding(**{"run": run, "key": key, **defaults, **fields})


def note(run: str = "r1", key: str = "n1", **fields: object) -> Finding:
    return finding(run, key, **{"note": True, "severity": "low", "check": "valid-rejected", "title": "Valid input is refused", **fields})


def coverage(run: str = "r1", **fields: object) -> Coverage:
    defaults = {
        "operations": [
            OperationCoverage(operation=LIST, requests=3, statuses={"200": 3}, documented=["200"], parameters=["query/limit"]),
            OperationCoverage(
                operation=READ,
                requests=9,
                statuses={"200": 5, "500": 4},
                valid={"200": 4, "500": 2},
                foreign=1,
                documented=["200", "404"],
                classes=["a", "b"],
                branches_known=3,
            ),
            OperationCoverage(operation=MAKE, requests=2, statuses={"201": 2}, documented=["201"]),
            OperationCoverage(operation=REMOVE, withheld=2, skipped="" if "skipped" not in fields else str(fields.pop("skipped"))),
        ],
        "requests": 15,
        "tested": True,
    }
    return Coverage(**{"run": run, **defaults, **fields})


def job(run: str = "r1", number: int = 1) -> JobRow:
    return JobRow(
        run=run,
        job=number,
        epoch=0,
        agent="functional-positive",
        group="pets",
        arm="python",
        reason="default order",
        answers=10,
        requested=10,
        wall_ms=12.5,
        cpu_ms=7.25,
        queue_ms=0.5,
        failed=["rust: no binary"],
        deterministic=False,
    )


def not_made(run: str = "r1", number: int = 1, rows: list[tuple[str, str, int]] | None = None) -> NotMade:
    return NotMade(run=run, job=number, agent="functional-positive", rows=rows or [(MAKE, "body: gave up at /a: a pattern", 3)])


async def persist(path: Path | str, messages: Iterable[ToPersist], config: PersistConfig | None = None) -> list[int]:
    """Let the stage write ``messages`` and end; the tokens it answered."""
    send, inbox = anyio.create_memory_object_stream[ToPersist](4)
    synced, answers = anyio.create_memory_object_stream[Synced](1000)
    tokens: list[int] = []

    async def feed() -> None:
        async with send:
            with contextlib.suppress(anyio.BrokenResourceError):  # the stage has failed
                for message in messages:
                    await send.send(message)

    async def read() -> None:
        async with answers:
            tokens.extend([answer.token async for answer in answers])

    failed: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(feed)
        tasks.start_soon(read)
        try:
            await Persist(config or PersistConfig(), path)(inbox, synced)
        except Exception as error:
            failed = error
    if failed is not None:
        raise failed
    return tokens


def write(path: Path | str, *messages: ToPersist, config: PersistConfig | None = None) -> None:
    """As ``persist``, from where no event loop runs."""
    anyio.run(persist, path, messages, config)
