"""The stage under way: what it answers when, how it ends, what it holds back, what a full disk leaves."""

import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest

from pipeline.errors import StoreError
from pipeline.messages import Intents, MadeNow, Synced, ToPersist
from stages.persist import Persist, PersistConfig, Store, writer

ROOT = Path(__file__).parents[2]


class Streams:
    """The stage's two streams, with the test at their other ends."""

    def __init__(self, inbox: float = 10, synced: float = 100) -> None:
        self.send, self.inbox = anyio.create_memory_object_stream[ToPersist](inbox)
        self.synced, self.answers = anyio.create_memory_object_stream[Synced](synced)


async def test_an_intent_is_on_disk_before_it_is_answered(tmp_path, runs):
    """When Synced comes, a reader of the file sees the intent, and all that was sent before it."""
    streams = Streams()
    path = tmp_path / "s.db"
    with anyio.fail_after(20):
        async with streams.answers, anyio.create_task_group() as tasks:
            tasks.start_soon(Persist(PersistConfig(batch_wait_ms=1_000), path), streams.inbox, streams.synced)
            async with streams.send as send:
                await send.send(runs.started())
                for token in range(20):
                    await send.send(runs.batch(runs.verdict(token)))
                    await send.send(Intents(run="r1", token=token, rows=[(100 + token, 0, "attempt", "POST /pets")]))
                    assert (await streams.answers.receive()).token == token
                    connection = sqlite3.connect(path)
                    assert connection.execute("SELECT count(*) FROM intents").fetchone() == (token + 1,)
                    assert connection.execute("SELECT count(*) FROM verdicts").fetchone() == (token + 1,)
                    connection.close()


async def test_an_urgent_intent_does_not_wait_for_the_batch(tmp_path, runs):
    """With a batch wait of a second, a hundred intents one after the other take much less than a hundred seconds."""
    streams = Streams()
    async with streams.answers, anyio.create_task_group() as tasks:
        tasks.start_soon(Persist(PersistConfig(batch_wait_ms=1_000), tmp_path / "s.db"), streams.inbox, streams.synced)
        async with streams.send as send:
            with anyio.fail_after(20):
                for token in range(100):
                    await send.send(Intents(run="r1", token=token, rows=[(token, 0, "attempt", "POST /pets")]))
                    assert (await streams.answers.receive()).token == token


async def test_a_made_object_is_on_disk_within_the_batch_wait(tmp_path, runs):
    """Nobody waits for it, yet a crash soon after must find it."""
    streams = Streams()
    path = tmp_path / "s.db"
    async with streams.answers, anyio.create_task_group() as tasks:
        tasks.start_soon(Persist(PersistConfig(), path), streams.inbox, streams.synced)
        async with streams.send as send:
            await send.send(runs.started())
            await send.send(MadeNow(run="r1", ordinal=0, attempt=0, made=[runs.made()]))
            with anyio.fail_after(10):
                while not await anyio.to_thread.run_sync(_made, path):
                    await anyio.sleep(0.005)


def _made(path):
    try:
        with Store(path) as store:
            return bool(store.runs()) and bool(store.made_open())
    except StoreError:  # not made yet
        return False


async def test_a_reader_of_answers_that_is_late_holds_up_nothing(tmp_path, runs):
    """The stream of answers is full and nobody reads: what follows is committed all the same, and the answers come in order."""
    streams = Streams(synced=0)
    path = tmp_path / "s.db"
    with anyio.fail_after(20):
        async with streams.answers, anyio.create_task_group() as tasks:
            tasks.start_soon(Persist(PersistConfig(), path), streams.inbox, streams.synced)
            async with streams.send as send:
                await send.send(runs.started())
                for token in range(50):
                    await send.send(Intents(run="r1", token=token, rows=[(token, 0, "attempt", "POST /pets")]))
                await send.send(runs.batch(*[runs.verdict(n) for n in range(300)]))
                while await anyio.to_thread.run_sync(_count, path) < 300:
                    await anyio.sleep(0.005)
                assert [(await streams.answers.receive()).token for _ in range(50)] == list(range(50))


def _count(path):
    with Store(path) as store:
        return store.count() if store.runs() else 0


async def test_the_stage_ends_when_every_clone_is_closed_with_everything_written(tmp_path, runs):
    """Not before: persist's inbox has a clone in every stage."""
    streams = Streams()
    path = tmp_path / "s.db"
    with anyio.fail_after(20):
        async with streams.answers, anyio.create_task_group() as tasks:
            tasks.start_soon(Persist(PersistConfig(), path), streams.inbox, streams.synced)
            clones = [streams.send.clone() for _ in range(4)]
            await streams.send.send(runs.started())
            streams.send.close()
            for n, clone in enumerate(clones):
                await clone.send(runs.batch(*[runs.verdict(n * 1_000 + k) for k in range(777)]))
                clone.close()
    assert not path.with_name("s.db-wal").exists()
    assert _count(path) == 4 * 777
    assert not path.with_name("s.db-wal").exists()


async def test_a_cancelled_stage_commits_what_it_has_received(tmp_path, runs):
    """Also what still lies in its inbox: nothing received is lost when another stage fails."""
    streams = Streams(inbox=1_000)
    path = tmp_path / "s.db"
    with anyio.fail_after(20):
        async with streams.send as send, streams.answers:
            for n in range(400):
                send.send_nowait(runs.batch(runs.verdict(n)))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(Persist(PersistConfig(), path), streams.inbox, streams.synced)
                await anyio.wait_all_tasks_blocked()
                for n in range(400, 500):
                    send.send_nowait(runs.batch(runs.verdict(n)))
                tasks.cancel_scope.cancel()
    assert _count(path) == 500


@pytest.mark.alone
async def test_the_loop_stays_responsive_while_rows_are_written(tmp_path, runs):
    """Commits and their syncs happen in the writer's thread: no turn of the loop waits for a disk."""
    streams = Streams()
    longest = 0.0

    async def watch():
        nonlocal longest
        while True:
            before = time.perf_counter()
            await anyio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before)

    with anyio.fail_after(60):
        async with streams.answers, anyio.create_task_group() as tasks:
            tasks.start_soon(watch)
            async with anyio.create_task_group() as inner:
                inner.start_soon(Persist(PersistConfig(), tmp_path / "s.db"), streams.inbox, streams.synced)
                async with streams.send as send:
                    for n in range(200):
                        await send.send(runs.batch(*[runs.verdict(n * 50 + k) for k in range(50)]))
            tasks.cancel_scope.cancel()
    assert longest < 0.5


async def test_what_waits_for_the_disk_is_bounded(tmp_path, runs):
    """While another process holds the store, the stage takes no more than its limit, and goes on when it is free."""
    path = tmp_path / "s.db"
    streams = Streams(inbox=0)
    sent = 0

    async def feed():
        nonlocal sent
        async with streams.send as send:
            await send.send(runs.started())
            for n in range(100):
                await send.send(runs.batch(*[runs.verdict(n * 10 + k) for k in range(10)]))
                sent += 10

    holder = sqlite3.connect(path, isolation_level=None)
    config = PersistConfig(pending_rows=100, batch_rows=50, lock_wait_ms=20_000)
    with anyio.fail_after(30):
        runs_first = Streams()
        async with runs_first.answers:
            async with runs_first.send:
                pass
            await Persist(config, path)(runs_first.inbox, runs_first.synced)
        holder.execute("BEGIN IMMEDIATE")
        async with streams.answers, anyio.create_task_group() as tasks:
            tasks.start_soon(Persist(config, path), streams.inbox, streams.synced)
            tasks.start_soon(feed)
            before = -1
            while sent != before or not sent:  # until nothing moves any more
                before = sent
                await anyio.sleep(0.2)
            assert sent <= 100 + 100 + 10  # a batch at the disk, one pending, one message
            holder.execute("COMMIT")
    holder.close()
    assert sent == 1_000
    assert _count(path) == 1_000


async def test_subscribers_see_every_message_in_order(tmp_path, runs):
    """On arrival, as it is: live progress hangs on it."""
    seen: list[ToPersist] = []
    streams = Streams()
    told = [runs.started(), runs.batch(runs.verdict(0)), runs.finding(), runs.coverage(), runs.ended()]
    async with streams.answers, anyio.create_task_group() as tasks:
        tasks.start_soon(Persist(PersistConfig(), tmp_path / "s.db", [seen.append]), streams.inbox, streams.synced)
        async with streams.send as send:
            for message in told:
                await send.send(message)
    assert seen == told


async def test_a_store_that_cannot_be_opened_ends_the_stage_with_its_error(tmp_path):
    """Bare, not in a group of exceptions, and the inbox is closed, so that senders notice."""
    streams = Streams()
    with pytest.raises(StoreError, match="is a directory"):
        await Persist(PersistConfig(), tmp_path)(streams.inbox, streams.synced)
    with pytest.raises(anyio.BrokenResourceError):
        await streams.send.send(None)
    streams.send.close()
    streams.answers.close()


async def test_two_processes_may_write_to_one_store(tmp_path, runs):
    """Their transactions follow each other; names that one has interned are the other's too."""
    path = tmp_path / "s.db"
    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:
            for name in ("r1", "r2"):
                verdicts = [runs.verdict(n, operation=f"GET /{n % 50}") for n in range(2_000)]
                batches = [runs.batch(*verdicts[k : k + 40], run=name) for k in range(0, 2_000, 40)]
                tasks.start_soon(runs.persist, path, [runs.started(name), *batches, runs.ended(name)])
    with Store(path) as store:
        for name in ("r1", "r2"):
            assert [verdict.operation for verdict in store.verdicts(name)] == [f"GET /{n % 50}" for n in range(2_000)]


_FULL = """
import anyio, importlib.util, resource, sys
spec = importlib.util.spec_from_file_location("runs", sys.argv[2])
runs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(runs)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
from pipeline.errors import StoreError
batches = [runs.batch(*[runs.verdict(n * 100 + k) for k in range(100)]) for n in range(1000)]
try:
    runs.write(sys.argv[1], runs.started(), *batches)
except StoreError as error:
    print(error)
"""


@pytest.mark.parametrize("limit", [300_000, 1_000_000])
def test_a_full_disk_ends_the_stage_and_loses_nothing_committed(tmp_path, limit):
    """The error says what is safe, and all of that is there when there is room again."""
    path = tmp_path / "s.db"
    command = [sys.executable, "-c", _FULL, str(path), str(ROOT / "tests" / "scenes" / "runs.py"), str(limit)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("store ")]
    assert str(path) in line
    assert "disk" in line
    safe = int(line.partition("safe: ")[2].split()[0])
    assert safe > 100
    assert _count(path) == safe
    with Store(path) as store:
        assert store.run("last").state == "interrupted"


def test_a_full_file_system_is_called_that(tmp_path, runs):
    """SQLite's own limit on pages gives the error of a full disk."""
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.batch(runs.verdict(0)))
    opened = writer.open_for_writing

    def small(path, **options):
        connection, *rest = opened(path, **options)
        connection.execute("PRAGMA max_page_count = 150").fetchone()
        return connection, *rest

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "open_for_writing", small)
        batches = [runs.batch(*[runs.verdict(n * 100 + k) for k in range(100)]) for n in range(500)]
        with pytest.raises(StoreError, match=r"the disk is full: free some space.*safe: \d+ verdicts of run r1"):
            runs.write(path, *batches, config=PersistConfig(pending_rows=100))
    assert _count(path) >= 100


def test_a_run_has_one_process_at_a_time(tmp_path, runs):
    """A second one that wants to go on with it, or to clean up after it, is told to wait; what the first wrote stays."""
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.batch(runs.verdict(0)))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as first:
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE runs SET owner = ?", (f"{socket.gethostname()} {first.pid} ",))
        connection.close()
        for resume in (True, False):
            with pytest.raises(StoreError, match=rf"run r1 is being carried out by another process \({first.pid}\)"):
                runs.write(path, runs.started(resume=resume), runs.batch(runs.verdict(1)))
        first.kill()
    assert _count(path) == 1
    runs.write(path, runs.started(resume=True), runs.batch(runs.verdict(1)))
    assert _count(path) == 2
