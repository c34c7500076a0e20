"""The tables of ``sentinel routing``."""

from collections.abc import Sequence

from pipeline.cli.text import table
from pipeline.measured import Implementation, Slice


def known_table(known: Sequence[Implementation]) -> str:
    """What is known now, a row an agent and implementation."""
    head = ("AGENT", "ARM", "ANSWERS/MS", "JOB MS", "CPU MS", "QUEUE MS", "WORTH", "SAMPLES", "SHADOWS", "FAILED", "STATE", "90 % HELD")
    rows = [
        (
            one.agent,
            f"{one.arm} {one.version}".strip(),
            f"{one.efficiency:.2f}",
            f"{one.window.wall_ms:.1f}",
            f"{one.window.cpu_ms:.1f}",
            f"{one.window.queue_ms:.1f}",
            "" if one.worth is None else f"{one.worth:.2f}",
            one.samples,
            one.window.shadows or "",
            one.failures.failed + one.failures.timeouts or "",
            one.breaker.state,
            "" if one.calibration.share is None else f"{100 * one.calibration.share:.0f} % of {one.calibration.predictions}",
        )
        for one in known
    ]
    return table(head, rows)


def history_table(slices: Sequence[Slice]) -> str:
    """A row a slice and arm; what stands for the whole slice stands once."""
    head = (
        "JOBS", "FIRST OF THEM", "ARM", "ASKED FIRST", "TRIES", "MEDIAN MS", "ANSWERS/MS", "FAILED", "2ND STARTS", "SHADOWS", "STATE",
        "90 % HELD",
    )  # fmt: skip
    rows: list[tuple[object, ...]] = []
    before = 0
    for one in slices:
        new = one.slice != before
        before = one.slice
        rows.append(
            (
                f"{one.jobs_from:,} to {one.jobs_to:,}" if new else "",
                f"{one.run} {one.job}" if new else "",
                one.arm,
                f"{100 * one.first_share:.0f} % of {one.jobs:,}",
                one.attempts,
                "" if one.median_ms is None else f"{one.median_ms:.1f}",
                "" if one.answers_per_ms is None else f"{one.answers_per_ms:.2f}",
                one.failed + one.timeouts or "",
                one.second_starts or "",
                one.shadows or "",
                one.breaker,
                f"{100 * one.held / one.predictions:.0f} % of {one.predictions}" if one.predictions else "",
            )
        )
    return table(head, rows)
