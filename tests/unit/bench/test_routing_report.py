"""What the simulation of routing reports: tables, targets, pictures, and the bounds of its short form."""

import json
import pathlib
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from pipeline.errors import UsageError
from tests.bench.bounds import judged
from tests.bench.routing.loose import LATE, RATIOS, against, changed
from tests.bench.routing.policies import POLICIES
from tests.bench.routing.report import calibration, part_table, pictures, specifications, tables, targets
from tests.bench.routing.runs import Score
from tests.bench.routing.worlds import WORLDS

ROOT = pathlib.Path(__file__).parents[3]
GOOD = Score(efficiency=250.0, right=99.0, near=98.0, tail=2.0, twice=5.0, failures=0, held=90, asked=100)
OTHER = Score(efficiency=80.0, right=None, near=60.0, tail=9.0, twice=0.0, failures=0)
SOON, KEPT = {"degrades": [2, 3], "improves": [5, 6]}, [(0.0, 10.0), (0.5, 12.0)]


def scores(router=GOOD, seeds=2):
    """Every policy in every world, the router as given; its seeds are one point apart."""
    return {
        world: [
            {policy: replace(router, efficiency=router.efficiency + seed) if policy == "router" else OTHER for policy in POLICIES}
            for seed in range(seeds)
        ]
        for world in WORLDS
    }


def cells(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]


def test_each_table_has_a_row_a_policy_and_a_column_a_world():
    """Five of them, each with its title; a figure is a mean over seeds with its interval, and what no seed says is said so."""
    found = tables(scores(seeds=3)).split("\n\n")
    assert [text.partition(",")[0] for text in found[:2]] == ["efficiency", "first choice right"]
    assert len(found) == 5
    for text in found:
        head, *rows = cells(text)
        assert head == ["policy", *WORLDS]
        assert [row[0] for row in rows] == list(POLICIES)
    assert cells(found[0])[1][1:] == ["251.0 ± 2.5"] * len(WORLDS)
    assert cells(found[1])[2][1:] == ["-"] * len(WORLDS)


def test_the_calibration_is_summed_over_seeds():
    """Of each world the share of the router's predictions that held, and how many there were."""
    assert cells(calibration(scores()))[1:] == [[world, "90.0", "200"] for world in WORLDS]


def test_parts_are_told_by_world_and_in_the_mean():
    """A row a part."""
    left_out = {"one": [{"whole": 100.0, "without": 90.0}], "other": [{"whole": 110.0, "without": 80.0}]}
    rows = [["router", "one", "other", "mean"], ["whole", "100.0", "110.0", "105.0"], ["without", "90.0", "80.0", "85.0"]]
    assert cells(part_table(left_out)) == rows


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({}, set()),
        ({"right": 10.0}, {"first choice right"}),
        ({"efficiency": 50.0}, {"efficiency"}),
        ({"tail": 4.0}, {"99th percentile over the best arm's mean"}),
        ({"twice": 10.0}, {"work done twice"}),
        ({"failures": 1}, {"failures that a caller saw"}),
    ],
)
def test_a_target_that_is_missed_is_told(changes, missed):
    """In its row, and by nothing else; a wish that is missed is none."""
    found = targets(scores(replace(GOOD, **changes)), SOON, KEPT)
    assert {target.what.partition(",")[0] for target in found if not target.holds} == missed
    verdicts = {target.row()[-1] for target in found}
    assert verdicts <= {"holds", "MISSED", "missed (a wish)"}
    assert ("MISSED" in verdicts) == bool(missed)


def test_changes_found_late_and_a_costly_restart_are_told():
    """Each has targets of its own."""
    found = targets(scores(), {"degrades": [30] * 9, "improves": [60] * 9}, [(9.0, 10.0), (9.0, 10.0)])
    assert sum(not target.holds for target in found) == 2 + 2 + 1


def test_the_short_form_ends_with_1_where_a_bound_is_missed(capsys):
    """Of any world, of a change, or of a restart; with 0 where all hold, and each is printed."""
    fair = replace(GOOD, efficiency=300.0)
    cases = [(fair, 0, 0.0, 0), (replace(fair, efficiency=60.0), 0, 0.0, 1), (replace(fair, failures=1), 0, 0.0, 1), (fair, 1, 0.0, 1)]
    for router, late, lost, code in [*cases, (fair, 0, 3.0, 1)]:
        ratios = [bound for world, rows in scores(router).items() for bound in against(world, rows)]
        reactions = {kind: [most + late] * 3 for kind, most in LATE.items()}
        assert judged([*ratios, *changed(reactions, [(lost, 10.0)] * 3)]) == code
        printed = capsys.readouterr().out
        assert all(f"{world}: efficiency, % of the oracle's" in printed for world in WORLDS)
        assert ("MISSED" in printed) == bool(code)
    assert set(RATIOS) == set(WORLDS)


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_picture_is_data_with_a_bar_a_policy_and_world():
    """Means with their intervals, one facet a world; nothing leads elsewhere."""
    found = specifications(scores())
    assert set(found) == {"efficiency", "right"}
    for specification in found.values():
        assert json.loads(json.dumps(specification)) == specification
        rows = specification["data"]["values"]
        assert [(row["world"], row["policy"]) for row in rows] == [(world, policy) for world in WORLDS for policy in POLICIES]
        assert all(row["low"] <= row["mean"] <= row["high"] for row in rows)
        assert "url" not in specification["data"]


def test_pictures_are_drawn(tmp_path, monkeypatch):
    """As SVG files with every policy and world in them, by the process that draws for the product."""
    pytest.importorskip("vl_convert", reason="the extra `plots` is not installed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pictures(scores(), tmp_path / "new")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["routing-efficiency.svg", "routing-right.svg"]
    for path in (tmp_path / "new").iterdir():
        words = {element.text for element in ET.parse(path).iter() if element.text}
        assert {*POLICIES, *WORLDS} <= words


def test_without_the_extra_it_is_said_what_to_install(tmp_path, monkeypatch):
    """And nothing is written."""
    (tmp_path / "vl_convert.py").write_text("raise ImportError('no such module')")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    with pytest.raises(UsageError, match="sentinel-pipeline"):
        pictures(scores(), tmp_path / "new")
    assert not list((tmp_path / "new").iterdir())
