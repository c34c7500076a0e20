"""docs/store.md says what is so."""

import re
import sqlite3
from pathlib import Path

import pytest

from pipeline.messages import Failure, JobRow, Verdict
from stages.persist import PersistConfig, Store, schema

PAGE = (Path(__file__).parents[3] / "docs" / "store.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def test_every_table_and_view_is_described():
    """And none that is not there."""
    tables = set(re.findall(r"CREATE TABLE (\w+)", "".join(schema.MIGRATIONS)))
    described = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert described == tables
    for view in re.findall(r"CREATE VIEW (\w+)", "".join(schema.MIGRATIONS)):
        assert f"`{view}`" in PAGE


def test_every_key_of_retention_is_described():
    """The configuration's own names."""
    for field in (
        "keep_runs",
        "max_store_bytes",
        "sample_exchanges",
        "exchanges_per_cause",
        "pending_rows",
        "pending_bytes",
        "lock_wait_ms",
    ):
        assert field in PersistConfig.__struct_fields__
        assert f"`{field}`" in PAGE


@pytest.mark.parametrize("query", QUERIES)
def test_the_queries_of_the_page_work(tmp_path, runs, query):
    """Each finds something in the store of a run with findings."""
    path = tmp_path / "s.db"
    judged = runs.batch(runs.verdict(0, failures=[runs.failure()]), runs.verdict(1))
    runs.write(path, runs.started(), runs.job(), judged, runs.finding(), runs.coverage(), runs.ended())
    connection = sqlite3.connect(path)
    assert connection.execute(query).fetchall()
    connection.close()


def test_no_field_of_a_row_is_forgotten(tmp_path, runs):
    """A field added to Verdict, Failure or JobRow must be stored: each, set to something of its own, comes back."""
    failure = runs.failure("k9", step="s", signature="sig", detail="d", note=True)
    verdict = runs.verdict(8, 1, failures=[failure], settled=runs.settled(8), correction=3.0)
    told_elsewhere = {"made", "removed", "exchange"}
    for value, kind, apart in ((verdict, Verdict, told_elsewhere), (failure, Failure, set()), (runs.job(number=1), JobRow, {"epoch"})):
        defaults = dict(zip(reversed(kind.__struct_fields__), reversed(kind.__struct_defaults__), strict=False))
        for name in set(kind.__struct_fields__) - apart:
            assert getattr(value, name) != defaults.get(name), f"{kind.__name__}.{name} is not tried here"
    path = tmp_path / "s.db"
    runs.write(path, runs.started(), runs.job(number=1), runs.batch(verdict), runs.ended())
    with Store(path) as store:
        assert list(store.verdicts()) == [verdict]
        assert store.jobs() == [runs.job(number=1)]
