"""Where the demo's defects are planted."""

import re
from pathlib import Path

import pytest

from pipeline.demo import DEFECTS, create_app, plant
from pipeline.demo.clinic import HANDLERS
from stages.score.checks import CHECKS

SEEDS = range(200)
PAGE = Path(__file__).parents[3] / "docs" / "demo.md"


def test_every_seed_plants_all_ten_on_operations_of_their_own() -> None:
    """No seed leaves a defect out, and no operation has two."""
    for seed in SEEDS:
        planted = plant(seed)
        assert [p.defect.name for p in planted.values()] == [defect.name for defect in DEFECTS]
        assert planted.keys() <= HANDLERS.keys()


def test_each_defect_is_for_a_check_of_its_own() -> None:
    """The ten name ten checks, all of which score has."""
    checks = [defect.check for defect in DEFECTS]
    assert len(set(checks)) == 10
    assert set(checks) <= CHECKS.keys()


def test_seeds_vary_the_places() -> None:
    """Over the seeds every place is used."""
    used = {(p.defect.name, operation) for seed in SEEDS for operation, p in plant(seed).items()}
    assert used == {(defect.name, place.operation) for defect in DEFECTS for place in defect.places}


@pytest.mark.parametrize("name", [defect.name for defect in DEFECTS])
def test_a_switch_takes_its_defect_away_and_moves_no_other(name: str) -> None:
    """With one off, the other nine are where they were."""
    for seed in SEEDS:
        with_it = {operation: (p.defect.name, p.place.when) for operation, p in plant(seed).items()}
        without = {operation: (p.defect.name, p.place.when) for operation, p in plant(seed, [name]).items()}
        assert without == {operation: row for operation, row in with_it.items() if row[0] != name}


def test_clean_has_none_and_an_unknown_switch_is_refused() -> None:
    """A misspelt name is an error that lists the names there are."""
    assert create_app(1, clean=True).planted == {}
    with pytest.raises(ValueError, match=r"no such defect: hangs; there are server-error, .*hang"):
        create_app(1, off=["hangs"])


def test_the_page_tells_every_defect_and_place() -> None:
    """docs/demo.md has a row for each place, as the code has it."""
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| `([^`]+)` \| `([^`]+)` \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == [(defect.name, defect.check, place.operation, place.when) for defect in DEFECTS for place in defect.places]
