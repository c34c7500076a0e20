"""What the router's accounts hold on to: work done twice, credit, versions that change while jobs are out."""

from random import Random

import pytest

from stages.dispatch.routing import ArmFacts, JobFacts, Outcome, Policy, Router, RoutingPlan, SetAside, exported, imported
from stages.dispatch.routing.hedge import HEAD_START

ONE, TWO = (ArmFacts(name=name, version="1", deterministic=True) for name in ("one", "two"))


def router(policy: Policy) -> Router:
    return Router(policy, {"agent": ["one", "two"]}, Random(1).gauss)


def decide(subject: Router, *arms: ArmFacts) -> RoutingPlan:
    return subject.decide(JobFacts(agent="agent", size=16, arms=arms or (ONE, TWO), idle_cores=4.0))


def told(plan: RoutingPlan, arm: str, ms: float, kind: str = "answered", *, shadow: bool = False) -> Outcome:
    return Outcome(ticket=plan.ticket, arm=arm, kind=kind, wall_ms=ms, answers=16, shadow=shadow)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2])
def test_work_done_twice_stays_within_its_share(share):
    """One attempt in ten of the leading arm stalls, which is what second starts and replays are for: together they keep to the share."""
    subject, draws = router(Policy(twice_share=share, hedge_income=1.0, shadow_share=0.5)), Random(7)
    counted = twice = 0.0
    for number in range(600):
        if number == HEAD_START:
            counted = twice = 0.0
        plan = decide(subject)
        first, second = plan.order
        ms = 400.0 if draws.random() < 0.1 else 10.0
        delay = plan.delays_ms[1]
        if ms > delay + 12.0:
            subject.may_start_second(plan.ticket)
            subject.record(told(plan, second, 12.0), 0.0)
            subject.record(told(plan, first, delay + 12.0, "cancelled"), 0.0)
            counted, twice = counted + 12.0, twice + delay + 12.0
        else:
            subject.record(told(plan, first, ms), 0.0)
            counted += ms
            if ms > delay:
                subject.record(told(plan, second, ms - delay, "cancelled"), 0.0)
                twice += ms - delay
        shadow = subject.shadow(plan.ticket, 4.0)
        if shadow is not None:
            subject.record(told(plan, shadow.arm, 12.0, shadow=True), 0.0)
            twice += 12.0
    longest = 450.0  # what is under way when the share is used up
    assert twice <= share * counted + (longest if share else 0.0)
    assert (twice > 0.0) == (share > 0.0)


def test_jobs_decided_at_once_share_the_tokens_that_there_are():
    """Each plan has a second start, and as many start as there are tokens; the account is never below nothing, and so is read back."""
    subject = router(Policy())
    for _ in range(20):
        subject.record(told(decide(subject), "one", 10.0), 0.0)
    plans = [decide(subject) for _ in range(160)]
    held = subject.state.tokens.held
    started = sum(subject.may_start_second(plan.ticket) for plan in plans)
    assert started == int(held) > 0
    assert subject.state.tokens.held >= 0.0
    assert not isinstance(imported(exported(subject.state)), SetAside)


def test_a_share_that_is_used_up_meanwhile_starts_no_second():
    """Of what was decided before; what is under way is not known to be done twice yet."""
    subject = router(Policy(twice_share=0.1))
    for _ in range(HEAD_START):
        subject.record(told(decide(subject), "one", 10.0), 0.0)
    early, late = decide(subject), decide(subject)
    assert subject.may_start_second(early.ticket)
    subject.record(told(early, "two", 10.0), 0.0)
    subject.record(told(early, "one", 900.0, "cancelled"), 0.0)
    assert not subject.may_start_second(late.ticket)


def test_credit_says_what_answers_were_worth_and_how_many_were_new():
    """In the window's row of the attempt that counted."""
    subject = router(Policy(hedge=False))
    plan = decide(subject)
    subject.record(told(plan, "one", 10.0), 0.0)
    (row,) = subject.state.arms["one"].window("agent").rows
    assert (row.worth, row.new) == (-1.0, 0)
    assert subject.credit(plan.ticket, 4.5, 3)
    assert (row.worth, row.new) == (4.5, 3)


def test_of_two_answers_in_one_turn_the_first_counts():
    """Credit goes to the arm whose answer was handed on."""
    subject = router(Policy())
    plan = decide(subject)
    subject.record(told(plan, "one", 10.0), 0.0)
    subject.record(told(plan, "two", 10.0), 0.0)
    subject.credit(plan.ticket, 4.5, 3)
    assert [subject.state.arms[name].window("agent").rows[-1].worth for name in ("one", "two")] == [4.5, -1.0]


def test_outcomes_of_an_older_version_teach_nothing_and_take_nothing_away():
    """Jobs decided before an upgrade come back among those after it: what is known of the new version stays, and no shadow is lost."""
    subject = router(Policy(hedge=False, min_samples=1))
    older = [decide(subject) for _ in range(5)]
    subject.record(told(older[0], "one", 10.0), 0.0)
    shadow = subject.shadow(older[0].ticket, 4.0)
    assert shadow is not None
    newer = [ArmFacts(name=name, version="2", deterministic=True) for name in ("one", "two")]
    for _ in range(3):
        subject.record(told(decide(subject, *newer), "one", 20.0), 0.0)
    for plan in older[1:]:
        assert not subject.record(told(plan, "one", 10.0), 0.0)
    assert not subject.record(told(older[0], shadow.arm, 10.0, shadow=True), 0.0)
    assert [row.wall_ms for row in subject.state.arms["one"].window("agent").rows] == [20.0] * 3
    assert subject.ignored.stale == 5
    assert subject.state.shadows.in_flight == 0
