"""Shared by the tests of the agents: the golden inputs, and a short way to make values of a schema."""

from types import ModuleType

import pytest

from pipeline.messages import ApiSlice, Job, Span
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.maker import Maker
from stages.agents.core.realm import Realm
from stages.agents.generate import Generator
from tests.golden import inputs as golden_inputs


@pytest.fixture(scope="session")
def inputs() -> ModuleType:
    """tests/golden/inputs.py"""
    return golden_inputs


@pytest.fixture
def make():
    """Make a value: ``make(schema, mode=..., defs=..., steer=...)``."""

    def make_value(schema, mode="best", *, defs=None, steer=None, seed=0, realm=Realm.JSON, vary="nothing", name="x", room=5):
        compiler = Compiler(defs or {})
        maker = Maker(compiler, Draws(seed), mode, room=room, realm=realm, vary=vary)
        return maker.make(compiler.node(schema), name, steer)

    return make_value


def _maker_of_cases(agent, usual):
    """``run(operation, ..., key=..., count=...)``: the agent's cases of the operation with this key (else the first) in a slice of all."""

    def run(*operations, key=None, start=0, count=usual, schemas=None, seed=1, **more):
        slice_ = ApiSlice(digest="s", operations=list(operations), schemas=schemas or {})
        span = Span(operation=key or operations[0].key, start=start, count=count)
        job = Job(id=1, agent=agent, slice="s", seed=seed, spans=[span], **more)
        return list(Generator(slice_).answers(job))

    return run


@pytest.fixture
def cases(inputs):
    """Makes cases of functional-negative."""
    return _maker_of_cases(inputs.NEGATIVE, 400)


@pytest.fixture
def positives(inputs):
    """Makes cases of functional-positive."""
    return _maker_of_cases(inputs.POSITIVE, 40)


@pytest.fixture
def planned(cases):
    """The same, up to the first method that the document does not have."""

    def run(*operations, **more):
        made = cases(*operations, **more)
        return made[: next((index for index, case in enumerate(made) if case.steps[-1].method), len(made))]

    return run
