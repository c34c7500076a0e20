"""From what is known of each arm to an order of arms and the way to start them: functions of numbers, without memory."""

from collections.abc import Sequence
from math import exp, log, sqrt

from stages.dispatch.routing.facts import NEVER_MS, ArmFacts, Mode, Reason
from stages.dispatch.routing.policy import Policy
from stages.dispatch.routing.tracker import ArmModel, Prediction, Value

POOLED = 2  # samples at other agents that count as one: the model of times shares what they teach
TRIED_FACTOR = 2.0  # an arm that is being tried is hedged after so many times what the known one takes
LEAST_PRICE = 0.05  # of a second start's milliseconds on an idle core
LEAST_DEADLINE_MS = 2_000.0
DEADLINE_FACTOR = 8.0


def weighed(
    policy: Policy, arm: ArmFacts, model: ArmModel, value: Value, seen: Prediction, *, agent: str, job: int, price: float, unknown: float,
) -> Reason:  # fmt: skip
    """Score = speed · (E ln share answered - ln cost) + quality · E ln worth + ln reliability.

    ``price`` is that of a CPU millisecond now, ``unknown`` ln of the worth of an arm whose worth was never seen.
    """
    window, weights = model.window(agent), policy.weights
    warm_ms = time_ms(seen.mean)
    cold_ms = 0.0 if arm.warm or model.cold_ms < 0 else model.cold_ms
    wait_ms = warm_ms * (arm.busy + arm.waiting - arm.workers + 1) / max(arm.workers, 1) if arm.busy >= arm.workers else 0.0
    cost_ms = warm_ms * (1 + price * model.cpu_share) + wait_ms + cold_ms / policy.start_jobs
    reliability = window.breaker.reliability
    score = (
        weights.speed * (value.yielded.mean - log(max(cost_ms, 1e-9)))
        + weights.quality * (value.worth.mean if value.worth.samples else unknown)
        + max(weights.speed, weights.quality) * log(reliability)
    )
    return Reason(
        arm=arm.name, expected_ms=time_ms(seen.mean + seen.noise / 2), low_ms=time_ms(seen.low), high_ms=time_ms(seen.high),
        start_ms=cold_ms + wait_ms, score=score, uncertainty=sqrt(seen.variance), reliability=reliability,
        breaker=window.breaker.state(job), samples=window.samples + max(model.latency.samples - window.samples, 0) // POOLED,
    )  # fmt: skip


def ordered(policy: Policy, reasons: Sequence[Reason], ranks: Sequence[int]) -> tuple[list[Reason], str]:
    """The arms in order, and what made it. ``ranks`` are their places in the configured order; broken arms are last, ties stay."""
    fewest = policy.min_samples
    by_rank = [reason for _, reason in sorted(zip(ranks, reasons, strict=True), key=lambda pair: (pair[1].breaker != "closed", pair[0]))]
    if not by_rank:
        return [], "no arm serves the agent"
    if by_rank[0].samples < fewest:
        return by_rank, "configured order"

    def key(reason: Reason) -> tuple[bool, bool, float]:
        known = reason.samples >= fewest
        return reason.breaker != "closed", not known, -reason.score if known else 0.0

    return sorted(by_rank, key=key), "score"


def second_start(
    policy: Policy, model: ArmModel, first: Reason, second: Reason, *, warm: bool, price: float, plenty: bool,
) -> tuple[Mode, float, str]:  # fmt: skip
    """Sequence, hedge or race, when the second starts, by what that saves and costs, and the reason in words.

    ``model`` is the first arm's, ``warm`` says whether the second is, ``plenty`` whether tokens for second starts abound.
    """
    fewest, idle = policy.min_samples, price < policy.cpu_price
    if second.breaker != "closed":
        return "sequence", NEVER_MS, "the second arm fails of late"
    if policy.hedge_warm_only and not warm:
        return "sequence", NEVER_MS, "the second arm would have to be loaded"
    if first.samples < fewest:
        if second.samples >= fewest:
            return (
                "hedge",
                max(TRIED_FACTOR * (second.expected_ms + second.start_ms), policy.least_delay_ms),
                "the first arm is tried, with a known one behind it",
            )
        if not idle:
            return "sequence", NEVER_MS, "too little is known of both arms, and no core idles"
        if policy.first_races:
            return "race", 0.0, "too little is known of both arms, and a core idles"
        return "sequence", NEVER_MS, "too little is known of both arms"
    if second.samples == 0:
        return "sequence", NEVER_MS, "nothing is known of the second arm"
    noise = model.latency.noise
    warm_ms = first.expected_ms * exp(-noise / 2)
    relative = (second.expected_ms + second.start_ms) / warm_ms
    delay = model.residuals.best_delay(relative, max(price, LEAST_PRICE), sqrt(noise), first.uncertainty, race=plenty)
    if not idle and delay * warm_ms < first.high_ms:
        late_ms = max(first.start_ms + first.high_ms, policy.least_delay_ms)
        return "hedge", late_ms, "no core idles, and a start within the first arm's usual time would slow it"
    if warm_ms < policy.least_delay_ms and first.start_ms + delay * warm_ms < policy.least_delay_ms:
        return "hedge", policy.least_delay_ms, "jobs are so short that a sooner start costs more than it saves"
    if delay == 0.0:
        return "race", 0.0, "by the first arm's times a start at once pays best, and tokens abound"
    return "hedge", first.start_ms + delay * warm_ms, "by the first arm's times a sooner start pays no better"


def third_start(policy: Policy, reasons: Sequence[Reason], second_ms: float) -> float:
    """When a third arm starts beside two that are late: once the second has taken longer than 19 of 20 times. Never onto one that would
    have to be loaded, is broken or not known, nor beside a second of which that is not known."""
    if len(reasons) < 3 or second_ms == NEVER_MS or policy.hedge_warm_only:
        return NEVER_MS
    _, second, third, *_ = reasons
    if third.breaker != "closed" or min(second.samples, third.samples) < policy.min_samples:
        return NEVER_MS
    return second_ms + second.start_ms + second.high_ms


def deadline_ms(policy: Policy, reason: Reason) -> float:
    """How long one attempt is waited for: far beyond what is likely, so that what is killed is stuck."""
    if reason.samples < policy.min_samples:
        return policy.max_deadline_ms
    return min(policy.max_deadline_ms, max(LEAST_DEADLINE_MS, DEADLINE_FACTOR * (reason.high_ms + reason.start_ms)))


def time_ms(logarithm: float) -> float:
    """Milliseconds, within what a double can bear in any formula here."""
    return exp(min(max(logarithm, -20.0), 20.0))
