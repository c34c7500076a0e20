"""The account of replays: what is afforded, and when."""

from stages.dispatch.routing.shadow import DEBT, PATIENCE, SAVED_JOBS, Shadows


def earned(jobs: int = 100, live_ms: float = 100.0, share: float = 0.05) -> Shadows:
    """The account after so many callers."""
    shadows = Shadows()
    for _ in range(jobs):
        shadows.earn(live_ms, share)
    shadows.last_job = jobs
    return shadows


def test_only_short_jobs_are_replayed():
    """Whatever has been saved: what is learned from a long one is no more."""
    shadows = earned()
    assert shadows.affords(101, 45.0)
    assert not shadows.affords(101, 46.0)


def test_where_all_jobs_are_alike_one_is_replayed_after_a_while():
    """So many jobs after the last; what would take far longer than the caller waited is left alone even then."""
    shadows = earned()
    assert not shadows.affords(100 + PATIENCE - 1, 110.0)
    assert shadows.affords(100 + PATIENCE, 110.0)
    assert not shadows.affords(100 + PATIENCE, 130.0)


def test_nothing_is_replayed_that_is_not_earned():
    """A short job that costs more than what was saved."""
    assert not earned(jobs=5).affords(6, 40.0)


def test_a_surprise_overdraws_the_account_by_a_little():
    """It is looked into until that is used up, so that the next one is not missed for lack of means."""
    shadows = earned()
    shadows.budget_ms = 0.0
    shadows.surprised()
    looks = 0
    while shadows.looks and shadows.affords(101 + looks, 40.0):
        shadows.start(101 + looks, 4, on_credit=False)
        shadows.end(40.0)
        looks += 1
    assert 1 <= looks <= 4
    assert shadows.budget_ms > -DEBT * SAVED_JOBS * 100.0 - 40.0
