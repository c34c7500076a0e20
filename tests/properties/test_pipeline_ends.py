"""The whole pipeline ends, whatever the streams hold, whoever fails: no stage waits for ever, nothing that was received is lost."""

import sys
import tempfile
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.build import Streams, stage_tasks
from pipeline.config.model import PipelineConfig
from pipeline.errors import StageFailed
from pipeline.messages import Api, Budget, Exchange, Operation, Reply, Request, RunRequested, RunStarted, Sent, Trial, VerdictBatch
from pipeline.supervision import StageTask, Supervision
from stages.dispatch.config import ArmConfig, DispatchConfig
from stages.execute import StoredAnswers
from stages.persist import PersistConfig, Store

ROOT = Path(__file__).parents[2]
SCRIPT = str(ROOT / "tests" / "agents" / "scripted.py")
ENDS_WITHIN_S = 40
STAGES = ["dispatch", "execute", "score", "persist"]


class Breaking:
    """An inbox that fails at its n-th message, as a fault of the stage that reads it would."""

    def __init__(self, inbox, after):
        self._inbox, self._left = inbox, after

    def __getattr__(self, name):
        return getattr(self._inbox, name)

    async def __aenter__(self):
        await self._inbox.__aenter__()
        return self

    async def __aexit__(self, *error):
        await self._inbox.__aexit__(*error)

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def receive(self):
        return self._count(await self._inbox.receive())

    def receive_nowait(self):
        return self._count(self._inbox.receive_nowait())

    def _count(self, message):
        self._left -= 1
        if self._left < 0:
            raise ArithmeticError("planted")
        return message


def broken(task, stage, after):
    """The task, its inbox failing where it is that of ``stage``."""
    if task.name != stage:
        return task
    inbox, *others = task.call.args
    return StageTask(task.name, lambda: task.call.func(Breaking(inbox, after), *others), last=task.last)


def answers(failing):
    """Stored answers for any trial: 500 from the operations that fail, else 200; they come back in any order."""

    def find(ordinal, attempt):
        status = 500 if ordinal % 7 < failing else 200
        reply = Reply(status=status, headers=[("Content-Type", "text/plain")], body=b"x" * (ordinal % 50))
        sent = Sent(step="only", operation="GET /a", request=Request(method="GET", url="http://127.0.0.1:9/a"), reply=reply)
        trial = Trial(ordinal=ordinal, attempt=attempt, agent="functional-positive", digest="", case=None)
        return Exchange(trial=trial, sent=[sent])

    return StoredAnswers(find, shuffle=failing)


async def carry_out(store, *, window, between, events, batch, failing, arms, stage="", after=0):
    """One run: the verdicts that reached persist, and the error it ended with."""
    keys = ["GET /a", "GET /b", "DELETE /c"]
    api = Api(digest="0", operations=[Operation(key=key, method=key.split()[0], path=key.split()[1], group=key[-1]) for key in keys])
    limits = {"job_ms": 1_500, "start_ms": 10_000, "backoff_ms": 1}
    config = PipelineConfig(
        spec="s",
        dispatch=DispatchConfig(
            window=window,
            batch=batch,
            epoch=8,
            job_cases=4,
            workers=1,
            arms=[ArmConfig(name=name, command=[sys.executable, SCRIPT, name]) for name in arms],
            order={"functional-positive": arms},
            limits=type(DispatchConfig().limits)(**limits),
        ),
        persist=PersistConfig(batch_wait_ms=1, pending_rows=1 + window % 3, batch_rows=1 + window % 2),
    )
    request = RunRequested(run="r", spec="s", seed=1, agents=["functional-positive"], budget=Budget(requests=40))
    start = RunStarted(request=request, api=api, base_url="http://127.0.0.1:9", started_at=0.0)
    received = []

    def see(message):
        if isinstance(message, VerdictBatch):
            received.extend((verdict.ordinal, verdict.attempt) for verdict in message.verdicts)

    tasks = stage_tasks(
        config,
        start,
        store,
        stop=anyio.Event(),
        subscribers=[see],
        answers=answers(failing),
        streams=Streams(between=between, events=events),
    )
    with anyio.fail_after(ENDS_WITHIN_S):
        try:
            await Supervision([broken(task, stage, after) for task in tasks]).run()
        except StageFailed as failure:
            return received, str(failure)
    return received, ""


def stored(path):
    with Store(path) as store:
        return {(verdict.ordinal, verdict.attempt) for verdict in store.verdicts("r")} if store.runs() else set()


SIZES = {
    "window": st.integers(1, 12),
    "between": st.integers(0, 3),
    "events": st.integers(1, 3),
    "batch": st.integers(1, 5),
    "failing": st.integers(0, 7),
}
SLOW = settings(max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@SLOW
@given(**SIZES, arms=st.sampled_from([["good"], ["dies-on-job", "good"], ["refuses-every-other"], ["wrong-count", "good"]]))
def test_every_run_ends_whatever_the_streams_hold(arms, **sizes):
    """Random capacities down to none, windows, failures of the target and of agents: the run ends, and the store has each verdict."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        received, failure = anyio.run(lambda: carry_out(path, arms=arms, **sizes))
        assert received
        assert not failure
        assert len(received) == len(set(received))
        assert stored(path) == set(received)


@SLOW
@given(**SIZES, stage=st.sampled_from(STAGES), after=st.integers(0, 30))
def test_a_stage_that_fails_at_any_message_ends_the_pipeline_in_order(stage, after, **sizes):
    """One error that names it; no stage is left waiting; what persist had received is in the store."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        received, failure = anyio.run(lambda: carry_out(path, arms=["good"], stage=stage, after=after, **sizes))
        assert failure in {f"the {stage} stage failed: ArithmeticError: planted", ""}
        assert set(received) <= stored(path) or stage == "persist"
