"""The page of the checks is held to the code."""

import re
from pathlib import Path

from stages.score.checks import CHECKS
from stages.score.death import CHECK as DIED
from stages.score.schemas import NOTED

PAGE = (Path(__file__).parents[3] / "docs" / "checks.md").read_text()


def test_every_check_has_its_section():
    """One section a check, in their order, by the name that reports use."""
    assert re.findall(r"^## (\w+)$", PAGE, re.MULTILINE) == [*CHECKS, DIED]


def test_every_section_says_rule_or_severity_and_what_is_silent_or_a_note():
    """Rule, severity or note, silence or example: nobody has to read the code to understand a finding."""
    for section in PAGE.split("\n## ")[1:]:
        assert "- Rule:" in section or "Not a check of one answer" in section, section[:30]
        assert "- Severity:" in section or "Always a note" in section, section[:30]


def test_the_formats_that_are_looked_at_are_named():
    """The page lists exactly the formats that the validators assert."""
    (listed,) = re.findall(r"2020-12 takes them as annotations; (.*?) are looked at", PAGE.replace("\n", " "))
    assert set(re.findall(r"`([a-z0-9-]+)`", listed)) == NOTED
