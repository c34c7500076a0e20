"""What the execute stage costs above its HTTP client: CPU time a request, beside a bare aiohttp + uvloop loop in the same run.

``python -m tests.bench.client_overhead [--requests N] [--rounds N] [--identity]``. The rounds of both take turns, so that a busy machine
slows both; the table shows medians. The server runs in a process of its own and is not counted.
"""

import argparse
import statistics
import time

import aiohttp
import anyio
import uvloop
from yarl import URL

from pipeline.messages import (
    Api,
    Argument,
    Case,
    CaseBatch,
    MediaType,
    Operation,
    Parameter,
    Response,
    RunEnded,
    RunRequested,
    RunStarted,
    Step,
    Synced,
    ToExecute,
    ToPersist,
    ToScore,
    Trial,
)
from stages.execute import Execute, ExecuteConfig
from stages.execute.identities.config import BearerIdentity
from tests.bench.measure import table
from tests.servers.launch import trivial

KEY = "GET /items/{itemId}"
IN_FLIGHT = 16


def api() -> Api:
    parameters = [
        Parameter(name="itemId", location="path", required=True),
        Parameter(name="limit", location="query", style="form", explode=True),
    ]
    responses = [Response(status="200", content=[MediaType(media_type="application/json")])]
    return Api(
        digest="0", operations=[Operation(key=KEY, method="GET", path="/items/{itemId}", parameters=parameters, responses=responses)]
    )


def trial(ordinal: int) -> Trial:
    arguments = [Argument(location="path", name="itemId", value=ordinal), Argument(location="query", name="limit", value=3)]
    step = Step(name="attempt", operation=KEY, arguments=arguments)
    return Trial(ordinal=ordinal, agent="bench", digest="0", case=Case(operation=KEY, ordinal=ordinal, title="bench", steps=[step]))


async def bare(url: str, requests: int) -> float:
    """CPU microseconds a request of aiohttp alone."""
    connector = aiohttp.TCPConnector(limit=0, limit_per_host=IN_FLIGHT)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=10)
    ) as session:
        numbers = iter(range(requests))

        async def worker() -> None:
            for number in numbers:
                async with session.get(URL(f"{url}/items/{number}?limit=3", encoded=True), allow_redirects=False) as response:
                    await response.read()

        started = time.process_time()
        async with anyio.create_task_group() as tasks:
            for _ in range(IN_FLIGHT):
                tasks.start_soon(worker)
        return (time.process_time() - started) / requests * 1e6


async def staged(url: str, requests: int, config: ExecuteConfig) -> float:
    """CPU microseconds a request of the stage, from a batch of cases to a batch of exchanges."""
    to_execute, inbox = anyio.create_memory_object_stream[ToExecute](4)
    outbox, exchanges = anyio.create_memory_object_stream[ToScore](4)
    _keep, synced = anyio.create_memory_object_stream[Synced](4)
    events, _events = anyio.create_memory_object_stream[ToPersist](4)
    request = RunRequested(run="bench", spec="", seed=0, agents=[])
    batches = [CaseBatch(run="bench", trials=[trial(n) for n in range(start, start + 16)]) for start in range(0, requests, 16)]

    async def feed() -> None:
        async with to_execute:
            await to_execute.send(RunStarted(request=request, api=api(), base_url=url, started_at=0.0))
            for batch in batches:
                await to_execute.send(batch)
            await to_execute.send(RunEnded(run="bench", reason="exhausted"))

    async def collect() -> None:
        async with exchanges:
            async for _ in exchanges:
                pass

    started = time.process_time()
    async with _keep, _events, anyio.create_task_group() as tasks:
        tasks.start_soon(feed)
        tasks.start_soon(collect)
        await Execute(config)(inbox, outbox, synced, events)
    return (time.process_time() - started) / requests * 1e6


async def compare(url: str, requests: int, rounds: int, config: ExecuteConfig) -> None:
    await bare(url, 500)
    await staged(url, 500, config)
    costs = [(await bare(url, requests), await staged(url, requests, config)) for _ in range(rounds)]
    alone = statistics.median(first for first, _ in costs)
    stage = statistics.median(second for _, second in costs)
    rows = [
        ("aiohttp + uvloop alone", alone, 1e6 / alone, 1.0),
        ("execute stage", stage, 1e6 / stage, stage / alone),
        ("difference", stage - alone, "", ""),
    ]
    print(table(["", "µs a request", "requests a CPU second", "ratio"], rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--identity", action="store_true", help="send as an identity with a bearer token")
    chosen = parser.parse_args()
    identities = {"alice": BearerIdentity(token="0123456789abcdef")} if chosen.identity else {}
    with trivial() as server:
        uvloop.run(
            compare(server.url, chosen.requests // 16 * 16, chosen.rounds, ExecuteConfig(concurrency=IN_FLIGHT, identities=identities))
        )
