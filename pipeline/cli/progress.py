"""What a person wants to know while a run goes on: counts, kept from the messages on their way to the store."""

from typing import assert_never

from pipeline.cli.idle import idle
from pipeline.cli.text import counted
from pipeline.messages import (
    Coverage,
    DecisionRow,
    Finding,
    Intents,
    JobRow,
    MadeNow,
    NotMade,
    Products,
    RunEnded,
    RunStarted,
    Snapshot,
    TargetState,
    ToPersist,
    VerdictBatch,
)

_RATE_WINDOW_S = 5.0


class Progress:
    """The counts of one run. ``take`` a message at time ``now`` (monotonic seconds); it returns lines worth printing at once."""

    def __init__(self, *, now: float) -> None:
        self.requests = 0
        self.operations = 0
        self.findings = 0
        self.notes = 0
        self._time_ms: int | None = None
        self._max_requests: int | None = None
        self._began = now
        self._reached: set[str] = set()
        self._seen: set[str] = set()
        self._rate = [(now, 0)]

    def take(self, message: ToPersist, now: float) -> list[str]:
        match message:
            case RunStarted(request=request, api=api, base_url=base_url):
                self.operations = len(api.operations)
                self._time_ms, self._max_requests = request.budget.time_ms, request.budget.requests
                self._began = now
                self._rate = [(now, 0)]
                title = f"{api.title} {api.version}".strip() or api.source
                problems = f", {counted(len(api.problems), 'problem')} in the document" if api.problems else ""
                what = f"{title}, {counted(len(api.operations), 'operation')}{problems}"
                return [f"run {request.run}: {what}, at {base_url}, seed {request.seed}", *idle(request.overrides, api.operations)]
            case VerdictBatch(verdicts=verdicts):
                for verdict in verdicts:
                    if verdict.outcome in {"answered", "no-reply"}:
                        self.requests += max(1, verdict.settled.credit.requests if verdict.settled else 1)
                    if verdict.settled and verdict.settled.knowledge.taken:
                        self._reached.add(verdict.operation)
                self._tick(now)
            case Coverage(requests=requests, operations=operations):
                self.requests = max(self.requests, requests)
                self._reached |= {seen.operation for seen in operations if any(status.startswith("2") for status in seen.valid or ())}
                self._tick(now)
            case Finding():
                return self._finding(message)
            case TargetState(state="alive", detail=detail):
                return [f"the target answers again{_because(detail)}"]
            case TargetState(state="dead", detail=detail):
                return [detail if detail.startswith("the target ") else f"the target stopped answering{_because(detail)}"]
            case TargetState(detail=detail):
                return [f"the target blocks us{_because(detail)}"]
            case JobRow() | DecisionRow() | Products() | NotMade() | Intents() | MadeNow() | Snapshot() | RunEnded():
                pass
            case _:
                assert_never(message)
        return []

    def line(self, now: float) -> str:
        """The state in one line."""
        parts = [
            self._left(now),
            f"{self.requests:,} requests",
            f"{self.per_second(now):,.0f}/s",
            f"2xx at {len(self._reached)}/{self.operations} operations",
            counted(self.findings, "finding"),
            counted(self.notes, "note"),
        ]
        return " · ".join(part for part in parts if part)

    def per_second(self, now: float) -> float:
        """Requests a second over the last seconds."""
        began, before = next((mark for mark in self._rate if now - mark[0] <= _RATE_WINDOW_S), self._rate[-1])
        return (self.requests - before) / max(now - began, 0.001) if self.requests > before else 0.0

    def _left(self, now: float) -> str:
        if self._time_ms is not None:
            seconds = self._time_ms / 1000 - (now - self._began)
            return f"{max(0, round(seconds))} s left" if seconds > 0 else "finishing"
        if self._max_requests is not None:
            return f"{max(0, self._max_requests - self.requests):,} requests left"
        return f"{round(now - self._began)} s"

    def _tick(self, now: float) -> None:
        if now - self._rate[-1][0] >= 0.5:
            self._rate.append((now, self.requests))
            while len(self._rate) > 1 and now - self._rate[0][0] > 2 * _RATE_WINDOW_S:
                del self._rate[0]

    def _finding(self, finding: Finding) -> list[str]:
        """Counts a finding when it is confirmed for the first time."""
        if finding.state != "confirmed" and not finding.note:
            return []
        if finding.id in self._seen:
            return []
        self._seen.add(finding.id)
        if finding.note:
            self.notes += 1
            return []
        self.findings += 1
        return [f"finding {finding.id} [{finding.severity}] {finding.operation}: {finding.title}"]


def _because(detail: str) -> str:
    return f": {detail}" if detail else ""
