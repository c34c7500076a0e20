"""What goes when a run has ended, and what never does."""

import random

from pipeline.messages import Intents, MadeNow
from stages.persist import PersistConfig, Store


def _names(path):
    with Store(path) as store:
        return [(run.id, run.pruned) for run in store.runs()]


def test_only_so_many_runs_of_a_target_are_kept(tmp_path, runs):
    """The oldest go, for each target by itself, with all their rows."""
    path = tmp_path / "s.db"
    config = PersistConfig(keep_runs=2)
    other = {"base_url": "http://127.0.0.1:8002"}
    runs.write(path, runs.started("o1", **other), runs.ended("o1"), config=config)
    for name in ("r1", "r2", "r3"):
        told = [
            runs.started(name),
            runs.job(name),
            runs.not_made(name),
            runs.batch(runs.verdict(0, failures=[runs.failure()]), run=name),
            runs.coverage(name),
        ]
        runs.write(path, *told, runs.ended(name), config=config)
    assert _names(path) == [("r3", False), ("r2", False), ("o1", False)]
    with Store(path) as store:
        for table in ("verdicts", "failures", "jobs", "not_made", "coverage"):
            assert store._all(f"SELECT count(*) FROM {table}") == [(2,)], table


def test_the_latest_evidence_of_a_finding_stays(tmp_path, runs):
    """A finding that later runs did not look for keeps its evidence, long body and all, though its run goes."""
    path = tmp_path / "s.db"
    config = PersistConfig(keep_runs=1)
    kept = runs.finding("r1", "k1", curl="c" * 1_000)
    runs.write(path, runs.started("r1"), kept, runs.finding("r1", "k2"), runs.coverage("r1"), runs.ended("r1"), config=config)
    blind = runs.coverage("r2", operations=[])
    runs.write(path, runs.started("r2"), runs.finding("r2", "k2"), blind, runs.ended("r2"), config=config)
    assert _names(path) == [("r2", False), ("r1", True)]
    with Store(path) as store:
        assert store.finding(kept.id).finding == kept
        assert store.finding(runs.finding(key="k2").id).run == "r2"
        assert [row.finding.key for row in store.findings("r1")] == ["k1"]
    runs.write(path, runs.started("r3"), runs.finding("r3", "k1"), runs.coverage("r3"), runs.ended("r3"), config=config)
    assert [name for name, _ in _names(path)] == ["r3"]


def test_what_still_stands_at_the_target_is_never_forgotten(tmp_path, runs):
    """Open objects and requests that may have happened outlive the rows of their run; a run without them goes altogether."""
    path = tmp_path / "s.db"
    config = PersistConfig(keep_runs=1)
    made = MadeNow(run="r1", ordinal=0, attempt=0, made=[runs.made("/pets/1")])
    intents = Intents(run="r2", token=1, rows=[(0, 0, "attempt", "POST /pets")])
    runs.write(path, runs.started("r1"), made, runs.ended("r1"), config=config)
    runs.write(path, runs.started("r2"), intents, runs.ended("r2", "interrupted"), config=config)
    runs.write(path, runs.started("r3"), runs.ended("r3"), config=config)
    assert _names(path) == [("r3", False), ("r2", True), ("r1", True)]
    with Store(path) as store:
        assert [one.made.path for one in store.made_open("r1")] == ["/pets/1"]
        assert [one.request for one in store.intents_undecided("r2")] == ["POST /pets"]
        assert store.interrupted() == []
    runs.write(path, MadeNow(run="r1", ordinal=0, attempt=0, removed=["/pets/1"]), config=config)
    runs.write(path, runs.started("r4"), runs.ended("r4"), config=config)
    assert [name for name, _ in _names(path)] == ["r4", "r2"]


def test_a_store_that_is_too_big_gives_up_exchanges_of_old_runs_first(tmp_path, runs):
    """Then old runs, and of the last run only what is no evidence; the file gets smaller."""
    path = tmp_path / "s.db"
    tight = PersistConfig(max_store_bytes=1 << 20)
    body = [bytes([n % 256]) + n.to_bytes(3, "big") * 400 + bytes((n * 7 + i * i) % 251 for i in range(800)) for n in range(900)]
    for name in ("r1", "r2"):
        offset = 450 * (name == "r2")
        judged = [runs.verdict(n, exchange=runs.exchange(n, reply=body[n + offset])) for n in range(450)]
        runs.write(path, runs.started(name, keep="all"), runs.batch(*judged, run=name), runs.ended(name))
    before = path.stat().st_size
    failing = runs.verdict(0, failures=[runs.failure()], exchange=runs.exchange(0, reply=body[0]))
    runs.write(
        path, runs.started("r3"), runs.batch(failing, run="r3"), runs.finding("r3"), runs.coverage("r3"), runs.ended("r3"), config=tight
    )
    assert path.stat().st_size < before
    assert path.stat().st_size <= (1 << 20) + (1 << 16)
    with Store(path) as store:
        assert len(list(store.exchanges("r3"))) == 1
        assert list(store.exchanges("r1")) == []
        assert store.count("r2") == 450
        assert len(store.findings("r3")) == 1


def test_bodies_that_a_kept_run_shares_with_a_removed_one_stay(tmp_path, runs):
    """What is kept once is removed with its last user."""
    path = tmp_path / "s.db"
    shared, lone = b"shared" * 100, b"lone" * 100
    config = PersistConfig(keep_runs=1)
    first = runs.batch(runs.verdict(0, exchange=runs.exchange(0, reply=shared, body=lone)), run="r1")
    second = runs.batch(runs.verdict(0, exchange=runs.exchange(0, reply=shared)), run="r2")
    runs.write(path, runs.started("r1"), first, runs.ended("r1"), config=config)
    runs.write(path, runs.started("r2"), second, runs.ended("r2"), config=config)
    with Store(path) as store:
        (exchange,) = store.exchanges("r2")
        assert exchange.sent[0].reply.body == shared
        assert store._all("SELECT count(*) FROM bodies") == [(1,)]


def test_the_room_of_removed_runs_goes_back_to_the_file_system(tmp_path, runs):
    """Nearly all of it."""
    path = tmp_path / "s.db"
    config = PersistConfig(keep_runs=1)
    runs.write(path, runs.started("r1"), *[runs.batch(*[runs.verdict(n) for n in range(k, k + 500)]) for k in range(0, 10_000, 500)])
    runs.write(path, runs.ended("r1"), config=config)
    before = path.stat().st_size
    runs.write(path, runs.started("r2"), runs.ended("r2"), config=config)
    assert path.stat().st_size < before / 5


def test_a_run_whose_exchanges_were_removed_cannot_be_fed_back(tmp_path, runs):
    """It was kept whole, and is not any more: `--answers` must not take it for one that is."""
    path = tmp_path / "s.db"
    config = PersistConfig(max_store_bytes=1 << 20)
    noise = [random.Random(n).randbytes(60_000) for n in range(30)]
    trials = runs.batch(*[runs.verdict(n, exchange=runs.exchange(n, reply=body)) for n, body in enumerate(noise)])
    runs.write(path, runs.started(keep="all"), trials, config=config)
    with Store(path) as store:
        assert store.run("r1").keep == "all"
    runs.write(path, runs.started(resume=True, keep="all"), runs.ended(), config=config)
    with Store(path) as store:
        assert len(list(store.exchanges("r1"))) < 30
        assert store.run("r1").keep == "findings"
