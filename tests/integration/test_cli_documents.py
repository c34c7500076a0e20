"""Commands that understand a document: inspect, graph, init, generate; and those about this installation."""

import json
import struct
import subprocess
import sys

import msgspec
import pytest


@pytest.fixture
def spec(sentinel, demo) -> str:
    """The demo's document as a file."""
    (sentinel.home / "clinic.json").write_text(json.dumps(demo.ask("/openapi.json")))
    return "clinic.json"


def test_inspect_shows_operations_in_the_order_of_their_dependencies(sentinel, spec):
    """With what each needs."""
    done = sentinel("inspect", spec)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    rows = [line.split(maxsplit=1) for line in lines if line[:1].isdigit() and not line.startswith("25 ")]
    assert len(rows) == 25
    assert [level for level, _ in rows] == sorted(level for level, _ in rows)
    assert any("DELETE /owners/{ownerId}" in row and row.endswith("POST /owners") for _, row in rows)


def test_inspect_names_problems_with_their_pointers_and_still_ends_with_0(sentinel):
    """A usable rest is worth having."""
    document = {
        "openapi": "3.0.3",
        "info": {"title": "T\x1b[31m", "version": "1"},
        "paths": {
            "/a": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/nowhere"}}}}}}}
        },
    }
    (sentinel.home / "bad.json").write_text(json.dumps(document))
    done = sentinel("inspect", "bad.json")
    assert done.returncode == 0
    assert "/paths/~1a/get" in done.stdout
    assert "nowhere" in done.stdout
    assert "\x1b" not in done.stdout
    api = json.loads(sentinel("inspect", "bad.json", "--json").stdout)
    assert api["operations"][0]["key"] == "GET /a"
    assert api["problems"]


def test_init_writes_what_validate_and_run_accept(sentinel, demo, spec):
    """Unedited; a second time it wants --force."""
    assert sentinel("init", spec, "--url", demo.url).returncode == 0
    assert sentinel("validate", "sentinel.yaml").returncode == 0
    done = sentinel("run", "--config", "sentinel.yaml", "--max-requests", "40", "--time", "20s")
    assert done.returncode in {0, 1, 3}, done.stderr
    again = sentinel("init", spec)
    assert again.returncode == 2
    assert "sentinel.yaml exists" in again.stderr
    assert sentinel("init", spec, "--force").returncode == 0
    (sentinel.home / "sub").mkdir()
    assert sentinel("init", spec, "--url", demo.url, "-o", "sub/p.yaml").returncode == 0
    assert 'spec: "../clinic.json"' in (sentinel.home / "sub" / "p.yaml").read_text()
    assert sentinel("run", "--config", "sub/p.yaml", "--dry-run").returncode == 0


def test_graphs_are_drawn_in_three_forms(sentinel, spec):
    """Of operations and of a pipeline."""
    assert "POST /owners\n  -> DELETE /owners/{ownerId}" in sentinel("graph", "--operations", spec).stdout
    assert sentinel("graph", "--operations", spec, "--format", "dot").stdout.startswith("digraph sentinel {")
    sentinel("init", "-o", "p.yaml")
    assert sentinel("graph", "--config", "p.yaml", "--format", "mermaid").stdout.startswith("flowchart LR\n")


def test_generated_cases_are_the_same_each_time(sentinel, spec):
    """Equal options, equal bytes; another seed, others; every operation from ordinal 0 on."""
    argv = ("generate", spec, "--agent", "functional-positive", "--impl", "python", "--count", "5")
    first, second, other = sentinel(*argv), sentinel(*argv), sentinel(*argv, "--seed", "7")
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout != other.stdout
    cases = [json.loads(line) for line in first.stdout.splitlines()]
    by_operation: dict[str, list[int]] = {}
    for case in cases:
        by_operation.setdefault(case["operation"], []).append(case["ordinal"])
    assert len(by_operation) == 25
    assert all(ordinals == list(range(len(ordinals))) for ordinals in by_operation.values())


def test_packed_cases_are_frames_of_the_same_cases(sentinel, spec):
    """4 bytes of length, then canonical MessagePack; as many as there are lines."""
    argv = ["generate", spec, "--agent", "functional-positive", "--impl", "python", "--operation", "* /owners*", "--count", "4"]
    lines = sentinel(*argv).stdout.splitlines()
    packed = subprocess.run(
        [*sentinel.command, *argv, "--msgpack"], cwd=sentinel.home, env=sentinel.environment, capture_output=True, timeout=60, check=True
    ).stdout
    frames = []
    while packed:
        (length,) = struct.unpack(">I", packed[:4])
        frames.append(msgspec.msgpack.decode(packed[4 : 4 + length]))
        packed = packed[4 + length :]
    assert [(frame["operation"], frame["ordinal"]) for frame in frames] == [
        (case["operation"], case["ordinal"]) for case in map(json.loads, lines)
    ]


def test_a_glob_that_matches_nothing_is_a_usage_error(sentinel, spec):
    """Rather than an empty output that looks like success."""
    done = sentinel("generate", spec, "--agent", "functional-positive", "--operation", "GET /nothing")
    assert done.returncode == 2
    assert "GET /nothing" in done.stderr


def test_an_implementation_that_is_not_there_is_named(sentinel, spec):
    """With its reason."""
    arms = "dispatch.arms=[{name: mine, command: [no-such-program-anywhere]}]"
    order = "dispatch.order={functional-positive: [mine]}"
    done = sentinel("generate", spec, "--agent", "functional-positive", "--set", arms, "--set", order)
    assert done.returncode == 70
    assert "mine: the program 'no-such-program-anywhere' is not installed" in done.stderr


def test_agents_tells_which_implementations_work(sentinel):
    """The Python one always does; a broken one says why and does not hide the others."""
    rows = [json.loads(line) for line in sentinel("agents", "--json").stdout.splitlines()]
    python = next(row for row in rows if row["arm"] == "python")
    assert "functional-positive" in python["agents"]
    assert python["deterministic"]
    broken = "dispatch.arms[2]={name: broken, command: ['{python}', '-c', 'raise SystemExit(3)']}"
    done = sentinel(
        "agents", "--set", "dispatch.arms=[{name: python, command: ['{python}', -m, stages.agents]}]", "--set", broken.replace("[2]", "[1]")
    )
    assert done.returncode == 0
    assert "status 3" in done.stdout


def test_agents_ends_with_70_where_none_works(sentinel):
    """So that a script notices."""
    done = sentinel("agents", "--set", "dispatch.arms=[{name: x, command: [/bin/false]}]")
    assert done.returncode == 70


def test_doctor_says_what_is_there_and_what_is_missing(sentinel):
    """Everything needed is here, so it ends with 0; without the Rust agents it says what to do."""
    done = sentinel("doctor")
    assert done.returncode == 0, done.stdout
    assert sys.executable in done.stdout
    assert "agents python: " in done.stdout
    assert f"store {sentinel.store}: is made by the first run" in done.stdout
    bare = sentinel("doctor", "--json", PATH="/nowhere")
    diagnoses = {row["subject"]: row for row in map(json.loads, bare.stdout.splitlines())}
    rust = diagnoses["agents rust"]
    assert rust["verdict"] == "ok" or "no cargo to build them" in rust["finding"]
    assert rust["verdict"] == "ok" or "rustup" in rust["remedy"]


def test_doctor_ends_with_70_when_the_store_cannot_be_made(sentinel):
    """A place that is no folder."""
    done = sentinel("doctor", "--store", "/dev/null/s.db")
    assert done.returncode == 70
    assert "fault  store /dev/null/s.db" in done.stdout


def test_an_agent_of_ones_own_generates_too(sentinel, spec):
    """By its name, and where no order names it as the last that is asked; one that is for other agents is not asked."""
    own = "agents=[{name: mine, command: [no-such-program-anywhere]}, {name: other, command: [nor-this], agents: [data-mocking]}]"
    named = sentinel("generate", spec, "--agent", "functional-positive", "--impl", "mine", "--set", own)
    assert named.returncode == 70
    assert "mine: the program 'no-such-program-anywhere' is not installed" in named.stderr
    order = ("--set", "dispatch.order={functional-positive: []}")
    broken = ("--set", "dispatch.arms=[{name: python, command: [gone]}]")
    last = sentinel("generate", spec, "--agent", "functional-positive", "--set", own, *order, *broken)
    assert last.returncode == 70
    assert "mine: the program" in last.stderr
    assert "other" not in last.stderr


def test_what_cannot_be_made_is_told_once_a_reason(sentinel):
    """With the number of cases, not a line for each ordinal."""
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "minLength": 5, "maxLength": 3}}}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": {"requestBody": body, "responses": {}}}},
    }
    (sentinel.home / "hard.json").write_text(json.dumps(document))
    done = sentinel("generate", "hard.json", "--agent", "functional-positive", "--impl", "python", "--count", "300")
    assert (done.returncode, done.stdout) == (0, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("POST /a: 300 cases not made: body: ")
    assert " at /a: " in line
