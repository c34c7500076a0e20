"""docs/reports.md names every field of every line."""

import json
import re
from pathlib import Path

from pipeline.reports import FORMATS
from pipeline.reports.ndjson import ndjson

PAGE = (Path(__file__).parents[3] / "docs" / "reports.md").read_text(encoding="utf-8")


def _described(title):
    section = re.search(rf"^### [^\n]*`{title}`[^\n]*\n(.*?)(?=^#)", PAGE, re.DOTALL | re.MULTILINE)
    assert section is not None, title
    first_cells = re.findall(r"^\| (`.*?) \|", section[1], re.MULTILINE)
    return {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}


def test_every_field_is_described_and_no_other(one_of_everything):
    """For each type of line."""
    lines = {(line := json.loads(text))["type"]: line for text in ndjson(one_of_everything)}
    assert lines.keys() == {"run", "operation", "finding", "note", "summary"}
    for kind, line in lines.items():
        assert _described(kind) == set(line) - {"type"}, kind


def test_every_format_is_described():
    """By the name that --report takes."""
    for name in FORMATS:
        assert f"`{name}`" in PAGE
