"""What the bench of generated cases says of reasons, and what it counts."""

import json
from pathlib import Path

import pytest

from tests.bench.generated import examine, reason_of
from tests.bench.sendable import Sendable


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        ("body: gave up: nothing at /a/b", "gave up: nothing at ..."),
        ("query/a/gave: gave up: no value of the enum can be sent there", "gave up: no value of the enum can be sent there"),
        ("body/x: gave up: minItems/3 is not proved to be violated", "gave up: minItems... is not proved to be violated"),
        ("path/id: proved empty at its root: no value of the enum", "proved empty at its root: no value of the enum"),
        ("something else", "something else"),
    ],
)
def test_reasons_are_told_without_their_places(why: str, reason: str) -> None:
    assert reason_of(why) == reason


def test_an_operation_whose_requests_cannot_be_sent_has_no_positive_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request is put together; one that cannot be is told by its reason."""
    parameter = {"name": "q", "in": "query", "schema": {"const": "x"}, "required": True}
    document = {"openapi": "3.0.3", "paths": {"/a": {"get": {"parameters": [parameter], "responses": {}}}}}
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))
    assert examine(path, 2).counts["operations with a positive case"] == 1
    monkeypatch.setattr(Sendable, "why_not", lambda _self, _case: "no form")
    counts, misses = examine(path, 2)
    assert counts["operations with a positive case"] == 0
    assert counts["  functional-positive cannot be sent: no form"] == counts["functional-positive: cases that cannot be sent"] > 0
    assert "GET /a: functional-positive: no form" in misses
