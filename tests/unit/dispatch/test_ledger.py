"""The ledger: the window, the order of first words, the budget and its share for suspicions."""

import pytest

from pipeline.messages import Budget, Case, Credit, Feedback, Knowledge, Made, Settled, Step, Suspicion, Trial, Until
from stages.dispatch.ledger import FREE_CHECKS, Epoch, Ledger, cost


def trial(ordinal, attempt=0, purpose="explore", steps=1):
    case = Case(operation="GET /a", ordinal=ordinal, title="", steps=[Step(name=str(n), operation="GET /a") for n in range(steps)])
    return Trial(ordinal=ordinal, attempt=attempt, purpose=purpose, agent="a", digest="", case=case)


def settled(ordinal):
    return Settled(ordinal=ordinal, job=0, operation="GET /a", agent="a", credit=Credit(), knowledge=Knowledge())


def ledger(window=4, **budget):
    return Ledger(window, Budget(**budget), 0.15)


def test_cost_counts_steps_and_repeats():
    """A trial costs its steps, one with `until` as often as it may be sent."""
    case = Case(
        operation="GET /a",
        ordinal=0,
        title="",
        steps=[Step(name="a", operation="GET /a"), Step(name="b", operation="GET /a", until=Until(tries=4))],
    )
    assert cost(Trial(ordinal=0, agent="a", digest="", case=case)) == 5


def test_room_is_the_window_less_what_is_out():
    """What is finished makes room, whether it explored or checked."""
    book = ledger(window=3)
    book.send([trial(0), trial(1), trial(0, 1, "confirm")])
    assert book.room() == 0
    book.take(Feedback(run="r", finished=[(0, 1), (1, 0)]))
    assert book.room() == 2


def test_first_words_are_settled_in_order_whatever_order_they_come_in():
    """settled_through stops at the first case without its word."""
    book = ledger()
    book.send([trial(0), trial(1), trial(2)])
    book.take(Feedback(run="r", settled=[settled(2), settled(0)]))
    assert book.settled_through == 1
    book.take(Feedback(run="r", settled=[settled(1)]))
    assert book.settled_through == 3


def test_an_epoch_is_settled_when_its_end_is_known_and_reached_and_folds_once():
    """Folding hands out each word once, in case order, up to the epoch's end."""
    book = ledger()
    book.epochs = [Epoch(), Epoch()]
    book.send([trial(0), trial(1), trial(2)])
    book.take(Feedback(run="r", settled=[settled(1), settled(0), settled(2)]))
    assert not book.epoch_settled(1)
    book.epochs[0].end = 2
    assert book.epoch_settled(1)
    assert [word.ordinal for word in book.to_fold(1)] == [0, 1]
    assert book.to_fold(1) == []
    book.epochs[1].end = 3
    assert [word.ordinal for word in book.to_fold(2)] == [2]


def test_streams_that_ended_are_told_once():
    """take_exhausted hands over what ended in the epochs asked for, and only once."""
    book = ledger()
    book.epochs = [Epoch(exhausted=[("a", "GET /a")]), Epoch(exhausted=[("a", "GET /b")])]
    assert book.take_exhausted(1) == [("a", "GET /a")]
    assert book.take_exhausted(2) == [("a", "GET /b")]


def test_exploring_leaves_its_share_to_suspicions_and_gets_back_what_they_do_not_need():
    """Of 100 requests 85 explore; when the run is quiet the rest is shared again."""
    book = ledger(requests=100)
    sent = 0
    while book.may_explore():
        book.send([trial(sent)])
        sent += 1
    assert sent == 85
    assert book.may_check()
    book.renew_limits()
    while book.may_explore():
        book.send([trial(sent)])
        sent += 1
    assert 96 <= sent <= 98


def test_suspicions_never_exceed_their_part_of_the_request_budget():
    """Of 20 requests 3 are for checks; what exploring did not use is shared when the run is quiet."""
    book = ledger(requests=20)
    book.send([trial(n) for n in range(8)])
    book.send([trial(0, n, "confirm") for n in range(1, 4)])
    assert not book.may_check()
    book.renew_limits()
    assert book.may_check()


def test_without_a_request_limit_suspicions_get_a_share_beyond_the_free_ones():
    """Their number is bounded by the free ones and their share of what was explored."""
    book = ledger()
    book.checked_requests = FREE_CHECKS
    assert not book.may_check()
    book.explored_requests = 100
    assert book.may_check()


def test_a_batch_that_did_not_leave_is_as_if_never_numbered():
    """unsend gives back ordinals, requests and room."""
    book = ledger(requests=100)
    book.send([trial(0)])
    late = [trial(1), trial(2)]
    book.send(late)
    book.unsend(late)
    assert (book.next_ordinal, book.explored_requests, book.room()) == (1, 1, 3)


def test_quiet_means_nothing_out_nothing_waiting_nothing_to_come():
    """Out trials, waiting suspicions and ordinals with suspicions to come each keep the run from being quiet."""
    book = ledger()
    assert book.quiet
    book.send([trial(0)])
    assert not book.quiet
    book.take(Feedback(run="r", finished=[(0, 0)], settled=[settled(0)], open_from=0))
    assert not book.quiet
    suspicion = Suspicion(ordinal=0, attempt=1, purpose="confirm", agent="a", key="k", case=trial(0).case)
    book.take(Feedback(run="r", suspicions=[suspicion], open_from=1))
    assert not book.quiet
    book.suspicions.clear()
    assert book.quiet


def test_what_was_made_is_kept_until_it_is_removed():
    """Objects made and removed, by path."""
    book = ledger()
    book.take(Feedback(run="r", made=[Made(path="/a/1", operation="POST /a"), Made(path="/a/2", operation="POST /a")]))
    book.take(Feedback(run="r", removed=["/a/1"]))
    assert list(book.made) == ["/a/2"]


def test_what_lay_in_a_removed_object_is_gone_with_it():
    """At every depth; what only begins alike stays."""
    book = ledger()
    paths = ["/a/1", "/a/1/b/2", "/a/1/b/2/c/3", "/a/11", "/a/1x/b/2"]
    book.take(Feedback(run="r", made=[Made(path=path, operation="POST /a") for path in paths]))
    book.take(Feedback(run="r", removed=["/a/1"]))
    assert list(book.made) == ["/a/11", "/a/1x/b/2"]


def test_folding_an_epoch_still_being_made_is_a_fault_of_ours():
    """The end of an epoch must be known before its words are folded."""
    book = ledger()
    book.epochs = [Epoch()]
    with pytest.raises(ValueError, match="still being made"):
        book.to_fold(1)
