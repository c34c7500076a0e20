"""The stored record of a routing decision with its plan read."""

import msgspec
from msgspec import Struct

from pipeline.errors import StoreError
from pipeline.messages import DecisionRow, Try
from stages.dispatch.routing import JobFacts, Reason
from stages.dispatch.routing.facts import Mode


class Planned(Struct, frozen=True, kw_only=True):
    """A plan as it was written: starts that only a failure brings about are None, as JSON has no infinity.

    What it was decided by (``facts`` and below) and ``mode_why`` are missing in stores of older versions.
    """

    size: int
    order: list[str]
    mode: Mode
    delays_ms: list[float | None] = []
    deadlines_ms: list[float] = []
    why: str = ""
    mode_why: str = ""
    reasons: list[Reason] = []
    facts: JobFacts | None = None
    cpu_price: float = 0.0
    tokens: float = 0.0


class Decided(Struct, frozen=True, kw_only=True):
    """One decision, and what came of it. ``reasons`` by arm, in the order of the plan."""

    run: str
    job: int
    agent: str
    plan: Planned
    reasons: dict[str, Reason]
    tries: list[Try]
    group: str = ""

    def second(self) -> str:
        """The arm that started beside the first while that was under way; "": none did, or only as the first had failed."""
        plan = self.plan
        if plan.mode == "sequence" or len(plan.order) < 2:
            return ""
        live = [one for one in self.tries if not one.shadow]
        if not any(one.arm == plan.order[1] for one in live):
            return ""
        failed = next((one for one in live if one.arm == plan.order[0] and one.kind in {"failed", "timeout"}), None)
        delay_ms = plan.delays_ms[1] if len(plan.delays_ms) > 1 else None
        if delay_ms is None or (failed is not None and failed.queue_ms + failed.wall_ms <= delay_ms):
            return ""
        return plan.order[1]


_decoder = msgspec.json.Decoder(Planned)


def decided(row: DecisionRow) -> Decided:
    """A stored decision. Raises StoreError where its plan cannot be read."""
    try:
        plan = _decoder.decode(row.plan)
    except (msgspec.DecodeError, RecursionError) as error:
        raise StoreError(f"the plan of job {row.job} of run {row.run} cannot be read: {error}") from error
    reasons = {reason.arm: reason for reason in plan.reasons}
    return Decided(run=row.run, job=row.job, agent=row.agent, plan=plan, reasons=reasons, tries=row.tries, group=row.group)
