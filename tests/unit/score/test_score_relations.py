"""What a case says its answers have to do with each other."""

import pytest

from pipeline.messages import Expect, Sent, Step


def pair(scene, first, second, expect, intent="unspecified"):
    """A case of two steps that answered bodies ``first`` and ``second``."""
    one = scene.exchange("GET /pets/{id}", 200, first)
    two = scene.exchange("GET /pets/{id}", 200, second)
    steps = [Step(name="a", operation="GET /pets/{id}", role="control"), Step(name="b", operation="GET /pets/{id}")]
    trial = scene.trial("GET /pets/{id}", steps=steps, expect=expect, intent=intent)
    sent = [
        Sent(step=name, operation="GET /pets/{id}", request=x.sent[0].request, reply=x.sent[0].reply)
        for name, x in (("a", one), ("b", two))
    ]
    return type(one)(trial=trial, sent=sent)


@pytest.mark.parametrize(
    ("relation", "left", "right", "value", "holds"),
    [
        ("equal", "a.body/name", "b.body/name", None, False),
        ("equal", "a.body/id", "b.body/id", None, True),
        ("different", "a.body/name", "b.body/name", None, True),
        ("equal", "a.status", "", 200, True),
        ("equal", "a.body/id", "", True, False),
        ("contains", "a.body/tags", "", "x", True),
        ("contains", "a.body", "", {"name": "Rex"}, True),
        ("contains", "a.body/name", "", "ex", True),
        ("absent", "b.body/tags", "", None, True),
        ("present", "b.body/tags", "", None, False),
        ("present", "a.header:Content-Type", "", None, True),
        ("equal", "nowhere.status", "", 1, True),
    ],
)
def test_relations_between_answers(*, scene, relation, left, right, value, holds):
    """Each relation at each kind of place; places that cannot be read are not judged."""
    exchange = pair(
        scene,
        {"id": 1, "name": "Rex", "tags": ["x"]},
        {"id": 1, "name": "Max"},
        [Expect(relation=relation, left=left, right=right, value=value)],
    )
    assert [check for check, _ in scene.checks(exchange)] == ([] if holds else ["expectation"])


def test_an_unmet_case_says_nothing_of_its_relations(scene, replace):
    """The answers of the steps before are still judged, the relation is not."""
    exchange = pair(scene, {"id": "x", "name": "Rex"}, {}, [Expect(relation="equal", left="a.body/id", value=5)])
    unmet = replace(exchange.sent[1], request=None, reply=None, failure=scene.no_reply("unmet"))
    assert scene.checks(replace(exchange, sent=[exchange.sent[0], unmet])) == [("response_schema", False)]
