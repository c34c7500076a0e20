"""Cases that make their own objects: so that a finding can be repeated when the objects of its run are gone."""

import pytest
from msgspec.msgpack import Ext

from pipeline.messages import Output, Slot
from stages.score.revive import Makers


def slot(name, resource):
    return Slot(place=f"path/{name}", resource=resource, fields=["{}", "id"])


@pytest.fixture
def shelves(make_scene, make_operation):
    """Shelves hold books: POST /shelves, POST /shelves/{s}/books, GET and DELETE /shelves/{s}/books/{b}."""
    below = [slot("s", "/shelves"), slot("b", "/shelves/{}/books")]
    maker = "POST /shelves/{s}/books"
    return make_scene(
        [
            make_operation("POST /shelves", outputs=[Output(resource="/shelves", made=True)]),
            make_operation(maker, maker="POST /shelves", slots=below[:1], outputs=[Output(resource="/shelves/{}/books", made=True)]),
            make_operation("GET /shelves/{s}/books/{b}", maker=maker, slots=below),
            make_operation("GET /shelves/{s}", maker="POST /shelves", slots=below[:1]),
        ]
    )


def test_an_object_in_an_object_is_made_with_what_it_lies_in(shelves):
    """Both makers go before the attempt, outermost first, and every path parameter names what they made."""
    makers = Makers(shelves.model)
    makers.learn(shelves.exchange("POST /shelves", 201, {"id": 3}))
    makers.learn(shelves.exchange("POST /shelves/{s}/books", 201, {"id": 9}, args={"path/s": 3}))
    case = shelves.trial("GET /shelves/{s}/books/{b}", args={"path/s": 3, "path/b": 9}).case
    (revived,) = makers.revived(case)
    assert [(step.operation, step.role) for step in revived.steps] == [
        ("POST /shelves", "prepare"),
        ("POST /shelves/{s}/books", "prepare"),
        ("GET /shelves/{s}/books/{b}", "attempt"),
    ]
    shelf, book = (Ext(5, step.extract[0].name.encode()) for step in revived.steps[:2])
    assert [argument.value for argument in revived.steps[1].arguments] == [shelf]
    assert [argument.value for argument in revived.steps[2].arguments] == [shelf, book]


def test_without_a_known_maker_a_case_stays_as_it_is(shelves):
    """What nobody was seen to make cannot be made again."""
    case = shelves.trial("GET /shelves/{s}", args={"path/s": 3}).case
    assert Makers(shelves.model).revived(case) == []
