"""What has arrived and is not handed to the writer yet: when it must go, and when nothing more may come."""

from typing import Literal

from pipeline.messages import Exchange, Intents, MadeNow, NotMade, Products, RunEnded, RunStarted, ToPersist, VerdictBatch
from stages.persist.config import PersistConfig

Need = Literal["wait", "now"]


class Pending:
    """The next transaction. Pure: knows no time and no thread."""

    def __init__(self, config: PersistConfig) -> None:
        self._config = config
        self._urgent = False
        self._size_bytes = 0
        self.rows = 0
        self.messages: list[ToPersist] = []

    def add(self, message: ToPersist) -> None:
        self.messages.append(message)
        match message:
            case VerdictBatch():
                self.rows += len(message.verdicts)
                self._size_bytes += sum(_size_bytes(verdict.exchange) for verdict in message.verdicts if verdict.exchange is not None)
            case Products():
                self.rows += len(message.products)
                self._size_bytes += sum(len(one.body) for one in message.products)
            case NotMade():
                self.rows += len(message.rows)
            case Intents() | MadeNow() | RunStarted() | RunEnded():
                self.rows += 1
                self._urgent = True
            case _:
                self.rows += 1

    @property
    def need(self) -> Need:
        """Whether the transaction must go at once: somebody waits for it, or it is big enough."""
        return "now" if self._urgent or self.rows >= self._config.batch_rows or self.full else "wait"

    @property
    def full(self) -> bool:
        """Whether the stages before must wait until some of it is handed over."""
        return self.rows >= self._config.pending_rows or self._size_bytes >= self._config.pending_bytes

    def take(self) -> list[ToPersist]:
        """All of it, for one transaction; begins the next."""
        taken, self.messages = self.messages, []
        self.rows = self._size_bytes = 0
        self._urgent = False
        return taken


def _size_bytes(exchange: Exchange) -> int:
    size = 0
    for sent in exchange.sent:
        size += len(sent.request.body) if sent.request is not None and sent.request.body is not None else 0
        size += len(sent.reply.body) if sent.reply is not None else 0
    return size
