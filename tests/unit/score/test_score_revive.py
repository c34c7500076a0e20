"""Cases that make their own objects: so that a finding can be repeated when the objects of its run are gone."""

import pytest
from msgspec.msgpack import Ext
from msgspec.structs import replace

from pipeline.messages import Instance, Knowledge, MediaType, Output, RequestBody, Slot, Trial
from stages.execute.experiment import status_in
from stages.score.making import Makings
from stages.score.revive import Makers, unhurried


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


def named_limit(make_scene, make_operation, replace):
    """POST /limits with a required plain text and an address that has to be unique too."""
    properties = {"tag": {"type": "string"}, "url": {"type": "string", "format": "uri"}}
    schema = {"type": "object", "required": ["tag"], "properties": properties}
    body = RequestBody(content=[MediaType(media_type="application/json", schema=schema)])
    return make_scene([replace(make_operation("POST /limits"), body=body)])


def test_two_of_one_name_are_tried_with_the_names_of_the_attempt(make_scene, make_operation, replace):
    """The step before takes what the attempt will ask for, both under the same new name."""
    scene = named_limit(make_scene, make_operation, replace)
    makers = Makers(scene.model)
    makers.learn(scene.exchange("POST /limits", 200, {}, steps=[scene.step("POST /limits", body={"tag": "oak"})]))
    case = scene.trial("POST /limits", steps=[scene.step("POST /limits", body={"tag": "elm"})]).case
    alone, twice = makers.alone(case, "4x"), makers.twice(case)
    assert alone.steps[0].body.value["tag"].startswith("elm")
    assert alone.steps[0].body.value["tag"].endswith("4x")
    before, attempt = makers.as_sent(twice, "4x3").steps
    assert (before.role, attempt.role) == ("prepare", "attempt")
    assert before.body.value["tag"] == attempt.body.value["tag"] != makers.as_sent(twice, "4x4").steps[0].body.value["tag"]


def test_a_case_that_keeps_a_required_text_is_no_proof_that_it_needs_nothing(make_scene, make_operation, replace):
    """A web address may have to be unique as well, and is not made new: only the form with the step before it tells."""
    scene = named_limit(make_scene, make_operation, replace)
    makers = Makers(scene.model)
    schema = scene.model.operations["POST /limits"].body.content[0].schema
    schema["required"] = ["tag", "url"]
    sent = scene.step("POST /limits", body={"tag": "oak", "url": "http://h"})
    makers.learn(scene.exchange("POST /limits", 200, {}, steps=[sent]))
    case = scene.trial("POST /limits", steps=[sent]).case
    assert makers.alone(case, "4x") is None
    assert makers.twice(case) is not None


def test_a_case_that_makes_something_is_sent_under_new_names_each_time(make_scene, make_operation, replace):
    """First with new plain texts, then with those of a pattern too; what names nothing, and what has other steps, is not."""
    properties = {"tag": {"type": "string"}, "key": {"type": "string", "pattern": "^[0-9]{6}$"}, "size": {"type": "integer"}}
    schema = {"type": "object", "required": ["tag", "key"], "properties": properties}
    body = RequestBody(content=[MediaType(media_type="application/json", schema=schema)])
    scene = make_scene([replace(make_operation("POST /limits"), body=body)])
    makers = Makers(scene.model)
    case = scene.trial("POST /limits", steps=[scene.step("POST /limits", body={"tag": "elm", "key": "123456", "size": 3})]).case
    fresh, freshest = makers.anew(case)
    assert [step.role for step in (*fresh.steps, *freshest.steps)] == ["attempt", "attempt"]
    values = [makers.as_sent(form, token).steps[0].body.value for form in (fresh, freshest) for token in ("4x1", "4x2")]
    assert len({value["tag"] for value in values}) == 2
    assert [value["key"] == "123456" for value in values] == [True, True, False, False]
    assert values[2]["key"] != values[3]["key"]
    assert makers.anew(fresh) == makers.anew(scene.trial("POST /limits", steps=[scene.step("POST /limits", body={})]).case) == []


@pytest.mark.parametrize(
    "fields", [{"intent": "invalid"}, {"intent": "unspecified", "classes": ["body:violates/malformed/utf-16"]}, {"method": "TRACE"}]
)
def test_what_is_not_valid_makes_nothing_for_others(make_scene, make_operation, replace, fields):
    """A server that takes broken requests does not make them the way to make an object."""
    scene = named_limit(make_scene, make_operation, replace)
    known = Makings(scene.model)
    steps = [scene.step("POST /limits", body={"tag": "oak"})]
    known.learn(scene.exchange("POST /limits", 200, {}, steps=steps, **fields))
    assert known.accepted == {}
    known.learn(scene.exchange("POST /limits", 200, {}, steps=steps))
    assert known.accepted == {"POST /limits": steps[0]}


def test_a_name_that_nothing_accepted_is_tried_behind_itself(make_scene, make_operation, replace):
    """Where the run never made one, the attempt itself may: then it is sent twice."""
    scene = named_limit(make_scene, make_operation, replace)
    case = scene.trial("POST /limits", steps=[scene.step("POST /limits", body={"tag": "elm"})]).case
    before, attempt = Makers(scene.model).twice(case).steps
    assert (before.role, before.body, attempt.role) == ("prepare", attempt.body, "attempt")


@pytest.fixture
def loans(make_scene, make_operation):
    """POST /loans names a book in its body; GET, PATCH, DELETE /loans/{id}; POST, DELETE /loans/{id}/notes; GET /loans/{id}/history."""
    book = replace(slot("", "/books"), place="body/what/book", fields=["{}", "id", "isbn"])
    on_loan = {"maker": "POST /loans", "slots": [slot("id", "/loans")]}
    return make_scene(
        [
            make_operation("POST /books", outputs=[Output(resource="/books", made=True)]),
            make_operation("GET /books/{id}", maker="POST /books", slots=[slot("id", "/books")]),
            make_operation("POST /loans", slots=[book], outputs=[Output(resource="/loans", made=True)]),
            *(make_operation(f"{method} /loans/{{id}}", **on_loan) for method in ("GET", "PATCH", "DELETE")),
            make_operation("DELETE /loans/{id}/notes", **on_loan),
            make_operation("POST /loans/{id}/notes", **on_loan),
            make_operation("GET /loans/{id}/history", **on_loan),
        ]
    )


@pytest.mark.parametrize(("named", "pointer"), [(3, "/id"), ("978", "/isbn")])
def test_what_a_body_names_is_made_first(loans, named, pointer):
    """An object that needs another one is made with a new one of that, named by the field that it was named by."""
    makers = Makers(loans.model)
    makers.saw(Knowledge(instances={"/books": [Instance(fields={"id": 3, "isbn": "978", "{}": 3})]}))
    makers.learn(loans.exchange("POST /books", 201, {"id": 3, "isbn": "978"}))
    lending = loans.step("POST /loans", body={"what": {"book": named}, "days": 3})
    makers.learn(loans.exchange("POST /loans", 201, {"id": 7}, steps=[lending]))
    revived = makers.revived(loans.trial("GET /loans/{id}", args={"path/id": 7}).case)[0]
    book, loan, attempt = revived.steps
    assert [step.operation for step in revived.steps] == ["POST /books", "POST /loans", "GET /loans/{id}"]
    assert [extract.pointer for extract in book.extract] == [pointer]
    assert loan.body.value == {"what": {"book": Ext(5, book.extract[0].name.encode())}, "days": 3}
    assert attempt.arguments[0].value == Ext(5, loan.extract[0].name.encode())


def test_every_item_that_names_an_object_names_a_new_one(make_scene, make_operation):
    """The slot is that of the first item; what others name would be gone as well."""
    book = replace(slot("", "/books"), place="body/books/0/id", fields=["{}", "id"])
    scene = make_scene(
        [
            make_operation("POST /books", outputs=[Output(resource="/books", made=True)]),
            make_operation("GET /books/{id}", maker="POST /books", slots=[slot("id", "/books")]),
            make_operation("POST /parcels", slots=[book]),
        ]
    )
    makers = Makers(scene.model)
    makers.saw(Knowledge(instances={"/books": [Instance(fields={"id": 3, "{}": 3}), Instance(fields={"id": 4, "{}": 4})]}))
    makers.learn(scene.exchange("POST /books", 201, {"id": 3}))
    body = {"books": [{"id": 3}, {"id": 99}, {"id": 4, "gift": True}]}
    first, *others = makers.revived(scene.trial("POST /parcels", steps=[scene.step("POST /parcels", body=body)]).case)
    made, attempt = first.steps
    new = Ext(5, made.extract[0].name.encode())
    assert attempt.body.value == {"books": [{"id": new}, {"id": 99}, {"id": new, "gift": True}]}
    assert others == []


def test_a_value_that_names_nothing_stays(loans):
    """What the run never saw as the name of such an object is what the case is about."""
    makers = Makers(loans.model)
    makers.saw(Knowledge(instances={"/books": [Instance(fields={"id": 3})]}))
    makers.learn(loans.exchange("POST /books", 201, {"id": 3}))
    case = loans.trial("POST /loans", steps=[loans.step("POST /loans", body={"what": {"book": -1}})]).case
    assert makers.revived(case) == []


def test_the_last_form_does_with_the_object_what_the_run_did(loans):
    """What was accepted on such an object goes before the attempt, on the new one, and may fail; but for its removal."""
    makers = Makers(loans.model)
    makers.learn(loans.exchange("POST /loans", 201, {"id": 7}))
    for key in ("PATCH /loans/{id}", "DELETE /loans/{id}", "POST /loans/{id}/notes", "DELETE /loans/{id}/notes"):
        makers.learn(loans.exchange(key, 200, {"id": 7}, args={"path/id": 7}))
    *_, last = makers.revived(loans.trial("GET /loans/{id}/history", args={"path/id": 7}).case)
    made = Ext(5, last.steps[0].extract[0].name.encode())
    assert [(step.operation, step.require, [argument.value for argument in step.arguments]) for step in last.steps] == [
        ("POST /loans", ["2XX"], []),
        ("PATCH /loans/{id}", [], [made]),
        ("POST /loans/{id}/notes", [], [made]),
        ("DELETE /loans/{id}/notes", [], [made]),
        ("GET /loans/{id}/history", [], [made]),
    ]


def test_every_step_of_a_waiting_form_waits_for_a_busy_target(shelves):
    """But those that are there to compare with."""
    case = shelves.trial("GET /shelves/{s}", args={"path/s": 3}).case
    control = replace(case.steps[0], name="before", role="control")
    making = replace(case.steps[0], name="make", role="prepare")
    waiting = unhurried(replace(case, steps=[control, making, *case.steps]))
    assert [step.until is not None for step in waiting.steps] == [False, True, True]
    until = waiting.steps[1].until
    assert not status_in(503, until.statuses)
    assert all(status_in(status, until.statuses) for status in (200, 201, 404, 429, 500, 504))


def test_a_busy_answer_to_what_is_sent_again_is_waited_for(shelves):
    """A 500 that turns into a 503 says nothing yet: it is sent once more, and its steps wait."""
    fold = shelves.fold

    def told(status, trial=None):
        exchange = shelves.exchange("POST /shelves", status, b"oops", intent="unspecified")
        exchange = exchange if trial is None else replace(exchange, trial=trial)
        fold.add(shelves.judge.judge(exchange))
        return fold.take().suspicions

    first = told(500)
    assert [one.case.steps[0].until for one in first] == [None, None]
    again = []
    for one in first:
        trial = Trial(
            ordinal=one.ordinal, attempt=one.attempt, purpose=one.purpose, agent=one.agent, digest="00", case=one.case, key=one.key
        )
        again += told(503, trial)
    assert [one.case.steps[0].until is not None for one in again] == [True, True]
