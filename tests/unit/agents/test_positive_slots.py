"""functional-positive: what fills the places that need an object, and what is made before."""

from msgspec import structs
from msgspec.msgpack import Ext

from pipeline.messages import Hint, Instance, Job, Span
from stages.agents.generate import answers
from tests.unit.agents.steps import attempt, values


def test_creations_do_not_collide(inputs, positives) -> None:
    """Names differ from case to case, in the body of the best guess and in examples."""
    properties = {"name": {"type": "string", "examples": ["rex"]}, "title": {"type": "string"}}
    body = inputs.json_body({"type": "object", "required": ["name", "title"], "properties": properties})
    made = [attempt(case).body.value for case in positives(inputs.operation("POST /a", body=body), count=10)]
    assert made[0]["name"] == "rex"
    assert len({value["name"] for value in made}) == 10


def test_path_slots_take_known_objects_and_their_parents(inputs, positives) -> None:
    """The last path parameter first; what was made by this run is preferred at first."""
    user, post = inputs.parameter("user", "path", {"type": "string"}), inputs.parameter("post", "path", {"type": "integer"})
    slots = [inputs.slot("path/user", "/users"), inputs.slot("path/post", "/users/{}/posts")]
    operation = inputs.operation("GET /users/{user}/posts/{post}", user, post, slots=slots)
    posts = [Instance(fields={"id": 3}, parents=["ann"]), Instance(fields={"id": 4}, parents=["bob"], made=True)]
    first = positives(operation, count=1, knowledge={"/users/{}/posts": posts, "/users": [Instance(fields={"id": "eve"})]})[0]
    assert values(first) == {"user": "bob", "post": 4}
    assert [(fill.place, fill.source, fill.origin) for fill in first.fills] == [
        ("path/post", "knowledge", "/users/{}/posts"),
        ("path/user", "knowledge", "/users/{}/posts"),
    ]
    only_user = positives(operation, count=1, knowledge={"/users": [Instance(fields={"id": "eve"})]})[0]
    assert values(only_user) == {"user": "eve", "post": 1}


def test_what_is_tried_is_never_overwritten(inputs, positives) -> None:
    """A boundary value of an id stays, whatever is known."""
    operation = inputs.operation(
        "GET /a/{id}", inputs.parameter("id", "path", {"type": "integer", "maximum": 99}), slots=[inputs.slot("path/id", "/a")]
    )
    made = {case.title: values(case)["id"] for case in positives(operation, knowledge={"/a": [Instance(fields={"id": 5})]}, count=4)}
    assert made == {"best guess": 5, "path/id: maximum": 99, "path/id: below-maximum": 98, "path/id: zero": 0}


def test_unsafe_methods_take_only_objects_of_this_run(inputs, positives) -> None:
    """What others own is left alone."""
    operation = inputs.operation("PATCH /a/{id}", inputs.parameter("id", "path", {"type": "integer"}), slots=[inputs.slot("path/id", "/a")])
    foreign = [Instance(fields={"id": 5})]
    assert values(positives(operation, knowledge={"/a": foreign}, count=1)[0]) == {"id": 1}
    own = [*foreign, Instance(fields={"id": 6}, made=True)]
    assert {values(case)["id"] for case in positives(operation, knowledge={"/a": own}, start=1000)} == {6}


def test_body_slots_are_filled_where_they_fit(inputs, positives) -> None:
    """Ids as the schema wants them; not into an enum; not below what is missing."""
    properties = {
        "owner": {"type": "string"},
        "size": {"enum": [1, 2]},
        "nested": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
    }
    body = inputs.json_body({"type": "object", "required": ["owner", "size", "nested"], "properties": properties})
    slots = [inputs.slot(f"body/{place}", "/o", "id") for place in ("owner", "size", "nested/id", "missing/id")]
    [case] = positives(inputs.operation("POST /a", body=body, slots=slots), knowledge={"/o": [Instance(fields={"id": 77})]}, count=1)
    assert attempt(case).body.value == {"owner": "77", "size": 1, "nested": {"id": 77}}
    assert [fill.place for fill in case.fills] == ["body/owner", "body/nested/id"]


def test_hints_fill_places_without_example_if_they_are_valid(inputs, positives) -> None:
    """A model's word is checked; a documented example goes before it."""
    plain, sampled = (
        inputs.parameter("a", "query", {"type": "string", "maxLength": 5}, required=True),
        {"type": "string", "examples": ["x"]},
    )
    operation = inputs.operation("GET /a", plain, inputs.parameter("b", "query", sampled, required=True))
    hint = [Hint(operation="GET /a", place="query/a", value=value, model="m") for value in ("fine",)]
    hints = [*hint, Hint(operation="GET /a", place="query/b", value="y"), Hint(operation="GET /b", place="query/a", value="z")]
    [case] = positives(operation, hints=hints, count=1)
    assert values(case) == {"a": "fine", "b": "x"}
    assert [(fill.place, fill.source, fill.origin) for fill in case.fills] == [("query/a", "hint", "m")]
    [case] = positives(operation, hints=[Hint(operation="GET /a", place="query/a", value="too long")], count=1)
    assert values(case)["a"] == "sample"[:5]


def test_a_part_of_a_path_value_that_is_tried_is_not_made_first(inputs) -> None:
    """What the making step gives would stand in its stead."""
    slice_ = inputs.pets()
    (remove,) = (each for each in slice_.operations if each.key == "DELETE /pets/{petId}")
    numbers = {"type": "array", "items": {"type": "integer", "minimum": 3, "maximum": 9}}
    remove.parameters[0] = structs.replace(remove.parameters[0], schema=numbers)
    job = Job(id=1, agent=inputs.POSITIVE, slice="pets", seed=1, spans=[Span(operation=remove.key, start=0, count=40)])
    tried = [case for case in answers(slice_, job) if case.title.startswith("path/petId/0:")]
    assert tried
    assert all(len(case.steps) == 1 for case in tried)


def test_what_is_removed_is_made_first(inputs) -> None:
    """DELETE always makes its own object; PUT only where none of this run is known."""
    slice_ = inputs.pets()

    def first(key, knowledge=None):
        job = Job(
            id=1, agent=inputs.POSITIVE, slice="pets", seed=1, spans=[Span(operation=key, start=0, count=1)], knowledge=knowledge or {}
        )
        [case] = answers(slice_, job)
        return case

    for knowledge in ({}, inputs.KNOWLEDGE):
        make, remove = first("DELETE /pets/{petId}", knowledge).steps
        assert (make.name, make.role, make.operation, make.require) == ("make", "prepare", "POST /pets", ["2XX"])
        assert {extract.name for extract in make.extract} == {"made"}
        assert (make.extract[0].source, make.extract[0].pointer) == ("body", "/id")
        assert [(extract.source, extract.pointer) for extract in make.extract[-2:]] == [("location", ""), ("request", "/id")]
        assert make.body.value["name"].startswith("doggie")
        assert make.body.value["name"] != "doggie"
        assert remove.arguments[0].value == Ext(5, b"made")
    assert [step.name for step in first("PUT /pets/{petId}").steps] == ["make", "attempt"]
    assert [step.name for step in first("PUT /pets/{petId}", inputs.KNOWLEDGE).steps] == ["attempt"]
    assert first("PATCH /orders/{orderId}").steps[0].extract[0].pointer == "/data/0/id"


def test_the_maker_stands_below_the_same_parents(inputs, positives) -> None:
    """What is made must be where it is then looked for."""
    shelf, book = inputs.parameter("shelf", "path", {"type": "string"}), inputs.parameter("book", "path", {"type": "string"})
    maker = inputs.operation("POST /shelves/{shelf}/books", shelf, body=inputs.json_body({"type": "object"}))
    slots = [inputs.slot("path/shelf", "/shelves"), inputs.slot("path/book", "/shelves/{}/books")]
    remover = inputs.operation("DELETE /shelves/{shelf}/books/{book}", shelf, book, slots=slots, maker=maker.key)
    known = {"/shelves": [Instance(fields={"id": "top"})]}
    for case in positives(maker, remover, key=remover.key, knowledge=known, count=3):
        if len(case.steps) == 2:
            make, remove = case.steps
            assert make.arguments[0].value == remove.arguments[0].value


def test_a_place_that_the_client_chooses_is_seen_vacant_first(inputs, positives) -> None:
    """PUT without a maker reads the path before it writes there, under an id of its own."""
    name = inputs.parameter("id", "path", {"type": "string"})
    put = inputs.operation("PUT /b/{id}", name, body=inputs.json_body({"type": "object"}))
    get = inputs.operation("GET /b/{id}", name)
    made = positives(put, get, count=3)
    for case in made:
        look, write = case.steps
        assert (look.name, look.role, look.operation, look.require) == ("vacant", "control", "GET /b/{id}", ["404", "403", "401", "410"])
        assert look.arguments == write.arguments
    assert len({values(case)["id"] for case in made}) == 3
    assert [len(case.steps) for case in positives(put, count=1)] == [1]
