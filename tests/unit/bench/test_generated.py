"""What the bench of generated cases says of reasons."""

import pytest

from tests.bench.generated import reason_of


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
