"""Runs taken up again: what governed them governs them still, and what contradicts them is refused."""

import json
import signal
import sys
import time

import pytest

from tests.servers.launch import until

BOUNDS = ("--seed", "1", "--max-requests", "400", "--time", "40s")


@pytest.fixture
def cut_off(sentinel, demo, headers):
    """A pipeline with a rate and a hook, whose run was interrupted; gives its file and that of the hook's traces."""
    traces = sentinel.home / "hook.txt"
    hook = [sys.executable, "-c", f"open({str(traces)!r}, 'a').write('ran ')"]
    pipeline = {
        "spec": demo.url,
        "run": {"seed": 5, "time": "60s"},
        "execute": {"requests_per_second": 40, "hooks": [{"type": "command", "command": hook}]},
    }
    (sentinel.home / "p.yaml").write_text(json.dumps(pipeline))
    process = sentinel.start("run", "--config", "p.yaml", "--header-file", headers)
    until(lambda: demo.requests() > 40)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=45)
    assert process.returncode == 130, out
    return traces, out


def test_a_resumed_run_keeps_its_limits_and_runs_no_hook(sentinel, demo, headers, cut_off):
    """Without --config: the rate is that of the pipeline, and the target is not reset under what the run had learned."""
    traces, out = cut_off
    assert "sentinel run --resume" in out
    assert "--header 'Authorization: ...' goes on from here" in " ".join(out.split())
    before, began = demo.requests(), time.monotonic()
    done = sentinel("run", "--resume", "--time", "4s", "--header-file", headers)
    assert done.returncode in {0, 1}, done.stderr
    assert demo.requests() - before < 40 * (time.monotonic() - began) + 10
    assert traces.read_text() == "ran "


def test_a_secret_that_is_not_stored_must_be_given_again(sentinel, cut_off):
    """A run is not gone on with as nobody."""
    done = sentinel("run", "--resume")
    assert done.returncode == 78
    assert "execute.headers.Authorization: is missing; it is a secret, which is not stored" in done.stderr


@pytest.mark.parametrize("option", [["--seed", "77"], ["--operations", "GET /vets"], ["--agents", "functional-negative"]])
def test_an_option_that_contradicts_the_run_is_refused(sentinel, cut_off, option):
    """With exit code 2, and the value that the run has."""
    done = sentinel("run", "--resume", *option)
    assert done.returncode == 2
    assert "start a new run for that" in done.stderr


def test_answers_are_fed_back_only_where_all_are_there(sentinel, serve_demo):
    """A run whose exchanges were not all kept is refused; options without effect are named."""
    target = serve_demo("--clean")
    sentinel("run", target.url, *BOUNDS)
    refused = sentinel("run", "--answers", "last")
    assert refused.returncode == 2
    assert "was not made with --keep all" in refused.stderr
    sentinel("run", target.url, *BOUNDS, "--set", "run.keep=all")
    fed = sentinel("run", target.url, "--answers", "last", "--max-requests", "3")
    assert fed.returncode in {0, 3}, fed.stderr
    assert "note: --max-requests has no effect" in fed.stderr
