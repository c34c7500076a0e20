"""The jobs that are compared on: those that the schedule would give out, drawn at random."""

import random
from collections.abc import Sequence
from math import exp, log

from pipeline.messages import Api, ApiSlice, Job, Operation
from stages.dispatch.config import DispatchConfig
from stages.dispatch.schedule import JobSpec, Schedule
from stages.dispatch.slices import slice_group

MOST_SPECS = 512
MOST_EPOCHS = 64


def population(operations: Sequence[Operation], agent: str, config: DispatchConfig, draw: random.Random) -> list[JobSpec]:
    """What an agent is asked for in a run whose target teaches nothing: the first pass, then epochs of sizes up to that of a run."""
    schedule = Schedule(list(operations), (agent,), 0, config.job_cases, config.instances, config.products)
    largest = max(config.epoch, 2 * len(operations))
    specs: list[JobSpec] = []
    for epoch in range(schedule.first_pass + MOST_EPOCHS):
        schedule.epoch_cases = round(exp(draw.uniform(log(len(operations)), log(largest))))
        planned = schedule.plan(epoch)
        if not planned or (epoch >= schedule.first_pass and len(specs) >= MOST_SPECS):
            break
        specs += planned
    return specs


class Draws:
    """One job after the other, each any of the population with equal chances: so that pairs are independent, whatever their order."""

    def __init__(self, api: Api, agent: str, specs: Sequence[JobSpec], seed: int, draw: random.Random) -> None:
        self._api = api
        self._agent = agent
        self._specs = specs
        self._seed = seed
        self._draw = draw
        self._slices: dict[str, ApiSlice] = {}
        self._number = 0

    def next(self) -> tuple[Job, ApiSlice]:
        """A job and its slice."""
        spec = self._draw.choice(self._specs)
        part = self._slices.get(spec.group)
        if part is None:
            part = self._slices[spec.group] = slice_group(self._api, spec.group)
        job = Job(id=self._number, agent=self._agent, slice=part.digest, seed=self._seed, spans=list(spec.spans), knowledge=spec.knowledge)
        self._number += 1
        return job, part
