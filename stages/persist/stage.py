"""The stage: takes everything that is to be kept and answers intents when they are on disk."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from pipeline.errors import StoreError
from pipeline.events import log
from pipeline.messages import Intents, Synced, ToPersist
from stages.persist.config import PersistConfig
from stages.persist.pending import Pending
from stages.persist.writer import Done, Writer

Subscriber = Callable[[ToPersist], None]


class Persist:
    """Writes what arrives to the store at ``store_path``, in batches, by a thread of its own.

    ``subscribers`` see each message on arrival, in the event loop; they must return at once.
    """

    def __init__(self, config: PersistConfig, store_path: Path | str, subscribers: Sequence[Subscriber] = ()) -> None:
        self._config = config
        self._path = Path(store_path)
        self._subscribers = tuple(subscribers)

    async def __call__(self, inbox: MemoryObjectReceiveStream[ToPersist], synced: MemoryObjectSendStream[Synced]) -> None:
        """Read until every clone of the inbox is closed, commit all of it, close the store. Cancelled, commit what was received.

        Raises StoreError when the store cannot be opened or written; what was committed before stays, and the text counts it.
        """
        async with inbox, synced:
            await _Life(self._config, self._path, self._subscribers, inbox, synced).run()


class _Life:
    """One call of the stage: three tasks (receive, commit, answer) around the rows that wait."""

    def __init__(
        self,
        config: PersistConfig,
        path: Path,
        subscribers: Sequence[Subscriber],
        inbox: MemoryObjectReceiveStream[ToPersist],
        synced: MemoryObjectSendStream[Synced],
    ) -> None:
        self._config = config
        self._path = path
        self._subscribers = subscribers
        self._inbox = inbox
        self._synced = synced
        self._writer = Writer(path, config)
        self._pending = Pending(config)
        self._arrived = anyio.Event()  # something is pending, or nothing more will come
        self._hurry = anyio.Event()  # it is to be written now
        self._taken = anyio.Event()  # the pending rows were handed over
        self._ended = False
        self._tokens: deque[int] = deque()
        self._answerable = anyio.Event()

    async def run(self) -> None:
        failure: Exception | None = None
        try:
            await self._done(self._writer.start)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._receive)
                tasks.start_soon(self._answer)
                try:
                    await self._commit_batches()
                except Exception as error:  # noqa: BLE001 - raised below, where no task group wraps it
                    failure = error
                tasks.cancel_scope.cancel()
        except StoreError as error:
            failure = error
        finally:
            with anyio.CancelScope(shield=True):
                await self._finish(failed=failure is not None)
        if failure is not None:
            if isinstance(failure, StoreError):
                log("store_failed", path=str(self._path), reason=str(failure), level="error")
            raise failure

    async def _receive(self) -> None:
        """Move messages from the inbox to the pending rows; stop while those are full."""
        try:
            while True:
                self._take(await self._inbox.receive())
                with suppress(anyio.WouldBlock):  # what else lies there costs no turn of the loop
                    while not self._pending.full:
                        self._take(self._inbox.receive_nowait())
                while self._pending.full:
                    self._taken = anyio.Event()
                    await self._taken.wait()
        except anyio.EndOfStream:
            self._ended = True
            self._arrived.set()
            self._hurry.set()

    def _take(self, message: ToPersist) -> None:
        self._pending.add(message)
        self._arrived.set()
        if self._pending.need == "now":
            self._hurry.set()
        for subscriber in self._subscribers:
            subscriber(message)

    async def _commit_batches(self) -> None:
        """One transaction after the other; what arrives meanwhile shares the next one, and its one sync."""
        while True:
            await self._arrived.wait()
            if self._pending.need == "wait" and not self._ended:
                with anyio.move_on_after(self._config.batch_wait_ms / 1000):
                    await self._hurry.wait()
            self._arrived, self._hurry = anyio.Event(), anyio.Event()
            batch = self._pending.take()
            self._taken.set()
            if batch:
                await self._done(partial(self._writer.submit, batch))
                self._tokens.extend(message.token for message in batch if isinstance(message, Intents))
                self._answerable.set()
            if self._ended and not self._pending.messages:
                return

    async def _answer(self) -> None:
        """Send the tokens of what is on disk. Apart from the commits, so that a slow reader of them holds up nothing else."""
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):  # nobody waits for them any more
            while True:
                await self._answerable.wait()
                self._answerable = anyio.Event()
                while self._tokens:
                    await self._synced.send(Synced(token=self._tokens.popleft()))

    async def _finish(self, *, failed: bool) -> None:
        """Behind everything received: after a cancellation that is also what still lies in the inbox."""
        try:
            if not failed:
                with suppress(anyio.WouldBlock, anyio.EndOfStream, anyio.ClosedResourceError):
                    while True:
                        self._pending.add(self._inbox.receive_nowait())
                await self._done(partial(self._writer.submit, self._pending.take()))
        finally:
            await self._done(self._writer.close)

    @staticmethod
    async def _done(start: Callable[[Done], None]) -> None:
        """Wait for the writer's thread. Raises what went wrong there."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def settle(error: BaseException | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

        def done(error: BaseException | None) -> None:
            with suppress(RuntimeError):  # the loop is closed: the program was told to end at once
                loop.call_soon_threadsafe(settle, error)

        start(done)
        await future
