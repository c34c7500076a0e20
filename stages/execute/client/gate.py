"""Where requests to the target wait: shut while it is probed, or until a time that it asked for."""

import time

import anyio


class Gate:
    """``is_open`` costs nothing; only when it is False is ``passed`` to be awaited."""

    def __init__(self) -> None:
        self._shut: anyio.Event | None = None
        self._until = 0.0
        self.is_open = True

    def shut(self) -> None:
        self._shut = self._shut or anyio.Event()
        self.is_open = False

    def open(self) -> None:
        if self._shut is not None:
            self._shut.set()
            self._shut = None
        self.is_open = self._until <= time.monotonic()

    @property
    def is_shut(self) -> bool:
        return self._shut is not None

    def pause(self, seconds: float) -> None:
        """Nobody passes for so long; a longer pause that is under way stays."""
        self._until = max(self._until, time.monotonic() + seconds)
        self.is_open = False

    async def passed(self) -> None:
        """Return when requests may go on."""
        while not self.is_open:
            if self._shut is not None:
                await self._shut.wait()
            elif (left := self._until - time.monotonic()) > 0:
                await anyio.sleep(left)
            else:
                self.is_open = True
