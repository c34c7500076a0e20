"""The execute stage between its streams: cases in, exchanges out, against a real server on loopback."""

import asyncio
import json
import time
from typing import Any, Self

import anyio
import msgspec
import pytest
from msgspec.msgpack import Ext

from pipeline.errors import ConfigError
from pipeline.messages import (
    Body,
    CaseBatch,
    ExchangeBatch,
    Extract,
    Override,
    RunEnded,
    RunRequested,
    RunStarted,
    Synced,
    ToExecute,
    ToPersist,
    ToScore,
    Trial,
    Until,
)
from stages.execute import Execute, ExecuteConfig, cleanup_cases
from tests.scenes.execution import carry_out, failing_with
from tests.scenes.pets import API, Pets, against, step, trial, variable
from tests.servers.hostile import Answer, Script, Seen, serving


async def test_a_whole_experiment() -> None:
    """Create, read, change and remove what was made, with the id of the answer; made and removed are told at once and in the exchange."""
    pets = Pets()
    steps = [
        step(
            "POST /pets",
            body=Body(media_type="application/json", value={"name": "é"}),
            extract=[Extract(name="id", pointer="/id")],
            require=["201"],
        ),
        step("GET /pets/{petId}", variable("id"), name="read", require=["200"]),
        step("PUT /pets/{petId}", variable("id"), name="write"),
        step("DELETE /pets/{petId}", variable("id"), name="remove"),
        step("GET /pets/{petId}", variable("id"), name="look"),
    ]
    outcome = await against(pets, [trial(*steps)])
    assert [outcome.status(0, n) for n in range(5)] == [201, 200, 200, 204, 404]
    exchange = outcome.exchanges[0, 0]
    (made,) = exchange.made
    assert (made.path, made.operation, made.remover, made.arguments[0].value) == ("/pets/101", "POST /pets", "DELETE /pets/{petId}", "101")
    assert exchange.removed == ["/pets/101"]
    assert [(news.ordinal, news.made, news.removed) for news in outcome.made] == [(0, [made], []), (0, [], ["/pets/101"])]
    assert outcome.sent(0, 1).request.url.endswith("/pets/101")
    assert list(pets.pets) == ["1"]


async def test_nothing_foreign_is_touched() -> None:
    """PUT, PATCH and DELETE on what was there before are withheld; config, override and clean-up can allow them."""
    changes = [trial(step(f"{method} /pets/{{petId}}", 1), ordinal=n) for n, method in enumerate(("PUT", "PATCH", "DELETE"))]
    pets = Pets()
    assert (await against(pets, changes)).failures == ["withheld"] * 3
    assert pets.pets["1"]["owner"] == "somebody"
    only_put = [Override(operation="PUT *", allow_unsafe=True)]
    assert (await against(Pets(), changes, overrides=only_put)).failures == ["", "withheld", "withheld"]
    forbidden = [Override(operation="DELETE *", allow_unsafe=False)]
    assert (await against(Pets(), changes, ExecuteConfig(allow_unsafe=True), overrides=forbidden)).failures == ["", "", "withheld"]
    cleanup = [msgspec.structs.replace(changes[2], purpose="cleanup")]
    outcome = await against(Pets(), cleanup)
    assert (outcome.failures, outcome.exchanges[2, 0].removed) == ([""], ["/pets/1"])


async def test_put_fills_what_was_vacant() -> None:
    """A case that saw 404 may PUT there; that makes the object the run's own, for later cases too."""
    vacant = trial(step("GET /pets/{petId}", 7), step("PUT /pets/{petId}", 7), step("DELETE /pets/{petId}", 7))
    blind = trial(step("PUT /pets/{petId}", 8), ordinal=1)
    outcome = await against(Pets(), [vacant, blind], ExecuteConfig(concurrency=1))
    assert outcome.failures == ["", "", "", "withheld"]
    assert [made.path for made in outcome.exchanges[0, 0].made] == ["/pets/7"]


async def test_what_a_resumed_run_had_made_stays_its_own() -> None:
    """Objects made before a restart may be removed after it, by the cases that clean-up makes of them."""
    pets = Pets()
    making = trial(step("POST /pets", body=Body(media_type="application/json", value={})))
    async with serving(pets) as server:
        made = (await carry_out(API, server.url, [making])).exchanges[0, 0].made
        (case,) = cleanup_cases(API, made)
        removing = Trial(ordinal=1, agent="", digest="", case=case)
        assert (await carry_out(API, server.url, [removing])).failures == ["withheld"]
        outcome = await carry_out(API, server.url, [removing], made=made)
    assert outcome.status(1) == 204
    assert list(pets.pets) == ["1"]


async def test_intents_are_on_disk_before_unsafe_requests() -> None:
    """One note a batch for all its unsafe steps, none for safe ones; nothing unsafe is sent before the store has answered."""
    trials = [trial(step("GET /pets", name="look"), ordinal=0)]
    trials += [
        trial(step("GET /pets", name="look"), step("POST /pets", name="make", method=method), ordinal=n)
        for n, method in ((1, ""), (2, "patch"))
    ]
    async with serving(Pets()) as server:
        outcome = await carry_out(API, server.url, trials)
    assert [intents.rows for intents in outcome.intents] == [[(1, 0, "make", "POST /pets"), (2, 0, "make", "patch /pets")]]
    safe = await against(Pets(), trials[:1])
    assert safe.intents == []


@pytest.mark.parametrize("store", ["is-gone", "is-silent"])
async def test_without_a_store_nothing_unsafe_is_sent(store: Any) -> None:
    """When the store has ended or does not answer, unsafe trials are unrecorded and safe ones go on."""
    trials = [trial(step("GET /pets"), ordinal=0), trial(step("GET /pets"), step("POST /pets"), ordinal=1)]
    async with serving(Pets()) as server:
        outcome = await carry_out(API, server.url, trials, ExecuteConfig(journal_timeout_ms=100), store=store)
        assert [seen.method for seen in server.seen] == ["GET"]
    assert outcome.failures == ["", "unrecorded", "unrecorded"]


async def test_undecided_requests_are_not_sent_again() -> None:
    """What may have been sent before a crash is answered as such; a safe trial of the same number is sent."""
    trials = [trial(step("POST /pets"), ordinal=3), trial(step("GET /pets"), ordinal=4)]
    async with serving(Pets()) as server:
        outcome = await carry_out(API, server.url, trials, undecided=frozenset({(3, 0), (4, 0)}))
        assert [seen.method for seen in server.seen] == ["GET"]
    assert outcome.failures == ["undecided", ""]
    assert outcome.intents == []


async def test_what_cannot_be_sent_is_told() -> None:
    """Values without a form, unknown variables, operations, identities and mutations end in a failure each, never in an error."""
    trials = [
        trial(step("GET /pets/{petId}", None), ordinal=0),
        trial(step("GET /pets/{petId}", "\ud800"), ordinal=1),
        trial(step("GET /pets/{petId}", variable("x")), ordinal=2),
        trial(step("GET /nowhere"), ordinal=3),
        trial(step("GET /pets", identity="nobody"), ordinal=4),
        trial(step("GET /pets", mutation="turned-inside-out"), ordinal=5),
        trial(step("GET /pets", method="G T"), ordinal=6),
        trial(step("GET /pets"), ordinal=7),
    ]
    outcome = await against(Pets(), trials, ExecuteConfig(allow_unsafe=True))
    assert outcome.failures == ["unserialisable"] * 2 + ["unknown-variable"] + ["unserialisable"] * 4 + [""]
    assert all(outcome.sent(n).request is None for n in range(7))


async def test_polling_and_paging() -> None:
    """`until` sends the step until the answer fits, or follows links; every request is in the exchange."""
    states = iter(["new", "busy", "done"])

    def script(seen: Seen) -> Answer:
        if "/pets/" in seen.target:
            return Answer(200, {"state": next(states)})
        page = int(seen.target.partition("page=")[2] or 1)
        return Answer(200, [], {"Link": f'</pets?page={page + 1}>; rel="next"'} if page < 3 else {})

    poll = step("GET /pets/{petId}", 1, until=Until(pointer="/state", value="done", interval_ms=1))
    pages = step("GET /pets", until=Until(follow="link:next", tries=10))
    outcome = await against(script, [trial(poll, pages)])
    assert [sent.request.url.partition("/pets")[2] for sent in outcome.exchanges[0, 0].sent] == ["/1", "/1", "/1", "", "?page=2", "?page=3"]


async def test_pages_of_other_servers_are_not_followed() -> None:
    """A link to another origin is withheld by the allow-list, and an unsafe step follows no link at all."""
    async with serving(lambda _: Answer(200)) as other:
        script: Script = lambda _: Answer(200, {"next": f"{other.url}/x"})  # noqa: E731
        until = Until(follow="/next", tries=5)
        outcome = await against(
            script, [trial(step("GET /pets", until=until), ordinal=0), trial(step("POST /pets", until=until), ordinal=1)]
        )
        assert other.seen == []
    assert outcome.failures == ["", "withheld", "", "withheld"]


async def test_overrides_of_the_run() -> None:
    """Fixed parameters and headers reach the wire; a rate spaces the requests of its operation."""
    overrides = [Override(operation="GET /pets", parameters={"limit": 3}, headers={"X-Test": "yes"}, requests_per_second=20)]
    async with serving(Pets()) as server:
        started = time.monotonic()
        await carry_out(API, server.url, [trial(step("GET /pets"), ordinal=n) for n in range(5)], overrides=overrides)
        assert time.monotonic() - started >= 0.19
        assert {(seen.target, seen.header("x-test")) for seen in server.seen} == {("/pets?limit=3", "yes")}


async def test_requests_per_second() -> None:
    """The global rate holds over all workers."""
    started = time.monotonic()
    await against(Pets(), [trial(step("GET /pets"), ordinal=n) for n in range(21)], ExecuteConfig(requests_per_second=100))
    assert time.monotonic() - started >= 0.19


async def test_concurrency_and_reuse() -> None:
    """As many cases at once as configured and no more, over as many connections."""
    under_way = most = 0

    async def slow(_: Seen) -> Answer:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return Answer(200)

    async with serving(slow) as server:
        await carry_out(API, server.url, [trial(step("GET /pets"), ordinal=n) for n in range(60)], ExecuteConfig(concurrency=5))
        assert (most, server.connections) == (5, 5)


async def test_base_path_and_headers_of_the_config() -> None:
    """The base path stands before every path; plain headers are sent and shown."""
    async with serving(lambda _: Answer(200)) as server:
        config = ExecuteConfig(base_path="/v2", headers={"X-Tenant": "acme", "User-Agent": "other"})
        outcome = await carry_out(API, f"{server.url}/api/", [trial(step("GET /pets"))], config)
        assert server.seen[0].target == "/api/v2/pets"
        assert (server.seen[0].header("x-tenant"), server.seen[0].header("user-agent")) == ("acme", "other")
    assert ("X-Tenant", "acme") in outcome.sent().request.headers


async def test_exact_targets_reach_the_wire() -> None:
    """What serialisation wrote arrives byte for byte: dots, slashes, encoded and raw characters, empty queries."""
    values = ["..", "a/b", "%2F", "é", "a b", Ext(4, b"%2e%2e//x'"), Ext(4, b"?"), Ext(4, b"#x")]
    async with serving(lambda _: Answer(200)) as server:
        await carry_out(
            API,
            server.url,
            [trial(step("GET /pets/{petId}", value), ordinal=n) for n, value in enumerate(values)],
            ExecuteConfig(concurrency=1),
        )
        assert [seen.target for seen in server.seen] == [
            "/pets/%2E%2E",
            "/pets/a%2Fb",
            "/pets/%252F",
            "/pets/%C3%A9",
            "/pets/a%20b",
            "/pets/%2e%2e//x'",
            "/pets/?",
            "/pets/#x",
        ]


async def test_large_bodies_leave_whole() -> None:
    """Several megabytes arrive as they are."""
    big = b"x" * 3_000_000
    async with serving(lambda seen: Answer(200, {"n": len(seen.body)})) as server:
        outcome = await carry_out(API, server.url, [trial(step("POST /pets", body=Body(media_type="application/octet-stream", value=big)))])
        assert server.seen[0].body == big
        assert server.seen[0].header("content-type") == "application/octet-stream"
    assert json.loads(outcome.sent().reply.body) == {"n": 3_000_000}


@pytest.mark.parametrize("capacity", [1, 50])
@pytest.mark.parametrize("batch", [1, 7, 500])
async def test_every_trial_is_answered_once(capacity: int, batch: int) -> None:
    """Whatever the sizes of batches and streams, each trial's exchange is sent once, before the run's end."""
    trials = [trial(step("POST /pets" if n % 3 == 0 else "GET /pets"), ordinal=n) for n in range(200)]
    outcome = await against(Pets(), trials, capacity=capacity, batch=batch)
    sent = [each.trial.ordinal for message in outcome.messages if isinstance(message, ExchangeBatch) for each in message.exchanges]
    assert sorted(sent) == list(range(200))


@pytest.mark.alone
async def test_a_lone_exchange_is_not_held_back() -> None:
    """With nothing else under way an exchange leaves at once, whatever the linger."""
    async with Talk(Pets(), ExecuteConfig(linger_ms=1000)) as talk:
        started = time.monotonic()
        for ordinal in range(5):
            await talk.send(CaseBatch(run="run", trials=[trial(step("GET /pets"), ordinal=ordinal)]))
            assert isinstance(await talk.receive(), ExchangeBatch)
        assert time.monotonic() - started < 0.9


async def test_several_runs_in_one_life() -> None:
    """Runs follow each other; what one made is not the next one's."""
    pets = Pets()
    async with Talk(pets, ExecuteConfig()) as talk:
        await talk.send(CaseBatch(run="run", trials=[trial(step("POST /pets"))]))
        assert isinstance(await talk.receive(), ExchangeBatch)
        await talk.send(RunEnded(run="run", reason="budget"))
        assert await talk.receive() == RunEnded(run="run", reason="budget")
        await talk.send(talk.started)
        assert await talk.receive() == talk.started
        await talk.send(CaseBatch(run="run", trials=[trial(step("DELETE /pets/{petId}", 101))]))
        batch = await talk.receive()
        assert isinstance(batch, ExchangeBatch)
        assert batch.exchanges[0].sent[0].failure.kind == "withheld"


async def test_the_end_of_the_inbox_ends_the_stage() -> None:
    """A run that is cut short upstream is finished: what is owed is sent, then the stage ends."""
    async with Talk(Pets(), ExecuteConfig()) as talk:
        await talk.send(CaseBatch(run="run", trials=[trial(step("GET /pets"), ordinal=n) for n in range(5)]))
        await talk.inbox.aclose()
        received = [each async for batch in talk.outbox for each in batch.exchanges]
        assert len(received) == 5


async def test_cancelling_ends_at_once() -> None:
    """A cancel scope around the stage ends requests under way and leaves no connection behind."""

    async def never(_: Seen) -> Answer:
        await asyncio.sleep(3600)
        return Answer(200)

    async with serving(never) as server:
        with anyio.move_on_after(0.3) as scope:
            await carry_out(API, server.url, [trial(step("GET /pets"), ordinal=n) for n in range(40)])
        assert scope.cancelled_caught
        assert len(server.seen) == 16


async def test_a_target_that_is_no_url_is_refused() -> None:
    """Without an absolute base URL there is one clear error."""
    with failing_with(ConfigError, "no absolute HTTP URL"):
        await carry_out(API, "/v1", [trial(step("GET /pets"))])


class Talk:
    """The stage with its streams open, for tests that send and receive in turns."""

    def __init__(self, script: Script, config: ExecuteConfig) -> None:
        self._server = serving(script)
        self._config = config

    async def __aenter__(self) -> Self:
        server = await self._server.__aenter__()
        self.inbox, stage_inbox = anyio.create_memory_object_stream[ToExecute](4)
        stage_outbox, self.outbox = anyio.create_memory_object_stream[ToScore](4)
        to_synced, synced = anyio.create_memory_object_stream[Synced](4)
        events, to_persist = anyio.create_memory_object_stream[ToPersist](4)
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._tasks.start_soon(Execute(self._config), stage_inbox, stage_outbox, synced, events)
        self._tasks.start_soon(self._persist, to_persist, to_synced)
        request = RunRequested(run="run", spec="", seed=0, agents=[])
        self.started = RunStarted(request=request, api=API, base_url=server.url, started_at=0.0)
        await self.send(self.started)
        await self.receive()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.inbox.aclose()
        await self.outbox.aclose()
        await self._tasks.__aexit__(*error)
        await self._server.__aexit__(None, None, None)

    async def send(self, message: ToExecute) -> None:
        await self.inbox.send(message)

    async def receive(self) -> Any:
        with anyio.fail_after(10):
            return await self.outbox.receive()

    @staticmethod
    async def _persist(events: Any, synced: Any) -> None:
        async with events, synced:
            async for event in events:
                if hasattr(event, "token"):
                    await synced.send(Synced(token=event.token))
