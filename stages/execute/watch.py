"""Watches the target as a whole: waits when it asks for it, probes it when it falls silent or refuses everything."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Literal
from urllib.parse import urlsplit

import anyio

from pipeline.events import log
from pipeline.messages import NoReply, Reply, Request, TargetState
from stages.execute.client import Client
from stages.execute.client.failures import UNSENT
from stages.execute.client.gate import Gate
from stages.execute.client.health import Health
from stages.execute.config import ExecuteConfig
from stages.execute.forms import split_base
from stages.execute.outgoing import Outgoing

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 4.0
_PROBE_MS = 5_000
_LEAST_PATIENCE_S = 1.0  # with a target that blocks us when the run's time is over: one probe
_NO_ANSWER = {"refused", "reset", "timeout", "tls", "dns"}
_BLOCKED = {403, 429, 503}


class Watch:
    """One run's view of its target. While ``is_closed`` every request asks ``passed`` before it leaves.

    ``ends``: when the run's time is over (monotonic); None: never.
    """

    def __init__(
        self,
        config: ExecuteConfig,
        run: str,
        *,
        client: Client,
        base: str,
        headers: Sequence[tuple[str, str]],
        announce: Callable[[TargetState], None],
        ends: float | None = None,
    ) -> None:
        self._config = config
        self._ends = ends
        self._run = run
        self._client = client
        self._announce = announce
        self._host = urlsplit(base).netloc
        self.gate = Gate()
        self._health = Health(config.dead_after, config.blocking_after)
        self._verdict: NoReply | None = None
        self._good: Outgoing | None = None
        self._was_answered = False
        origin, path = split_base(base)
        shown = Request(method="GET", url=f"{origin}{path or '/'}", headers=list(headers))
        self._base = Outgoing("GET", origin, path or "/", list(headers), None, shown)

    @property
    def is_closed(self) -> bool:
        return self._verdict is not None or not self.gate.is_open

    async def passed(self) -> NoReply | None:
        """Wait until requests may leave; not None when none may leave any more, and why."""
        if self._verdict is None and not self.gate.is_open:
            await self.gate.passed()
        return self._verdict

    def pause(self, seconds: float, status: int) -> bool:
        """Hold every request back, as an answer asked, but not longer than configured, and not beyond the end of the run's time.

        False: it asked to wait until the time is over, so there is no sense in sending again.
        """
        wait = min(seconds, self._config.retry_after_cap_ms / 1000)
        left = self._left_s()
        self.gate.pause(min(wait, left))
        log("slowed_down", run=self._run, host=self._host, wait_ms=round(min(wait, left) * 1000), status=status)
        return wait < left

    def _left_s(self) -> float:
        return math.inf if self._ends is None else max(self._ends - time.monotonic(), 0.0)

    def _patience_s(self) -> float:
        """How long a target in doubt is probed: not far beyond the end of the run's time."""
        return min(self._config.dead_probe_ms / 1000, max(self._left_s(), _LEAST_PATIENCE_S))

    async def no_answer(self, ordinal: int, failure: NoReply) -> bool:
        """Note a request without an answer, and probe the target when there were too many. True: it is right to try once more."""
        if failure.kind not in _NO_ANSWER:
            return False
        in_doubt = self._health.no_answer(ordinal) or self.gate.is_shut
        if in_doubt and not self.gate.is_shut and self._verdict is None:
            await self._probe(failure)
        return in_doubt and failure.kind in UNSENT

    async def answer(self, operation: str, request: Outgoing, reply: Reply) -> None:
        """Note an answer, and look whether we are blocked when too many refused in a row."""
        self._was_answered = True
        if request.method == "GET" and reply.status < 300:
            self._good = request
        in_doubt = self._health.answer(operation, reply.status)
        if in_doubt and not self.gate.is_shut and self._verdict is None and (self._good is not None or reply.status == 429):
            await self._look_whether_blocked(reply.status)

    async def _probe(self, failure: NoReply) -> None:
        since, started = self._health.silent_since, time.monotonic()
        silent = True
        patience = self._patience_s()
        self.gate.shut()
        try:
            with anyio.move_on_after(patience):
                silent = await self._until(lambda answer: isinstance(answer, Reply) or answer.kind not in _NO_ANSWER)
                self._health.cleared()
                if silent:
                    waited = time.monotonic() - started
                    self._say("alive", f"did not answer for {waited:.1f} s ({failure.kind}), then did again", since)
                return
            what = "stopped answering" if self._was_answered else "never answered"
            detail = f"the target {what} ({failure.kind}: {failure.detail}), also when probed for {time.monotonic() - started:.1f} s"
            if failure.kind == "tls":
                detail += "; execute.ca_file trusts another authority, execute.verify_tls: false trusts everybody"
            self._verdict = NoReply(kind="blocked", detail=detail)
            # One that takes connections may be busy with what it was asked before, for as long as that takes it.
            is_in_doubt = failure.kind == "timeout" and patience < self._config.dead_probe_ms / 1000
            self._say("dead", detail, since, in_doubt=is_in_doubt)
        finally:
            self.gate.open()

    async def _look_whether_blocked(self, status: int) -> None:
        blocked = False
        self.gate.shut()
        try:
            with anyio.move_on_after(self._patience_s()):
                answer = await self._client.exchange(self._good or self._base, timeout_ms=_PROBE_MS)
                if not _refuses(answer):
                    self._health.cleared()
                    return
                blocked = True
                detail = f"answers {status} to everything, also to a request that had worked"
                self._say("blocking", detail if self._good else f"answers {status} to everything", -1)
                await self._until(lambda again: not _refuses(again))
                self._health.cleared()
                self._say("alive", f"stopped answering {status} to everything", -1)
                return
            if blocked:
                self._verdict = NoReply(kind="blocked", detail=f"the target answers {status} to everything: it seems to block us")
        finally:
            self.gate.open()

    async def _until(self, is_well: Callable[[Reply | NoReply], bool]) -> bool:
        """Probe, with growing pauses, until an answer is well; whether it took more than one probe."""
        wait, first = _FIRST_WAIT_S, True
        while not is_well(await self._client.exchange(self._good or self._base, timeout_ms=min(_PROBE_MS, self._config.timeout_ms))):
            first = False
            await anyio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_S)
        return not first

    def _say(self, state: Literal["alive", "dead", "blocking"], detail: str, after_ordinal: int, *, in_doubt: bool = False) -> None:
        log("target_state", level="info" if state == "alive" else "warning", run=self._run, state=state, detail=detail)
        self._announce(TargetState(run=self._run, state=state, detail=detail, after_ordinal=after_ordinal, in_doubt=in_doubt))


def _refuses(answer: Reply | NoReply) -> bool:
    return isinstance(answer, Reply) and answer.status in _BLOCKED
