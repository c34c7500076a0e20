"""A decision in words: what was so, what was planned, why, and what came of it."""

import json
import subprocess

import msgspec

from pipeline.cli.explain_text import explained, how_to_repeat
from pipeline.measured import decided
from pipeline.messages import DecisionRow, RunRequested, Try
from stages.dispatch.routing import NEVER_MS, ArmFacts, JobFacts, Reason, RoutingPlan

ARMS = ("one", "two", "three", "four")
FACTS = JobFacts(
    agent="a",
    size=16,
    arms=(
        ArmFacts(name="one", version="1.2", deterministic=True, workers=2, busy=1),
        ArmFacts(name="two", warm=False, waiting=3, busy=1),
        ArmFacts(name="three", model=True, waiting=1),
        ArmFacts(name="four\x1b", deterministic=True, last_resort=True),
    ),
    idle_cores=0.5,
)
REASONS = tuple(
    Reason(
        arm=arm, expected_ms=10.0, low_ms=5.0, high_ms=20.0, start_ms=0.0, score=1.0, uncertainty=0.1, reliability=0.9, breaker="closed",
        samples=7,
    )
    for arm in ARMS
)  # fmt: skip
PLAN = RoutingPlan(
    ticket=1, agent="a", size=16, order=("one", "two", "three", "four\x1b"), mode="hedge", delays_ms=(0.0, 12.34, 0.0, NEVER_MS),
    deadlines_ms=(2_000.0, 2_500.0, 3_000.0, 20_000.0), rounds=1, why="score", mode_why="it pays", reasons=REASONS, facts=FACTS,
    cpu_price=0.25, tokens=3.5,
)  # fmt: skip
TRIES = [
    Try(arm="one", kind="failed", wall_ms=3.0, why="died"),
    Try(arm="two", kind="answered", wall_ms=9.0, cpu_ms=4.0, queue_ms=1.0, answers=16, cold=True),
    Try(arm="three", kind="answered", wall_ms=5.0, answers=16, shadow=True),
]


def row(plan=PLAN, tries=TRIES, **fields):
    text = plan if isinstance(plan, str) else msgspec.json.encode(plan).decode()
    return DecisionRow(run="r1", job=12, agent="a", group="pets", plan=text, tries=list(tries), **fields)


def said(one, repeat=()):
    return explained(one, decided(one), repeat).splitlines()


def test_what_was_so_is_said_of_the_machine_and_each_arm():
    """Cores, prices and tokens; warm or cold, workers, queue, and what kind of arm it is, in the order of the plan."""
    lines = said(row())
    at = lines.index(
        "when it was decided: 0.5 cores idle, so that a CPU millisecond is priced at 0.25 ms; 3.50 tokens for second starts (one is needed)"
    )
    assert lines[at + 1 : at + 5] == [
        "  one 1.2: warm, 1 of 2 workers busy, no job in line; claims to be deterministic",
        "  two: cold, 1 of 1 worker busy, 3 jobs in line",
        "  three: warm, 0 of 1 worker busy, 1 job in line; a language model answers",
        "  four\\x1b: warm, 0 of 1 worker busy, no job in line; claims to be deterministic; left to the last, since its answers differed",
    ]


def test_the_plan_is_said_in_words():
    """When each arm starts, how long it is waited for, and why it is a hedge."""
    lines = said(row())
    at = lines.index("the plan: hedge, since it pays")
    assert lines[at + 1 : at + 5] == [
        "  one: starts at once; waited for 2,000 ms at the most",
        (
            "  two: starts 12.3 ms behind the first where there is no answer then, at once where those before it failed; "
            "waited for 2,500 ms at the most"
        ),
        "  three: starts at once, too; waited for 3,000 ms at the most",
        "  four\\x1b: starts only where all before it failed; waited for 20,000 ms at the most",
    ]


def test_the_try_that_counted_is_marked():
    """The first that answered, and no replay; where none did, that."""
    lines = said(row())
    assert [line for line in lines if line.endswith("<- these count")] == [
        "  two: 16 answers in 9.0 ms (CPU 4.0 ms, waited 1.0 ms, cold) <- these count"
    ]
    assert "  one: failed in 3.0 ms (CPU 0.0 ms, waited 0.0 ms): died" in lines
    assert said(row(tries=TRIES[:1]))[-1] == "  no answer: the job was set aside"


def test_a_row_of_an_older_store_is_explained_as_far_as_it_says():
    """Without facts, price, tokens and the reason of the mode, which plans did not have; with starts and deadlines, which they had."""
    plan = json.loads(row().plan)
    for name in ("facts", "cpu_price", "tokens", "mode_why"):
        del plan[name]
    lines = said(row(json.dumps(plan)))
    assert not any("when it was decided" in line for line in lines)
    assert "the plan: hedge" in lines
    assert "  one: starts at once; waited for 2,000 ms at the most" in lines
    oldest = json.dumps({"size": 16, "order": ["one"], "mode": "sequence"})
    assert "  one: starts at once" in said(row(oldest))


def test_answers_that_differ_are_said_with_the_job_and_what_shows_it():
    """The job stands on a line of its own, which is the only one that begins with a brace; the commands cut it out and do it twice."""
    job = '{"agent":"a","group":"pets","seed":1,"spans":[]}'
    one = row(differs="four\x1b", asked=job)
    request = RunRequested(run="r1", spec="my pets.yaml", seed=1, agents=["a"], operations=["GET /*"])
    commands = how_to_repeat(one, request, " --store 's 1.db'")
    lines = said(one, commands)
    assert "ANSWERS DIFFER: those of four\\x1b are not those of two, which count" in "\n".join(lines)
    assert [line for line in lines if line.startswith("{")] == [job]
    assert lines[-4:] == [
        "  sentinel routing explain 12 --run r1 --store 's 1.db' | grep '^{' > job.json",
        "  sentinel generate 'my pets.yaml' --job job.json --operation 'GET /*' --impl two --config PIPELINE > counts.ndjson",
        "  sentinel generate 'my pets.yaml' --job job.json --operation 'GET /*' --impl 'four\\x1b' --config PIPELINE > differs.ndjson",
        "  diff counts.ndjson differs.ndjson",
    ]
    cut = subprocess.run(["grep", "^{"], input="\n".join(lines), capture_output=True, text=True, timeout=10, check=True)
    assert cut.stdout == job + "\n"


def test_built_in_implementations_need_no_pipeline():
    """And where the row does not have the job, or the run is not known, there is no command."""
    tries = [Try(arm="python", kind="answered", answers=1)]
    request = RunRequested(run="r1", spec="pets.yaml", seed=1, agents=["a"])
    one = row(tries=tries, differs="rust", asked="{}")
    assert how_to_repeat(one, request, "")[1] == "sentinel generate pets.yaml --job job.json --impl python > counts.ndjson"
    assert how_to_repeat(row(tries=tries, differs="rust"), request, "") == []
    assert how_to_repeat(one, None, "") == []
