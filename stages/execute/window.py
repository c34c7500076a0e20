"""How many requests are under way, and how many may be: fewer while the target says that it is too busy for them."""

from collections import deque
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Final, TypeAlias

import anyio

from pipeline.messages import NoReply, Reply

Send: TypeAlias = Callable[[], Awaitable[Reply | NoReply]]

_BUSY: Final = 503
_DECREASE: Final = 0.6
_INCREASE: Final = 0.2  # for as many answers as the window is large: a probe of one more costs a 503, so they come seldom
_WEIGHT: Final = 0.05  # of the last answer in how many are slow


class Window:
    """Additive increase, multiplicative decrease (Jacobson, 1988): a 503 makes it smaller, every other answer a little larger again.

    Only 503 of an operation that has answered otherwise counts, and of the requests that were under way together only one: the others
    tell the same moment. ``most`` is the configured concurrency; with ``adapts`` False the window stays there. An answer that took longer
    than ``slow_ms`` is a slow one.
    """

    def __init__(self, most: int, *, adapts: bool, slow_ms: float = 500) -> None:
        self._most = most
        self._slow_ms = slow_ms
        self._slow = 0.0
        self._adapts = adapts
        self._limit = float(most)
        self._round = 0
        self._waiting: deque[anyio.Event] = deque()
        self._answers_otherwise: set[str] = set()
        self._narrowings: list[int] = []
        self._fewer = anyio.Event()
        self.under_way = 0

    @property
    def limit(self) -> int:
        """How many requests may be under way now."""
        return min(int(self._limit), *self._narrowings) if self._narrowings else int(self._limit)

    @property
    def is_slow(self) -> bool:
        """Whether most of the last twenty answers or so were slow ones."""
        return self._slow > 0.5

    @contextmanager
    def narrowed(self, most: int) -> Generator[None]:
        """Let no more than so many go meanwhile; those that wait already are no exception."""
        self._narrowings.append(most)
        try:
            yield
        finally:
            self._narrowings.remove(most)
            self._let_in()

    async def send(self, operation: str, send: Send) -> Reply | NoReply:
        """Send when there is room."""
        while self.under_way >= self.limit:
            turn = anyio.Event()
            self._waiting.append(turn)
            try:
                await turn.wait()
            except BaseException:
                if turn.is_set():
                    self._let_in()
                else:
                    self._waiting.remove(turn)
                raise
        self.under_way += 1
        begun = self._round
        try:
            answer = await send()
        finally:
            self.under_way -= 1
            self._fewer.set()
            self._let_in()
        self._slow += _WEIGHT * ((answer.total_ms > self._slow_ms) - self._slow)
        if self._adapts and isinstance(answer, Reply):
            self._learn(operation, answer.status, begun)
        return answer

    async def emptied(self, most: int = 0) -> None:
        """Return when no more than so many are under way."""
        while self.under_way > most:
            self._fewer = anyio.Event()
            await self._fewer.wait()

    def _learn(self, operation: str, status: int, begun: int) -> None:
        if status != _BUSY:
            self._answers_otherwise.add(operation)
            if self._limit < self._most:
                self._limit = min(self._limit + _INCREASE / self._limit, self._most)
                self._let_in()
        elif begun == self._round and operation in self._answers_otherwise:
            self._round += 1
            self._limit = max(self._limit * _DECREASE, 1.0)

    def _let_in(self) -> None:
        for _ in range(min(len(self._waiting), self.limit - self.under_way)):
            self._waiting.popleft().set()
