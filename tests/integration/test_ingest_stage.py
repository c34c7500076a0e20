"""The stage in a pipeline: runs in, understood runs out, large documents in a process of their own."""

import json
import pathlib
import signal
import subprocess
from typing import Any

import anyio
import pytest

from pipeline.errors import DocumentError, UsageError
from pipeline.messages import RunRequested, RunStarted
from stages.ingest import Ingest, IngestConfig, aside, load_api
from stages.ingest.aside import _started

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.0",
    "servers": [{"url": "http://127.0.0.1:1/v1"}],
    "paths": {"/pets": {"get": {"responses": {}}, "post": {"responses": {}}}, "/pets/{id}": {"get": {"responses": {}}}},
}


@pytest.fixture
def document(tmp_path: pathlib.Path) -> pathlib.Path:
    """A small document on disk."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(DOCUMENT))
    return file


def large(directory: pathlib.Path) -> pathlib.Path:
    """A document of a bit more than a megabyte, with everything that must survive the way back from another process."""
    schemas = {
        f"S{number}": {
            "type": "object",
            "properties": {"n": {"minimum": 0.5, "maximum": 2**70}, "next": {"$ref": f"#/components/schemas/S{number}"}},
        }
        for number in range(9500)
    }
    file = directory / "large.json"
    file.write_text(json.dumps({**DOCUMENT, "components": {"schemas": {**schemas, "Bad": {"type": "int", "default": 2**70}}}}))
    assert file.stat().st_size > 1_000_000
    return file


async def through(config: IngestConfig, *requests: RunRequested) -> list[RunStarted]:
    """What the stage makes of the requests; all its streams are closed afterwards."""
    to_ingest, inbox = anyio.create_memory_object_stream[RunRequested](len(requests))
    outbox, started = anyio.create_memory_object_stream[Any](1)
    events, kept = anyio.create_memory_object_stream[Any](1)
    found: list[RunStarted] = []
    async with to_ingest, started, kept:
        for request in requests:
            to_ingest.send_nowait(request)
        to_ingest.close()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Ingest(config), inbox, outbox, events)
            found += [message async for message in started]
            with pytest.raises(anyio.EndOfStream):
                await kept.receive()
    return found


async def test_every_request_becomes_a_run_that_begins(document: pathlib.Path) -> None:
    """In order; the end of the inbox is passed on, to the events as well."""
    first = RunRequested(run="one", spec=str(document), seed=1, agents=[])
    second = RunRequested(run="two", spec=str(document), url="http://127.0.0.1:2/", seed=2, agents=[], operations=["POST *"])
    one, two = await through(IngestConfig(), first, second)
    assert (one.request, one.base_url, len(one.api.operations)) == (first, "http://127.0.0.1:1/v1", 3)
    assert (two.request, two.base_url, [each.key for each in two.api.operations]) == (second, "http://127.0.0.1:2", ["POST /pets"])
    assert one.started_at <= two.started_at


@pytest.mark.parametrize(
    ("change", "error"),
    [({"spec": "missing.json"}, DocumentError), ({"operations": ["PUT *"]}, UsageError), ({"url": "nowhere"}, UsageError)],
)
async def test_a_run_that_cannot_begin_ends_the_stage_with_one_error(
    document: pathlib.Path, change: dict[str, Any], error: type[Exception]
) -> None:
    """The error is the user's, not wrapped into one of ours."""
    request = RunRequested(**{"run": "r", "spec": str(document), "seed": 1, "agents": [], **change})
    with pytest.RaisesGroup(error):
        await through(IngestConfig(), request)


async def test_a_large_document_is_the_same_from_a_process_of_its_own(tmp_path: pathlib.Path) -> None:
    """Extension values, cycles and problems included."""
    file = large(tmp_path)
    beside = await load_api(str(file), aside=True)
    assert beside == await load_api(str(file))
    assert "unknown-type" in [problem.code for problem in beside.problems]


async def test_errors_come_back_from_the_process(tmp_path: pathlib.Path) -> None:
    """As the same error with the same words."""
    file = tmp_path / "broken.json"
    file.write_text('{"a": [' + " " * 1_100_000)
    with pytest.raises(DocumentError, match=r"broken\.json: not valid JSON at line 1, column 1100008"):
        await load_api(str(file), aside=True)


async def test_parsing_in_a_process_is_bounded_in_time(tmp_path: pathlib.Path) -> None:
    """The process is ended, the loop goes on."""
    with pytest.raises(DocumentError, match=r"not parsed within 1 ms \(ingest\.parse_timeout_ms\)"):
        await load_api(str(large(tmp_path)), IngestConfig(parse_timeout_ms=1), aside=True)


async def test_a_cancelled_parse_ends_its_process(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the scope is left."""
    started: list[subprocess.Popen[bytes]] = []

    def start(environment: dict[str, str]) -> subprocess.Popen[bytes]:
        started.append(_started(environment))
        anyio.from_thread.run_sync(scope.cancel)
        return started[-1]

    monkeypatch.setattr(aside, "_started", start)
    with anyio.CancelScope() as scope:
        await load_api(str(large(tmp_path)), aside=True)
    assert scope.cancelled_caught
    assert [process.returncode for process in started] == [-signal.SIGKILL]


async def test_the_loop_stays_responsive_while_a_large_document_is_parsed(tmp_path: pathlib.Path) -> None:
    """Nothing but the way back runs here."""
    file = large(tmp_path)
    longest = 0.0
    async with anyio.create_task_group() as tasks:

        async def watch() -> None:
            nonlocal longest
            while True:
                before = anyio.current_time()
                await anyio.sleep(0.005)
                longest = max(longest, anyio.current_time() - before)

        tasks.start_soon(watch)
        before = anyio.current_time()
        await load_api(str(file), aside=True)
        took = anyio.current_time() - before
        tasks.cancel_scope.cancel()
    assert longest < max(took / 2, 0.1)
