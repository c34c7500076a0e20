"""What a run says of implementations that fail at jobs or answer otherwise than they should, and how that is looked into."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import small

SCRIPT = str(Path(__file__).parents[1] / "agents" / "scripted.py")


@pytest.fixture
def tested(sentinel, demo, headers):
    """Runs a pipeline of these scripted arms against the demo, small jobs one after the other; gives its summary and its report's run."""

    def run(*behaviours):
        arms = [{"name": name, "command": ["{python}", SCRIPT, name]} for name in behaviours]
        pipeline = {
            "spec": demo.url,
            "run": {"seed": 3, "time": "30s", "max_requests": 400, "agents": ["functional-positive"]},
            "dispatch": {"arms": arms, "order": {"functional-positive": list(behaviours)}, "workers": 1, "job_cases": 4},
        }
        (sentinel.home / "p.yaml").write_text(json.dumps(pipeline))
        done = sentinel("run", "--config", "p.yaml", "--header-file", headers, "--report", "ndjson=out.ndjson")
        assert done.returncode in {0, 1, 3}, done.stderr
        return done, json.loads((sentinel.home / "out.ndjson").read_text().splitlines()[0])

    return run


def shell(sentinel, command):
    """The command line as a person types it."""
    (sentinel.home / "sentinel").write_text(f'#!/bin/sh\nexec {sys.executable} -m pipeline.cli "$@"\n')
    (sentinel.home / "sentinel").chmod(0o755)
    environment = sentinel.environment | {"PATH": f"{sentinel.home}:{os.environ['PATH']}"}
    return subprocess.run(
        ["sh", "-c", command], cwd=sentinel.home, env=environment, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip


def test_a_difference_is_told_loudly_and_shown_by_the_commands_that_are_printed(sentinel, tested):
    """From the summary's command to the job, to either implementation's answers, to the lines that differ."""
    done, report = tested("slow", "different")
    assert re.search(r"^ANSWERS DIFFER at [0-9,]+ jobs? \([0-9,]+ functional-positive\)", done.stdout, re.MULTILINE)
    assert report["jobs_differing"] >= 1
    assert [done.stderr.count(f'"event":"{event}"') for event in ("arm_left_out",)] == [1]
    (see,) = re.findall(r"^  (sentinel routing explain .*)$", done.stdout, re.MULTILINE)
    explained = shell(sentinel, see)
    assert explained.returncode == 0, explained.stderr
    assert "ANSWERS DIFFER: those of different are not those of slow, which count" in explained.stdout
    _, _, commands = explained.stdout.partition("what shows it:\n")
    cut, counting, differing, diff = [line.strip().replace("PIPELINE", "p.yaml") for line in commands.splitlines()]
    for command in (cut, counting, differing):
        made = shell(sentinel, command)
        assert (made.returncode, made.stderr) == (0, ""), command
    shown = shell(sentinel, diff)
    assert shown.returncode == 1
    assert ", otherwise" in shown.stdout
    job = json.loads((sentinel.home / "job.json").read_text())
    asked = sum(span["count"] for span in job["spans"])
    for name in ("counts.ndjson", "differs.ndjson"):
        assert len((sentinel.home / name).read_text().splitlines()) == asked > 0
    piped = shell(sentinel, counting.replace("job.json", "-").replace("> counts.ndjson", "< job.json"))
    assert piped.stdout == (sentinel.home / "counts.ndjson").read_text()
    whole = json.loads(shell(sentinel, f"{see} --json").stdout)
    assert whole["asked"] == job
    assert whole["differs"] == "different"


def test_jobs_set_aside_are_counted_in_the_summary(tested):
    """Of an implementation that refuses every other job, with its reason; the run goes on with the others."""
    done, report = tested("refuses-every-other")
    found = re.search(r"SET ASIDE: (\d+) of (\d+) jobs, which no implementation could do: (.*?\))", done.stdout.replace("\n", " "))
    assert found, done.stdout
    assert found[3] == f"functional-positive {found[1]} (last: refuses-every-other: internal)"
    assert (report["jobs_set_aside"], report["jobs"]) == (int(found[1]), int(found[2]))
    assert 0 < report["jobs_set_aside"] < report["jobs"]
    assert "ANSWERS DIFFER" not in done.stdout


# ── generate --job ───────────────────────────────────────────────────────────────────────────────────────────────────────

DOCUMENT = small("a", "b")


@pytest.fixture
def again(sentinel):
    """Does a job of functional-positive by Python."""
    (sentinel.home / "small.json").write_text(json.dumps(DOCUMENT))

    def generate(job, *options):
        text = job if isinstance(job, str) else json.dumps(job)
        (sentinel.home / "job.json").write_text(text)
        return sentinel("generate", "small.json", "--job", "job.json", "--impl", "python", *options)

    generate.sentinel = sentinel
    return generate


def group_of(sentinel, operation):
    api = json.loads(sentinel("inspect", "small.json", "--json").stdout)
    return next(one["group"] for one in api["operations"] if one["key"] == operation)


def test_a_job_makes_what_its_spans_ask_for(again):
    """The cases that `generate --agent` makes there, and no others."""
    all_of_it = ("generate", "small.json", "--agent", "functional-positive", "--impl", "python", "--operation", "GET /a")
    expected = again.sentinel(*all_of_it, "--seed", "5", "--count", "4").stdout.splitlines()
    job = {"agent": "functional-positive", "seed": 5, "group": group_of(again.sentinel, "GET /a")}
    job["spans"] = [{"operation": "GET /a", "start": 1, "count": 2}]
    done = again(job)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == expected[1:3]
    assert done.stderr == ""
    other = again(job | {"slice": "0" * 32})
    assert other.stdout == done.stdout
    assert other.stderr.startswith("warning: the job was made of an API that differs in the group ")


def test_what_is_no_job_of_the_document_is_a_usage_error(again):
    """Damaged, of another document, of an agent that does not exist, with options that say otherwise, not there at all."""
    group = group_of(again.sentinel, "GET /a")
    good = {"agent": "functional-positive", "seed": 5, "group": group, "spans": [{"operation": "GET /a", "start": 0, "count": 1}]}
    for job, options, words in (
        ("{", (), "job.json is no job: "),
        (good | {"spans": 3}, (), "Expected `array`, got `int` - at `$.spans`"),
        (good | {"spans": [{"operation": "GET /z", "start": 0, "count": 1}]}, (), "the document has no operation 'GET /z'"),
        (good | {"group": "elsewhere"}, (), "in the group 'elsewhere'"),
        (good | {"agent": "functional-positiv"}, (), "did you mean 'functional-positive'?"),
        (good, ("--seed", "5"), "leave out --seed and --count"),
        (good, ("--agent", "functional-positive"), "not allowed with argument"),
    ):
        done = again(job, *options)
        assert done.returncode == 2, (words, done.stderr)
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    missing = again.sentinel("generate", "small.json", "--job", "missing.json")
    assert missing.returncode == 2
    assert "missing.json cannot be read: No such file or directory" in missing.stderr
    neither = again.sentinel("generate", "small.json")
    assert neither.returncode == 2
    assert "one of the arguments --agent --job is required" in neither.stderr
