"""When what a run saw of an API ended with its access."""

import pytest

from stages.score.access import Access


@pytest.fixture
def access() -> Access:
    access = Access()
    for _ in range(50):
        access.note("GET /a", 200)
    return access


def test_refusals_to_the_end_are_a_loss(access):
    """From the first on, with the counts; refusals elsewhere count among the late ones."""
    for _ in range(25):
        access.note("GET /a", 401)
        access.note("GET /never", 401)
    assert access.loss("alice").startswith("access was lost: of 100 requests as alice the last 50 found it gone")


@pytest.mark.parametrize("status", [200, 403, 404, 500])
def test_any_other_answer_says_that_the_access_lasts(access, status):
    """The credential was taken again."""
    for _ in range(25):
        access.note("GET /a", 401)
    access.note("GET /a", status)
    assert access.loss("alice") == ""


def test_a_loss_near_the_end_takes_nothing_away(access):
    """Nine tenths were tested."""
    for _ in range(450):
        access.note("GET /a", 200)
    for _ in range(30):
        access.note("GET /a", 401)
    assert access.loss("alice") == ""


def test_an_operation_that_never_worked_shows_no_loss(access):
    """It may want another credential."""
    for _ in range(100):
        access.note("GET /b", 401)
    assert access.loss("alice") == ""
