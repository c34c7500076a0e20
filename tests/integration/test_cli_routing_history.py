"""``sentinel routing history`` and what goes in and out of the store as a whole, on stores whose decisions a simulated world made."""

import json
import pathlib
import sys

import pytest

from pipeline.messages import Snapshot
from stages.dispatch.routing import exported
from tests.scenes import routed

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def stored(sentinel, runs):
    """The command, and a store with three runs: two of 60 jobs of one agent, one of another's."""
    sentinel.store.parent.mkdir(parents=True)
    state, messages, before = None, [], None
    for name, agent in (("one", routed.AGENT), ("two", routed.AGENT), ("three", "data-mocking")):
        rows, router = routed.decided(name, 60, state=state, agent=agent)
        state = router.state
        messages += [runs.started(name), *rows, Snapshot(name="routing", state=exported(state), before=before), runs.ended(name)]
        before = exported(state)
    runs.write(sentinel.store, *messages)
    return sentinel


def lines(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def drawing_by(sentinel, module):
    """What the environment must be for a module to stand in the place of what draws."""
    (sentinel.home / "stand-in").mkdir()
    (sentinel.home / "stand-in" / "vl_convert.py").write_text(module)
    return f"{sentinel.home / 'stand-in'}:{ROOT}"


# ── history ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_history_of_an_agent_is_a_table_over_all_runs(stored):
    """Slice by slice and arm by arm, from the first job of the first run to the last of the last, of that agent alone."""
    done = stored("routing", "history", "--agent", routed.AGENT, "--slices", "4")
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.splitlines()
    assert [word for word in ("ASKED FIRST", "MEDIAN MS", "ANSWERS/MS", "FAILED", "2ND STARTS", "90 % HELD") if word not in head] == []
    assert len(rows) == 9
    assert rows[8].startswith("replays: ")
    assert "quick in " in rows[8]
    assert rows[0].startswith("1 to 30 ")
    assert rows[6].startswith("91 to 120 ")
    whole = lines(stored("routing", "history", "--agent", routed.AGENT, "--slices", "4", "--json"))
    assert [(row["run"], row["job"]) for row in whole[::2]] == [("one", 0), ("one", 30), ("two", 0), ("two", 30)]
    assert whole[6]["arm"] == "quick"
    assert whole[6]["first_share"] > 0.8


def test_the_history_of_one_run_is_of_that_run(stored):
    """By its name or the beginning of it."""
    rows = lines(stored("routing", "history", "--agent", routed.AGENT, "--run", "two", "--slices", "1", "--json"))
    assert {(row["run"], row["jobs_from"], row["jobs_to"]) for row in rows} == {("two", 1, 60)}


def test_an_agent_without_jobs_is_told_with_those_that_have_some(stored):
    """Instead of an empty table."""
    done = stored("routing", "history", "--agent", "functional-positiv")
    assert done.returncode == 2
    assert "no job of the agent 'functional-positiv'; did you mean 'functional-positive'?" in done.stderr
    other = stored("routing", "history", "--agent", routed.AGENT, "--run", "three")
    assert other.returncode == 2
    assert "run three has no job of the agent" in other.stderr
    assert stored("routing", "history").returncode == 2
    assert stored("routing", "history", "--agent", "x", "--slices", "0").returncode == 2


def test_the_history_is_plotted(stored):
    """To a picture and to its specification; the table is not printed then."""
    pytest.importorskip("vl_convert", reason="the extra `plots` is not installed")
    for name, begins in (("h.png", b"\x89PNG"), ("h.svg", b"<svg"), ("h.vl.json", b"{")):
        done = stored("routing", "history", "--agent", routed.AGENT, "--plot", name)
        assert (done.returncode, done.stdout) == (0, f"{name}: {routed.AGENT} over 120 jobs\n"), done.stderr
        assert (stored.home / name).read_bytes().startswith(begins)


def test_without_the_extra_a_picture_is_refused_and_its_specification_is_not(stored):
    """What to install, exit code 2, no file; FILE.json needs nothing."""
    path = drawing_by(stored, "raise ImportError('no such module')")
    done = stored("routing", "history", "--agent", routed.AGENT, "--plot", "h.png", PYTHONPATH=path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "pip install 'sentinel-pipeline[plots]'" in done.stderr
    assert not (stored.home / "h.png").exists()
    assert stored("routing", "history", "--agent", routed.AGENT, "--plot", "h.json", PYTHONPATH=path).returncode == 0


def test_a_drawing_that_crashes_and_a_full_disk_are_one_sentence_each(stored):
    """With 70 and 2; a plot of another form is refused before anything else."""
    path = drawing_by(stored, "import os; os.abort()")
    (stored.home / "full.json").symlink_to("/dev/full")
    for name, code, words in (("h.svg", 70, "signal 6"), ("full.json", 2, "No space left"), ("h.pdf", 2, "FILE.png, FILE.svg")):
        done = stored("routing", "history", "--agent", routed.AGENT, "--plot", name, PYTHONPATH=path)
        assert (done.returncode, len(done.stderr.splitlines())) == (code, 1), done.stderr
        assert words in done.stderr


def test_names_of_agents_are_made_fit_for_a_terminal(sentinel, runs):
    """What a third-party agent is called reaches neither a terminal nor a picture as anything but text."""
    sentinel.store.parent.mkdir(parents=True)
    name = "\x1b[31mred"
    rows, _ = routed.decided("one", 5, means_ms={name: 60.0, "quick": 20.0})
    runs.write(sentinel.store, runs.started("one"), *rows, runs.ended("one"))
    for words in (("history", "--agent", routed.AGENT), ("explain", "0")):
        done = sentinel("routing", *words)
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout
        assert "\\x1b[31mred" in done.stdout


# ── out, in, and gone ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_measured_goes_out_and_comes_back_equal(stored):
    """Exported, forgotten, imported: the same file again, the same answers; into a store that is not there yet, too."""
    before = stored("routing", "--json").stdout
    assert stored("routing", "--export", "known.json").returncode == 0
    assert stored("routing", "--forget").returncode == 0
    assert stored("routing").returncode == 2
    done = stored("routing", "--import", "known.json")
    assert done.returncode == 0, done.stderr
    assert "2 implementations, 180 jobs" in done.stdout
    assert stored("routing", "--json").stdout == before
    assert stored("routing", "--export", "again.json").returncode == 0
    assert (stored.home / "again.json").read_bytes() == (stored.home / "known.json").read_bytes()
    assert stored("routing", "--import", "known.json", "--store", "new.db").returncode == 0
    assert stored("routing", "--json", "--store", "new.db").stdout == before


def test_a_file_that_is_no_such_state_changes_nothing(stored):
    """Another version, damaged, something else: one sentence, exit code 78, and what was known is known."""
    before = stored("routing", "--json").stdout
    for content, words in (
        (b'{"version":99}', "it is of version 99, this program writes 1"),
        (b"", "it cannot be read"),
        (b"\xff\xfe\x00", "it cannot be read"),
        (b'{"version":1,"arms":{"x":3}}', "it cannot be read"),
        (b'{"version":1,"tokens":{"held":1e300}}', "tokens.held is 1e+300, which the router never writes: it is from -64 to 64"),
    ):
        (stored.home / "bad.json").write_bytes(content)
        done = stored("routing", "--import", "bad.json")
        assert (done.returncode, len(done.stderr.splitlines())) == (78, 1), done.stderr
        assert f"bad.json: {words}" in done.stderr
    assert stored("routing", "--json").stdout == before


def test_what_cannot_be_read_or_written_or_meant_is_a_usage_error(stored):
    """A file that is not there, a folder, a full disk, two wishes at once."""
    (stored.home / "full").symlink_to("/dev/full")
    for words in (
        ("--import", "missing.json"),
        ("--import", "."),
        ("--export", "nowhere/known.json"),
        ("--export", "full"),
        ("--export", "a", "--forget"),
        ("--forget", "explain", "3"),
        ("explain", "9" * 30),
        ("explain", "-1"),
        ("explain", "third"),
        ("12",),
    ):
        done = stored("routing", *words)
        assert done.returncode == 2, words
        assert "Traceback" not in done.stderr
    assert stored("routing").returncode == 0


def test_a_run_begins_with_what_was_imported(sentinel, demo, headers):
    """On this machine; what another machine measured is kept out of its decisions, as the router does."""
    options = ("--seed", "1", "--max-requests", "60", "--time", "30s", "--header-file", headers)
    assert sentinel("run", demo.url, *options).returncode in {0, 1}
    assert sentinel("routing", "--export", "known.json").returncode == 0
    known = json.loads((sentinel.home / "known.json").read_text())
    windows = {arm: model["windows"].get("functional-positive") for arm, model in known["arms"].items()}
    measured = {arm for arm, window in windows.items() if window and window["samples"] > 0}  # which of them is chance: they race
    assert measured
    moved = {**known, "arms": {arm: {**model, "machine": "another"} for arm, model in known["arms"].items()}}
    (sentinel.home / "moved.json").write_text(json.dumps(moved))
    for file, begins in (("known.json", True), ("moved.json", False)):
        assert sentinel("routing", "--import", file, "--store", f"{file}.db").returncode == 0
        assert sentinel("run", demo.url, *options, "--store", f"{file}.db").returncode in {0, 1}
        plan = json.loads(sentinel("routing", "explain", "0", "--json", "--store", f"{file}.db").stdout)["plan"]
        assert {reason["samples"] > 0 for reason in plan["reasons"] if reason["arm"] in measured} == {begins}


@pytest.mark.parametrize("during", ["--import", "--forget", ""])
def test_what_is_imported_or_forgotten_during_a_run_stands(stored, demo, headers, during):
    """The run says at its end that what it measured is left out; one that nobody interfered with replaces what it began with."""
    before = stored("routing", "--json").stdout
    known = json.dumps({"version": 1, "jobs": 77})
    (stored.home / "known.json").write_text(known)
    words = [during, "known.json"] if during == "--import" else [during]
    hook = [sys.executable, "-m", "pipeline.cli", "routing", *words, "--store", str(stored.store)]
    hooks = [{"type": "command", "command": hook}] if during else []
    (stored.home / "p.yaml").write_text(
        json.dumps({"spec": demo.url, "run": {"max_requests": 60, "time": "30s"}, "execute": {"hooks": hooks}})
    )
    done = stored("run", "--config", "p.yaml", "--header-file", headers, "--log-file", "log.jsonl")
    assert done.returncode in {0, 1}, done.stderr
    events = [json.loads(line) for line in (stored.home / "log.jsonl").read_text().splitlines()]
    assert sum(event["event"] == "snapshot_left_out" for event in events) == bool(during)
    after = stored("routing", "--export", "after.json")
    if during == "--import":
        assert json.loads((stored.home / "after.json").read_text())["jobs"] == 77
    elif during == "--forget":
        assert after.returncode == 2
    else:
        assert stored("routing", "--json").stdout != before
