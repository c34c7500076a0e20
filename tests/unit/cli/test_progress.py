"""The counts that a person sees while a run goes on."""

import pytest

from pipeline.cli.progress import Progress
from pipeline.messages import (
    Api,
    Budget,
    Credit,
    Finding,
    Knowledge,
    Operation,
    RunRequested,
    RunStarted,
    Settled,
    TargetState,
    Verdict,
    VerdictBatch,
)


def finding(name: str, **fields) -> Finding:
    return Finding(
        id=name,
        run="r",
        key=name,
        check="server-error",
        severity="high",
        agent="a",
        operation="GET /a",
        title="answers 500",
        rule="",
        **fields,
    )


def verdict(ordinal: int, status: int, outcome: str = "answered") -> Verdict:
    operation = f"GET /{ordinal % 2}"
    settled = Settled(
        ordinal=ordinal, job=1, operation=operation, agent="a", credit=Credit(requests=1), knowledge=Knowledge(taken=status == 200)
    )  # fmt: skip
    return Verdict(
        ordinal=ordinal, attempt=0, purpose="explore", agent="a", arm="python", job=1, epoch=0, digest="", operation=operation,
        outcome=outcome, status=status, settled=settled,
    )  # fmt: skip


@pytest.fixture
def progress() -> Progress:
    """A run of two operations that began at second 100 and may take ten."""
    progress = Progress(now=100.0)
    operations = [Operation(key=f"GET /{number}", method="GET", path=f"/{number}") for number in range(2)]
    request = RunRequested(run="r", spec="s", seed=7, agents=["a"], budget=Budget(time_ms=10_000))
    lines = progress.take(
        RunStarted(request=request, api=Api(digest="", title="T", operations=operations), base_url="http://h", started_at=0.0), 100.0
    )
    assert lines == ["run r: T, 2 operations, at http://h, seed 7"]
    return progress


def test_the_line_tells_requests_rate_operations_findings_and_time_left(progress):
    """Everything a person asks while it runs, in one line."""
    for second in range(1, 6):
        progress.take(VerdictBatch(run="r", verdicts=[verdict(number, 200 if number % 2 else 404) for number in range(10)]), 100.0 + second)
    progress.take(finding("f1"), 105.0)
    progress.take(finding("n1", note=True), 105.0)
    assert progress.line(105.0) == "5 s left · 50 requests · 10/s · 2xx at 1/2 operations · 1 finding · 1 note"


def test_a_finding_is_told_once_and_when_it_is_confirmed(progress):
    """A suspicion is no finding yet, saying it again is no second one."""
    assert progress.take(finding("f1", state="suspected"), 101.0) == []
    assert progress.take(finding("f1"), 102.0) == ["finding f1 [high] GET /a: answers 500"]
    assert progress.take(finding("f1", occurrences=2), 103.0) == []
    assert progress.findings == 1


def test_what_was_not_sent_is_not_counted(progress):
    """Withheld and unmet cases are no requests."""
    progress.take(VerdictBatch(run="r", verdicts=[verdict(0, 0, "withheld"), verdict(1, 0, "unmet"), verdict(2, 0, "no-reply")]), 101.0)
    assert progress.requests == 1


def test_the_state_of_the_target_is_told(progress):
    """A person must know that the target is gone before the end of the run."""
    assert progress.take(TargetState(run="r", state="dead", detail="5 requests without an answer"), 101.0) == [
        "the target stopped answering: 5 requests without an answer"
    ]


def test_a_run_bounded_by_requests_tells_how_many_are_left():
    """Where no time is set."""
    progress = Progress(now=0.0)
    request = RunRequested(run="r", spec="s", seed=7, agents=["a"], budget=Budget(requests=100))
    progress.take(RunStarted(request=request, api=Api(digest="", title="T"), base_url="http://h", started_at=0.0), 0.0)
    progress.take(VerdictBatch(run="r", verdicts=[verdict(0, 200)]), 1.0)
    assert progress.line(1.0).startswith("99 requests left")
