"""Shared by the tests of the agents: the golden inputs, and a short way to make values of a schema."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.maker import Maker
from stages.agents.core.mode import Mode, Vary
from stages.agents.core.realm import Realm

GOLDEN = Path(__file__).parents[2] / "golden"


def load(name: str) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, GOLDEN / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def golden_folder() -> Path:
    return GOLDEN


@pytest.fixture(scope="session")
def inputs() -> ModuleType:
    """tests/golden/inputs.py"""
    return load("inputs")


@pytest.fixture(scope="session")
def golden_make(inputs: ModuleType) -> ModuleType:
    """tests/golden/make.py"""
    return load("make")


@pytest.fixture
def make():
    """Make a value: ``make(schema, mode=..., defs=..., steer=...)``."""

    def make_value(schema, mode=Mode.BEST, *, defs=None, steer=None, seed=0, realm=Realm.JSON, vary=Vary.NOTHING, name="x", room=5):
        compiler = Compiler(defs or {})
        maker = Maker(compiler, Draws(seed), mode, room=room, realm=realm, vary=vary)
        return maker.make(compiler.node(schema), name, steer)

    return make_value
