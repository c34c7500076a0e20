"""``sentinel routing explain JOB``: one decision in words and numbers."""

import shlex
from collections.abc import Iterator, Sequence

from pipeline.cli.text import counted, printable, table
from pipeline.measured import Decided
from pipeline.messages import DecisionRow, RunRequested, Try
from stages.dispatch.config import BUILT_IN
from stages.dispatch.routing import ArmFacts

HEAD = ("ARM", "EXPECTED MS", "90 % WITHIN", "START MS", "SCORE", "UNCERTAIN", "RELIABLE", "STATE", "SAMPLES")
FILES = ("counts.ndjson", "differs.ndjson")


def explained(row: DecisionRow, decision: Decided, repeat: Sequence[str] = ()) -> str:
    """The decision. ``repeat``: command lines that show how answers differ, where they do."""
    plan = decision.plan
    lines = [
        printable(f"job {row.job} of run {row.run}: {row.agent}, {row.group or 'all operations'}, {plan.size} answers asked"),
        printable(f"decided by {plan.why}: {plan.mode} over {', '.join(plan.order) or 'no arm'}"),
        *_known(decision),
        *_planned(decision),
        "",
        table(
            HEAD,
            [
                (
                    reason.arm,
                    f"{reason.expected_ms:.1f}",
                    f"{reason.low_ms:.1f} to {reason.high_ms:.1f}",
                    f"{reason.start_ms:.1f}",
                    f"{reason.score:.2f}",
                    f"{reason.uncertainty:.2f}",
                    f"{100 * reason.reliability:.0f} %",
                    reason.breaker,
                    reason.samples,
                )
                for reason in plan.reasons
            ],
        ),
        "",
        "what happened:",
        *[_happened(one, counts=one is row.counted) for one in row.tries],
        *([] if row.counted else ["  no answer: the job was set aside"]),
        *_differing(row, repeat),
    ]
    return "\n".join(lines) + "\n"


def _known(decision: Decided) -> Iterator[str]:
    """What was so at the moment of deciding; older stores do not say."""
    facts = decision.plan.facts
    if facts is None:
        return
    yield ""
    idle = f"{facts.idle_cores:g} {'core' if facts.idle_cores == 1 else 'cores'} idle"
    price = f"a CPU millisecond is priced at {decision.plan.cpu_price:.2f} ms"
    yield f"when it was decided: {idle}, so that {price}; {decision.plan.tokens:.2f} tokens for second starts (one is needed)"
    by_name = {arm.name: arm for arm in facts.arms}
    yield from (_state(by_name[name]) for name in decision.plan.order if name in by_name)


def _state(arm: ArmFacts) -> str:
    name = f"{arm.name} {arm.version}".strip()
    warm = "warm" if arm.warm else "cold"
    workers = f"{arm.busy} of {counted(arm.workers, 'worker')} busy, {counted(arm.waiting, 'job') if arm.waiting else 'no job'} in line"
    kinds = [
        *(["a language model answers"] if arm.model else []),
        *(["claims to be deterministic"] if arm.deterministic else []),
        *(["left to the last, since its answers differed"] if arm.last_resort else []),
    ]
    return printable(f"  {name}: {'; '.join([f'{warm}, {workers}', *kinds])}")


def _planned(decision: Decided) -> Iterator[str]:
    plan = decision.plan
    if not plan.order:
        return
    yield ""
    yield printable(f"the plan: {plan.mode}" + (f", since {plan.mode_why}" if plan.mode_why else ""))
    for place, arm in enumerate(plan.order):
        delay_ms = plan.delays_ms[place] if place < len(plan.delays_ms) else None
        waited = f"; waited for {plan.deadlines_ms[place]:,.0f} ms at the most" if place < len(plan.deadlines_ms) else ""
        yield printable(f"  {arm}: {_start(place, delay_ms)}{waited}")


def _start(place: int, delay_ms: float | None) -> str:
    if place == 0:
        return "starts at once"
    if delay_ms is None:
        return "starts only where all before it failed"
    if delay_ms == 0:
        return "starts at once, too"
    return f"starts {delay_ms:.1f} ms behind the first where there is no answer then, at once where those before it failed"


def _happened(one: Try, *, counts: bool) -> str:
    what = f"{one.answers} answers" if one.kind == "answered" else one.kind
    shadow = " (shadow)" if one.shadow else ""
    cold = ", cold" if one.cold else ""
    why = f": {one.why}" if one.why else ""
    took = f"{one.wall_ms:.1f} ms (CPU {one.cpu_ms:.1f} ms, waited {one.queue_ms:.1f} ms{cold})"
    return printable(f"  {one.arm}{shadow}: {what} in {took}{why}") + (" <- these count" if counts else "")


def _differing(row: DecisionRow, repeat: Sequence[str]) -> Iterator[str]:
    if not row.differs:
        return
    counted_arm = row.counted.arm if row.counted else ""
    yield ""
    yield printable(
        f"ANSWERS DIFFER: those of {row.differs} are not those of {counted_arm}, which count, although both claim to be deterministic: one "
        "of them has a bug"
    )
    if row.asked:
        yield "the job:"
        yield row.asked
    if repeat:
        yield "what shows it:"
        yield from (printable(f"  {line}") for line in repeat)


def how_to_repeat(row: DecisionRow, request: RunRequested | None, store: str) -> list[str]:
    """Command lines that do a job again by either implementation and show what differs; none where the row does not have the job.

    ``store``: the option for the store, as a shell takes it.
    """
    if not row.asked or row.counted is None or request is None:
        return []
    words = ["sentinel", "generate", request.spec, "--job", "job.json"]
    words += [word for glob in request.operations for word in ("--operation", glob)]
    arms = (row.counted.arm, row.differs)
    own = {*arms} - {arm.name for arm in BUILT_IN}
    config = " --config PIPELINE" if own else ""  # where the run's own agents stand
    return [
        f"sentinel routing explain {row.job} --run {shlex.quote(row.run)}{store} | grep '^{{' > job.json",
        *[f"{shlex.join([*words, '--impl', arm])}{config} > {name}" for arm, name in zip(arms, FILES, strict=True)],
        f"diff {' '.join(FILES)}",
    ]
