"""Whom to ask, and how: from a job's facts and what was measured to a plan with its reasons. No I/O, no clock, no arm's name."""

from collections.abc import Callable, Mapping, Sequence
from math import log

from msgspec import Struct

from stages.dispatch.routing.drift import Cusum
from stages.dispatch.routing.exploring import Exploring
from stages.dispatch.routing.facts import NEVER_MS, ArmFacts, JobFacts, Mode, Outcome, Reason, RoutingPlan, ShadowPlan, finite
from stages.dispatch.routing.hedge import Residuals, Spent, Tokens
from stages.dispatch.routing.kalman import LatencyFilter, Level, scaled
from stages.dispatch.routing.ordering import deadline_ms, ordered, second_start, third_start, weighed
from stages.dispatch.routing.policy import MODELS, Policy
from stages.dispatch.routing.ranges import MOST_ARMS, MOST_ASKED, MOST_TYPES, MOST_WORTH
from stages.dispatch.routing.shadow import SURPRISE
from stages.dispatch.routing.state import RouterState
from stages.dispatch.routing.tracker import LONGEST_MS, ArmModel, Coverage, Row, Value, answered_share

OPEN_PLANS = 4096  # plans whose outcomes are waited for; those of older ones are not known any more
IDLE = 1e-3  # of a core: less is none


class Open(Struct, kw_only=True):
    """A plan whose outcomes are awaited."""

    facts: JobFacts
    models: bool  # which of the two policy records it is planned by
    kind: int
    u: float
    job: int
    reasons: Mapping[str, Reason]
    seen: dict[str, int] = {}
    shadowed: list[str] = []
    shadows_out: int = 0
    on_credit: bool = False
    second: str = ""  # the arm that is started beside the first
    winner: str = ""
    winner_ms: float = 0.0
    answers: int = 0
    row: Row | None = None  # of the answer that counts


class Ignored(Struct, kw_only=True):
    """Outcomes that taught nothing, by reason."""

    unknown: int = 0
    twice: int = 0
    stale: int = 0  # of a version of the arm that is not asked any more


class Router:
    """Decides, and learns from outcomes. ``order`` is the configured order by agent; ``normal`` gives standard normal draws.

    A job that a language model may answer is planned by the policy record ``models``, every other by ``policy``; what concerns one arm
    (its deadline, the price of its start) is that of its own record.
    """

    def __init__(
        self, policy: Policy, order: Mapping[str, Sequence[str]], normal: Callable[[], float], *,
        models: Policy = MODELS, machine: str = "", state: RouterState | None = None,
    ) -> None:  # fmt: skip
        self.policy = policy
        self.models = models
        self.state = state if state is not None else RouterState()
        self.ignored = Ignored()
        self._ranks = {agent: {arm: place for place, arm in enumerate(arms)} for agent, arms in order.items()}
        self._machine = machine
        self._open: dict[int, Open] = {}
        self._ticket = 0
        self._spent = {False: Spent(), True: Spent()}  # by whether a model may answer
        self._exploring, self._exploring_models = Exploring(normal), Exploring(normal)

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def decide(self, facts: JobFacts) -> RoutingPlan:
        """The plan for one job."""
        state = self.state
        models = any(arm.model for arm in facts.arms)
        policy = self._policy(models=models)
        state.jobs += 1
        state.tokens_of(models=models).earn(policy.hedge_income, policy.hedge_cap)
        self._spent[models].age()
        job = state.jobs
        agent, kind, u = facts.agent, self._kind(facts.agent), scaled(facts.size)
        price = policy.cpu_price * (1.0 - finite(facts.idle_cores, least=0.0, most=1.0, otherwise=0.0))
        values = [self.value(arm, agent) for arm in facts.arms]
        unknown = max((value.worth.mean for value in values if value.worth.samples), default=0.0)  # as good as the best known, until seen
        ranks = self._ranks.get(agent, {})
        weighed_arms: list[Reason] = []
        for arm, value in zip(facts.arms, values, strict=True):
            model = self.arm(arm)
            seen = model.predict(u, kind, job)
            own = self._policy(models=arm.model)
            weighed_arms.append(weighed(own, arm, model, value, seen, agent=agent, job=job, price=price, unknown=unknown))
        reasons, why = ordered(policy, weighed_arms, [ranks.get(arm.name, len(ranks)) for arm in facts.arms])
        last = {arm.name for arm in facts.arms if arm.last_resort}
        spare = [reason for reason in reasons if reason.arm in last]
        reasons = [reason for reason in reasons if reason.arm not in last] if last else reasons
        busy = policy.shadow_share > 0.0 and not facts.idle_cores >= IDLE
        every = policy.busy_draw_every if busy else policy.draw_every
        if every and len(reasons) > 1:
            exploring = self._exploring_models if models else self._exploring
            leader = exploring.leader(policy, agent, reasons, every=every, live_ms=state.shadows_of(models=models).live_ms)
            if leader is not None and leader is not reasons[0]:
                reasons.remove(leader)
                reasons.insert(0, leader)
                why = "draw"
        tokens = state.tokens_of(models=models)
        mode, delay, mode_why = self._second_start(policy, facts, reasons, price, tokens)
        third = third_start(policy, reasons, delay)
        reasons += spare
        names = tuple([reason.arm for reason in reasons])
        own_deadlines = {arm.name: self._policy(models=arm.model) for arm in facts.arms}
        self._ticket += 1
        plan = RoutingPlan(
            ticket=self._ticket, agent=facts.agent, size=facts.size, order=names, mode=mode,
            delays_ms=(0.0, delay, third, *[NEVER_MS] * (len(names) - 3))[: len(names)],
            deadlines_ms=tuple([deadline_ms(own_deadlines[reason.arm], reason) for reason in reasons]), rounds=policy.rounds, why=why,
            mode_why=mode_why, reasons=tuple(reasons), facts=facts, cpu_price=price, tokens=tokens.held,
        )  # fmt: skip
        self._open[plan.ticket] = Open(
            facts=facts,
            models=models,
            kind=kind,
            u=u,
            job=job,
            reasons={reason.arm: reason for reason in reasons},
            second="" if mode == "sequence" else names[1],
        )
        if len(self._open) > OPEN_PLANS:
            oldest = self._open.pop(next(iter(self._open)))
            shadows = state.shadows_of(models=oldest.models)
            shadows.in_flight = max(shadows.in_flight - oldest.shadows_out, 0)
        return plan

    def _policy(self, *, models: bool) -> Policy:
        return self.models if models else self.policy

    def _second_start(
        self, policy: Policy, facts: JobFacts, reasons: Sequence[Reason], price: float, tokens: Tokens
    ) -> tuple[Mode, float, str]:
        if not policy.hedge:
            return "sequence", NEVER_MS, "second starts are switched off"
        if len(reasons) < 2:
            return "sequence", NEVER_MS, "no other arm may start beside it"
        if tokens.held < 1.0:
            return "sequence", NEVER_MS, "no token for a second start is left"
        if not self._spent[policy is self.models].within(policy.twice_share):
            return "sequence", NEVER_MS, "as much work was done twice of late as may be"
        first, second = reasons[0], reasons[1]
        warm = any(arm.warm for arm in facts.arms if arm.name == second.arm)
        plenty = tokens.held >= policy.hedge_cap
        return second_start(policy, self.state.arms[first.arm], first, second, warm=warm, price=price, plenty=plenty)

    # ── learning ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def may_start_second(self, ticket: int = -1) -> bool:
        """A second arm of that plan is due: whether it starts, which is paid for at once (by implementations, where the plan is forgotten).

        What allowed it when the job was decided may be spent by now, on jobs that were under way with it.
        """
        entry = self._open.get(ticket)
        models = entry is not None and entry.models
        tokens = self.state.tokens_of(models=models)
        if tokens.held < 1.0 or not self._spent[models].within(self._policy(models=models).twice_share):
            return False
        tokens.spend()
        return True

    def record(self, outcome: Outcome, now: float) -> bool:
        """Learn from one attempt; False: it is of no known plan, or was reported before."""
        entry = self._open.get(outcome.ticket)
        if entry is None or outcome.arm not in entry.reasons:
            self.ignored.unknown += 1
            return False
        key = outcome.arm + "\0shadow" if outcome.shadow else outcome.arm
        seen, rounds = entry.seen.get(key, 0), self._policy(models=entry.models).rounds
        if seen >= (1 if outcome.shadow else rounds):
            self.ignored.twice += 1
            return False
        entry.seen[key] = rounds if outcome.kind in ("answered", "cancelled") else seen + 1
        model = self.state.arms.get(outcome.arm)
        if model is None or not self._is_of(model, _facts_of(entry, outcome.arm)):
            self.ignored.stale += 1
            if outcome.shadow:
                self._end_shadow(entry, 0.0)
            return False
        self._learn(entry, model, outcome, now)
        return True

    def _end_shadow(self, entry: Open, spent_ms: float) -> None:
        entry.shadows_out -= 1
        self.state.shadows_of(models=entry.models).end(0.0 if entry.on_credit else spent_ms)

    def _learn(self, entry: Open, model: ArmModel, outcome: Outcome, now: float) -> None:
        policy, state = self._policy(models=entry.models), self.state
        shadows = state.shadows_of(models=entry.models)
        facts, job = entry.facts, state.jobs
        arm = _facts_of(entry, outcome.arm)
        model.used_at = job
        window = model.window(facts.agent)
        wall_ms = finite(outcome.wall_ms, least=0.0, most=LONGEST_MS, otherwise=0.0)
        row = Row(
            finite(now, least=-1e18, most=1e18, otherwise=0.0), outcome.kind, wall_ms,
            finite(outcome.cpu_ms, least=0.0, most=LONGEST_MS, otherwise=0.0),
            finite(outcome.queue_ms, least=0.0, most=LONGEST_MS, otherwise=0.0),
            min(max(facts.size, 0), MOST_ASKED), min(max(outcome.answers, 0), MOST_ASKED), min(max(outcome.new, 0), MOST_ASKED),
            outcome.cold, outcome.shadow,
        )  # fmt: skip
        window.add(row, policy.window)
        z, changed = 0.0, False
        if outcome.kind in ("failed", "timeout"):
            window.breaker.failure(job, timeout=outcome.kind == "timeout")
        else:
            self._check_interval(model, entry.reasons[outcome.arm], outcome, wall_ms)
            z, changed = model.learn_time(entry.u, entry.kind, outcome, job, policy.window)
            if not outcome.cold and (wall_ms > 0.0 or outcome.kind == "answered"):  # else it was stopped while it waited in line
                window.samples += 1
            if outcome.kind == "cancelled" and outcome.shadow and wall_ms > entry.reasons[outcome.arm].high_ms:
                window.breaker.trial_hung(job)
        if outcome.kind == "answered":
            window.breaker.success()
            self.value(arm, facts.agent).yielded.update(answered_share(outcome.answers, facts.size))
            if not outcome.shadow:
                if outcome.arm == entry.second and names_first(entry) not in entry.seen:
                    state.tokens_of(models=entry.models).refund()
                if not entry.winner:  # else another answered in the same turn of the loop, and counts
                    entry.winner, entry.winner_ms, entry.answers, entry.row = outcome.arm, wall_ms, outcome.answers, row
                shadows.earn(wall_ms, policy.shadow_share)
            if outcome.worth is not None:
                self._learn_worth(entry, outcome.arm, outcome.worth)
        spent = self._spent[entry.models]
        if entry.row is row:
            spent.count(wall_ms)
        elif outcome.shadow or (entry.winner and outcome.kind in ("answered", "cancelled")):
            spent.twice_ms += wall_ms
        if outcome.shadow:
            self._end_shadow(entry, wall_ms - max(model.cold_ms, 0.0) if outcome.cold else wall_ms)
        if changed or (outcome.arm != names_first(entry) and -z > SURPRISE):
            shadows.surprised()

    def _check_interval(self, model: ArmModel, reason: Reason, outcome: Outcome, wall_ms: float) -> None:
        """Count whether the interval given beforehand held; of a stopped run that is known only where it passed the upper bound."""
        if outcome.cold or reason.samples < self._policy(models=model.language_model).min_samples or wall_ms <= 0.0:
            return
        if outcome.kind == "answered" or wall_ms > reason.high_ms:
            model.coverage.update(inside=reason.low_ms <= wall_ms <= reason.high_ms)

    def credit(self, ticket: int, worth: float, new: int = 0) -> bool:
        """What the answers of a plan's winner turned out to be worth, and how many of them showed anything new; False: the plan is not
        known any more."""
        entry = self._open.get(ticket)
        if entry is None or not entry.winner:
            self.ignored.unknown += 1
            return False
        self._learn_worth(entry, entry.winner, worth)
        if entry.row is not None:
            entry.row.worth = finite(worth, least=0.0, most=MOST_WORTH, otherwise=0.0)
            entry.row.new = min(max(new, 0), MOST_ASKED)
        return True

    def _learn_worth(self, entry: Open, name: str, worth: float) -> None:
        arm = _facts_of(entry, name)
        each = finite(worth, least=0.0, most=MOST_WORTH, otherwise=0.0) / max(entry.answers, 1)
        self.value(arm, entry.facts.agent).worth.update(log(each + 0.01))

    # ── shadows ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def shadow(self, ticket: int, idle_cores: float) -> ShadowPlan | None:
        """After the caller of that plan was answered: whether to replay its job, and on which arm."""
        entry, job = self._open.get(ticket), self.state.jobs
        if entry is None:
            return None
        policy, shadows = self._policy(models=entry.models), self.state.shadows_of(models=entry.models)
        if not entry.winner or policy.shadow_share <= 0.0 or entry.winner_ms <= 0.0:
            return None
        if shadows.in_flight >= policy.shadow_in_flight or job < shadows.next_job or not idle_cores >= IDLE:
            return None
        if not self._spent[entry.models].within(policy.twice_share):
            return None
        stop_ms = policy.shadow_stop * entry.winner_ms
        best: Reason | None = None
        worth, trial = 0.0, False
        for arm in entry.facts.arms:
            reason = entry.reasons[arm.name]
            model = self.state.arms.get(arm.name)
            if model is None or not self._is_of(model, arm):
                continue
            state = model.window(entry.facts.agent).breaker.state(job)
            if arm.name in entry.seen or state == "open" or arm.last_resort:
                continue
            hope = (
                (10.0 if state == "half-open" else 5.0 if reason.samples < policy.min_samples else 0.0)
                + reason.score
                + 2 * reason.uncertainty
            )
            if best is None or hope > worth:
                best, worth, trial = reason, hope, state == "half-open"
        if best is None:
            return None
        on_credit = trial or (best.samples < policy.min_samples and shadows.credit > 0)
        likely_ms = min(stop_ms, best.expected_ms)
        if not (on_credit or shadows.affords(job, likely_ms)):
            return None
        if trial or best.samples < policy.min_samples:
            stop_ms = max(2 * best.high_ms, 3 * entry.winner_ms)
        stop_ms += best.start_ms
        entry.shadows_out += 1
        entry.on_credit = on_credit
        shadows.start(job, policy.shadow_spacing, on_credit=on_credit)
        return ShadowPlan(ticket=ticket, arm=best.arm, stop_after_ms=stop_ms)

    # ── what is known ────────────────────────────────────────────────────────────────────────────────────────────────────

    def version(self, arm: str, seen: str) -> str:
        """The version that an arm counts as: what it says of itself, or before it has (""), what it was."""
        model = self.state.arms.get(arm)
        if model is None:
            return seen
        model.version = model.version or seen
        return seen or model.version

    def deterministic(self, arm: str) -> bool:
        """Whether an arm that has not said so yet was deterministic when it was last seen."""
        model = self.state.arms.get(arm)
        return model is not None and model.deterministic

    def arm(self, facts: ArmFacts) -> ArmModel:
        """The model of an arm; a new version or another machine starts anew."""
        model = self.state.arms.get(facts.name)
        if model is None or not self._is_of(model, facts):
            if len(self.state.arms) >= MOST_ARMS:
                del self.state.arms[min(self.state.arms, key=lambda name: self.state.arms[name].used_at)]
            model = self.state.arms[facts.name] = ArmModel(
                version=facts.version, machine=self._machine, latency=LatencyFilter(), cusum=Cusum(), residuals=Residuals(),
                coverage=Coverage(), used_at=self.state.jobs,
            )  # fmt: skip
        model.deterministic, model.language_model = facts.deterministic, facts.model
        return model

    def _is_of(self, model: ArmModel, facts: ArmFacts) -> bool:
        return facts.version in ("", model.version) and model.machine == self._machine  # "": it has not said so yet

    def value(self, arm: ArmFacts, agent: str) -> Value:
        """The value filter of an arm at an agent; arms that claim determinism share one."""
        values = self.state.values.setdefault("" if arm.deterministic else "/" + arm.name, {})
        value = values.get(agent)
        if value is None:
            value = values[agent] = Value(yielded=Level(), worth=Level())
        return value

    def _kind(self, agent: str) -> int:
        kinds = self.state.agents
        if agent in kinds:
            return kinds.index(agent)
        if len(kinds) < MOST_TYPES:
            kinds.append(agent)
        return len(kinds) - 1


def _facts_of(entry: Open, name: str) -> ArmFacts:
    return next(arm for arm in entry.facts.arms if arm.name == name)


def names_first(entry: Open) -> str:
    """The arm that led the order."""
    return next(iter(entry.reasons))
