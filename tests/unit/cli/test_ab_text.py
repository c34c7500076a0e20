"""What a comparison is said to have shown: one sentence a metric, for either side, with bounds and without."""

import json
import math
import random

import pytest
from msgspec.structs import replace

from pipeline.cli.ab_text import Setting, as_json, as_text
from pipeline.messages import Case, Job, Step
from stages.dispatch.comparing import Contest, FixedSide, Measured

SETTING = Setting(
    spec="pets.yaml", document="Pets\x1b[31m 1", operations=3, agent="functional-positive", seed=5, jobs=400, alpha=0.05, margin=0.05,
    config="", sets=[], ended="decided",
)  # fmt: skip
JOB = Job(id=3, agent="functional-positive", slice="s", seed=5, spans=[])
CASE = Case(operation="GET /a/{id}*", ordinal=2, title="", steps=[Step(name="only", operation="GET /a")])


def contest(metrics=("time",)):
    sides = (FixedSide("left", None), FixedSide("right", None))
    return Contest(sides, None, metrics, random.Random(0), alpha=0.05, margin=0.05, job_ms=1_000.0, sharing=False, round_pairs=0)


def seen(arm, wall_ms=10.0, *, why="", answers=(CASE,), covered=1):
    return Measured(
        path=(arm,), why=why, wall_ms=wall_ms, cpu_ms=wall_ms / 2, answers=answers, covered=covered, deterministic=True
    )  # fmt: skip


def after(pairs, ratio, *, metrics=("time",), noise=0.05, seed=1):
    """A contest in which the left side takes ``ratio`` times what the right one takes."""
    draw = random.Random(seed)
    one = contest(metrics)
    for _ in range(pairs):
        one.take(JOB, seen("left", 10 * ratio * math.exp(draw.gauss(0, noise))), seen("right", 10 * math.exp(draw.gauss(0, noise))))
        one.end_round()
    return one


def said(one, start, setting=SETTING):
    (line,) = [line for line in as_text(setting, one).splitlines() if line.startswith(start)]
    return line


def test_the_better_side_is_named_first_whichever_it_is():
    """Half the time is twice as fast, from either side."""
    line = said(after(40, 0.5, noise=0.01), "time")
    assert line.startswith("time: left is 2.00 times as fast as right (95 % interval 1.9")
    assert line.endswith("; p < 0.0001; 40 pairs)")
    slow = after(40, 2.0, noise=0.01, metrics=("time", "cpu", "efficiency"))
    assert said(slow, "time").startswith("time: right is 2.00 times as fast as left")
    assert said(slow, "cpu").startswith("cpu: left takes 2.00 times the CPU time of right")
    assert said(slow, "efficiency").startswith("efficiency: right makes 2.00 times the answers a millisecond that left makes")


def test_no_difference_is_said_with_what_is_known():
    """The bounds of the ratio; where there are too few pairs, that."""
    line = said(after(40, 1.0, noise=0.3, seed=2), "time")
    assert line.startswith("time: no difference shown after 40 pairs (left is 0.")
    assert line.endswith(" times as fast as right)")
    assert said(after(5, 1.0), "time") == "time: no difference shown after 5 pairs (too few for an interval)"
    assert said(contest(), "time") == "time: no pair says anything of it"


def test_equivalence_is_said_with_its_margin():
    """And so it is of a difference that is shown and small."""
    assert said(after(200, 1.0, noise=0.02), "time").startswith("time: equivalent within 5 % after 200 pairs (left is 0.9")
    assert said(after(200, 1.02, noise=0.01), "time").endswith(", which is within 5 %")


def test_what_only_one_side_makes_has_no_ratio():
    """It is said as it is; as JSON its bounds are null."""
    one = contest(("worth",))
    for _ in range(30):
        one.take(JOB, seen("left", covered=0), seen("right"))
        one.end_round()
    assert said(one, "worth").startswith("worth: only right covers anything (p ")
    (metric,) = json.loads(as_json(SETTING, one))["metrics"]
    assert (metric["better"], metric["ratio"], metric["low"], metric["high"]) == ("right", None, None, None)


def test_failures_are_counted_and_the_last_reason_is_told():
    """Shown only where they are."""
    one = after(3, 1.0)
    assert said(one, "failures") == "failures: none"
    one.take(JOB, seen("left", why="died\x1b[31m"), seen("right"))
    assert said(one, "failures") == "failures: no difference shown: left 1 of 4, right 0 of 4"
    assert said(one, "  left") == "  left, the last: died\\x1b[31m"
    for _ in range(20):
        one.take(JOB, seen("left", why="died"), seen("right"))
    assert said(one, "failures").startswith("failures: left fails more often (p ")


def test_a_difference_of_answers_comes_with_commands_that_find_the_operation():
    """Its key as a pattern that matches nothing else; of the configuration what shapes cases, and no credential."""
    one = contest()
    one.take(JOB, seen("left"), seen("right", answers=(replace(CASE, title="else"),)))
    text = as_text(replace(SETTING, config="p.yaml", sets=["dispatch.window=9 ", "execute.headers.X-Key=secret"]), one)
    assert "ANSWERS DIFFER in 1 of 1 pair: both are deterministic, so one has a fault" in text
    command = (
        "  sentinel generate pets.yaml --agent functional-positive --impl right --operation 'GET /a/{id}[*]' --seed 5 --count 3 "
        "--config p.yaml --set 'dispatch.window=9 '"
    )
    assert command in text.splitlines()
    assert "secret" not in text
    found = json.loads(as_json(SETTING, one))
    assert found["differing"] == 1
    assert found["difference"]["job"]["id"] == 3
    assert len(found["difference"]["commands"]) == 2


@pytest.mark.parametrize("ended", ["decided", "jobs", "time", "interrupted"])
def test_how_it_ended_is_said(ended):
    """In the second line; the first is safe for a terminal."""
    first, second = as_text(replace(SETTING, ended=ended), after(3, 1.0)).splitlines()[:2]
    assert first == "functional-positive, 3 operations of Pets\\x1b[31m 1, seed 5"
    assert second.startswith("3 pairs of 400: ")


def test_times_that_are_none_and_empty_pairs_are_told():
    """They are left out of what is compared."""
    one = contest()
    one.take(JOB, seen("left", 0.0), seen("right"))
    one.take(JOB, seen("left", answers=()), seen("right", answers=()))
    text = as_text(SETTING, one)
    assert "left out: 1 pair with a time that is none" in text
    assert "left out: 1 pair in which neither made an answer" in text
