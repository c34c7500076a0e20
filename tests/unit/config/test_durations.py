"""Lengths of time in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import durations


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("250ms", 250), ("60s", 60_000), ("2m", 120_000), ("1h30m", 5_400_000), ("1.5s", 1_500), (" 1m 30s ", 90_000)],
)
def test_a_duration_is_read(text, milliseconds):
    """Units h, m, s and ms, added up."""
    assert durations.parse(text) == milliseconds


@pytest.mark.parametrize("text", ["", "60", "s", "1d", "-1s", "1s2", "0s", "0.0001ms", "1e3s"])
def test_other_texts_are_refused(text):
    """No unit, no number, another unit, or nothing left of it."""
    with pytest.raises(ValueError, match=r"not a length|shorter"):
        durations.parse(text)


@given(st.integers(1, 10**12))
def test_the_written_form_means_the_same(milliseconds):
    """What print-config shows is read back as the same length."""
    assert durations.parse(durations.text(milliseconds)) == milliseconds
