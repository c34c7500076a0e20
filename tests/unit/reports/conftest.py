"""A run with one of everything, told from a store."""

import dataclasses
import itertools
from pathlib import Path

import msgspec
import pytest

from pipeline.messages import Intents, MadeNow, Reply, TargetState
from pipeline.reports import Told, told
from stages.persist import Store

CURL = "curl -sS -X 'POST' 'http://127.0.0.1:8001/v1/pets' -H 'Authorization: '\"$ALICE\" "
CURL += '--data-raw \'{"name": "it\'\\\'\'s -H here", "n": 1}\''


@pytest.fixture
def store_path(tmp_path, runs) -> Path:
    """Two runs; the second, r1, has two findings, a note, an unconfirmed suspicion, one finding gone, and things left open."""
    path = tmp_path / "s.db"
    runs.write(
        path, runs.started("r0"), runs.finding("r0"), runs.finding("r0", "old", title="Old one"), runs.coverage("r0"), runs.ended("r0")
    )
    answer = Reply(
        status=200, headers=[("Content-Type", "application/json"), ("Allow", "GET")], body=b'{"id":3,"name":"\xe4\xba\xac"}', total_ms=12.0
    )
    broken = runs.finding(
        key="k2",
        severity="critical",
        check="response_schema",
        title="Body of 200 breaks its schema: type at /items/3/owner, a title of two lines",
        rule="#/components/schemas/Pet",
        detail="3 is not of type 'string'",
        operations=[runs.READ, runs.LIST],
        reply=answer,
        curl=CURL,
    )
    runs.write(
        path,
        runs.started(),
        broken,
        runs.finding(),
        runs.note(),
        runs.finding(key="doubt", state="unverified", title="Perhaps"),
        runs.batch(*[runs.verdict(n) for n in range(12)]),
        runs.coverage(),
        MadeNow(run="r1", ordinal=1, attempt=0, made=[runs.made()]),
        Intents(run="r1", token=1, rows=[(40, 0, "attempt", "POST /pets")]),
        TargetState(run="r1", state="dead", detail="connection refused", after_ordinal=12),
        runs.ended(),
    )
    return path


@pytest.fixture
def one_of_everything(store_path) -> Told:
    with Store(store_path) as store:
        found = told(store, "r1")
    return dataclasses.replace(found, again="", store="", run=msgspec.structs.replace(found.run, ended_at=found.run.started_at + 12.34))


@pytest.fixture
def tell(tmp_path, runs):
    """Tells of a run made of these messages, which ended by itself after 12.34 seconds."""
    number = itertools.count()

    def make(*messages, reason="exhausted") -> Told:
        path = tmp_path / f"told-{next(number)}.db"
        runs.write(path, runs.started(), *messages, *([runs.ended("r1", reason)] if reason else []))
        with Store(path) as store:
            found = told(store)
        found = dataclasses.replace(found, again="", store="")
        if found.run.ended_at is None:
            return found
        return dataclasses.replace(found, run=msgspec.structs.replace(found.run, ended_at=found.run.started_at + 12.34))

    return make
