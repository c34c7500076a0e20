"""``sentinel run`` against the demo, and the commands that look at what it left."""

import json
import os
import pathlib
import re
import signal

import pytest

from pipeline.events import CATALOGUE
from stages.persist import Store
from tests.servers.launch import until

BOUNDS = ("--seed", "1", "--max-requests", "400", "--time", "40s")
TOKEN = "demo-token"


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_finds_reports_and_remembers(sentinel, demo, headers):
    """Exit 1; NDJSON alone on standard output, the summary beside it; files whole; then findings, show and replay from the store."""
    reports = ["--report", "ndjson=-", "--report", "junit=j.xml", "--report", "text=t.txt"]
    done = sentinel("run", demo.url, *BOUNDS, "--header-file", headers, "--log-file", "log", "--log-level", "debug", *reports)
    assert done.returncode == 1, done.stderr
    lines = objects(done.stdout)
    kinds = [line["type"] for line in lines]
    assert kinds[0] == "run"
    assert kinds[-1] == "summary"
    found = [line for line in lines if line["type"] == "finding"]
    assert found
    assert f"finding {found[0]['id']} [{found[0]['severity']}]" in done.stderr
    assert "Exit code 1." in done.stderr
    assert (sentinel.home / "j.xml").read_text().startswith("<?xml")
    assert "Exit code 1." in (sentinel.home / "t.txt").read_text()

    listed = sentinel("findings", "--json")
    assert listed.returncode == 0
    assert {row["id"] for row in objects(listed.stdout)} == {row["id"] for row in found}
    name = next(one["id"] for one in found if "{" not in one["operation"])  # an object it was about may be gone by now
    assert name in sentinel("findings").stdout
    assert next(one["operation"] for one in found if one["id"] == name) in sentinel("show", name[:6]).stdout
    assert objects(sentinel("show", name, "--json").stdout)[0]["id"] == name
    replayed = sentinel("replay", name, "--header-file", headers)
    assert (replayed.returncode, replayed.stdout.splitlines()[-1]) == (1, "now: it still shows (confirmed)")
    assert objects(sentinel("findings", "--runs", "--json").stdout)[0]["state"] == "ended"

    for path in [*sentinel.home.rglob("*")]:
        assert not path.is_file() or path.name == "headers" or TOKEN.encode() not in path.read_bytes(), path
    assert TOKEN not in done.stdout + done.stderr

    events = [json.loads(line) for line in (sentinel.home / "log").read_text().splitlines()]
    assert {"document_read", "epoch_planned", "job_done", "finding"} <= {event["event"] for event in events}
    for event in events:
        fields = CATALOGUE[event.pop("event")]
        assert isinstance(event.pop("timestamp"), float)
        assert event.pop("level") in {"debug", "info", "warning", "error"}
        assert all(isinstance(value, fields[field]) for field, value in event.items())


def test_a_clean_server_ends_with_0_and_leaves_nothing(sentinel, serve_demo, headers):
    """No finding, a summary on standard output, progress on standard error, everything made is removed."""
    clean = serve_demo("--clean")
    done = sentinel("run", clean.url, *BOUNDS, "--header-file", headers)
    assert done.returncode == 0, done.stdout
    assert "Exit code 0." in done.stdout
    assert re.search(r"^run \S+: Pet clinic 1.0.0, 25 operations, at http://127.0.0.1:\d+, seed 1$", done.stderr, re.MULTILINE)
    assert clean.made() == []
    assert sentinel("findings").stdout.endswith("found nothing\n")
    again = sentinel("cleanup")
    assert again.returncode == 0
    assert "left nothing" in again.stdout


def test_a_dry_run_sends_nothing_and_says_what_would_be(sentinel, demo):
    """Operations, requests by phase, what is destructive, how long; no request reaches the target."""
    done = sentinel("run", f"{demo.url}/openapi.json", "--dry-run", *BOUNDS)
    assert done.returncode == 0
    for text in (
        "25 of 25 operations",
        "first pass    50",
        "DELETE /owners/{ownerId}",
        "destructive:",
        "it ends after 40s or after 400 requests",
    ):
        assert text in done.stdout
    assert demo.requests() == 0
    assert not sentinel.store.exists()


def test_skips_and_globs_keep_requests_from_being_sent(sentinel, demo):
    """What an override skips and what no glob matches is left alone."""
    (sentinel.home / "p.yaml").write_text(f"spec: {demo.url}\noverrides:\n  - {{operation: 'GET /vets', skip: shared}}\n")
    sentinel("run", "--config", "p.yaml", "--operations", "GET /vets*", "--operations", "GET /health", *BOUNDS)
    asked = {row["operation"] for row in demo.ask("/_demo/requests")["answered"]}
    assert "GET /health" in asked
    assert "GET /vets" not in asked
    assert not any("owners" in operation for operation in asked)


@pytest.mark.parametrize("left_out", ["skip", "glob"])
def test_what_is_left_out_is_no_undocumented_method_of_its_path(sentinel, serve_demo, headers, left_out):
    """The document has the method, though it is not tested: it is not tried as one that the path does not have."""
    clean = serve_demo("--clean")
    skips = "[{operation: 'POST /owners', skip: shared}, {operation: 'DELETE *', skip: shared}]"
    (sentinel.home / "p.yaml").write_text(f"spec: {clean.url}\noverrides: {skips if left_out == 'skip' else '[]'}\n")
    globs = ["--operations", "GET *"] if left_out == "glob" else []
    done = sentinel("run", "--config", "p.yaml", *globs, *BOUNDS, "--header-file", headers)
    asked = {row["operation"] for row in clean.ask("/_demo/requests")["answered"]}
    assert "GET /owners/{ownerId}" in asked
    assert "POST /owners" not in asked
    assert not [operation for operation in asked if operation.startswith("DELETE ")]
    assert done.returncode == 0, done.stdout


def test_what_is_skipped_is_not_replayed(sentinel, demo, headers):
    """A finding of a run that did not skip it is not sent again under a configuration that does."""
    sentinel("run", demo.url, *BOUNDS, "--header-file", headers, "--operations", "POST /owners")
    finding = next(line["id"] for line in objects(sentinel("findings", "--json").stdout) if line["operation"] == "POST /owners")
    (sentinel.home / "p.yaml").write_text(f"spec: {demo.url}\noverrides: [{{operation: 'POST *', skip: shared}}]\n")
    before = demo.requests()
    again = sentinel("replay", finding, "--config", "p.yaml", "--header-file", headers)
    assert demo.requests() == before, again.stdout
    assert again.returncode == 3
    assert "it could not be tried, as it is left out by an override" in again.stdout


def test_what_is_skipped_is_no_step_of_a_case_and_no_cleanup(sentinel, serve_demo, headers):
    """What would make an object to test another operation with, or remove it at the end, is not sent either; what is left is named."""
    clean = serve_demo("--clean")
    skips = "[{operation: 'POST /owners/*', skip: shared}, {operation: 'DELETE /owners/*', skip: shared}]"
    (sentinel.home / "p.yaml").write_text(f"spec: {clean.url}\noverrides: {skips}\n")
    done = sentinel("run", "--config", "p.yaml", *BOUNDS, "--header-file", headers)
    asked = {row["operation"] for row in clean.ask("/_demo/requests")["answered"]}
    assert {"POST /owners", "GET /owners/{ownerId}", "GET /owners/{ownerId}/pets/{petId}"} <= asked
    assert not [operation for operation in asked if operation.startswith(("POST /owners/", "DELETE /owners/"))]
    assert "(made by POST /owners)" in done.stdout
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("most", ["400", "399"])  # the second ends between the two confirmations of a finding
def test_a_kept_run_can_be_fed_back_without_the_target(sentinel, serve_demo, most):
    """--keep all, then --answers: the same findings, and not one request."""
    target = serve_demo("--seed", "1", "--off", "hang")
    kept = sentinel("run", target.url, *BOUNDS, "--max-requests", most, "--keep", "all", "--report", "ndjson=first.ndjson")
    assert kept.returncode == 1
    target.reset()
    again = sentinel("run", "--answers", "last", "--report", "ndjson=again.ndjson")
    assert again.returncode == 1, again.stderr
    assert target.requests() == 0
    first, second = (
        {line["id"] for line in objects((sentinel.home / name).read_text()) if line["type"] == "finding"}
        for name in ("first.ndjson", "again.ndjson")
    )
    assert first == second


def test_ctrl_c_ends_with_130_and_the_run_can_be_resumed(sentinel, demo, headers):
    """The summary says so, what was made is removed or named, and --resume goes on by itself."""
    process = sentinel.start("run", demo.url, "--time", "60s", "--seed", "1", "--header-file", headers)
    until(lambda: demo.requests() > 50)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=45)
    assert process.returncode == 130
    assert "Exit code 130." in out
    assert objects(sentinel("findings", "--runs", "--json").stdout)[0]["state"] == "interrupted"
    process = sentinel.start("run", "--resume", "--header-file", headers)
    process.send_signal(0)
    before = demo.requests()
    until(lambda: demo.requests() > before + 20)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=45)
    assert objects(sentinel("findings", "--runs", "--json").stdout)[0]["resumed"] >= 1


def test_what_a_killed_run_left_is_removed_by_cleanup(sentinel, demo, headers):
    """Refused while the run goes on; after kill -9 what the store knows to stand there is removed; a second time there is nothing to do."""
    process = sentinel.start("run", demo.url, "--time", "60s", "--seed", "1", "--header-file", headers)
    until(lambda: demo.requests() > 60)
    refused = sentinel("cleanup", "--header-file", headers)
    assert refused.returncode == 2
    assert "is still going on" in refused.stderr
    process.kill()
    process.communicate(timeout=20)
    with Store(sentinel.store) as store:
        left = {each.made.path for each in store.made_open()}
    assert left
    done = sentinel("cleanup", "--header-file", headers)
    assert done.returncode == 0, done.stderr
    assert f"{len(left)} of {len(left)} objects removed" in done.stdout
    assert left.isdisjoint(demo.made())
    assert "left nothing" in sentinel("cleanup").stdout


def test_on_a_terminal_progress_is_one_line_that_changes(sentinel, demo):
    """The status is drawn over itself; findings stay."""
    master, slave = os.openpty()
    sentinel.environment["TERM"] = "xterm"
    process = sentinel.start("run", demo.url, "--seed", "1", "--max-requests", "300", "--time", "20s", stderr=slave)
    os.close(slave)
    shown = read_terminal(master)
    out, _ = process.communicate(timeout=60)
    assert re.search(rb"\r\d+ s left \xc2\xb7 [\d,]+ requests \xc2\xb7 [^\r]*\x1b\[K", shown)
    assert b"\r\x1b[Kfinding " in shown
    assert "Exit code" in out


def test_a_closed_terminal_drains_the_run(sentinel, demo):
    """The terminal goes away in the middle (hang-up): the run ends in order and is interrupted, not lost."""
    master, slave = os.openpty()
    process = sentinel.start("run", demo.url, "--time", "60s", stderr=slave, stdout=slave, stdin=slave, start_new_session=True)
    os.close(slave)
    until(lambda: demo.requests() > 30)
    os.close(master)
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=45) == 130
    assert objects(sentinel("findings", "--runs", "--json").stdout)[0]["state"] == "interrupted"


def test_every_pipeline_of_configs_runs_as_it_is_but_for_the_address(sentinel, demo):
    """quickstart.yaml and ci.yaml, with the address of this test's demo."""
    configs = pathlib.Path(__file__).parents[2] / "configs"
    for name in ("quickstart.yaml", "ci.yaml"):
        bounds = ["--max-requests", "60", "--time", "20s", "--store", f"{name}.db"]
        done = sentinel("run", "--config", str(configs / name), "--set", f"spec={demo.url}", "--url", demo.url, *bounds)
        assert done.returncode in {0, 1}, done.stderr
    assert (sentinel.home / "sentinel-junit.xml").exists()
    assert objects((sentinel.home / "sentinel-findings.ndjson").read_text())[-1]["type"] == "summary"


def read_terminal(master: int) -> bytes:
    """All that is written to a terminal until it is closed."""
    shown = b""
    while True:
        try:
            part = os.read(master, 65_536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(master)
    return shown
