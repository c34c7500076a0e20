"""The stage between real streams: never waiting for dispatch, closing in order, run after run, resumed."""

import json

import anyio
import pytest

from pipeline.messages import (
    Api,
    Case,
    Coverage,
    Exchange,
    ExchangeBatch,
    Feedback,
    Finding,
    MediaType,
    Operation,
    Reply,
    Request,
    Response,
    RunEnded,
    RunRequested,
    RunStarted,
    Sent,
    Step,
    TargetState,
    Trial,
    VerdictBatch,
)
from stages.score import Score, ScoreConfig

KEY = "GET /pets"
LIMIT_S = 10


def started(run: str = "r1", *, resume: bool = False) -> RunStarted:
    schema = {"type": "array", "items": {"type": "object", "required": ["id"]}}
    response = Response(status="200", content=[MediaType(media_type="application/json", schema=schema)])
    operation = Operation(key=KEY, method="GET", path="/pets", responses=[response], pointer="#/paths/~1pets/get")
    request = RunRequested(run=run, spec="s", seed=1, agents=["functional-positive"], resume=resume)
    return RunStarted(request=request, api=Api(digest="00", operations=[operation]), base_url="http://127.0.0.1:1", started_at=0.0)


def exchange(ordinal: int, body: object, attempt: int = 0, purpose: str = "explore") -> Exchange:
    case = Case(operation=KEY, ordinal=ordinal, title="t", steps=[Step(name="attempt", operation=KEY)])
    trial = Trial(ordinal=ordinal, attempt=attempt, purpose=purpose, agent="functional-positive", digest="00", case=case)
    reply = Reply(status=200, headers=[("Content-Type", "application/json")], body=json.dumps(body).encode())
    return Exchange(
        trial=trial, sent=[Sent(step="attempt", operation=KEY, request=Request(method="GET", url="http://127.0.0.1:1/pets"), reply=reply)]
    )


class Neighbours:
    """Execute, persist and dispatch as far as score knows them. ``feedback_size`` may be 0, and dispatch may not listen."""

    def __init__(self, score: Score, feedback_size: float = 64) -> None:
        self.score = score
        self.to_score, self.inbox = anyio.create_memory_object_stream(1)
        self.outbox, self.from_score = anyio.create_memory_object_stream(1)
        self.feedback, self.words = anyio.create_memory_object_stream[Feedback](feedback_size)
        self.rows = []
        self.heard = []

    async def persist(self) -> None:
        async with self.from_score:
            async for message in self.from_score:
                self.rows.append(message)

    async def listen(self) -> None:
        async with self.words:
            async for word in self.words:
                self.heard.append(word)

    async def run(self, *messages, listen: bool = True) -> None:
        with anyio.fail_after(LIMIT_S):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.score, self.inbox, self.outbox, self.feedback)
                tasks.start_soon(self.persist)
                if listen:
                    tasks.start_soon(self.listen)
                async with self.to_score:
                    for message in messages:
                        await self.to_score.send(message)
                if not listen:
                    await self.drain_late()

    async def drain_late(self) -> None:
        """Dispatch begins to listen only when score has taken everything in."""
        while self.inbox.statistics().current_buffer_used:
            await anyio.lowlevel.checkpoint()
        await self.listen()

    def of(self, kind):
        return [row for row in self.rows if isinstance(row, kind)]


@pytest.fixture
def neighbours():
    """Builds score and its neighbours: a config, ``feedback_size=``, ``restore=``."""

    def build(config: ScoreConfig | None = None, feedback_size: float = 64, **options) -> Neighbours:
        return Neighbours(Score(config or ScoreConfig(), **options), feedback_size)

    return build


async def test_a_run_travels_through_in_order(neighbours):
    """RunStarted first, RunEnded last, between them rows, the finding and the coverage; both streams are closed."""
    scene = neighbours()
    broken = [exchange(0, [{}]), exchange(0, [{}], 1, "confirm"), exchange(0, [{}], 2, "confirm")]
    await scene.run(started(), *(ExchangeBatch(run="r1", exchanges=[one]) for one in broken), RunEnded(run="r1", reason="budget"))
    kinds = [type(row).__name__ for row in scene.rows]
    assert kinds[0] == "RunStarted"
    assert kinds[-2:] == ["Coverage", "RunEnded"]
    assert [verdict.attempt for batch in scene.of(VerdictBatch) for verdict in batch.verdicts] == [0, 1, 2]
    assert [finding.state for finding in scene.of(Finding)] == ["confirmed"]
    assert [one.purpose for word in scene.heard for one in word.suspicions] == ["confirm", "confirm"]
    assert [key for word in scene.heard for key in word.finished] == [(0, 0), (0, 1), (0, 2)]


@pytest.mark.parametrize("size", [0, 1])
async def test_score_never_waits_for_dispatch(neighbours, size):
    """With a feedback stream that holds nothing and a dispatch that does not listen, all is taken in; later every word arrives."""
    scene = neighbours(feedback_size=size)
    batches = [ExchangeBatch(run="r1", exchanges=[exchange(ordinal, [])]) for ordinal in range(50)]
    await scene.run(started(), *batches, RunEnded(run="r1", reason="budget"), listen=False)
    assert [word.ordinal for heard in scene.heard for word in heard.settled] == list(range(50))
    assert len([key for heard in scene.heard for key in heard.finished]) == 50
    assert scene.heard[-1].open_from == 50


async def test_a_dispatch_that_is_gone_stops_nothing(neighbours):
    """When dispatch has closed its end, judging goes on to the last row."""
    scene = neighbours(feedback_size=0)
    await scene.words.aclose()
    batches = [ExchangeBatch(run="r1", exchanges=[exchange(ordinal, [])]) for ordinal in range(5)]
    with anyio.fail_after(LIMIT_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(scene.score, scene.inbox, scene.outbox, scene.feedback)
            tasks.start_soon(scene.persist)
            async with scene.to_score:
                for message in (started(), *batches, RunEnded(run="r1", reason="budget")):
                    await scene.to_score.send(message)
    assert len(scene.of(VerdictBatch)) == 5
    assert isinstance(scene.rows[-1], RunEnded)


async def test_runs_follow_each_other_afresh(neighbours):
    """A second run starts with ordinal 0 and counts for itself."""
    scene = neighbours()
    one = [started("r1"), ExchangeBatch(run="r1", exchanges=[exchange(0, []), exchange(1, [])]), RunEnded(run="r1", reason="budget")]
    two = [started("r2"), ExchangeBatch(run="r2", exchanges=[exchange(0, [])]), RunEnded(run="r2", reason="budget")]
    await scene.run(*one, *two)
    assert [(coverage.run, coverage.requests) for coverage in scene.of(Coverage)] == [("r1", 2), ("r2", 1)]


async def test_a_resumed_run_stands_where_it_stood(neighbours):
    """Committed verdicts are refolded: the open confirmation is asked for again, the counts go on, no row is written twice."""
    first = neighbours()
    await first.run(
        started(), ExchangeBatch(run="r1", exchanges=[exchange(0, [{}]), exchange(1, [])]), RunEnded(run="r1", reason="interrupted")
    )
    committed = [verdict for batch in first.of(VerdictBatch) for verdict in batch.verdicts]
    second = neighbours(restore=lambda run: committed if run == "r1" else [])
    rest = [exchange(0, [{}], 1, "confirm"), exchange(0, [{}], 2, "confirm"), exchange(2, [])]
    await second.run(started(resume=True), ExchangeBatch(run="r1", exchanges=rest), RunEnded(run="r1", reason="budget"))
    assert [(one.ordinal, one.attempt) for one in second.heard[0].suspicions] == [(0, 1), (0, 2)]
    assert [(verdict.ordinal, verdict.attempt) for batch in second.of(VerdictBatch) for verdict in batch.verdicts] == [
        (0, 1),
        (0, 2),
        (2, 0),
    ]
    assert [finding.state for finding in second.of(Finding)] == ["confirmed"]
    assert second.of(Coverage)[-1].operations[0].requests == 3


async def test_the_target_s_state_travels_to_both_sides(neighbours):
    """Dispatch hears the state, persist gets its row and the finding."""
    scene = neighbours()
    dead = TargetState(run="r1", state="dead", detail="refused")
    await scene.run(started(), ExchangeBatch(run="r1", exchanges=[exchange(0, [])]), dead, RunEnded(run="r1", reason="target-dead"))
    assert scene.heard[-1].target == "dead"
    assert scene.of(TargetState) == [dead]
    assert [finding.check for finding in scene.of(Finding)] == ["target_died"]


async def test_snapshots_of_the_coverage(neighbours):
    """One after every so many verdicts, and the whole at the end."""
    scene = neighbours(ScoreConfig(coverage_every=2))
    batches = [ExchangeBatch(run="r1", exchanges=[exchange(ordinal, [])]) for ordinal in range(5)]
    await scene.run(started(), *batches, RunEnded(run="r1", reason="budget"))
    assert [coverage.requests for coverage in scene.of(Coverage)] == [2, 4, 5]
