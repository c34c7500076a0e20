"""The bench that runs policies on real workers: what it carries out is what the simulation draws."""

import asyncio

import anyio
import pytest

from stages.dispatch.arms import Arms, JobDone
from tests.agents.pacing import CRASHES, PART, Row, asked, paced
from tests.bench.routing.machine import Machine
from tests.bench.routing.policies import Oracle, RaceAll
from tests.bench.routing.runs import Score
from tests.bench.routing.steered import Run, configured, fates
from tests.bench.routing.worlds import ATTEMPTS
from tests.bench.routing_workers import OtherFirst, farthest, kept_order, overlaps, small

JOBS = 20


def carried_out(chooser):
    world = small("bursts", 0, JOBS, 0.0)
    run = Run(world, chooser and chooser(world, 0))
    return world, asyncio.run(run.carry_out())


@pytest.mark.parametrize("chooser", [Oracle, OtherFirst])
def test_a_baseline_meets_on_workers_what_it_meets_in_simulated_time(chooser):
    """The same arms are asked first, the same jobs are answered, and none sooner than the work that its draw says."""
    world, result = carried_out(chooser)
    simulated = Machine(world, chooser(world, 0)).carry_out()
    assert result.first == simulated.first
    assert result.failures == simulated.failures == 0
    assert result.value == simulated.value
    rows = [fates(world, arm)[::ATTEMPTS] for arm in range(world.arms)]  # of first attempts
    assert all(took >= rows[first][job].work_ms for job, (took, first) in enumerate(zip(result.wall_ms, result.first, strict=True)))


def test_a_baseline_that_races_is_carried_out_as_a_race(caplog):
    """Both arms start, and nothing goes wrong beside the jobs."""
    world, result = carried_out(RaceAll)
    rows = [fates(world, arm)[::ATTEMPTS] for arm in range(world.arms)]  # of first attempts
    sooner = [job for job in range(JOBS) if rows[1 - result.first[job]][job].work_ms < rows[result.first[job]][job].work_ms]
    assert any(result.wall_ms[job] < rows[result.first[job]][job].work_ms for job in sooner)  # a busy machine may spoil some, not all
    assert not caplog.records


def test_dispatchs_own_router_is_run_where_no_baseline_stands_in_its_place():
    """Every job is answered, and the choice of each is judged."""
    world, result = carried_out(None)
    assert result.failures == 0
    assert result.value == [float(size) for size in world.sizes]
    assert set(result.first) <= {0, 1}


def seeds(*spread: float, **efficiency: float):
    """Scores of three seeds: each policy's, and how far the three are apart."""
    return [{policy: Score(value + by, None, 0.0, 0.0, 0.0, 0) for policy, value in efficiency.items()} for by in spread or (0.0, 0.0, 0.0)]


def test_an_order_that_turned_round_is_counted():
    """Of two policies that are apart in the simulation and come the other way round on workers, one pair has turned."""
    assert kept_order(seeds(a=90, b=100, c=50), seeds(a=100, b=90, c=50)) == (pytest.approx(1 / 3), 3, 1)


def test_only_narrow_intervals_can_lie_apart():
    """Wide ones are not counted for either side, nor is the oracle, which is a hundred percent on both."""
    on, off = seeds(-2, 0, 2, a=100, b=90, oracle=100), seeds(-2, 0, 2, a=100, b=120, oracle=100)
    assert overlaps(on, off) == (["b"], 2)
    on, off = seeds(-20, 0, 20, a=100, b=90), seeds(-20, 0, 20, a=100, b=120)
    assert overlaps(on, off) == ([], 0)


def test_the_mean_that_is_farthest_off_is_told():
    """However wide the intervals are."""
    assert farthest(seeds(-20, 0, 20, a=100, b=90), seeds(-20, 0, 20, a=100, b=120)) == pytest.approx(25)


async def test_each_attempt_at_a_job_has_a_draw_of_its_own(tmp_path):
    """What fails once may not fail again, in whichever process it is tried."""
    rows = [Row(ending=CRASHES), Row(), Row(ending=CRASHES), Row(), Row(), Row()]
    arm = paced("one", rows, tmp_path, attempts=2)

    async with anyio.create_task_group() as tasks:
        arms = Arms(configured([arm]), tasks)
        done = [await arms.run(asked(job, 1), PART, "test") for job in (0, 1, 2, 0)]
        await arms.close()
        tasks.cancel_scope.cancel()
    assert [isinstance(one, JobDone) for one in done] == [True] * 4
    assert [(tmp_path / f"one.script.{job}").stat().st_size for job in range(3)] == [3, 2, 1]
