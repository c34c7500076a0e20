"""The dispatch stage with real workers, beside a stand-in for the stages behind it that answers every trial at once."""

import sys
from collections import Counter
from pathlib import Path

import anyio
import pytest
from msgspec.msgpack import Ext
from msgspec.structs import replace

from pipeline.errors import NoAgentError
from pipeline.messages import (
    EXT_DECIMAL,
    Budget,
    Case,
    CaseBatch,
    Credit,
    Feedback,
    JobRow,
    Knowledge,
    Made,
    MediaType,
    Parameter,
    Plan,
    Products,
    Record,
    RequestBody,
    RunEnded,
    RunRequested,
    RunStarted,
    Settled,
    Snapshot,
    Step,
    Suspicion,
)
from stages.dispatch import ROUTING, Committed, Dispatch, DispatchConfig
from stages.dispatch.config import ArmConfig, WorkerLimits
from stages.dispatch.routing import imported
from stages.persist import Store
from tests.scenes.execution import failing_with

PYTHON = [ArmConfig(name="python", command=["{python}", "-m", "stages.agents"])]
SCRIPT = str(Path(__file__).parents[1] / "agents" / "scripted.py")


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


def config(**settings):
    arms = [ArmConfig(name="good", command=[sys.executable, SCRIPT, "good"])]
    return DispatchConfig(**({"arms": arms, "epoch": 16, "workers": 1} | settings))


class Behind:
    """Stands for execute and score: remembers what was sent, words every explored trial in order, suspects where told."""

    def __init__(self, *, suspect=(), made=()):
        self.sent, self.order, self.ended = {}, [], None
        self._suspect, self._made, self._next = set(suspect), list(made), 0
        self.worths = {}  # by operation: what its cases are worth in turn, then nothing; not named: always 1

    async def __call__(self, inbox, feedback):
        async with inbox, feedback:
            async for message in inbox:
                match message:
                    case CaseBatch(trials=trials):
                        for trial in trials:
                            await feedback.send(self.word(trial))
                    case RunEnded():
                        self.ended = message

    def word(self, trial):
        assert (trial.ordinal, trial.attempt) not in self.sent
        self.sent[trial.ordinal, trial.attempt] = trial
        self.order.append((trial.ordinal, trial.attempt, trial.purpose))
        finished = [(trial.ordinal, trial.attempt)]
        if trial.purpose != "explore":
            more = trial.purpose == "confirm" and trial.attempt < 3
            return Feedback(
                run="r",
                finished=finished,
                suspicions=[self.suspicion(trial, trial.attempt + 1)] if more else [],
                open_from=trial.ordinal if more else 10**9,
            )
        settled = Settled(
            ordinal=trial.ordinal,
            job=trial.job,
            operation=trial.case.operation,
            agent=trial.agent,
            credit=Credit(worth=self._worth(trial), requests=1),
            knowledge=Knowledge(taken=True),
        )
        suspected = trial.ordinal in self._suspect
        return Feedback(
            run="r",
            finished=finished,
            settled=[settled],
            suspicions=[self.suspicion(trial, 1)] if suspected else [],
            open_from=trial.ordinal if suspected else trial.ordinal + 1,
            made=[self._made.pop()] if self._made else [],
        )

    def _worth(self, trial):
        worths = self.worths.get(trial.case.operation)
        return 1 if worths is None else worths.pop(0) if worths else 0

    @staticmethod
    def suspicion(trial, attempt):
        return Suspicion(ordinal=trial.ordinal, attempt=attempt, purpose="confirm", agent=trial.agent, key="k", case=trial.case)


async def run(api, behind, *, settings=None, capacity=1, budget=None, stop=None, committed=None, run_id="r", agents=None, rows=None):
    agents = agents or ["functional-positive"]
    request = RunRequested(run=run_id, spec="s", seed=1, agents=agents, budget=budget or Budget(requests=60))
    to_dispatch, inbox = anyio.create_memory_object_stream(1)
    outbox, to_behind = anyio.create_memory_object_stream(capacity)
    from_behind, feedback = anyio.create_memory_object_stream(float("inf"))
    events, to_store = anyio.create_memory_object_stream(float("inf"))
    rows = [] if rows is None else rows

    async def keep():
        async for row in to_store:
            rows.append(row)

    def remove(_, made):
        return [
            Case(operation=one.operation, ordinal=n, title=one.path, steps=[Step(name="x", operation="DELETE /a")])
            for n, one in enumerate(made)
        ]

    dispatch = Dispatch(settings or config(), cleanup_cases=remove, stop=stop or anyio.Event(), committed=committed)
    async with to_store, anyio.create_task_group() as tasks:
        tasks.start_soon(keep)
        tasks.start_soon(dispatch, inbox, feedback, outbox, events)
        tasks.start_soon(behind, to_behind, from_behind)
        async with to_dispatch:
            await to_dispatch.send(RunStarted(request=request, api=api, base_url="http://127.0.0.1", started_at=0.0))
    return rows


@pytest.mark.parametrize(("window", "suspect"), [(1, ()), (1, range(0, 60, 3)), (64, range(0, 60, 3))])
async def test_the_loop_cannot_lock(make_api, window, suspect):
    """With a window of 1 and streams of capacity 1, runs with many suspicions end, everything sent being credited."""
    behind = Behind(suspect=suspect)
    with anyio.fail_after(20):
        await run(make_api("GET /a", "GET /b"), behind, settings=config(window=window))
    assert behind.ended.reason == "budget"
    assert 50 <= len(behind.sent) <= 60


async def test_ordinals_have_no_gap_and_every_suspicion_is_sent_once(make_api):
    """Explored trials are 0, 1, 2, ...; the suspicions of ordinal 4 are attempts 1 to 3."""
    behind = Behind(suspect=[4])
    await run(make_api("GET /a"), behind)
    explored = sorted(ordinal for ordinal, attempt in behind.sent if attempt == 0)
    assert explored == list(range(len(explored)))
    assert sorted(attempt for ordinal, attempt in behind.sent if ordinal == 4) == [0, 1, 2, 3]


async def test_equal_words_make_equal_cases_whatever_the_window(make_api):
    """The digests of explored cases by ordinal are the same with a window of 1 and of 64, though suspicions come in between."""
    api = make_api("GET /a", "POST /b", "GET /c/{id}")
    digests = []
    for window, batch in ((1, 1), (64, 16)):
        behind = Behind(suspect=range(0, 60, 7))
        await run(api, behind, settings=config(window=window, batch=batch))
        digests.append({key: trial.digest for key, trial in behind.sent.items() if trial.purpose == "explore"})
    assert digests[0] == digests[1]


async def test_a_stop_ends_the_run_and_cleans_up(make_api):
    """Asked to stop, dispatch explores no further, waits for what is out, and removes what was made, newest first."""
    stop = anyio.Event()
    made = [Made(path=f"/a/{n}", operation="POST /a") for n in range(3)]
    behind = Behind(made=made)
    original = behind.word

    def word(trial):
        if trial.ordinal == 20:
            stop.set()
        return original(trial)

    behind.word = word
    await run(make_api("GET /a"), behind, budget=Budget(), stop=stop)
    assert behind.ended.reason == "interrupted"
    removed = [trial.case.title for trial in behind.sent.values() if trial.purpose == "cleanup"]
    assert removed == ["/a/0", "/a/1", "/a/2"]
    assert max(ordinal for ordinal, _, purpose in behind.order if purpose == "explore") < 20 + 256


async def test_the_time_budget_ends_a_run(make_api):
    """A run with a time limit ends by itself near that time."""
    with anyio.fail_after(10):
        behind = Behind()
        await run(make_api("GET /a"), behind, budget=Budget(time_ms=700))
    assert behind.ended.reason == "budget"
    assert len(behind.sent) > 16


async def test_what_the_last_cases_were_worth_is_kept_with_their_jobs(make_api):
    """No epoch is planned behind them, so nothing but the end of the run tells the router."""
    stop = anyio.Event()

    class Stopping(Behind):
        def word(self, trial):
            if trial.ordinal == 16:
                stop.set()
            return super().word(trial)

    api = make_api("GET /a")
    query = [Parameter(name="q", location="query", schema={"type": "string"})]
    api = replace(api, operations=[replace(api.operations[0], parameters=query)])
    rows = await run(api, Stopping(), stop=stop)  # a job of one, and one of sixteen
    told = [row for row in rows if isinstance(row, Snapshot) and row.name == ROUTING]
    (model,) = imported(told[-1].state).arms.values()
    assert [outcome.worth for outcome in model.window("functional-positive").rows][:2] == [1.0, 16.0]  # each case is worth 1


async def test_a_dead_target_ends_the_run(make_api):
    """When score reports the target dead, exploration ends with that reason."""
    behind = Behind()
    original = behind.word
    behind.word = lambda trial: replace(original(trial), target="dead" if trial.ordinal == 5 else "")
    await run(make_api("GET /a"), behind, budget=Budget(time_ms=60_000))
    assert behind.ended.reason == "target-dead"


async def test_a_run_over_requests_that_can_only_be_repeated_ends(make_api):
    """Without any budget: when the reads bring nothing new the run is exhausted, and a read comes after the write that may change it."""
    behind = Behind()
    behind.worths = {"GET /a": [4, 0, 1], "GET /b": [4], "POST /a": [4]}
    with anyio.fail_after(20):
        await run(make_api("GET /a", "GET /b", "POST /a"), behind, settings=config(arms=PYTHON), budget=Budget())
    assert behind.ended.reason == "exhausted"
    order = [trial.case.operation for trial in behind.sent.values()]
    assert order.count("POST /a") == 1
    assert "GET /a" in order[order.index("POST /a") :]
    assert 5 <= order.count("GET /a") <= 8
    assert 3 <= order.count("GET /b") <= 5


async def test_a_run_of_which_no_request_can_be_made_ends(make_api):
    """An impossible body is given up again and again; after some ordinals that is known of the whole stream."""
    api = make_api("POST /a", "GET /b")
    impossible = RequestBody(content=[MediaType(media_type="application/json", schema=False)], required=True)
    api.operations[0] = replace(api.operations[0], body=impossible)
    behind = Behind()
    behind.worths = {"GET /b": [4]}
    with anyio.fail_after(20):
        await run(api, behind, settings=config(arms=PYTHON, epoch=32), budget=Budget())
    assert behind.ended.reason == "exhausted"
    assert {trial.case.operation for trial in behind.sent.values()} == {"GET /b"}


@pytest.mark.parametrize(("behaviour", "told"), [("refuses", "no wish to"), ("dies-at-start", "cannot find my glasses")])
async def test_a_run_that_no_agent_makes_a_test_for_ends_with_each_ones_reason(make_api, behaviour, told):
    """Every job is set aside and recorded; nothing was tested then, and one error tells of every arm why."""
    arms = [ArmConfig(name=name, command=[sys.executable, SCRIPT, behaviour]) for name in ("bad", "worse")]
    rows = []
    with anyio.fail_after(20), failing_with(NoAgentError, "go on with `sentinel run --resume r`. functional-positive: "):
        await run(make_api("GET /a"), Behind(), settings=config(arms=arms, limits=WorkerLimits(backoff_ms=1)), rows=rows)
    jobs = [row for row in rows if isinstance(row, JobRow)]
    assert jobs
    assert all(job.arm == "" and told in failed for job in jobs[:1] for failed in job.failed)


async def test_one_job_that_is_done_is_a_run(make_api):
    """The agent fails at every other job: what it made is tested, and the run ends as exhausted or by its budget."""
    arms = [ArmConfig(name="moody", command=[sys.executable, SCRIPT, "refuses-every-other"])]
    behind = Behind()
    rows = await run(make_api("GET /a"), behind, settings=config(arms=arms))
    assert behind.sent
    assert {row.arm for row in rows if isinstance(row, JobRow)} == {"", "moody"}


async def test_a_resumed_run_sends_only_what_the_store_does_not_hold(make_api):
    """Given the first 30 digests and words, exactly the cases from 30 on are sent, and they are those of the whole run."""
    api = make_api("GET /a", "GET /b")
    whole = Behind()
    await run(api, whole)
    committed = Committed(
        digests=[whole.sent[n, 0].digest for n in range(30)],
        settled=[
            Settled(
                ordinal=n,
                job=0,
                operation=whole.sent[n, 0].case.operation,
                agent="functional-positive",
                credit=Credit(worth=1, requests=1),
                knowledge=Knowledge(taken=True),
            )
            for n in range(30)
        ],
    )
    rest = Behind()
    await run(api, rest, committed=committed)
    assert {key: trial.digest for key, trial in rest.sent.items()} == {
        key: trial.digest for key, trial in whole.sent.items() if key[0] >= 30
    }


PRODUCES = [ArmConfig(name="mine", command=[sys.executable, SCRIPT, "produces"])]


async def test_plans_and_records_reach_the_store_and_are_read_back(make_api, tmp_path, runs):
    """They are kept, not sent; they count as answers of their job, and their streams go on from ordinal to ordinal to their end."""
    behind = Behind()
    agents = ["data-mocking", "performance-planner"]
    api = make_api("GET /a", "POST /b")
    with anyio.fail_after(20):
        rows = await run(api, behind, settings=config(arms=PRODUCES, job_cases=5), budget=Budget(), agents=agents)
    assert behind.ended.reason == "exhausted"
    assert not behind.sent
    path = tmp_path / "store.db"
    await runs.persist(path, [runs.started("r"), *rows, *rows, runs.ended("r")])  # twice: nothing is counted twice
    with Store(path) as store:
        products = list(store.products())
        jobs = {job.job: job for job in store.jobs()}
        not_made = {(one.operation, one.agent): (one.reason, one.count, one.nothing) for one in store.not_made()}
    assert not_made == {(key, agent): ("no wish to", 2, True) for key in ("GET /a", "POST /b") for agent in agents}
    for agent, kind in (("data-mocking", Record), ("performance-planner", Plan)):
        answers = [product.answer for product in products if product.agent == agent]
        assert all(isinstance(answer, kind) for answer in answers)
        assert sorted(answer.ordinal for answer in answers) == [0, 0, 1, 1, 3, 3, 4, 4]
    record = next(product.answer for product in products if isinstance(product.answer, Record) and product.answer.ordinal == 4)
    assert record == Record(
        ordinal=4, schema=record.schema, value={"n": 4, "price": Ext(EXT_DECIMAL, b"0.10")}, relations={"/n": "Other/0"}
    )
    assert {number: job.answers for number, job in jobs.items() if job.answers} == Counter(product.job for product in products)
    assert {job.deterministic for job in jobs.values()} == {False}


async def test_a_stream_of_products_without_end_stops_at_the_configured_number(make_api):
    """They have no credit and cost no request, so nothing else would end it."""
    behind = Behind()
    rows = await run(make_api("GET /a"), behind, settings=config(arms=PRODUCES, products=4), budget=Budget(), agents=["data-mocking"])
    assert behind.ended.reason == "exhausted"
    assert [one.ordinal for row in rows if isinstance(row, Products) for one in row.products] == [0, 1, 3]
    assert sum(row.requested for row in rows if isinstance(row, JobRow)) == 4


async def test_what_an_agent_never_makes_again_stands_in_a_resumed_run(make_api):
    """Of an agent that is not deterministic nothing committed is sent again, and the run goes on behind it."""
    api = make_api("GET /a", "POST /b")
    first = Behind()
    await run(api, first, settings=config(arms=PRODUCES))
    explored = [first.sent[key] for key in sorted(first.sent) if first.sent[key].purpose == "explore"][:10]
    words = [first.word(replace(trial, ordinal=1000 + trial.ordinal)).settled[0] for trial in explored]
    words = [replace(word, ordinal=word.ordinal - 1000) for word in words]
    again = Behind()
    committed = Committed(digests=[trial.digest for trial in explored], settled=words)
    rows = await run(api, again, settings=config(arms=PRODUCES), committed=committed)
    assert min(ordinal for ordinal, _ in again.sent) == 10
    assert {row.deterministic for row in rows if isinstance(row, JobRow)} == {False}


async def test_a_run_whose_cases_are_made_differently_now_is_not_resumed(make_api):
    """A digest that does not match ends the run with an error that names the case."""
    committed = Committed(
        digests=["0" * 32], settled=[Settled(ordinal=0, job=0, operation="GET /a", agent="a", credit=Credit(), knowledge=Knowledge())]
    )
    with pytest.raises(ExceptionGroup) as caught:
        await run(make_api("GET /a"), Behind(), committed=committed)
    assert "cannot be resumed: case 0 (GET /a)" in repr(caught.value)
