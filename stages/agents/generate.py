"""The agents by name, and their answers to a job: the one entry that the worker, the command line and the tests share."""

from collections.abc import Callable, Iterator
from typing import Protocol

from pipeline.messages import Answer, ApiSlice, Job
from stages.agents.core.mode import GaveUp
from stages.agents.negative.agent import FunctionalNegative
from stages.agents.positive.agent import FunctionalPositive
from stages.agents.wire import OF_NO_ORDINAL


class Agent(Protocol):
    """An agent over one slice."""

    def answer(self, job: Job, operation: str, ordinal: int) -> Answer | None:
        """The answer of one ordinal of one operation; None behind the end of its stream. Raises GaveUp."""
        ...

    def left_out(self, operation: str, /) -> list[str]:
        """Parts that all answers of the operation are without, since nothing can be made of them; each with the reason."""
        ...


AGENTS: dict[str, Callable[[ApiSlice], Agent]] = {
    "functional-negative": FunctionalNegative,
    "functional-positive": FunctionalPositive,
}


class UnknownAgent(LookupError):
    """The job names an agent that is not here."""


class BadJob(ValueError):
    """The job cannot be done as it stands; the text says why."""


class Generator:
    """All agents over one slice, each made when it is first asked."""

    def __init__(self, slice_: ApiSlice) -> None:
        self.slice = slice_
        self._operations = {operation.key for operation in slice_.operations}
        self._agents: dict[str, Agent] = {}

    def answers(self, job: Job, gave_up: list[tuple[str, int, str]] | None = None) -> Iterator[Answer]:
        """The answers in order; to ``gave_up`` is added what could not be made and, where an operation begins, which parts are left out.

        Raises UnknownAgent and BadJob before the first.
        """
        if job.agent not in AGENTS:
            raise UnknownAgent(job.agent)
        for span in job.spans:
            if span.operation not in self._operations:
                raise BadJob(f"the slice has no operation {span.operation!r}")
            if span.start < 0 or span.count < 0:
                raise BadJob(f"a span from {span.start} of {span.count}")
        agent = self._agents.get(job.agent)
        if agent is None:
            agent = self._agents[job.agent] = AGENTS[job.agent](self.slice)
        return _answers(agent, job, [] if gave_up is None else gave_up)


def _answers(agent: Agent, job: Job, gave_up: list[tuple[str, int, str]]) -> Iterator[Answer]:
    for span in job.spans:
        if span.start == 0 and span.count:
            gave_up += [(span.operation, OF_NO_ORDINAL, reason) for reason in agent.left_out(span.operation)]
        for ordinal in range(span.start, span.start + span.count):
            try:
                answer = agent.answer(job, span.operation, ordinal)
            except GaveUp as error:
                gave_up.append((span.operation, ordinal, str(error)))
                continue
            if answer is None:
                break
            yield answer


def answers(slice_: ApiSlice, job: Job) -> Iterator[Answer]:
    """The answers to one job over one slice, in order."""
    return Generator(slice_).answers(job)
