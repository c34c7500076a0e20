"""Starting agent workers for commands that want a word with them outside a run."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from msgspec import Struct

from stages.dispatch.config import ArmConfig, DispatchConfig, WorkerLimits
from stages.dispatch.workers.command import resolve
from stages.dispatch.workers.worker import Worker, WorkerLost


class ArmState(Struct, frozen=True, kw_only=True):
    """What is known of one implementation; ``fault`` is empty where it can be used. ``ready_ms``: from start to its first message."""

    arm: str
    command: list[str]
    agents: list[str] = []
    version: str = ""
    deterministic: bool = False
    model: bool = False  # whether a language model answers
    ready_ms: float = 0.0
    fault: str = ""
    optional: bool = False


@asynccontextmanager
async def worker(arm: ArmConfig, limits: WorkerLimits) -> AsyncGenerator[Worker]:
    """A started worker, ended when the block is left. Raises ``WorkerLost`` where it cannot be started."""
    command = resolve(arm.command)
    if command is None:
        raise WorkerLost(f"the program {arm.command[0]!r} is not installed")
    async with anyio.create_task_group() as tasks:
        started = await Worker.start(arm, command, limits, tasks)
        try:
            yield started
        finally:
            with anyio.CancelScope(shield=True):
                await started.close()
            tasks.cancel_scope.cancel()


async def states(config: DispatchConfig) -> list[ArmState]:
    """The implementations of a configuration, each started once, one after the other."""
    return [await _state(arm, config.limits) for arm in config.arms]


async def _state(arm: ArmConfig, limits: WorkerLimits) -> ArmState:
    command = resolve(arm.command) or list(arm.command)
    began = time.perf_counter()
    fault = ""
    try:
        async with worker(arm, limits) as started:
            ready_ms = round((time.perf_counter() - began) * 1000, 1)
            ready = started.ready
            return ArmState(
                arm=arm.name,
                command=command,
                agents=sorted(ready.agents),
                version=f"{ready.name} {ready.version}".strip(),
                deterministic=ready.deterministic,
                model=arm.model,
                ready_ms=ready_ms,
                optional=arm.optional,
            )
    except* WorkerLost as lost:
        fault = "; ".join(str(error) for error in lost.exceptions)
    return ArmState(arm=arm.name, command=command, model=arm.model, fault=fault, optional=arm.optional)
