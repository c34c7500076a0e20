"""``sentinel ab`` on the implementations that there are: built in, and the example in another language."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import small

pytestmark = pytest.mark.alone  # they measure time

ROOT = Path(__file__).parents[2]
DOCUMENT = small("a", "b", "c")
NEEDS_RUST = pytest.mark.skipif(not (Path(sys.executable).parent / "sentinel-agents").exists(), reason="no Rust agents are installed")


@NEEDS_RUST
def test_the_real_agents_are_compared_and_answer_alike(sentinel, demo):
    """By time, CPU and what they cover, over the demo's document: as text and as JSON; nothing is sent and nothing kept."""
    (sentinel.home / "clinic.json").write_text(json.dumps(demo.ask("/openapi.json")))
    before = demo.requests()
    argv = ("ab", "clinic.json", "--agent", "functional-positive", "--between", "python,rust", "--jobs", "30", "--full")
    done = sentinel(*argv, "--restart-every", "10")
    assert done.returncode == 0, done.stderr
    assert "30 pairs of 30: all jobs done" in done.stdout
    assert "answers: equal in every pair" in done.stdout
    assert "failures: none" in done.stdout
    found = json.loads(sentinel(*argv, "--restart-every", "0", "--metric", "cpu,worth", "--json").stdout)
    assert [side["name"] for side in found["sides"]] == ["python", "rust"]
    assert all(side["jobs"] == 30 and side["cpu_ms"] > 0 and side["answers"] > 100 for side in found["sides"])
    cpu, worth = found["metrics"]
    assert (cpu["pairs"], cpu["rounds"]) == (30, 30)
    assert cpu["ratio"] > 0
    assert worth["verdict"] == "equivalent"
    assert demo.requests() == before
    assert not sentinel.store.exists()


@NEEDS_RUST
@pytest.mark.parametrize("between", ["python,python", "rust,rust", "python,rust"])
def test_of_one_implementation_twice_no_difference_is_shown(sentinel, between):
    """New workers for every pair, so that nothing differs but chance: a false alarm comes in at most six of ten thousand runs of this
    test. The same pairs, as few and as sure, tell two implementations apart."""
    (sentinel.home / "small.json").write_text(json.dumps(DOCUMENT))
    argv = ("--restart-every", "1", "--jobs", "40", "--alpha", "0.0003", "--margin", "0.1", "--metric", "time,cpu", "--full", "--json")
    done = sentinel("ab", "small.json", "--agent", "functional-positive", "--between", between, *argv)
    assert done.returncode == 0, done.stderr
    assert "note" not in done.stderr  # that so few pairs could show none
    metrics = {metric["metric"]: metric for metric in json.loads(done.stdout)["metrics"]}
    if between == "python,rust":
        assert [metrics[name]["better"] for name in ("time", "cpu")] == ["rust", "rust"]
        return
    assert [(metrics[name]["verdict"], metrics[name]["rounds"]) for name in ("time", "cpu")] == [("none", 40)] * 2


@pytest.mark.skipif(shutil.which("perl") is None, reason="the example is in Perl")
def test_an_agent_in_another_language_is_compared(sentinel):
    """It promises no determinism, so answers may differ; it makes fewer of them."""
    (sentinel.home / "small.json").write_text(json.dumps(DOCUMENT))
    arms = [
        {"name": "python", "command": ["{python}", "-m", "stages.agents"]},
        {"name": "perl", "command": ["perl", str(ROOT / "docs" / "examples" / "agent.pl"), "--json"], "encoding": "json"},
    ]
    (sentinel.home / "p.yaml").write_text(json.dumps({"spec": "small.json", "dispatch": {"arms": arms}}))
    argv = ("small.json", "--config", "p.yaml", "--agent", "functional-positive", "--between", "python,perl", "--metric", "worth")
    done = sentinel("ab", *argv, "--jobs", "40", "--restart-every", "0")
    assert done.returncode == 0, done.stderr
    assert "worth: only python covers anything" in done.stdout
    assert "answers" not in done.stdout
