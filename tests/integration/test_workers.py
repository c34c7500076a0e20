"""Worker supervision against real subprocesses that keep the protocol, break it, hang, die, and lie."""

import contextlib
import os
import re
import sys
import time
from pathlib import Path

import anyio
import psutil
import pytest
from msgspec.structs import replace

from pipeline.errors import NoAgentError
from pipeline.messages import ApiSlice, Job, Operation, Span
from stages.dispatch.arms import Arms, JobDone, JobSetAside
from stages.dispatch.config import ArmConfig, DispatchConfig, RoutingConfig, WorkerLimits

SCRIPT = str(Path(__file__).parents[1] / "agents" / "scripted.py")
ROOT = str(Path(__file__).parents[2])
LIMITS = WorkerLimits(start_ms=5_000, job_ms=1_500, memory_bytes=1024**3, backoff_ms=1, restarts=3)


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ROOT)


def arm(name, behaviour, **settings):
    encoding = settings.pop("encoding", "msgpack")
    command = [sys.executable, SCRIPT, behaviour, *(["--json"] if encoding == "json" else [])]
    return ArmConfig(name=name, command=command, encoding=encoding, **settings)


def job(number=0, count=3):
    return Job(id=number, agent="functional-positive", slice="s", seed=1, spans=[Span(operation="GET /a", start=0, count=count)])


SLICE = ApiSlice(digest="s", group="g")
IN_ORDER = RoutingConfig(first_races=False)  # the first arm is asked first, the next when it fails


@contextlib.asynccontextmanager
async def arms_of(*configs, limits=LIMITS, order=()):
    names = list(order) or [config.name for config in configs]
    config = DispatchConfig(arms=list(configs), order={"functional-positive": names}, limits=limits, workers=1, routing=IN_ORDER)
    async with anyio.create_task_group() as tasks:
        arms = Arms(config, tasks)
        try:
            yield arms
        finally:
            await arms.close()
            tasks.cancel_scope.cancel()


@pytest.mark.parametrize("encoding", ["msgpack", "json"])
async def test_a_good_worker_does_job_after_job(encoding):
    """One process does many jobs, in either encoding, and its answers come in order."""
    async with arms_of(arm("good", "good", encoding=encoding)) as arms:
        pids = set()
        for number in range(3):
            done = await arms.run(job(number, 100), SLICE, "r")
            assert isinstance(done, JobDone)
            assert [answer.ordinal for answer in done.result.answers] == list(range(100))
            pids |= {worker.process.pid for worker in arms.pools["good"]._all}
        assert len(pids) == 1


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("dies-at-start", "cannot find my glasses"),
        ("never-ready", "not ready within"),
        ("old-protocol", "does not begin with `ready`"),
        ("not-ready-first", "does not begin with `ready`|no message"),
        ("dies-on-slice", "ended with status 7"),
        ("dies-on-job", "ended with status 7"),
        ("dies-half-way", "ended with status 7"),
        ("hangs-on-job", "did not finish the job within"),
        ("ignores-sigterm", "did not finish the job within"),
        ("garbage", "no message of the protocol"),
        ("prints", "broke the framing"),
        ("oversize", "broke the framing"),
        ("wrong-job", "answered job 1 when asked for job 0"),
        ("wrong-count", "sent 3 answers and says it was 4"),
        ("too-many", "more answers than the 3"),
        ("other-operation", "not asked for"),
        ("false-value", "a map whose key is no string"),
        ("endless-time", "ms of CPU"),
        ("floods", "more than 100000 bytes for one job"),
        ("refuses", "no wish to"),
        ("eats-memory", "MemoryError|ended"),
        ("forks", "did not finish"),
    ],
)
async def test_the_next_arm_answers_when_one_fails(behaviour, reason):
    """Whatever the first arm does wrong, the second does the job whole, and the reason is told."""
    limits = {
        "never-ready": replace(LIMITS, start_ms=300),
        "eats-memory": replace(LIMITS, memory_bytes=200_000_000),
        "floods": replace(LIMITS, job_bytes=100_000),
    }.get(behaviour, LIMITS)
    started = time.monotonic()
    async with arms_of(arm("bad", behaviour), arm("good", "good"), limits=limits) as arms:
        done = await arms.run(job(), SLICE, "r")
        assert isinstance(done, JobDone)
        assert done.arm == "good"
        assert len(done.result.answers) == 3
        assert re.search(reason, done.failed[0])
    assert time.monotonic() - started < 15


async def test_no_process_is_left_behind():
    """A killed worker takes its children along."""
    async with arms_of(arm("bad", "forks"), arm("good", "good")) as arms:
        before = set(psutil.Process().children(recursive=True))
        await arms.run(job(), SLICE, "r")
        forked = {process for process in psutil.Process().children(recursive=True) if process not in before}
    _, alive = psutil.wait_procs(forked, timeout=5)
    assert not alive


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
async def test_children_that_left_the_process_group_are_found():
    """A child in a session of its own ends with the worker that started it."""
    mine = psutil.Process()
    before = set(mine.children(recursive=True))
    async with arms_of(arm("bad", "forks-away")) as arms:
        await arms.run(job(), SLICE, "r")
        forked = {process for process in mine.children(recursive=True) if process not in before}
        assert len(forked) == 2
    _, alive = psutil.wait_procs(forked, timeout=5)
    assert not alive


async def test_a_worker_that_ignores_goodbye_is_killed():
    """Closing the arms ends even a worker that ignores `bye`, the end of input and SIGTERM."""
    async with arms_of(arm("rude", "ignores-bye")) as arms:
        await arms.run(job(), SLICE, "r")
        (worker,) = arms.pools["rude"]._all
    with pytest.raises(ProcessLookupError):
        os.kill(worker.process.pid, 0)


async def test_error_output_never_blocks_a_worker():
    """A megabyte on standard error is drained while the job runs."""
    async with arms_of(arm("loud", "babbles")) as arms:
        assert isinstance(await arms.run(job(), SLICE, "r"), JobDone)


async def test_a_flood_of_error_output_costs_neither_the_worker_nor_the_log(monkeypatch):
    """Fifty megabytes in short lines: the job is done, and of the lines so many are logged as one process may have."""
    logged = []
    monkeypatch.setattr("stages.dispatch.workers.process.log", lambda event, **fields: logged.append(event))
    async with arms_of(arm("loud", "floods-stderr"), limits=replace(LIMITS, job_ms=20_000)) as arms:
        assert isinstance(await arms.run(job(), SLICE, "r"), JobDone)
    assert logged.count("worker_stderr") == 200


async def test_a_worker_that_forgot_a_slice_is_told_of_it_again():
    """It says `unknown-slice`: the job goes to the next arm, and the one after is done by this worker."""
    async with arms_of(arm("forgetful", "forgets"), arm("good", "good")) as arms:
        first = await arms.run(job(0), SLICE, "r")
        assert isinstance(first, JobDone)
        assert first.failed == ["forgetful: unknown-slice"]
        arms.router.state = type(arms.router.state)()
        second = await arms.run(job(1), SLICE, "r")
        assert isinstance(second, JobDone)
        assert second.arm == "forgetful"


async def test_forty_lost_workers_leave_no_descriptor_and_no_process():
    """Whatever a worker was lost by, everything of it is given back; one stands ready in its place, until the arms are ended."""
    behaviours = ["dies-on-job", "garbage", "wrong-count", "dies-at-start"]
    configs = [arm(name, name) for name in behaviours]
    process = psutil.Process()
    children, before = set(process.children()), process.num_fds()  # other tests' servers
    async with arms_of(*configs, limits=replace(LIMITS, restarts=1_000, backoff_ms=0)) as arms:
        async with anyio.create_task_group() as tasks:
            for number in range(10):
                tasks.start_soon(arms.run, job(number), SLICE, "r")
        assert len(set(process.children()) - children) <= 2 * len(behaviours)
    assert process.num_fds() <= before
    assert set(process.children()) <= children


async def test_a_job_cut_short_while_its_worker_starts_leaves_no_process():
    """Cancelled at any moment of the start, and the arms ended then: the process is ended, not forgotten."""
    children = set(psutil.Process().children())
    for turns in range(1, 60):
        async with arms_of(arm("good", "good")) as arms, anyio.create_task_group() as tasks:
            tasks.start_soon(arms.run, job(), SLICE, "r")
            for _ in range(turns):
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        assert set(psutil.Process().children()) <= children


async def test_when_all_arms_fail_the_job_is_set_aside_with_each_reason():
    """No arm left: no exception, but every arm's reason."""
    async with arms_of(arm("one", "refuses"), arm("two", "dies-on-job")) as arms:
        done = await arms.run(job(), SLICE, "r")
    assert isinstance(done, JobSetAside)
    assert "no wish to" in done.failed[0]
    assert "status 7" in done.failed[1]


async def test_an_arm_that_never_starts_is_given_up():
    """After the configured number of failed starts the arm is not asked again."""
    async with arms_of(arm("bad", "dies-at-start"), arm("good", "good")) as arms:
        for number in range(5):
            arms.router.state = type(arms.router.state)()  # so that the bad one is first again
            await arms.run(job(number), SLICE, "r")
        assert arms.serving("functional-positive") == ["good"]


async def test_a_missing_program_is_a_clear_fault_unless_optional():
    """Without the program of a required arm nothing starts; an optional arm is left out."""
    missing = ArmConfig(name="ghost", command=["no-such-agent"])
    async with anyio.create_task_group() as tasks:
        with pytest.raises(NoAgentError, match="no-such-agent"):
            Arms(DispatchConfig(arms=[missing]), tasks)
        arms = Arms(DispatchConfig(arms=[ArmConfig(name="ghost", command=["no-such-agent"], optional=True)]), tasks)
        assert not arms.pools
        assert arms.missing


async def cancelled(arms, name):
    """Starts job 0, gives it up when the worker is at work on it, and returns that worker."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(arms.run, job(0), SLICE, "r")
        pool = arms.pools[name]
        with anyio.fail_after(10):
            while not any(worker._job and not worker._sending for worker in pool._all):
                await anyio.lowlevel.checkpoint()
        (worker,) = pool._all
        tasks.cancel_scope.cancel()
    return worker


@pytest.mark.parametrize("behaviour", ["cancelled-stops", "cancelled-finishes"])
async def test_a_worker_that_leaves_off_a_cancelled_job_is_kept(behaviour):
    """It is told `cancel`, what it still says of that job is dropped, and the next job is done by the same process."""
    async with arms_of(arm("good", behaviour)) as arms:
        worker = await cancelled(arms, "good")
        done = await arms.run(job(1), SLICE, "r")
        assert isinstance(done, JobDone)
        assert [answer.ordinal for answer in done.result.answers] == [0, 1, 2]
        assert arms.pools["good"]._all == {worker}


@pytest.mark.parametrize("behaviour", ["hangs-on-job", "cancelled-answers-another", "cancelled-dies", "ignores-sigterm"])
async def test_a_worker_that_does_not_leave_off_a_cancelled_job_is_killed(behaviour):
    """Within `reply_ms`, and nothing of it is left."""
    async with arms_of(arm("bad", behaviour), limits=replace(LIMITS, reply_ms=200, job_ms=60_000)) as arms:
        started = time.monotonic()
        worker = await cancelled(arms, "bad")
        assert time.monotonic() - started < 8
        with anyio.fail_after(8):
            while psutil.pid_exists(worker.process.pid):
                await anyio.sleep(0.005)
        assert not arms.pools["bad"]._all


@pytest.mark.parametrize("command", [["{python}", "-m", "stages.agents"], ["sentinel-agents"]])
async def test_the_built_in_workers_leave_off(command, rust_agents):
    """In the middle of a job of thousands of cases, which is no fault; a later job with the cancelled one's id is done."""
    arms = ArmConfig(name="real", command=[rust_agents] if command == ["sentinel-agents"] else command)
    part = ApiSlice(digest="s", group="g", operations=[Operation(key="GET /a", method="GET", path="/a")])
    async with arms_of(arms, limits=replace(LIMITS, job_ms=60_000)) as arms:
        assert isinstance(await arms.run(job(9, 1), part, "r"), JobDone)
        (worker,) = arms.pools["real"]._all
        for _ in range(3):
            with anyio.move_on_after(0.05):
                await arms.run(job(0, 1_000_000), part, "r")
            with anyio.fail_after(10):
                while arms.pools["real"]._leaving:
                    await anyio.sleep(0.005)
            done = await arms.run(job(0, 2), part, "r")
            assert isinstance(done, JobDone)
            assert len(done.result.answers) == 2
        assert arms.pools["real"]._all == {worker}


@contextlib.asynccontextmanager
async def looked_after(arms):
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(arms.look_after_idle)
        yield
        tasks.cancel_scope.cancel()


async def test_an_idle_worker_is_pinged_again_and_again_and_stays():
    """As often as the configuration says."""
    async with arms_of(arm("good", "good"), limits=replace(LIMITS, ping_ms=10)) as arms:
        await arms.run(job(), SLICE, "r")
        (worker,) = arms.pools["good"]._all
        async with looked_after(arms):
            with anyio.fail_after(10):
                while worker._pings < 4:
                    await anyio.sleep(0.005)
        assert worker.process.last_stderr.startswith("pinged")
        assert arms.pools["good"]._all == {worker}


@pytest.mark.parametrize("behaviour", ["ping-silent", "ping-wrong"])
async def test_an_idle_worker_that_does_not_answer_a_ping_is_discarded(behaviour):
    """It is killed before a job is lost on it, and the next job gets a new one."""
    async with arms_of(arm("bad", behaviour), limits=replace(LIMITS, ping_ms=10, reply_ms=100)) as arms:
        await arms.run(job(), SLICE, "r")
        (worker,) = arms.pools["bad"]._all
        async with looked_after(arms):
            with anyio.fail_after(10):
                while worker in arms.pools["bad"]._all:
                    await anyio.sleep(0.005)
        assert isinstance(await arms.run(job(), SLICE, "r"), JobDone)
        assert worker not in arms.pools["bad"]._all


async def test_a_busy_arm_is_not_pinged():
    """`ping` is for idle workers: while every worker has a job there is none."""
    async with arms_of(arm("slow", "hangs-on-job"), limits=replace(LIMITS, ping_ms=1, job_ms=300)) as arms, looked_after(arms):
        done = await arms.run(job(), SLICE, "r")
        assert isinstance(done, JobSetAside)
        assert "did not finish" in done.failed[0]
