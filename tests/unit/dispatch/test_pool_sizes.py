"""How many workers an arm may have."""

import anyio
import pytest

from stages.dispatch.arms import Arms
from stages.dispatch.config import ArmConfig, DispatchConfig


def python(name: str, workers: int | None = None) -> ArmConfig:
    return ArmConfig(name=name, command=["{python}"], workers=workers)


async def sizes(*arms: ArmConfig, workers: int = 0) -> dict[str, int]:
    async with anyio.create_task_group() as tasks:
        made = Arms(DispatchConfig(arms=list(arms), workers=workers), tasks)
        return {name: pool.size for name, pool in made.pools.items()}


@pytest.mark.parametrize(("cores", "size"), [(1, 1), (2, 1), (3, 1), (4, 2), (7, 3), (64, 32)])
async def test_an_arm_has_half_of_the_cores_where_nothing_else_is_said(monkeypatch, cores, size):
    """At least one worker: a machine of one core tests too."""
    monkeypatch.setattr("stages.dispatch.arms.usable_cores", lambda: cores)
    assert await sizes(python("one"), python("two")) == {"one": size, "two": size}


async def test_a_configured_number_goes_over_the_cores_and_an_arms_own_over_both(monkeypatch):
    """`workers` of an arm, then that of dispatch, then the cores."""
    monkeypatch.setattr("stages.dispatch.arms.usable_cores", lambda: 64)
    assert await sizes(python("one"), python("two", workers=5), workers=3) == {"one": 3, "two": 5}
    assert await sizes(python("one"), python("two", workers=5)) == {"one": 32, "two": 5}
