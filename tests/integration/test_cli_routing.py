"""What was measured is kept from run to run, shown, and each decision explained."""

import contextlib
import json
import sqlite3

import pytest

from stages.persist import keep_snapshot
from tests.servers.launch import until


@pytest.fixture
def measured(sentinel, demo, headers):
    """Two runs against the demo."""
    for seed in ("1", "2"):
        done = sentinel("run", demo.url, "--seed", seed, "--max-requests", "900", "--time", "30s", "--header-file", headers)
        assert done.returncode in {0, 1}, done.stderr
    return sentinel


def test_what_was_measured_is_shown_by_agent_and_arm(measured):
    """Both implementations, more samples after the second run, as a table and for programs; forgotten when asked."""
    rows = [json.loads(line) for line in measured("routing", "--json").stdout.splitlines()]
    agents = ("functional-positive", "functional-negative")
    assert {(row["agent"], row["arm"]) for row in rows} == {(agent, arm) for agent in agents for arm in ("python", "rust")}
    for agent in agents:  # of the slower one all that was seen may be replays that were stopped: samples, but no answers
        assert any(row["efficiency"] > 0 for row in rows if row["agent"] == agent)
    assert sum(row["samples"] for row in rows) >= 10
    assert "ANSWERS/MS" in measured("routing").stdout
    assert measured("routing", "--export", "known.json").returncode == 0
    assert json.loads((measured.home / "known.json").read_text())["version"] == 1
    assert measured("routing", "--forget").returncode == 0
    assert measured("routing").returncode == 2


def test_a_job_is_explained_in_numbers(measured):
    """The reasons of each arm, the choice, and what happened."""
    done = measured("routing", "explain", "3")
    assert done.returncode == 0, done.stderr
    assert "decided by" in done.stdout
    assert "what happened:" in done.stdout
    assert "answers in" in done.stdout
    whole = json.loads(measured("routing", "explain", "3", "--json").stdout)
    assert {reason["arm"] for reason in whole["plan"]["reasons"]} == {"python", "rust"}
    assert whole["tries"][0]["kind"] == "answered"
    missing = measured("routing", "explain", "99999")
    assert missing.returncode == 2
    assert "has no job 99999" in missing.stderr
    history = measured("routing", "history", "--agent", "functional-positive")
    assert history.returncode == 0, history.stderr
    assert "python" in history.stdout


def test_nothing_is_shown_where_nothing_was_measured(sentinel, demo):
    """With what to do."""
    sentinel("run", demo.url, "--max-requests", "30", "--time", "20s", "--set", "dispatch.routing.remember=false")
    done = sentinel("routing")
    assert done.returncode == 2
    assert "nothing was measured yet" in done.stderr


def test_what_routing_learned_survives_kill_9(sentinel, demo, headers):
    """It is kept as the run goes on, so that the next one, or a table, has it."""
    process = sentinel.start("run", demo.url, "--time", "60s", "--header-file", headers)
    until(lambda: sentinel.store.exists() and sentinel("routing", "--json").returncode == 0, 40)
    process.kill()
    process.wait(10)
    rows = [json.loads(line) for line in sentinel("routing", "--json").stdout.splitlines()]
    assert sum(row["samples"] for row in rows) > 0


@pytest.mark.parametrize(
    ("state", "reason"),
    [(b'{"version": 1, "arms": 5}', "it cannot be read"), (b'{"version": 99}', "it is of version 99, this program writes 1")],
    ids=["damaged", "of another version"],
)
def test_what_cannot_be_read_of_routing_is_set_aside_with_a_warning(sentinel, demo, headers, state, reason):
    """The run goes on and learns anew; what was there stands in the store under another name, as it was."""
    keep_snapshot(sentinel.store, "routing", state)
    done = sentinel("run", demo.url, "--max-requests", "60", "--time", "20s", "--header-file", headers, "--log-file", "log.jsonl")
    assert done.returncode in {0, 1}, done.stderr
    events = [json.loads(line) for line in (sentinel.home / "log.jsonl").read_text().splitlines()]
    warnings = [event for event in events if event["event"] == "routing_set_aside"]
    assert [(event["level"], event["reason"][: len(reason)]) for event in warnings] == [("warning", reason)]
    with contextlib.closing(sqlite3.connect(sentinel.store)) as store:
        assert store.execute("SELECT state FROM snapshots WHERE name LIKE 'routing-set-aside-%'").fetchall() == [(state,)]
    rows = [json.loads(line) for line in sentinel("routing", "--json").stdout.splitlines()]
    assert sum(row["samples"] for row in rows) > 0


def test_each_decision_is_a_line_of_the_log(sentinel, demo, headers):
    """At level debug, with the plan as its row has it: the job's facts, every arm's numbers, order and mode."""
    done = sentinel("run", demo.url, "--max-requests", "60", "--time", "30s", "--header-file", headers, "--log-level", "debug")
    assert done.returncode in {0, 1}
    lines = [json.loads(line) for line in done.stderr.splitlines() if '"job_decided"' in line]
    assert len(lines) >= 2
    for line in (lines[0], lines[-1]):
        stored = json.loads(sentinel("routing", "explain", str(line["job"]), "--json").stdout)["plan"]
        assert {"facts", "reasons", "order", "mode", "mode_why", "cpu_price", "tokens"} <= set(line["plan"])
        assert {key: line["plan"][key] for key in ("facts", "reasons", "order", "mode", "why")} == {
            key: stored[key] for key in ("facts", "reasons", "order", "mode", "why")
        }
