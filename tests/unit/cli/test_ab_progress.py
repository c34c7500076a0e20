"""What a comparison says of itself while it goes on."""

from types import SimpleNamespace

from pipeline.cli.ab_progress import PairsProgress


def test_it_says_how_far_it_is():
    """Nothing is counted before the sides have started; the time left never falls below none."""
    progress = PairsProgress(400)
    assert progress.line(0.0) == "starting workers"
    progress.contest, progress.ends_at = SimpleNamespace(pairs=57), 10.0
    assert progress.line(3.0) == "57 of 400 pairs · 7 s left"
    assert progress.line(11.0) == "57 of 400 pairs · 0 s left"
