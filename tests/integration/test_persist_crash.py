"""``kill -9`` at any moment: what was acknowledged is there, once, and what may have happened is listed."""

import random
import sqlite3
import subprocess
import sys
from pathlib import Path

from stages.persist import Store

ROOT = Path(__file__).parents[2]


def test_killed_at_random_moments_nothing_acknowledged_is_lost(tmp_path, runs):
    """Fifteen times in one run, each time resumed where the store says: no gap, no duplicate, a sound file, honest intents."""
    path = tmp_path / "s.db"
    chance = random.Random(20)
    first = 0
    may_have_happened: set[int] = set()
    for kill in range(15):
        child = subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "scenes" / "dies.py"), str(path), str(first)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert child.stdout is not None
        acknowledged = -1
        for _ in range(chance.randint(2, 12)):  # the first line is the log's
            acknowledged = _number(child.stdout.readline(), acknowledged)
        child.kill()
        for line in child.stdout:  # what it had said by then
            acknowledged = _number(line, acknowledged)
        child.stdout.close()
        child.wait(10)

        connection = sqlite3.connect(path)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
        with Store(path) as store:
            ordinals = [verdict.ordinal for verdict in store.verdicts("r1")]
            assert ordinals == list(range(len(ordinals)))
            assert len(ordinals) > acknowledged
            for n, verdict in enumerate(store.verdicts("r1")):
                assert verdict == runs.verdict(n, failures=[runs.failure()], settled=runs.settled(n))
            assert [exchange.trial.ordinal for exchange in store.exchanges("r1")] == ordinals
            undecided = {one.ordinal for one in store.intents_undecided("r1")}
            assert may_have_happened <= undecided
            fresh = undecided - may_have_happened
            assert len(fresh) <= 1  # one request is on its way at a time
            assert all(n >= len(ordinals) for n in fresh)
            may_have_happened = undecided
            run = store.run("r1")
            assert (run.state, run.resumed) == ("interrupted", kill)
            assert [one.id for one in store.interrupted()] == ["r1"]
        first = len(ordinals)
    assert first > 100


def _number(line: str, before: int) -> int:
    return int(line) if line.endswith("\n") and line.strip().isdecimal() else before
