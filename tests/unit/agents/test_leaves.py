"""A leaf makes what a Maker makes, and takes from the stream what that takes."""

from typing import get_args

import pytest

from pipeline.messages import Parameter
from stages.agents.core import leaves, maker, places
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws
from stages.agents.core.maker import Maker
from stages.agents.core.mode import GaveUp, Vary
from stages.agents.core.places import Place, fill
from stages.agents.core.realm import Realm
from stages.agents.core.sent import of_parameter
from stages.agents.core.ways import way_of

LEAVES = {
    "text": {"type": "string"},
    "bounded": {"type": "string", "minLength": 2, "maxLength": 30},
    "empty": {"type": "string", "maxLength": 0},
    "pattern": {"type": "string", "pattern": '^"([0-9]+?)"$|\\*'},
    "pattern-of-a-length": {"type": "string", "pattern": "^[a-z]+-\\d*$", "minLength": 4, "maxLength": 4},
    "looks": {"type": "string", "pattern": "^(?=.*\\d)[a-z0-9]{3,}$"},
    "repeats": {"type": "string", "pattern": "^(a+|b+)-\\1$", "maxLength": 12},
    "email": {"type": "string", "format": "email"},
    "uuid": {"type": "string", "format": "uuid"},
    "unknown-format": {"type": "string", "format": "unheard-of"},
    "integer": {"type": "integer", "minimum": -3},
    "number": {"type": "number", "minimum": 0, "maximum": 2},
    "boolean": {"type": "boolean"},
    "null": {"type": "null"},
    "kinds": {"type": ["string", "integer", "null"]},
    "enum": {"enum": ["a", "b", 3, None, [1], "\x00"]},
    "const": {"const": "only"},
    "anything": {},
    "example": {"type": "string", "examples": ["sample-1"]},
    "wrong-example": {"type": "string", "examples": [5]},
    "branches": {"oneOf": [{"type": "integer"}, {"type": "string", "format": "date"}, {"type": "boolean"}]},
}
OTHERS = {
    "array": {"type": "array", "items": {"type": "string"}},
    "needs-a-level": {"oneOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}, {"type": "string"}]},
    "format-of-a-length": {"type": "string", "format": "email", "maxLength": 20},
    "format-and-pattern": {"type": "string", "format": "uri", "pattern": "^https"},
    "not": {"type": "integer", "minimum": 0, "not": {"const": 2}},
}
NAMES = ["x", "email", "name"]


def outcome(make, draws):
    """What it makes, or why it does not; and where it leaves the stream."""
    try:
        made = make(draws)
    except GaveUp as error:
        made = str(error)
    return made, draws.state


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("vary", get_args(Vary))
@pytest.mark.parametrize("schema", [*LEAVES.values(), *OTHERS.values()], ids=[*LEAVES, *OTHERS])
def test_a_leaf_makes_what_a_maker_makes(schema, vary, name, monkeypatch):
    compiler = Compiler({})
    node = compiler.node(schema)
    for realm in Realm:
        leaf = leaves.leaf_of(compiler, node, name, realm, vary)
        with monkeypatch.context() as patched:
            patched.setattr(maker, "leaf_of", lambda *_: None)
            for seed in range(0 if leaf is None else 60):
                slow = outcome(lambda draws, at=realm: Maker(compiler, draws, "random", 5, at, vary).make(node, name), Draws(seed))
                assert outcome(leaf, Draws(seed)) == slow


@pytest.mark.parametrize("schema", LEAVES.values(), ids=LEAVES)
def test_what_has_no_parts_has_a_leaf(schema):
    compiler = Compiler({})
    assert leaves.leaf_of(compiler, compiler.node(schema), "x", Realm.QUERY, "nothing") is not None


@pytest.mark.parametrize("schema", OTHERS.values(), ids=OTHERS)
def test_what_must_be_looked_at_has_none(schema):
    compiler = Compiler({})
    assert leaves.leaf_of(compiler, compiler.node(schema), "x", Realm.QUERY, "nothing") is None


def test_a_map_does_not_keep_a_leaf_for_every_name():
    compiler = Compiler({})
    node = compiler.node({"type": "string"})
    for number in range(2 * leaves.MOST_KEPT):
        leaves.leaf_of(compiler, node, f"name{number}", Realm.JSON, "nothing")
    assert len(node.leaves) == leaves.MOST_KEPT


def test_a_body_has_none():
    """Whether its text is different from case to case depends on whether it is the whole body or a property of that name."""
    compiler = Compiler({})
    assert leaves.leaf_of(compiler, compiler.node({"type": "string"}), "body", Realm.JSON, "nothing") is None


@pytest.mark.parametrize("location", ["path", "query", "header", "cookie"])
@pytest.mark.parametrize("reserved", [False, True])
@pytest.mark.parametrize("schema", [*LEAVES.values(), *OTHERS.values()], ids=[*LEAVES, *OTHERS])
def test_a_place_is_filled_with_the_same(schema, reserved, location, monkeypatch):
    compiler = Compiler({})
    node = compiler.node(schema)
    parameter = Parameter(name="x", location=location, schema=schema, allow_reserved=reserved, required=True)
    realm = Realm[location.upper()]

    def place():
        written, way = of_parameter(parameter, required=True), way_of(parameter)
        return Place(f"{location}/x", "x", node, realm, 5, required=True, location=location, written=written, way=way)

    quick, slow = place(), place()
    for seed in range(60):
        made = outcome(lambda draws: fill(compiler, quick, draws, "random"), Draws(seed))
        with monkeypatch.context() as patched:
            patched.setattr(places, "_plain_leaf", lambda *_: None)
            patched.setattr(maker, "leaf_of", lambda *_: None)
            assert made == outcome(lambda draws: fill(compiler, slow, draws, "random"), Draws(seed))
