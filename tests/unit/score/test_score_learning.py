"""What answers teach."""

import msgspec
import pytest
from msgspec.msgpack import Ext

from pipeline.messages import EXT_VARIABLE, Fill, Instance, MediaType, Operation, Output, Parameter, Response, Slot
from stages.score.news import News


def learned(scene, exchange):
    return scene.judge.judge(exchange).knowledge


def test_items_of_a_list_and_the_item_itself(scene):
    """Objects come with their scalar fields; an item's own name is that of its path."""
    body = [{"id": n, "name": f"n{n}", "deep": {"a": 1}, "price": 1.5} for n in range(20)]
    found = learned(scene, scene.exchange("GET /pets", 200, body)).instances["/pets"]
    assert found == [Instance(fields={"id": n, "name": f"n{n}"}) for n in range(8)]
    one = learned(scene, scene.exchange("GET /pets/{id}", 200, {"id": 5, "name": "R"}, args={"path/id": "5"}))
    assert one.instances["/pets"] == [Instance(fields={"id": 5, "name": "R", "{}": "5"})]
    assert one.taken


def test_what_is_made_is_marked_and_named_by_its_location(scene):
    """A creation marks its object; Location's last segment names it, in the body's own form."""
    plain = learned(scene, scene.exchange("POST /pets", 201, {"id": 9, "name": "R"}))
    assert plain.instances["/pets"] == [Instance(fields={"id": 9, "name": "R"}, made=True)]
    located = learned(scene, scene.exchange("POST /pets", 201, {"id": 9}, headers=[("Location", "http://h/v1/pets/9")]))
    assert located.instances["/pets"] == [Instance(fields={"id": 9, "{}": 9}, made=True)]
    bare = learned(scene, scene.exchange("POST /pets", 201, headers=[("Location", "/pets/a%20b")]))
    assert bare.instances["/pets"] == [Instance(fields={"{}": "a b"}, made=True)]


def test_what_an_answer_does_not_name_the_request_has_named(scene):
    """A new object that is answered with a status alone is likely known by what was asked for, if paths take such a value. That is no
    proof: it does not count as made, and where the answer says anything it counts for nothing."""
    quiet = learned(scene, scene.exchange("POST /pets", 201, {}, steps=[scene.step("POST /pets", body={"id": 77, "age": 3})]))
    assert quiet.instances["/pets"] == [Instance(fields={"id": 77})]
    vague = learned(scene, scene.exchange("POST /pets", 201, {"message": "ok"}, steps=[scene.step("POST /pets", body={"id": 77})]))
    assert [instance.fields for instance in vague.instances["/pets"]] == [{"message": "ok"}]
    told = learned(scene, scene.exchange("POST /pets", 201, {"id": 9}, steps=[scene.step("POST /pets", body={"id": "rex"})]))
    assert told.instances["/pets"] == [Instance(fields={"id": 9}, made=True)]


@pytest.mark.parametrize(("style", "segment"), [("simple", "a%20b"), ("label", ".a%20b"), ("matrix", ";id=a%20b")])
def test_a_location_is_read_by_the_parameters_style(make_scene, make_operation, style, segment):
    """Of "/pets/.7" and "/pets/;id=7" the name is 7 where the document writes the parameter so."""
    made = Output(resource="/pets", made=True)
    parameter = Parameter(name="id", location="path", required=True, style=style)
    item = msgspec.structs.replace(make_operation("GET /pets/{id}", resource="/pets"), parameters=[parameter], slots=[SLOT])
    scene = make_scene([make_operation("POST /pets", [Response(status="201")], resource="/pets", outputs=[made]), item])
    bare = learned(scene, scene.exchange("POST /pets", 201, headers=[("Location", f"/pets/{segment}")]))
    assert bare.instances["/pets"] == [Instance(fields={"{}": "a b"}, made=True)]


SLOT = Slot(place="path/id", resource="/pets", fields=["id"])
NESTED = [
    Operation(
        key=key,
        method=key.split(" ", 1)[0],
        path=key.split(" ", 1)[1],
        responses=[Response(status="default", content=[MediaType(media_type="application/json")])],
        resource="/buckets/{}/things",
        slots=[Slot(place="path/t", resource="/buckets/{}/things", fields=["id"])] if key.endswith("{t}") else [],
        outputs=[Output(resource="/buckets/{}/things", made=True)] if key.startswith("POST") else [],
    )
    for key in ("GET /buckets/{b}/things", "POST /buckets/{b}/things", "GET /buckets/{b}/things/{t}", "DELETE /buckets/{b}/things/{t}")
]


@pytest.mark.parametrize(
    ("key", "body", "fields"),
    [
        ("GET /buckets/{b}/things", {"data": [{"id": "x"}]}, [{"id": "x"}]),
        ("GET /buckets/{b}/things", {"things": [{"id": "x"}], "total": 1}, [{"id": "x"}]),
        ("GET /buckets/{b}/things", {"whatever": [{"id": "x"}], "next": None}, [{"id": "x"}]),
        ("GET /buckets/{b}/things", ["x", "y"], [{"{}": "x"}, {"{}": "y"}]),
        ("POST /buckets/{b}/things", {"data": {"id": "x"}, "permissions": {"write": []}}, [{"id": "x"}]),
        ("GET /buckets/{b}/things/{t}", {"data": {"id": "x"}}, [{"id": "x", "{}": "u"}]),
        ("GET /buckets/{b}/things/{t}", {"n": 1}, [{"n": 1, "{}": "u"}]),
        ("GET /buckets/{b}/things", {"message": "none"}, []),
        ("GET /buckets/{b}/things", None, []),
    ],
)
def test_wrappers_are_seen_through(make_scene, key, body, fields):
    """Objects are found in the bodies that servers really send, with their parents' names."""
    scene = make_scene(NESTED)
    arguments = {"path/b": "p", **({"path/t": "u"} if "{t}" in key else {})}
    url = f"http://127.0.0.1:4000{key.split(' ')[1].replace('{b}', 'p').replace('{t}', 'u')}"
    found = learned(scene, scene.exchange(key, 200, body, args=arguments, url=url)).instances.get("/buckets/{}/things", [])
    assert found == [Instance(fields=one, parents=["p"], made=key.startswith("POST")) for one in fields]


def test_names_that_were_extracted_are_read_from_the_url(make_scene):
    """A variable's value stands in the URL only, percent-encoded."""
    scene = make_scene(NESTED)
    arguments = {"path/b": Ext(EXT_VARIABLE, b"made"), "path/t": "u"}
    url = "http://127.0.0.1:4000/v1/buckets/a%2Fb/things/u"
    found = learned(scene, scene.exchange("GET /buckets/{b}/things/{t}", 200, {"id": 1}, args=arguments, url=url))
    assert found.instances["/buckets/{}/things"] == [Instance(fields={"id": 1, "{}": "u"}, parents=["a/b"])]


def test_what_is_gone(make_scene):
    """A deletion, and a 404 at an object that was known, tell that it is gone; a 404 at a guess tells nothing."""
    scene = make_scene(NESTED)
    arguments = {"path/b": "p", "path/t": "u"}
    gone = {"/buckets/{}/things": [Instance(fields={"{}": "u"}, parents=["p"])]}
    assert learned(scene, scene.exchange("DELETE /buckets/{b}/things/{t}", 204, args=arguments)).gone == gone
    known = [Fill(place="path/t", source="knowledge")]
    assert learned(scene, scene.exchange("GET /buckets/{b}/things/{t}", 404, args=arguments, fills=known)).gone == gone
    assert learned(scene, scene.exchange("GET /buckets/{b}/things/{t}", 404, args=arguments)).gone == {}


def test_values_are_exact_and_bounded(scene):
    """Integers past 64 bits travel as extension values, long texts and fractions stay behind, at most 16 fields do."""
    big = {"id": 2**70, "text": "x" * 201, "ok": True, "f": 0.5, "null": None, "\ud800": 1, "u": "\u00fc"}
    (found,) = learned(scene, scene.exchange("GET /pets", 200, [big])).instances["/pets"]
    assert found.fields == {"id": Ext(1, str(2**70).encode()), "ok": True, "u": "\u00fc"}
    wide = {**{f"a{n}": n for n in range(30)}, "petId": 1, "id": 2}
    (found,) = learned(scene, scene.exchange("GET /pets", 200, [wide])).instances["/pets"]
    assert len(found.fields) == 16
    assert {"petId", "id"} <= found.fields.keys()


def test_an_answer_seen_again_is_no_news(scene):
    """The same objects are told once; what changed, and what comes back after it was gone, is told again."""
    news = News()
    seen = learned(scene, scene.exchange("GET /pets", 200, [{"id": 1, "n": "a"}]))
    changed = learned(scene, scene.exchange("GET /pets", 200, [{"id": 1, "n": "b"}]))
    gone = learned(scene, scene.exchange("DELETE /pets/{id}", 204, args={"path/id": "1"}))
    assert news.fresh(seen).instances == seen.instances
    assert news.fresh(seen).instances == {}
    assert news.fresh(changed).instances == changed.instances
    news.fresh(gone)
    assert news.fresh(seen).instances == seen.instances
