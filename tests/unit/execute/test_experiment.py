"""The case language, step by step, without a network."""

from collections.abc import Callable
from typing import Any

from msgspec.msgpack import Ext

from pipeline.messages import EXT_DECIMAL, EXT_VARIABLE, Argument, Body, Extract, NoReply, Reply, Request, Sent, Step, Trial, Until
from stages.execute.experiment import Call, Experiment, next_page, status_in

Making = Callable[..., Any]
URL = "http://127.0.0.1:8000/pets?page=1"


def variable(name: str) -> Ext:
    return Ext(EXT_VARIABLE, name.encode())


def experiment(trial: Trial, *, tries_cap: int = 10, interval_cap_ms: int = 1000) -> Experiment:
    return Experiment(trial, tries_cap=tries_cap, interval_cap_ms=interval_cap_ms)


def answer(call: Call, reply: Reply) -> Sent:
    return Sent(step=call.step.name, operation=call.step.operation, request=Request(method="GET", url=URL), reply=reply)


def failed(call: Call, kind: Any = "reset", *, left: bool = True) -> Sent:
    request = Request(method="GET", url=URL) if left else None
    return Sent(step=call.step.name, operation=call.step.operation, request=request, failure=NoReply(kind=kind))


def test_variables_carry_values_from_step_to_step(trial: Making, reply: Making) -> None:
    """Values extracted from body, header and status fill arguments and bodies at any depth, with type and digits kept."""
    extract = [
        Extract(name="id", pointer="/items/0/id"),
        Extract(name="price", pointer="/price"),
        Extract(name="tag", source="header", pointer="etag"),
        Extract(name="status", source="status"),
        Extract(name="none", pointer="/none"),
    ]
    body = Body(media_type="application/json", value={"a": [variable("price"), {"b": variable("status")}], "c": variable("none"), "d": 1})
    arguments = [
        Argument(location="path", name="id", value=variable("id")),
        Argument(location="header", name="If-Match", value=variable("tag")),
    ]
    run = experiment(
        trial(Step(name="one", operation="GET /a", extract=extract), Step(name="two", operation="PUT /a", arguments=arguments, body=body))
    )
    first = run.next_call()
    assert first is not None
    run.receive(answer(first, reply(201, b'{"items": [{"id": 12345678901234567890123}], "price": 1.50, "none": null}', ETag='"x"')))
    second = run.next_call()
    assert second is not None
    assert [argument.value for argument in second.arguments] == [12345678901234567890123, '"x"']
    assert second.body is not None
    price = second.body.value["a"][0]
    assert (price.code, price.data) == (EXT_DECIMAL, b"1.50")
    assert second.body.value == {"a": [price, {"b": 201}], "c": None, "d": 1}
    run.receive(answer(second, reply(200)))
    assert run.next_call() is None


def test_of_several_extracts_of_one_name_the_first_that_finds_counts(trial: Making, reply: Making) -> None:
    """Where an answer tells an id is not always known: the places are tried in order, what was asked for last."""
    body = Body(media_type="application/json", value={"name": "rex"})
    extract = [
        Extract(name="made", pointer="/data/pet_id"),
        Extract(name="made", pointer="/data/id"),
        Extract(name="made", source="location"),
        Extract(name="made", source="request", pointer="/name"),
    ]
    for given, expected in [
        (reply(201, b'{"data": {"id": 7}}', Location="/pets/8"), 7),
        (reply(201, b"", Location="http://127.0.0.1:8000/pets/a%20b/?x=1"), "a b"),
        (reply(201), "rex"),
    ]:
        argument = Argument(location="path", name="id", value=variable("made"))
        run = experiment(
            trial(
                Step(name="one", operation="POST /a", body=body, extract=extract),
                Step(name="two", operation="GET /a", arguments=[argument]),
            )
        )
        first = run.next_call()
        assert first is not None
        run.receive(answer(first, given))
        second = run.next_call()
        assert second is not None
        assert second.arguments[0].value == expected


def test_a_location_that_is_no_url_tells_nothing(trial: Making, reply: Making) -> None:
    """A hostile Location header leaves the variable unfilled, no more."""
    steps = Step(name="one", operation="POST /a", extract=[Extract(name="made", source="location")])
    use = Step(name="two", operation="GET /a", arguments=[Argument(location="path", name="id", value=variable("made"))])
    run = experiment(trial(steps, use))
    first = run.next_call()
    assert first is not None
    run.receive(answer(first, reply(201, b"", Location="http://[")))
    second = run.next_call()
    assert second is not None
    assert second.arguments[0].value is use.arguments[0].value


def test_what_was_not_found_stays_a_variable(trial: Making, reply: Making) -> None:
    """A pointer into nothing, a body that is no JSON, and a missing header fill nothing."""
    extract = [Extract(name="a", pointer="/x/0"), Extract(name="b", source="header", pointer="X-No")]
    argument = Argument(location="path", name="id", value=variable("a"))
    for body in (b"{}", b"<html>", b"[]", b'{"x": "y"}'):
        run = experiment(
            trial(Step(name="one", operation="GET /a", extract=extract), Step(name="two", operation="GET /a", arguments=[argument]))
        )
        run.receive(answer(run.next_call(), reply(200, body)))
        assert run.next_call().arguments[0].value is argument.value


def test_lone_surrogates_of_an_answer_can_be_extracted(trial: Making, reply: Making) -> None:
    """JSON that escapes a lone surrogate is still read."""
    run = experiment(
        trial(
            Step(name="one", operation="GET /a", extract=[Extract(name="a", pointer="/n")]),
            Step(name="two", operation="GET /a", arguments=[Argument(location="query", name="n", value=variable("a"))]),
        )
    )
    run.receive(answer(run.next_call(), reply(200, b'{"t": "\\ud800", "n": 5}')))
    assert run.next_call().arguments[0].value == 5


def test_nothing_is_repeated_behind_the_end(trial: Making, reply: Making) -> None:
    """A step that waits for another status goes on while it may; then its last answer is the one."""
    step = Step(name="one", operation="GET /a", until=Until(statuses=["200"], tries=5, interval_ms=1))
    run = experiment(trial(step))
    run.receive(answer(run.next_call(), reply(503)))
    call = run.next_call()
    assert call is not None
    run.receive(answer(call, reply(503)), may_repeat=False)
    assert run.next_call() is None
    assert [sent.reply.status for sent in run.sent] == [503, 503]


def test_require_ends_the_case(trial: Making, reply: Making) -> None:
    """An answer that a step does not need, or none, leaves one entry "unmet" for each later step and sends nothing more."""
    steps = [
        Step(name="one", operation="POST /a", require=["201", "4XX"]),
        Step(name="two", operation="GET /a"),
        Step(name="three", operation="GET /b"),
    ]
    for end in (lambda call: answer(call, reply(200)), failed):
        run = experiment(trial(*steps))
        run.receive(end(run.next_call()))
        assert run.next_call() is None
        assert [(sent.step, sent.failure and sent.failure.kind) for sent in run.sent][1:] == [("two", "unmet"), ("three", "unmet")]
        assert "201 or 4XX" in run.sent[1].failure.detail
    met = experiment(trial(*steps))
    met.receive(answer(met.next_call(), reply(404)))
    assert met.next_call().step.name == "two"


def test_polling_until_a_status(trial: Making, reply: Making) -> None:
    """The step is sent again, after its interval, until the status comes; values are extracted from the last answer."""
    step = Step(
        name="poll",
        operation="GET /a",
        until=Until(statuses=["200"], tries=5, interval_ms=50),
        extract=[Extract(name="x", source="status")],
    )
    run = experiment(
        trial(step, Step(name="next", operation="GET /b", arguments=[Argument(location="query", name="q", value=variable("x"))]))
    )
    assert run.next_call().delay_ms == 0
    run.receive(answer(run.next_call(), reply(202)))
    again = run.next_call()
    assert (again.step.name, again.delay_ms) == ("poll", 50)
    run.receive(failed(again))
    run.receive(answer(run.next_call(), reply(200)))
    following = run.next_call()
    assert (following.step.name, following.delay_ms, following.arguments[0].value) == ("next", 0, 200)
    assert len(run.sent) == 3


def test_polling_until_a_value(trial: Making, reply: Making) -> None:
    """A pointer must exist, or equal the value that is given."""
    step = Step(name="poll", operation="GET /a", until=Until(pointer="/state", value="done", interval_ms=0))
    run = experiment(trial(step))
    for body in (b"", b"{}", b'{"state": "busy"}', b'{"state": "done"}'):
        run.receive(answer(run.next_call(), reply(200, body)))
    assert run.next_call() is None
    existing = experiment(trial(Step(name="poll", operation="GET /a", until=Until(pointer="/state"))))
    existing.receive(answer(existing.next_call(), reply(200, b'{"state": null}')))
    assert existing.next_call() is None


def test_tries_and_pauses_are_bounded(trial: Making, reply: Making) -> None:
    """Never more requests than the step's tries or the cap, never a longer pause than the cap, none after a request that cannot leave."""
    for tries, cap, expected in ((3, 10, 3), (1_000_000, 4, 4)):
        run = experiment(
            trial(Step(name="poll", operation="GET /a", until=Until(statuses=["200"], tries=tries, interval_ms=10**9))), tries_cap=cap
        )
        while (call := run.next_call()) is not None:
            assert call.delay_ms <= 1000
            run.receive(answer(call, reply(202)))
        assert len(run.sent) == expected
    withheld = experiment(trial(Step(name="poll", operation="GET /a", until=Until(statuses=["200"]))))
    withheld.receive(failed(withheld.next_call(), "withheld", left=False))
    assert withheld.next_call() is None


def test_following_pages(trial: Making, reply: Making) -> None:
    """The next page is the one linked to, relative to the page that links; without a link, or with the wanted value, it ends."""
    run = experiment(trial(Step(name="page", operation="GET /pets", until=Until(follow="link:next", tries=9))))
    assert run.next_call().url == ""
    run.receive(answer(run.next_call(), reply(200, Link='</pets?page=1>; rel="first", <?page=2>; rel="next"')))
    assert run.next_call().url == "http://127.0.0.1:8000/pets?page=2"
    assert run.next_call().delay_ms == 0
    run.receive(answer(run.next_call(), reply(200, Link='<?page=1>; rel="prev"')))
    assert run.next_call() is None
    found = experiment(trial(Step(name="page", operation="GET /pets", until=Until(follow="/next", pointer="/hit"))))
    found.receive(answer(found.next_call(), reply(200, b'{"next": "/pets?page=2", "hit": 1}')))
    assert found.next_call() is None


def test_links_of_answers() -> None:
    """Body pointers and Link headers (RFC 8288); what is no URL is no page."""

    def page(follow: str, body: bytes = b"", link: str = "") -> str:
        reply = Reply(status=200, body=body, headers=[("link", link)] if link else [])
        return next_page(follow, Sent(step="s", operation="o", request=Request(method="GET", url=URL), reply=reply))

    assert page("/next", b'{"next": "http://other/x"}') == "http://other/x"
    assert page("/meta/next", b'{"meta": {"next": "?cursor=a%20b"}}') == "http://127.0.0.1:8000/pets?cursor=a%20b"
    assert page("link:next", link='<http://x/1>; rel=prev, <http://x/3>; title="a"; rel="last next"') == "http://x/3"
    for body in (b"", b'{"next": null}', b'{"next": "token"}', b'{"next": 5}', b'{"next": ""}', b"[]", b'{"next": "http://["}'):
        assert page("/next", body) == ""
    assert page("link:next", link="nonsense") == ""


def test_status_patterns() -> None:
    """ "404" is itself, "4XX" its class, anything else nothing."""
    assert status_in(404, ["404"])
    assert status_in(404, ["500", "4xx"])
    assert not status_in(404, ["5XX", "40", "default", ""])
