"""The statistics of a comparison: they may be looked at after every round, and a few stalls decide nothing."""

import itertools
import math
import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.dispatch.comparing.betting import LEAST_SCALE, SCALE_ROUNDS, Bettor, Comparison, SignTest, scale

ALPHA = 0.05
MARGIN = math.log1p(0.05)
DISTANCES = st.one_of(st.floats(-5, 5), st.sampled_from([math.inf, -math.inf, 0.0]))


def compared(pairs, alpha=ALPHA):
    comparison = Comparison(alpha=alpha, margin=MARGIN)
    for d in pairs:
        comparison.take(d)
    return comparison


def noise(seed, count, *, ratio=1.0, sigma=0.1):
    draw = random.Random(seed)
    return [math.log(ratio) + draw.gauss(0, sigma) for _ in range(count)]


@given(st.lists(st.floats(-1, 1), max_size=30), st.floats(-1, 1))
def test_nobody_can_expect_to_win_on_a_fair_coin(before, x):
    """Whatever came before, the capital's mean over both signs of the next outcome is the capital: it is a martingale."""
    either = []
    for sign in (1, -1):
        bettor = Bettor()
        for outcome in before:
            bettor.take(outcome)
        now = bettor.now
        bettor.take(sign * x)
        either.append(bettor.now)
    assert fmean(either) == pytest.approx(now)


def test_of_all_sequences_of_fair_coins_at_most_alpha_ever_sound_an_alarm():
    """Counted exactly, with a look after each toss."""
    alarms = 0
    for tosses in itertools.product((1.0, -1.0), repeat=13):
        test = SignTest(ALPHA)
        for toss in tosses:
            test.take(toss)
        alarms += test.verdict != "none"  # p never rises, so an alarm at any look is still one at the end
    assert 0 < alarms / 2**13 <= ALPHA


@given(st.lists(DISTANCES, max_size=60))
def test_p_never_rises_and_the_verdict_and_the_interval_agree_with_it(pairs):
    """A difference is shown exactly where p is at most alpha, and then the interval, if it is one, leaves out "no difference"."""
    comparison = Comparison(alpha=ALPHA, margin=MARGIN)
    last = 1.0
    for d in pairs:
        comparison.take(d)
        assert comparison.p <= last
        last = comparison.p
    assert (comparison.verdict in ("first", "second")) == (comparison.p <= ALPHA)
    found = comparison.estimate()
    assert 0 <= found.low <= found.ratio <= found.high
    low, high = comparison.interval()
    if found.verdict == "first":
        assert low > -1e-6
    if found.verdict == "second":
        assert high < 1e-6


@given(st.lists(DISTANCES, max_size=50))
def test_sides_exchanged_say_the_same_the_other_way_round(pairs):
    """Neither side has a head start."""
    one, other = compared(pairs).estimate(), compared([-d for d in pairs]).estimate()
    assert {"first": "second", "second": "first"}.get(one.verdict, one.verdict) == other.verdict
    assert one.p == pytest.approx(other.p)
    assert _over(one.low) == pytest.approx(other.high, rel=1e-6)
    assert _over(one.ratio) == pytest.approx(other.ratio, rel=1e-6)


def _over(value):
    return 0.0 if math.isinf(value) else math.inf if value == 0 else 1 / value


def test_a_difference_is_shown_with_an_interval_that_holds_it():
    """Twice as fast, on pairs with a tenth of noise."""
    found = compared(noise(1, 60, ratio=2.0)).estimate()
    assert found.verdict == "first"
    assert found.p < 0.001
    assert found.low < 2.0 < found.high
    assert found.high / found.low < 1.2


def test_what_is_the_same_is_shown_to_be_equivalent():
    """Where the whole interval lies within the margin."""
    comparison = compared(noise(7, 150, sigma=0.05))
    assert comparison.verdict == "equivalent"
    low, high = comparison.interval()
    assert -MARGIN < low < 0 < high < MARGIN


def test_a_difference_within_the_margin_is_both():
    """Shown, and shown to be small."""
    comparison = compared(noise(3, 400, ratio=1.02, sigma=0.02))
    assert comparison.verdict == "first"
    assert comparison.within_margin


def test_a_few_stalls_decide_nothing():
    """Three of sixty rounds of one side took fifty times as long; the mean of the ratios says 20 % slower, the comparison says nothing."""
    pairs = noise(4, 60)
    for place in (12, 30, 47):
        pairs[place] = -math.log(50)
    assert math.exp(fmean(pairs)) < 0.85
    comparison = compared(pairs)
    assert comparison.verdict in ("none", "equivalent")
    assert comparison.estimate().ratio == pytest.approx(1.0, abs=0.05)


def test_what_is_no_number_is_no_pair():
    """And is said to be none."""
    comparison = Comparison(alpha=ALPHA, margin=MARGIN)
    assert not comparison.take(math.nan)
    assert comparison.rounds == 0
    assert comparison.estimate().ratio == 1.0


def test_before_the_scale_is_set_nothing_is_known():
    """The first pairs are not bet on."""
    found = compared([3.0] * SCALE_ROUNDS).estimate()
    assert (found.low, found.high, found.p) == (0.0, math.inf, 1.0)
    assert found.ratio == pytest.approx(math.exp(3), rel=1e-3)


def test_where_one_side_never_makes_anything_the_ratio_has_no_bound():
    """Every pair is won infinitely."""
    found = compared([math.inf] * 30).estimate()
    assert found.verdict == "first"
    assert found.low == found.ratio == found.high == math.inf


def test_equal_pairs_are_equivalent_soon():
    """Without any noise: a scale of nothing is taken as the least."""
    assert compared([0.0] * (SCALE_ROUNDS + 8)).verdict == "equivalent"
    assert scale([1.0] * 5) == scale([]) == scale([math.inf, -math.inf, 1.0]) == LEAST_SCALE


def test_where_the_ratio_changed_meanwhile_the_interval_is_still_one():
    """First twice as fast for long, then half: no single ratio fits, and none of the bounds crosses the other."""
    low, high = compared(noise(5, 80, ratio=2.0) + noise(6, 80, ratio=0.5)).interval()
    assert low <= high


def test_long_comparisons_stay_in_range():
    """Ten thousand pairs overflow nothing."""
    comparison = compared([1.0] * SCALE_ROUNDS + [2.0, 0.1] * 5000)
    assert comparison.p < 1e-300
    assert comparison.verdict == "first"
