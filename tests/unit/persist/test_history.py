"""A finding across the runs of its target."""

import pytest

from pipeline.messages import Reply, Request
from stages.persist import Store


def _standings(path, run):
    with Store(path) as store:
        shown = {row.finding.key: row.standing for row in store.findings(run, notes=True)}
        return shown | {row.finding.key: row.standing for row in store.gone(run)}


def _run(runs, path, name, *keys, **options):
    reason = options.pop("reason", "exhausted")
    coverage = options.pop("coverage", None) or runs.coverage(name)
    runs.write(path, runs.started(name, **options), *[runs.finding(name, key) for key in keys], coverage, runs.ended(name, reason))
    return _standings(path, name)


def test_new_then_still_there_then_gone_then_back(tmp_path, runs):
    """The four words, over five runs; the first and last sighting are told with it."""
    path = tmp_path / "s.db"
    assert _run(runs, path, "r1", "k1") == {"k1": "new"}
    assert _run(runs, path, "r2", "k1", "k2") == {"k1": "still there", "k2": "new"}
    assert _run(runs, path, "r3", "k2") == {"k1": "gone", "k2": "still there"}
    assert _run(runs, path, "r4", "k2") == {"k2": "still there"}
    assert _run(runs, path, "r5", "k1", "k2") == {"k1": "back", "k2": "still there"}
    assert _standings(path, "r3") == {"k1": "gone", "k2": "still there"}
    with Store(path) as store:
        row = store.finding(runs.finding(key="k1").id)
        assert (row.first_run, row.last_run, row.run) == ("r1", "r5", "r5")


def test_saying_it_again_in_one_run_changes_nothing(tmp_path, runs):
    """A finding is told when it is suspected, confirmed and whenever it occurs again: it stays new, with the latest evidence."""
    path = tmp_path / "s.db"
    words = [runs.finding(state="suspected", confirmations=0), runs.finding(), runs.finding(occurrences=9)]
    runs.write(path, runs.started(), *words, runs.coverage(), runs.ended())
    with Store(path) as store:
        (row,) = store.findings()
        assert (row.standing, row.finding.occurrences, row.finding) == ("new", 9, words[2])


@pytest.mark.parametrize("reason", ["interrupted", "target-dead", "refused"])
def test_a_run_that_was_cut_short_says_nothing_is_gone(tmp_path, runs, reason):
    """It may not have come to the place."""
    path = tmp_path / "s.db"
    _run(runs, path, "r1", "k1")
    assert _run(runs, path, "r2", reason=reason) == {}
    assert _run(runs, path, "r3", "k1") == {"k1": "still there"}


def test_a_run_that_did_not_look_says_nothing_is_gone(tmp_path, runs):
    """Another target, other agents, or an operation that was left out or never answered."""
    path = tmp_path / "s.db"
    _run(runs, path, "r1", "k1")
    assert _run(runs, path, "r2", base_url="http://127.0.0.1:8002") == {}
    assert _run(runs, path, "r3", agents=["security-auth"]) == {}
    left_out = runs.coverage("r4", operations=[one for one in runs.coverage().operations if one.operation != runs.READ])
    assert _run(runs, path, "r4", coverage=left_out) == {}
    assert _run(runs, path, "r5", "k1") == {"k1": "still there"}


def test_a_suspicion_that_was_never_settled_is_no_history(tmp_path, runs):
    """The next run calls the finding new, and a suspicion in this run keeps an old finding from being gone."""
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.finding(state="suspected"), runs.coverage(), runs.ended())
    assert _run(runs, path, "r2", "k1") == {"k1": "new"}
    runs.write(path, runs.started("r3"), runs.finding("r3", state="suspected"), runs.coverage("r3"), runs.ended("r3"))
    assert _standings(path, "r3") == {"k1": "still there"}


def test_a_finding_that_another_stands_for_is_not_shown(tmp_path, runs):
    """Neither then, nor as gone in the next run; asked for by its id, the other is given."""
    path = tmp_path / "s.db"
    whole = runs.finding(key="whole")
    runs.write(path, runs.started(), runs.finding(), whole, runs.finding(merged_into=whole.id), runs.coverage(), runs.ended())
    assert _standings(path, "r1") == {"whole": "new"}
    with Store(path) as store:
        assert store.finding(runs.finding().id).finding == whole
    assert _run(runs, path, "r2", "whole") == {"whole": "still there"}


def test_what_was_not_seen_again_is_listed_with_the_notes(tmp_path, runs):
    """A finding is re-verified before it is reported."""
    path = tmp_path / "s.db"
    told = [runs.finding(key="sure"), runs.finding(key="unsure", state="unverified", severity="critical")]
    runs.write(path, runs.started(), *told, runs.coverage(), runs.ended())
    with Store(path) as store:
        assert [row.finding.key for row in store.findings()] == ["sure"]
        assert [row.finding.key for row in store.findings(notes=True)] == ["sure", "unsure"]


def test_findings_are_listed_gravest_first_and_notes_only_when_asked_for(tmp_path, runs):
    """Notes stand behind all faults, whatever their severity."""
    path = tmp_path / "s.db"
    told = [runs.note(key="n", severity="critical"), runs.finding(key="low", severity="low"), runs.finding(key="top", severity="critical")]
    runs.write(path, runs.started(), *told, runs.coverage(), runs.ended())
    with Store(path) as store:
        assert [row.finding.key for row in store.findings()] == ["top", "low"]
        assert [row.finding.key for row in store.findings("r1", notes=True)] == ["top", "low", "n"]


def test_the_evidence_of_a_finding_comes_back_whole(tmp_path, runs):
    """Also where its bodies are long enough to be kept apart."""
    request = Request(method="POST", url="http://h/", body=b"x" * 5_000)
    reply = Reply(status=500, body=bytes(range(256)) * 9, truncated=True)
    finding = runs.finding(request=request, reply=reply)
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), finding, runs.coverage(), runs.ended())
    with Store(path) as store:
        assert store.finding(finding.id).finding == finding
