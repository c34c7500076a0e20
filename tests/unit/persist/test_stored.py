"""What is told to persist is what the store tells."""

import contextlib
import sqlite3

import msgspec
import pytest
from msgspec import msgpack

from pipeline.errors import StoreError, UsageError
from pipeline.messages import Argument, Case, Intents, MadeNow, Override, Snapshot, Step, TargetState
from stages.persist import PersistConfig, Store, forget_snapshot, keep_snapshot


def test_a_verdict_comes_back_as_it_was(tmp_path, runs):
    """All but the exchange and the lists of objects, which have readers of their own."""
    one = runs.verdict(
        3, failures=[runs.failure("k1"), runs.failure("k2", note=True, detail="why")], settled=runs.settled(3), correction=10.0
    )
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.batch(one, runs.verdict(1), runs.verdict(3, 1, outcome="no-reply", status=0)), runs.ended())
    with Store(path) as store:
        assert list(store.verdicts()) == [runs.verdict(1), one, runs.verdict(3, 1, outcome="no-reply", status=0)]
        assert store.count("r1") == 3


def test_a_verdict_told_again_replaces_its_row(tmp_path, runs):
    """The key is (run, ordinal, attempt): nothing is counted twice, and failures that are gone are gone."""
    first = runs.verdict(0, failures=[runs.failure("k1"), runs.failure("k2")], settled=runs.settled(0))
    again = runs.verdict(0, failures=[runs.failure("k3")])
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.batch(first, again), runs.batch(first), runs.batch(again), runs.ended())
    with Store(path) as store:
        assert list(store.verdicts()) == [msgspec.structs.replace(again, settled=runs.settled(0))]


def test_verdicts_of_several_runs_stay_apart(tmp_path, runs):
    """Equal ordinals of two runs are two rows."""
    path = tmp_path / "s.db"
    runs.write(path, runs.started("r1"), runs.batch(runs.verdict(0), run="r1"), runs.ended("r1"))
    runs.write(path, runs.started("r2"), runs.batch(runs.verdict(0, status=404), run="r2"), runs.ended("r2"))
    with Store(path) as store:
        assert [verdict.status for verdict in store.verdicts("r1")] == [200]
        assert [verdict.status for verdict in store.verdicts("last")] == [404]
        assert [run.id for run in store.runs()] == ["r2", "r1"]


def test_a_run_row_tells_what_the_run_was(tmp_path, runs):
    """Target, document, request, state, reason."""
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.ended("r1", "budget", "60 s"))
    with Store(path) as store:
        run = store.run("last")
        assert (run.id, run.target, run.title, run.version, run.state) == ("r1", runs.TARGET, "Pets", "1.2.0", "ended")
        assert (run.reason, run.detail, run.keep, run.resumed, run.pruned) == ("budget", "60 s", "findings", 0, False)
        assert run.request == runs.requested()
        assert run.ended_at is not None
        assert store.api(run.api) == runs.api()


def test_no_secret_of_a_request_is_stored(tmp_path, runs):
    """Passwords in addresses, telling query parameters and the owner's fixed values do not reach the file."""
    overrides = [Override(operation="*", headers={"X-Api": "hush-1"}, parameters={"api_key": "hush-2", "lang": "de"})]
    begin = runs.started(
        spec="https://me:hush-3@h/spec?token=hush-4&v=1", url="http://u:hush-5@h/", overrides=overrides, base_url="http://u:hush-6@h/"
    )
    path = tmp_path / "s.db"
    runs.write(path, begin, runs.ended())
    with Store(path) as store:
        run = store.run("r1")
        assert run.request is not None
        assert run.request.spec == "https://h/spec?token=${withheld}&v=1"
        assert run.request.overrides[0].headers == {"X-Api": "${withheld}"}
        assert run.request.overrides[0].parameters == {"api_key": "${withheld}", "lang": "de"}
        assert run.target == "http://h/"
    assert b"hush" not in path.read_bytes()


def test_exchanges_come_back_whole_and_bodies_are_kept_once(tmp_path, runs):
    """A long body that many answers share stands in the store one time."""
    long = b"[" + b'{"name": "Rex"},' * 500 + b"{}]"
    noise = bytes(range(256)) * 2
    exchanges = [runs.exchange(n, reply=long, body=noise if n else b"short") for n in range(5)]
    path = tmp_path / "s.db"
    judged = runs.batch(*[runs.verdict(n, exchange=exchange) for n, exchange in enumerate(exchanges)])
    runs.write(path, runs.started(), judged, runs.ended())
    with Store(path) as store:
        assert list(store.exchanges()) == exchanges
        assert store.exchange("r1", 2, 0) == exchanges[2]
        assert store.exchange("r1", 9, 0) is None
        assert store._all("SELECT count(*) FROM bodies") == [(2,)]


def test_the_sample_and_the_exchanges_of_one_cause_are_bounded(tmp_path, runs):
    """A thousand failures of one cause keep a few exchanges; with keep: all everything stays."""
    verdicts = [runs.verdict(n, exchange=runs.exchange(n)) for n in range(20)]
    verdicts += [runs.verdict(n, exchange=runs.exchange(n), failures=[runs.failure("k1")]) for n in range(20, 40)]
    verdicts += [runs.verdict(40, exchange=runs.exchange(40), failures=[runs.failure("k1"), runs.failure("k2")])]
    config = PersistConfig(sample_exchanges=4, exchanges_per_cause=3)
    runs.write(tmp_path / "few.db", runs.started(), runs.batch(*verdicts), runs.ended(), config=config)
    with Store(tmp_path / "few.db") as store:
        assert [exchange.trial.ordinal for exchange in store.exchanges()] == [0, 1, 2, 3, 20, 21, 22, 40]
    runs.write(tmp_path / "all.db", runs.started(keep="all"), runs.batch(*verdicts), runs.ended())
    with Store(tmp_path / "all.db") as store:
        assert len(list(store.exchanges())) == 41
        assert store.run("last").keep == "all"


def test_an_intent_is_open_until_its_verdict(tmp_path, runs):
    """A request that was about to leave is listed as undecided unless the trial was judged."""
    intents = Intents(
        run="r1", token=5, rows=[(0, 0, "attempt", "POST /pets"), (1, 0, "attempt", "POST /pets"), (1, 0, "look", "PUT /pets/{petId}")]
    )
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), intents, runs.batch(runs.verdict(0)), runs.ended("r1", "interrupted"))
    with Store(path) as store:
        assert [(one.ordinal, one.step, one.request) for one in store.intents_undecided()] == [
            (1, "attempt", "POST /pets"),
            (1, "look", "PUT /pets/{petId}"),
        ]
        assert [run.id for run in store.interrupted()] == ["r1"]


def test_an_intent_left_by_an_earlier_process_is_never_closed(tmp_path, runs):
    """A resumed run does not send the request again, so its verdict says nothing of whether it happened."""
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), Intents(run="r1", token=1, rows=[(1, 0, "attempt", "POST /pets")]), runs.ended("r1", "interrupted"))
    runs.write(path, runs.started(resume=True), runs.batch(runs.verdict(1, outcome="no-reply")), runs.ended())
    with Store(path) as store:
        assert [one.ordinal for one in store.intents_undecided()] == [1]
        run = store.run("r1")
        assert (run.resumed, run.state) == (1, "ended")
        assert run.started_at == 1_700_000_000.0


def test_made_objects_are_open_until_removed(tmp_path, runs):
    """In the order of time that MadeNow tells; what a late verdict repeats changes nothing."""
    nine, ten, inner = runs.made("/pets/9"), runs.made("/pets/10"), runs.made("/pets/10/toys/1")
    path = tmp_path / "s.db"
    runs.write(
        path,
        runs.started(),
        MadeNow(run="r1", ordinal=0, attempt=0, made=[nine]),
        MadeNow(run="r1", ordinal=1, attempt=0, made=[ten]),
        MadeNow(run="r1", ordinal=2, attempt=0, made=[inner]),
        MadeNow(run="r1", ordinal=3, attempt=0, removed=["/pets/9"]),
        runs.batch(runs.verdict(0, made=[nine])),
        runs.ended(),
    )
    with Store(path) as store:
        assert [one.made for one in store.made_open()] == [inner, ten]
    # clean-up, by another process that knows of the run only what the store does
    runs.write(path, MadeNow(run="r1", ordinal=900, attempt=0, removed=["/pets/10/toys/1", "/pets/10"]))
    with Store(path) as store:
        assert store.made_open() == []
        assert store.run("r1").state == "ended"


def test_what_lay_in_a_removed_object_is_gone_with_it(tmp_path, runs):
    """At every depth; what only begins alike, and what is made there afterwards, stands."""
    paths = ["/pets/9", "/pets/9/toys/1", "/pets/9/toys/1/parts/2", "/pets/90", "/pets/9-a/toys/1"]
    objects = [runs.made(each) for each in paths]
    path = tmp_path / "s.db"
    runs.write(
        path,
        runs.started(),
        MadeNow(run="r1", ordinal=0, attempt=0, made=objects),
        MadeNow(run="r1", ordinal=1, attempt=0, removed=["/pets/9"]),
        MadeNow(run="r1", ordinal=2, attempt=0, made=objects[1:2]),
    )
    with Store(path) as store:
        assert {one.made.path for one in store.made_open()} == {"/pets/9/toys/1", "/pets/90", "/pets/9-a/toys/1"}


def test_an_object_made_again_after_its_removal_stands_again(tmp_path, runs):
    """Also when the verdict of the trial that removed it comes late."""
    nine = runs.made("/pets/9")
    path = tmp_path / "s.db"
    runs.write(
        path,
        runs.started(),
        MadeNow(run="r1", ordinal=0, attempt=0, made=[nine]),
        MadeNow(run="r1", ordinal=1, attempt=0, removed=["/pets/9"]),
        MadeNow(run="r1", ordinal=2, attempt=0, made=[nine]),
        runs.batch(runs.verdict(0, made=[nine]), runs.verdict(1, removed=["/pets/9"])),
        runs.ended(),
    )
    with Store(path) as store:
        assert [(one.ordinal, one.made.path) for one in store.made_open()] == [(2, "/pets/9")]


def test_objects_that_only_the_verdict_tells_of_count(tmp_path, runs):
    """A trial without MadeNow: its own lists are the word."""
    path = tmp_path / "s.db"
    judged = runs.batch(runs.verdict(0, made=[runs.made("/pets/1"), runs.made("/pets/2")]), runs.verdict(1, removed=["/pets/2"]))
    runs.write(path, runs.started(), judged, runs.ended())
    with Store(path) as store:
        assert [one.made.path for one in store.made_open()] == ["/pets/1"]


def test_jobs_target_states_coverage_and_snapshots_come_back(tmp_path, runs):
    """As they were told; the latest word on coverage and on a snapshot wins."""
    path = tmp_path / "s.db"
    dead = TargetState(run="r1", state="dead", detail="refused", after_ordinal=12)
    runs.write(
        path,
        runs.started(),
        runs.job(number=2),
        runs.job(number=1),
        dead,
        runs.coverage(requests=1),
        runs.coverage(),
        Snapshot(name="router", state=b"1"),
        Snapshot(name="router", state=b"2", before=b"1"),
        runs.ended("r1", "target-dead"),
    )
    with Store(path) as store:
        assert store.jobs() == [runs.job(number=1), runs.job(number=2)]
        assert store.target_states() == [dead]
        assert store.coverage() == runs.coverage()
        assert store.snapshot("router") == b"2"
        assert store.snapshot("none") is None


def test_what_could_not_be_made_is_summed_up_by_operation_agent_and_reason(tmp_path, runs):
    """A job that is made again counts once; ``nothing`` where no case of the agent was sent for the operation."""
    path = tmp_path / "s.db"
    why = "body: gave up at /a: a pattern"
    told = [runs.not_made(number=1, rows=[(runs.MAKE, why, 9)]), runs.not_made(number=1, rows=[(runs.MAKE, why, 2), (runs.READ, "no", 1)])]
    runs.write(path, runs.started(), *told, runs.not_made(number=2), runs.batch(runs.verdict(0)), runs.ended())
    with Store(path) as store:
        found = {one.operation: (one.agent, one.reason, one.count, one.nothing) for one in store.not_made()}
        sent = {verdict.operation for verdict in store.verdicts()}
    assert sent == {runs.READ}
    agent = "functional-positive"
    assert found == {runs.MAKE: (agent, why, 5, True), runs.READ: (agent, "no", 1, False)}


def test_a_snapshot_takes_the_place_of_what_it_was_made_from_alone(tmp_path, runs):
    """What was put there, or removed, in the meantime by somebody else stays so."""
    path = tmp_path / "s.db"
    runs.write(path, Snapshot(name="router", state=b"1"))
    keep_snapshot(path, "router", b"mine")
    runs.write(path, Snapshot(name="router", state=b"2", before=b"1"), Snapshot(name="router", state=b"3"))
    with Store(path) as store:
        assert store.snapshot("router") == b"mine"
    runs.write(path, Snapshot(name="router", state=b"4", before=b"mine"))
    with Store(path) as store:
        assert store.snapshot("router") == b"4"
    forget_snapshot(path, "router")
    runs.write(path, Snapshot(name="router", state=b"5", before=b"4"))
    with Store(path) as store:
        assert store.snapshot("router") is None


def test_odd_text_and_numbers_do_not_stop_the_store(tmp_path, runs):
    """Lone surrogates, NUL, integers past 64 bits and deep nesting are kept readably."""
    deep: object = "end"
    for _ in range(5_000):
        deep = [deep]
    odd = runs.failure("k\ud800", title="a\x00b\udfff", detail="\ud83d")
    exchange = runs.exchange(0)
    argument = Argument(location="query", name="q", value=[1 << 80, deep])
    case = Case(
        operation="GET /\ud800", ordinal=0, title="\udfff", steps=[Step(name="attempt", operation="GET /\ud800", arguments=[argument])]
    )
    exchange = msgspec.structs.replace(exchange, trial=msgspec.structs.replace(exchange.trial, case=case))
    verdict = runs.verdict(0, operation="GET /\ud800", failures=[odd], exchange=exchange, made=[runs.made("/p/\ud800")])
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.batch(verdict), runs.finding(title="\ud800", case=case), runs.ended())
    with Store(path) as store:
        (kept,) = store.verdicts()
        assert kept.operation == "GET /\\ud800"
        assert kept.failures[0].title == "a\x00b\\udfff"
        (row,) = store.findings()
        assert row.finding.title == "\\ud800"
        assert store.made_open()[0].made.path == "/p/\\ud800"
        (read,) = store.exchanges()
        first, nested = read.trial.case.steps[0].arguments[0].value
        assert first == msgpack.Ext(1, str(1 << 80).encode())
        assert "…" in repr(nested)


def test_cleaning_up_after_a_run_leaves_its_record_as_it_was(tmp_path, runs):
    """Clean-up starts the run again without resuming it: objects are removed, state, coverage and reason stay."""
    path = tmp_path / "s.db"
    made = MadeNow(run="r1", ordinal=0, attempt=0, made=[runs.made("/pets/1")])
    runs.write(path, runs.started(), made, runs.coverage(), runs.ended("r1", "target-dead"))
    with Store(path) as store:
        before = store.run("r1")
    removed = MadeNow(run="r1", ordinal=9, attempt=0, removed=["/pets/1"])
    runs.write(path, runs.started(at=1.0), removed, runs.coverage(operations=[], tested=False), runs.ended("r1", "exhausted"))
    with Store(path) as store:
        assert store.run("r1") == before
        assert store.coverage() == runs.coverage()
        assert store.made_open() == []


def test_a_name_that_is_not_there_is_a_usage_error(tmp_path, runs):
    """Unknown and ambiguous runs and findings, with a text that says what to do; an unambiguous beginning is enough."""
    path = tmp_path / "s.db"
    runs.write(path, runs.started("run-a"), runs.finding("run-a"), runs.ended("run-a"))
    runs.write(path, runs.started("run-b"), runs.ended("run-b"))
    with Store(path) as store:
        assert store.run("run-a").id == "run-a"
        with pytest.raises(UsageError, match="ambiguous: run-b, run-a"):
            store.run("run")
        for unknown in ("x", ""):
            with pytest.raises(UsageError, match="there is no run"):
                store.run(unknown)
            with pytest.raises(UsageError, match="there is no finding"):
                store.finding(unknown)
        identifier = runs.finding().id
        assert store.finding(identifier[:5]).finding.id == identifier


def test_reading_a_store_that_is_not_there_says_how_to_get_one(tmp_path):
    """And makes none."""
    with pytest.raises(StoreError, match="sentinel run"):
        Store(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_rows_of_a_run_without_its_start_are_not_lost(tmp_path, runs):
    """They get a run row of their own; a finding of it can be read."""
    path = tmp_path / "s.db"
    runs.write(path, runs.finding("stray"), runs.ended("stray"))
    with Store(path) as store:
        assert store.run("stray").request is None
        assert len(store.findings("stray")) == 1


@pytest.mark.parametrize("broken", ["x'c1'", "x'a4ff'", "x'00'", "'text'"])
def test_a_corrupt_row_is_a_store_error(tmp_path, runs, broken):
    """Not a traceback of the decoder: no MessagePack, text that is no UTF-8, another structure, another type."""
    path = tmp_path / "s.db"
    kept = runs.verdict(0, settled=runs.settled(0), exchange=runs.exchange(0))
    runs.write(path, runs.started(keep="all"), runs.batch(kept), runs.finding(), runs.coverage(), runs.ended())

    def broken_at(table, column, read):
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            (sound,) = connection.execute(f"SELECT {column} FROM {table}").fetchone()
            connection.execute(f"UPDATE {table} SET {column} = {broken}")
        with Store(path) as store, pytest.raises(StoreError, match="corrupt"):
            read(store)
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(f"UPDATE {table} SET {column} = ?", (sound,))

    broken_at("sightings", "evidence", Store.findings)
    broken_at("apis", "model", lambda store: store.api(store.run("last").api))
    broken_at("runs", "request", Store.runs)
    broken_at("runs", "request", lambda store: store.run("r1"))
    broken_at("verdicts", "settled", lambda store: list(store.verdicts()))
    broken_at("exchanges", "exchange", lambda store: list(store.exchanges()))
    broken_at("exchanges", "exchange", lambda store: store.exchange("r1", 0, 0))
    broken_at("coverage", "coverage", Store.coverage)


def test_an_exchange_that_refers_to_no_place_is_corrupt(tmp_path, runs):
    """A body kept apart for an answer that the exchange does not have."""
    path = tmp_path / "s.db"
    kept = runs.verdict(0, exchange=runs.exchange(0, reply=b"long" * 100))
    runs.write(path, runs.started(keep="all"), runs.batch(kept), runs.ended())
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        (blob,) = connection.execute("SELECT exchange FROM exchanges").fetchone()
        exchange, (place, *_) = msgpack.decode(blob)
        connection.execute("UPDATE exchanges SET exchange = ?", (msgpack.encode([exchange, [[9, *place[1:]]]]),))
    with Store(path) as store, pytest.raises(StoreError, match="corrupt"):
        list(store.exchanges())
