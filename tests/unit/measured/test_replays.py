"""What replays say of two implementations: which is faster, never so where both are alike, whatever chose the jobs that were replayed."""

import math
from random import Random

import msgspec
import pytest
from msgspec.structs import replace

from pipeline.cli.replays_text import replays_text
from pipeline.measured import Decided, decided, paired
from pipeline.messages import DecisionRow, Try
from tests.bench.routing.machine import Machine, Seen, Wish
from tests.bench.routing.policies import NAMES, Routed
from tests.bench.routing.worlds import World, stationary
from tests.scenes import routed

FIRST = NAMES[0]


class Recorded(Routed):
    """The router in simulated time, with hedges and stalls, and the rows that dispatch would have stored."""

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self.rows: dict[int, DecisionRow] = {}

    def decide(self, machine: Machine, job: int) -> Wish:
        wish = super().decide(machine, job)
        plan = msgspec.json.encode(self.last_plan).decode()
        self.rows[wish.ticket] = DecisionRow(run="r", job=job, agent="agent-0", group="/", plan=plan, tries=[])
        return wish

    def learn(self, machine: Machine, seen: Seen) -> None:
        super().learn(machine, seen)
        done = Try(arm=NAMES[seen.arm], kind=seen.kind, wall_ms=seen.wall_ms, cold=seen.cold, shadow=seen.shadow)
        self.rows[seen.ticket].tries.append(done)


def simulated(seed: int, ratio: float, jobs: int = 500) -> list[Decided]:
    """Decisions in a world where the second implementation takes ``ratio`` times as long; 3 of 100 attempts hang."""
    world = stationary(Random(f"replays/{seed}"), jobs)
    world.levels, world.overhead, world.stalls = [0.0, math.log(ratio)], [6.0, 6.0], 0.03
    world.sizes = [(4, 16, 32)[job % 3] for job in range(jobs)]
    recorded = Recorded(world, seed)
    Machine(world, recorded).carry_out()
    return [decided(row) for row in recorded.rows.values()]


def row(job: int, *tries: Try, order=("a", "b"), size: int = 8, samples: int = 9, group: str = "/") -> Decided:
    """One decision, as a store has it."""
    (stored, *_), _ = routed.decided(jobs=1)
    one = decided(stored)
    reasons = {arm: replace(next(iter(one.reasons.values())), arm=arm, samples=samples) for arm in order}
    return replace(one, job=job, group=group, plan=replace(one.plan, order=list(order), size=size), reasons=reasons, tries=list(tries))


def live(ms: float, kind="answered", arm="a") -> Try:
    return Try(arm=arm, kind=kind, wall_ms=ms)


def replayed(ms: float, kind="answered", *, cold: bool = False) -> Try:
    return Try(arm="b", kind=kind, wall_ms=ms, shadow=True, cold=cold)


def test_the_faster_one_is_shown():
    """In either order of configuration, with the counts; the slower one's replays are stopped early, which says enough."""
    for means in ({"slow": 60.0, "quick": 20.0}, {"quick": 20.0, "slow": 60.0}):
        rows, _ = routed.decided("r", 500, means_ms=means)
        (found,) = paired([decided(one) for one in rows])
        assert (found.arms, found.faster) == (("quick", "slow"), "quick")
        assert found.first > 10 * found.second
        assert found.p < 0.05
    (found,) = paired(simulated(100, 2.5, 1500))
    assert found.faster == FIRST
    assert found.first > 30 * found.second  # three of a hundred attempts hang, on either


def test_none_is_shown_where_both_are_alike():
    """One run in twenty may sound an alarm, though how long callers waited decides, by hedges and budgets, which jobs are replayed.
    More than six in sixty would then be chance once in thirty times."""
    found = [one for seed in range(60) for one in paired(simulated(seed, 1.0))]
    assert len(found) == 60
    assert sum(one.pairs for one in found) > 1000
    assert sum(one.faster != "" for one in found) <= 6


@pytest.mark.parametrize(
    ("replay", "after", "counts"),
    [
        (replayed(5), row(1, live(9)), (0, 1, 0)),
        (replayed(9), row(1, live(5)), (1, 0, 0)),
        (replayed(9), row(1, live(20, "cancelled")), (0, 1, 0)),  # hedged: it would have taken at least so long
        (replayed(12, "cancelled"), row(1, live(11)), (1, 0, 0)),
        (replayed(12, "cancelled"), row(1, live(13)), (0, 0, 1)),  # stopped at 1.2 times 10, and neither is done by then
        (replayed(12, "cancelled"), row(1, live(15, "cancelled")), (0, 0, 1)),
    ],
)
def test_a_pair_is_a_replay_and_the_next_job_of_its_like(replay, after, counts):
    """Not the wait of its own caller; one that was stopped is slower than what was done by then."""
    (found,) = paired([row(0, live(10), replay), after])
    assert (found.first, found.second, found.even) == counts
    assert found.pairs == found.first + found.second


@pytest.mark.parametrize(
    ("replay", "after"),
    [
        (replayed(7, "cancelled"), row(1, live(9))),  # made way for a caller
        (replayed(12, "cancelled"), row(1, live(11, "cancelled"))),
        (replayed(9), row(1, live(5, "cancelled"))),
        (replayed(5), row(1, live(9, arm="b"), order=("b", "a"))),  # perhaps since the replay was so fast
        (replayed(7), row(1, live(7))),
    ],
)
def test_what_is_not_known_counts_against_either(replay, after):
    """It is a pair, and neither side's."""
    rows = [one for number in range(40) for one in (row(2 * number, live(10), replay), after)]
    (found,) = paired(rows)
    assert (found.pairs, found.first, found.second, found.p, found.faster) == (40, 0, 0, 1.0, "")


@pytest.mark.parametrize(
    "rows",
    [
        [row(0, live(10), replayed(5))],
        [row(0, live(10), replayed(5)), row(1, live(9), size=16)],
        [row(0, live(10), replayed(5)), row(1, live(9), group="/b")],
        [row(0, live(10), replayed(5)), replace(row(1, live(9)), run="other")],
        [row(0, live(10), replayed(5)), row(1, live(9, "failed"), live(3, arm="b"))],
        [row(0, live(10), replayed(5, "failed")), row(1, live(9))],
        [row(0, live(10), replayed(5, cold=True)), row(1, live(9))],
        [row(0, live(10), replayed(5), samples=4), row(1, live(9))],  # a first sample: it may take longer than others
        [row(0, live(10)), row(1, live(9))],
    ],
)
def test_what_makes_no_pair_is_left_out(rows):
    """No like job after it, a failure, a cold start, another stop."""
    assert paired(rows) == []


def test_it_is_said_in_words():
    """With counts, and no more than is known."""
    faster = [one for number in range(10) for one in (row(2 * number, live(10), replayed(5)), row(2 * number + 1, live(9)))]
    assert replays_text(paired(faster)) == ["replays: b is faster than a (p = 0.011; 10 pairs; faster: a in 0, b in 10)"]
    few = [*faster[:6], row(6, live(10), replayed(7, "cancelled")), row(7, live(9))]
    assert replays_text(paired(few)) == [
        "replays: no difference shown between a and b after 4 pairs (faster: a in 0, b in 3, not known in 1)"
    ]
    assert replays_text([]) == []
