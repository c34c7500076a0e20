"""The memory of objects: bounded, renewed, made ones kept longest."""

from pipeline.messages import Instance, Knowledge, Operation, Slot
from stages.dispatch.knowledge import KnownObjects

TAKER = Operation(key="GET /a/{id}", method="GET", path="/a/{id}", slots=[Slot(place="path/id", resource="/a", fields=["id"])])


def seen(*instances):
    return Knowledge(instances={"/a": list(instances)})


def test_a_second_sighting_adds_fields_and_keeps_that_it_was_made():
    """The same object seen again knows both sightings' fields and stays ours."""
    known = KnownObjects(4)
    known.learn(seen(Instance(fields={"id": 1, "name": "x"}, made=True)))
    known.learn(seen(Instance(fields={"id": 1, "size": 2})))
    assert known.of([TAKER])["/a"] == [Instance(fields={"id": 1, "name": "x", "size": 2}, made=True)]


def test_equal_ids_under_other_parents_are_other_objects():
    """Identity is the parents' ids and the own."""
    known = KnownObjects(4)
    known.learn(seen(Instance(fields={"id": 1}, parents=["p"]), Instance(fields={"id": 1}, parents=["q"])))
    assert len(known.of([TAKER])["/a"]) == 2


def test_what_is_gone_is_forgotten():
    """A removed object fills no slot any more, and no resource without objects is told."""
    known = KnownObjects(4)
    known.learn(seen(Instance(fields={"id": 1})))
    known.learn(Knowledge(gone={"/a": [Instance(fields={"id": 1})], "/b": [Instance(fields={"id": 1})]}))
    assert known.of([TAKER]) == {}


def test_beyond_the_limit_the_oldest_that_is_not_ours_goes_first():
    """Made objects outlive seen ones, newer ones older ones."""
    known = KnownObjects(2)
    known.learn(seen(Instance(fields={"id": 1}, made=True), Instance(fields={"id": 2}), Instance(fields={"id": 3})))
    assert [instance.fields["id"] for instance in known.of([TAKER])["/a"]] == [1, 3]
    known.learn(seen(Instance(fields={"id": 4}, made=True), Instance(fields={"id": 5}, made=True)))
    assert [instance.fields["id"] for instance in known.of([TAKER])["/a"]] == [4, 5]
