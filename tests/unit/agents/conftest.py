"""Shared by the tests of the agents: the golden inputs, and a short way to make values of a schema."""

from types import ModuleType

import pytest

from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.maker import Maker
from stages.agents.core.mode import Mode, Vary
from stages.agents.core.realm import Realm
from tests.golden import inputs as golden_inputs


@pytest.fixture(scope="session")
def inputs() -> ModuleType:
    """tests/golden/inputs.py"""
    return golden_inputs


@pytest.fixture
def make():
    """Make a value: ``make(schema, mode=..., defs=..., steer=...)``."""

    def make_value(schema, mode=Mode.BEST, *, defs=None, steer=None, seed=0, realm=Realm.JSON, vary=Vary.NOTHING, name="x", room=5):
        compiler = Compiler(defs or {})
        maker = Maker(compiler, Draws(seed), mode, room=room, realm=realm, vary=vary)
        return maker.make(compiler.node(schema), name, steer)

    return make_value
