"""``sentinel ab`` on real workers: good ones, and such that fail, hang, differ or make nothing."""

import json
import os
import select
import shlex
import signal
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import small

ROOT = Path(__file__).parents[2]
SCRIPT = str(ROOT / "tests" / "agents" / "scripted.py")
DOCUMENT = small("a", "b", "c")


@pytest.fixture
def ab(sentinel):
    """Compares scripted agents, each named for what it does, over a small document; their workers are kept, which is quicker."""
    (sentinel.home / "small.json").write_text(json.dumps(DOCUMENT))

    def compare(*argv, behaviours=("good", "slow"), models=False, **environment):
        return sentinel(*command(*argv, behaviours=behaviours, models=models), **environment)

    def command(*argv, behaviours, models=False):
        names = dict.fromkeys(behaviours)
        arms = [{"name": name.split()[0], "command": ["{python}", SCRIPT, *name.split()], "model": models} for name in names]
        order = {"functional-positive": [arm["name"] for arm in arms]}
        if not any(option in argv for option in ("--between", "--weights")):
            argv = ("--between", ",".join(name.split()[0] for name in behaviours), *argv)
        sets = [f"dispatch.arms={json.dumps(arms)}", f"dispatch.order={json.dumps(order)}", "dispatch.limits.backoff_ms=1"]
        chosen = [word for each in sets for word in ("--set", each)]
        kept = [] if "--restart-every" in argv else ["--restart-every", "0"]
        return ["ab", "small.json", "--agent", "functional-positive", *chosen, *kept, *argv]

    compare.command = command
    compare.sentinel = sentinel
    return compare


def test_a_difference_is_shown_and_ends_it(ab):
    """One sleeps in every job: seen long before all jobs are done, and said with an interval."""
    done = ab()
    assert done.returncode == 0, done.stderr
    assert ": decided" in done.stdout
    assert "time: good is " in done.stdout
    assert "times as fast as slow (95 % interval " in done.stdout
    whole = json.loads(ab("--json").stdout)
    assert whole["metrics"][0]["better"] == "good"
    assert whole["pairs"] == whole["metrics"][0]["rounds"] < 40


def test_the_same_arm_twice_is_two_sides(ab):
    """Compared like any two; what a deterministic one answers is equal each time."""
    done = ab("--jobs", "30", behaviours=("good", "good"))
    assert done.returncode == 0, done.stderr
    assert "good (1)" in done.stdout
    assert "good (2)" in done.stdout
    assert "answers: equal in every pair" in done.stdout


@pytest.mark.parametrize(("behaviour", "reason"), [("dies-on-job", "ended with status 7"), ("refuses", "internal: no wish to")])
def test_a_side_that_always_fails_fails_more_often(ab, behaviour, reason):
    """Which is shown, and is the end; the other was compared with it, so the command has done its work."""
    done = ab(behaviours=(behaviour, "good"))
    assert done.returncode == 0, done.stderr
    assert f"failures: {behaviour} fails more often (p = " in done.stdout
    assert reason in done.stdout
    assert "time: no pair says anything of it" in done.stdout


def test_a_side_that_hangs_costs_each_job_its_limit(ab):
    """Of the configuration while no time is known."""
    done = ab("--set", "dispatch.limits.job_ms=200", behaviours=("good", "hangs-on-job"))
    assert done.returncode == 0, done.stderr
    assert "hangs-on-job fails more often" in done.stdout
    assert "did not finish the job within 200 ms" in done.stdout


def test_where_both_fail_nothing_is_compared(ab):
    """With the reason of each."""
    done = ab(behaviours=("dies-on-job", "refuses"))
    assert done.returncode == 3
    assert "nothing could be compared: both failed at every job: dies-on-job: ended with status 7; refuses: " in done.stderr


def test_where_nothing_is_made_nothing_is_compared(ab):
    """Jobs without answers measure the wire."""
    done = ab("--jobs", "12", behaviours=("makes-nothing", "makes-nothing"))
    assert done.returncode == 3
    assert "neither made an answer to any job" in done.stderr


@pytest.mark.parametrize(
    ("behaviour", "reason"), [("dies-at-start", "cannot find my glasses"), ("old-protocol", "does not begin with `ready` of protocol 1")]
)
def test_a_side_that_does_not_start_cannot_be_compared(ab, behaviour, reason):
    """Nothing is measured then."""
    done = ab(behaviours=("good", behaviour))
    assert done.returncode == 3
    assert f"nothing could be compared: {behaviour}: " in done.stderr
    assert reason in done.stderr


def test_an_agent_that_a_side_does_not_have_is_named(sentinel):
    """It is known of the configuration, and not of the implementation."""
    (sentinel.home / "small.json").write_text(json.dumps(DOCUMENT))
    done = sentinel("ab", "small.json", "--agent", "data-mocking", "--between", "python,python")
    assert done.returncode == 3
    assert "python: does not have the agent data-mocking" in done.stderr


def test_answers_that_differ_are_told_with_commands_that_show_it(ab):
    """Loudly, with the operation and ordinal; the last lines of the two commands differ indeed."""
    done = ab("--jobs", "6", behaviours=("good", "different"))
    assert done.returncode == 0, done.stderr
    assert "ANSWERS DIFFER in 6 of 6 pairs" in done.stdout
    assert json.loads(done.stderr.splitlines()[1])["event"] == "answers_differ"  # the first says that so few pairs show no difference
    commands = [shlex.split(line) for line in done.stdout.splitlines() if line.startswith("  sentinel generate ")]
    assert [command[command.index("--impl") + 1] for command in commands] == ["good", "different"]
    ends = [ab.sentinel(*command[1:]) for command in commands]
    assert [end.returncode for end in ends] == [0, 0]
    one, other = (json.loads(end.stdout.splitlines()[-1]) for end in ends)
    assert one != other
    assert (one["operation"], one.get("ordinal", 0)) == (other["operation"], other.get("ordinal", 0))


@pytest.mark.parametrize("models", [False, True])
def test_weightings_are_compared_where_they_choose_differently(ab, models):
    """By speed the quick arm is chosen once it is known; without weights the configured order stays with the slow one. Of language models,
    too, of which callers' jobs give the first samples."""
    argv = ("--weights", "speed=1,quality=0", "--against", "speed=0,quality=0", "--jobs", "60", "--restart-every", "0")
    done = ab(*argv, "--json", behaviours=("slow", "good"), models=models)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    by_speed, by_order = found["sides"]
    assert by_order["chosen"]["slow"] >= found["pairs"] * (0.75 if models else 1)
    assert by_speed["chosen"]["good"] >= 10
    assert models or found["same_choice"] == by_speed["chosen"]["slow"]
    assert [metric["metric"] for metric in found["metrics"]] == ["efficiency", "worth"]
    assert found["metrics"][0]["better"] == "speed=1,quality=0"


def test_equal_weightings_choose_alike(ab):
    """So there is no difference, and that is said."""
    done = ab("--weights", "speed=1", "--against", "speed=1,quality=1", "--jobs", "10", behaviours=("good", "good2"))
    assert done.returncode == 0, done.stderr
    assert "efficiency: no difference, the same arm did each job" in done.stdout
    assert "speed=1,quality=1 (1)" in done.stdout
    assert "speed=1,quality=1 (2)" in done.stdout


@pytest.mark.parametrize("other", ["good", "slow"])
def test_two_models_are_compared(sentinel, other):
    """Two entries of `agents:` with `model: true`: a difference is shown where one is much faster, and none where both are the same.

    A job is waited for as long as the limit of models says.
    """
    (sentinel.home / "small.json").write_text(json.dumps(DOCUMENT))
    models = [
        {"name": name, "command": [sys.executable, SCRIPT, behaviour], "agents": ["functional-positive"], "model": True}
        for name, behaviour in (("large", "slow"), ("small", other))
    ]
    pipeline = {"spec": "small.json", "agents": models, "dispatch": {"limits": {"job_ms": 10, "model_job_ms": 60_000}}}
    (sentinel.home / "models.yaml").write_text(json.dumps(pipeline))
    argv = ("--config", "models.yaml", "--restart-every", "0", "--jobs", "40", "--alpha", "0.0001", "--margin", "0.1")
    done = sentinel("ab", "small.json", "--agent", "functional-positive", "--between", "large,small", *argv)
    assert done.returncode == 0, done.stderr
    assert "failures: none" in done.stdout
    if other == "slow":
        assert "time: no difference shown after 40 pairs" in done.stdout
    else:
        assert ": decided" in done.stdout
        assert "times as fast as large (99.99 % interval " in done.stdout


def test_too_few_pairs_are_told_beforehand(ab):
    """The least that can show a difference do, where it is clear; one less cannot, and that is said before it begins."""
    few = ab("--jobs", "12", "--json")
    assert few.stderr.splitlines()[0].startswith("note: 12 pairs can show no difference, whatever they are: 13 are the least")
    assert json.loads(few.stdout)["metrics"][0]["verdict"] == "none"
    enough = ab("--jobs", "13", "--json")
    assert "note" not in enough.stderr
    assert json.loads(enough.stdout)["metrics"][0]["better"] == "good"
    rounds = ab("--jobs", "48", "--restart-every", "4", "--json", "--time", "1s")
    assert "note: 48 pairs can show no difference, whatever they are: 49 are the least" in rounds.stderr


def test_it_ends_in_time(ab):
    """Whatever is left to do."""
    done = ab("--time", "1s", "--full", "--jobs", "10000")
    assert done.returncode == 0, done.stderr
    assert "the time was over" in done.stdout
    assert "\ntime: " in done.stdout


def test_an_interrupt_shows_what_is_known_so_far(ab, tmp_path):
    """And ends with 130."""
    fifo = tmp_path / "told"
    os.mkfifo(fifo)
    pipe = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        argv = ab.command("--full", "--jobs", "10000", "--time", "10m", behaviours=("slow", f"tells {fifo}"))
        process = ab.sentinel.start(*argv)
        assert select.select([pipe], [], [], 60)[0]
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=30)
    finally:
        os.close(pipe)
    assert process.returncode == 130
    assert "interrupted" in out
    assert "slow" in out
    assert "Traceback" not in errors


def test_an_interrupt_before_anything_is_known_is_only_that(ab, tmp_path):
    """While a side has not even started."""
    fifo = tmp_path / "told"
    os.mkfifo(fifo)
    pipe = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        waits = f"import time; open({str(fifo)!r}, 'w').write('1'); time.sleep(600)"
        arms = [{"name": name, "command": [sys.executable, "-c", waits]} for name in ("one", "two")]
        process = ab.sentinel.start(
            "ab", "small.json", "--agent", "functional-positive", "--between", "one,two", "--set", f"dispatch.arms={json.dumps(arms)}",
            "--set", "dispatch.order={functional-positive: [one, two]}",
        )  # fmt: skip
        assert select.select([pipe], [], [], 60)[0]
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=30)
    finally:
        os.close(pipe)
    assert process.returncode == 130
    assert out == ""
    assert errors.strip() == "sentinel: interrupted"


def test_a_glob_that_matches_nothing_is_a_usage_error(ab):
    """As in other commands."""
    done = ab("--operation", "GET /nothing")
    assert done.returncode == 2
    assert "no operation matches 'GET /nothing'" in done.stderr


@pytest.mark.parametrize("content", ["no document", json.dumps({**DOCUMENT, "paths": {}})])
def test_a_document_without_operations_ends_with_78(ab, content):
    """There are no jobs to compare on."""
    (ab.sentinel.home / "bad.json").write_text(content)
    done = ab.sentinel("ab", "bad.json", "--agent", "functional-positive", "--between", "python,rust")
    assert done.returncode == 78, done.stderr
    assert done.stdout == ""


def test_a_bad_configuration_ends_with_78(ab):
    """With its place."""
    (ab.sentinel.home / "p.yaml").write_text("spec: x\ndispatch: {armz: []}\n")
    done = ab.sentinel("ab", "small.json", "--config", "p.yaml", "--agent", "functional-positive", "--between", "python,rust")
    assert done.returncode == 78
    assert "p.yaml:2:12" in done.stderr
