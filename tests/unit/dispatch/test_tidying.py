"""What may be removed while a run goes on: the oldest beyond the limit, never what a test may still need."""

import pytest

from pipeline.messages import Made
from stages.dispatch.tidying import Tidying


def standing(*paths: str) -> dict[str, Made]:
    return {path: Made(path=path, operation="POST /a", remover="DELETE /a/{id}") for path in paths}


def note(tidying: Tidying, made, *, used=(), next_ordinal=10) -> None:
    tidying.note(made, frozenset(used), next_ordinal)


@pytest.fixture
def tidying() -> Tidying:
    return Tidying(1)


def test_the_oldest_beyond_the_limit_go_once_all_before_is_closed(tidying):
    """Not before the cases sent until then have nothing to be checked again, and each once."""
    made = standing("/a/1", "/a/2", "/a/3")
    note(tidying, made)
    assert not tidying.due(99)
    note(tidying, made, next_ordinal=20)
    assert not tidying.due(19)
    assert [one.path for one in tidying.take(20, made)] == ["/a/1", "/a/2"]
    assert not tidying.due(99)


def test_what_was_made_since_the_last_plan_stays(tidying):
    """Its knowledge may not be folded yet."""
    note(tidying, standing("/a/1"))
    note(tidying, standing("/a/1", "/a/2", "/a/3"))
    assert [one.path for one in tidying.take(10, standing("/a/1", "/a/2", "/a/3"))] == ["/a/1"]


def test_what_is_in_use_now_or_was_at_the_last_plan_stays(tidying):
    """Cases made from the last plan's knowledge may still be on their way. Names are compared decoded."""
    made = standing("/a/x%20y", "/a/2", "/a/3", "/a/4")
    note(tidying, made, used=["2"])
    note(tidying, made, used=["x y"])
    assert [one.path for one in tidying.take(10, made)] == ["/a/3", "/a/4"]


def test_a_parent_stays_while_something_below_it_does(tidying):
    """Its removal could take the rest along; what goes together goes together."""
    made = standing("/a/1", "/a/1/b/2", "/a/3", "/a/3/b/4", "/a/5")
    note(tidying, made, used=["2"])
    note(tidying, made, used=["2"])
    assert {one.path for one in tidying.take(10, made)} == {"/a/3", "/a/3/b/4", "/a/5"}


def test_what_has_no_remover_goes_with_what_it_lies_in(tidying):
    """It does not keep its parent for ever; while a test needs it, it does."""
    notes = {path: Made(path=path, operation="POST /a/{id}/notes") for path in ("/a/1/notes/7", "/a/2/notes/8")}
    made = {**standing("/a/1", "/a/2", "/a/3"), **notes}
    note(tidying, made, used=["8"])
    note(tidying, made, used=["8"])
    assert [one.path for one in tidying.take(10, made)] == ["/a/1", "/a/3"]


def test_what_has_no_remover_or_is_gone_already_is_left_alone(tidying):
    """There is nothing to do about the one, and nothing to do for the other."""
    kept = {"/k/0": Made(path="/k/0", operation="POST /k")}
    made = {**kept, **standing("/a/1", "/a/2", "/a/3")}
    note(tidying, made)
    note(tidying, made)
    del made["/a/1"]
    assert [one.path for one in tidying.take(10, made)] == ["/a/2", "/a/3"]


def test_below_the_limit_nothing_goes():
    """A short run cleans up at its end, as a whole."""
    tidying = Tidying(5)
    made = standing("/a/1", "/a/2", "/a/3")
    note(tidying, made)
    note(tidying, made)
    assert not tidying.due(99)
