"""Pairs, jobs and the contest: what counts, what is left out, and in which order the sides are measured."""

import math
import random

import anyio
import pytest

from pipeline.messages import ApiSlice, Case, Job, Parameter, Record, Span, Step
from stages.dispatch.comparing import METRICS, Contest, Draws, Measured, population
from stages.dispatch.comparing.contest import HOPELESS, nothing_compared
from stages.dispatch.comparing.pairs import covered, first_difference
from stages.dispatch.config import DispatchConfig

JOB = Job(id=0, agent="functional-positive", slice="s", seed=0, spans=[Span(operation="GET /a", start=0, count=2)])


def case(ordinal, title="", classes=()):
    steps = [Step(name="only", operation="GET /a")]
    return Case(operation="GET /a", ordinal=ordinal, title=title, steps=steps, classes=list(classes))


CASES = (case(0), case(1))


def seen(arm="a", wall_ms=10.0, *, why="", answers=CASES, cpu_ms=1.0, covers=1, deterministic=True):
    answers = () if why else answers
    return Measured(
        path=(arm,), why=why, wall_ms=wall_ms, cpu_ms=cpu_ms, answers=answers, covered=covers, deterministic=deterministic
    )  # fmt: skip


class Scripted:
    """A side whose jobs take what is said; never both at once."""

    running = 0
    order = None

    def __init__(self, name, times):
        self.name = name
        self._times = iter(times)

    async def carry_out(self, job, part, within_ms, done):
        assert Scripted.running == 0
        Scripted.running += 1
        Scripted.order.append((job.id, self.name))
        value = next(self._times)
        Scripted.running -= 1
        return seen(self.name, value) if isinstance(value, float) else seen(self.name, why=value)

    async def look_back(self, job, part, within_ms, done):
        assert Scripted.running == 0

    async def renew(self):
        assert Scripted.running == 0
        Scripted.order.append(("new workers", self.name))


class Endless:
    """The same job again and again."""

    def __init__(self):
        self.number = 0

    def next(self):
        self.number += 1
        return JOB, ApiSlice(digest="s")


def contest(first=(), second=(), metrics=("time",), *, sharing=False, seed=0, round_pairs=0):
    Scripted.running, Scripted.order = 0, []
    sides = (Scripted("a", first), Scripted("b", second))
    draws = Endless()
    return Contest(
        sides, draws, metrics, random.Random(seed), alpha=0.05, margin=0.05, job_ms=20_000.0, sharing=sharing, round_pairs=round_pairs
    )  # fmt: skip


@pytest.mark.parametrize("wrong", [0.0, -5.0, math.nan, math.inf, -math.inf])
def test_a_time_that_is_none_leaves_its_pair_out(wrong):
    """A clock that stepped back, or said nonsense; the pair is counted, and the next ones are compared."""
    for name in ("time", "efficiency"):
        assert METRICS[name](seen(wall_ms=wrong), seen()) is None
        assert METRICS[name](seen(), seen(wall_ms=wrong)) is None
    assert METRICS["cpu"](seen(cpu_ms=wrong), seen()) is None
    one = contest(metrics=("time", "cpu"))
    one.take(JOB, seen(wall_ms=wrong), seen())
    one.take(JOB, seen(), seen())
    assert (one.pairs, one.unclocked) == (2, 1)
    assert one.compared["time"] == 1


def test_every_metric_is_positive_where_the_first_is_better():
    """Twice as fast, half the CPU time, twice the answers, twice the classes."""
    better, worse = seen(wall_ms=5.0, cpu_ms=1.0, covers=4), seen(wall_ms=10.0, cpu_ms=2.0, covers=2)
    for metric in METRICS.values():
        assert metric(better, worse) == pytest.approx(math.log(2))
        assert metric(worse, better) == pytest.approx(-math.log(2))


def test_a_failed_job_has_no_time_and_made_nothing():
    """So it is left out of time and CPU, and is the worst of what is made."""
    failed = seen(why="died", covers=0)
    assert METRICS["time"](failed, seen()) is METRICS["cpu"](failed, seen()) is None
    assert METRICS["efficiency"](failed, seen()) == METRICS["worth"](failed, seen()) == -math.inf
    assert METRICS["efficiency"](seen(), failed) == math.inf
    assert METRICS["worth"](seen(covers=0), seen(covers=0)) is None


def test_what_answers_cover_are_their_classes_or_the_different_ones():
    """Of cases the parameter classes, each once; of records those that differ."""
    assert covered([case(0, classes=["query/a:max"]), case(1, classes=["query/a:max", "query/a:min"])]) == 2
    records = [Record(ordinal=number, schema="S", value=1) for number in (0, 0, 1)]
    assert covered(records) == 2
    assert covered([]) == 0


def test_the_first_answer_that_differs_is_found():
    """Or the first that is missing."""
    assert first_difference(CASES, CASES) is None
    assert first_difference(CASES, (case(0), case(1, "else"))) == 1
    assert first_difference(CASES, CASES[:1]) == 1


def test_jobs_are_those_of_the_schedule_in_many_sizes(make_api):
    """Every operation is asked for; sizes go from one case to that of a run's jobs; equal seeds draw equal jobs."""
    api = make_api("POST /a", "GET /a/{id}", "GET /b/{id}", level={"GET /a/{id}": 1}, group={"GET /b/{id}": "b"})
    for operation in api.operations:
        operation.parameters.append(Parameter(name="q", location="query"))
    config = DispatchConfig(job_cases=16)
    specs = population(api.operations, "functional-positive", config, random.Random(1))
    assert {span.operation for spec in specs for span in spec.spans} == {operation.key for operation in api.operations}
    sizes = {spec.cases for spec in specs}
    assert min(sizes) == 1
    assert max(sizes) == 16
    assert len(sizes) > 5

    def drawn(seed):
        draws = Draws(api, "functional-positive", specs, 7, random.Random(seed))
        return [draws.next() for _ in range(20)]

    assert drawn(3) == drawn(3) != drawn(4)
    job, part = drawn(3)[5]
    assert (job.id, job.seed, job.slice) == (5, 7, part.digest)


async def test_chance_decides_who_goes_first_and_never_do_both_at_once():
    """Each pair is one job by either side, one after the other."""
    one = contest([10.0] * 40, [10.1] * 40)
    await one.run(40, full=True)
    firsts = [name for _, name in Scripted.order[::2]]
    assert 10 < firsts.count("a") < 30
    assert all({*Scripted.order[place : place + 2]} == {(0, "a"), (0, "b")} for place in range(0, 80, 2))


async def test_it_ends_when_a_difference_is_shown_and_with_full_after_all_jobs():
    """Twice as fast is shown within a few pairs."""
    one = contest([5.0] * 100, [10.0] * 100)
    await one.run(100, full=False)
    assert one.pairs < 20
    assert one.comparisons["time"].verdict == "first"
    whole = contest([5.0] * 100, [10.0] * 100)
    await whole.run(100, full=True)
    assert whole.pairs == 100


async def test_both_sides_get_new_workers_after_every_round_and_its_middle_is_compared():
    """The last round may be shorter; a stall in the middle of one moves nothing."""
    one = contest([10.0, 500.0, 10.0, 10.0, 10.0, 10.0], [20.0] * 6, round_pairs=3)
    await one.run(6, full=True)
    places = [place for place, (what, _) in enumerate(Scripted.order) if what == "new workers"]
    assert places == [6, 7, 14, 15]
    assert (one.compared["time"], one.comparisons["time"].rounds) == (6, 2)
    assert one.comparisons["time"].estimate().ratio == pytest.approx(2.0, rel=0.01)
    short = contest([10.0] * 4, [20.0] * 4, round_pairs=3)
    await short.run(4, full=True)
    assert short.comparisons["time"].rounds == 2


async def test_what_was_measured_before_an_interrupt_is_compared():
    """Also of a round that is not whole."""

    async def hangs(*_):
        scope.cancel()
        await anyio.sleep_forever()

    one = contest([10.0] * 2, [20.0] * 2, round_pairs=4)
    with anyio.CancelScope() as scope:
        await one.run(2, full=True)
        one.sides[0].carry_out = hangs
        await one.run(4, full=True)
    assert (one.pairs, one.compared["time"]) == (2, 2)
    assert one.comparisons["time"].rounds >= 1


async def test_a_side_that_fails_more_often_is_shown_to_and_ends_it():
    """Whatever is known of times."""
    one = contest(["died"] * 100, [10.0] * 100)
    await one.run(100, full=False)
    assert one.pairs < 20
    assert one.failures.verdict == "first"
    assert one.tallies[0].failed == one.pairs
    assert one.compared["time"] == 0
    assert nothing_compared(one) == ""


async def test_where_both_only_fail_it_ends_with_both_reasons():
    """Nothing could be compared."""
    one = contest(["died"] * 100, ["hung"] * 100)
    await one.run(100, full=True)
    assert one.pairs == HOPELESS
    assert nothing_compared(one) == "both failed at every job: a: died; b: hung"
    assert nothing_compared(contest()) == "no pair of jobs was done in the time"


def test_pairs_without_an_answer_say_nothing():
    """Neither made one: what was measured is the wire."""
    one = contest()
    one.take(JOB, seen(answers=()), seen(answers=()))
    assert one.empty == 1
    assert one.compared["time"] == 0
    assert nothing_compared(one) == "neither made an answer to any job"


def test_where_sides_share_arms_the_same_choice_is_no_pair():
    """What one arm did for both says nothing of their difference."""
    one = contest(sharing=True)
    one.take(JOB, seen("x"), seen("x"))
    one.take(JOB, seen("x", 5.0), seen("y"))
    assert (one.pairs, one.same, one.compared["time"]) == (2, 1, 1)


def test_answers_of_deterministic_arms_that_differ_are_kept_with_their_job(capsys):
    """The first of them, and how many there were; arms that promise nothing may differ."""
    one = contest()
    other = (case(0), case(1, "otherwise"))
    one.take(JOB, seen("a"), seen("b"))
    one.take(JOB, seen("a"), seen("b", answers=other, deterministic=False))
    assert (one.answers_compared, one.differing) == (1, 0)
    one.take(JOB, seen("a"), seen("b", answers=other))
    one.take(JOB, seen("a"), seen("b", answers=other[:1]))
    assert (one.answers_compared, one.differing) == (3, 2)
    found = one.difference
    assert (found.job, found.arms, found.operation, found.ordinal, found.position) == (JOB, ("a", "b"), "GET /a", 1, 1)
