"""What a worker's answers are held to before anything of them goes on."""

import datetime as dt

import pytest
from msgspec.msgpack import Ext

from pipeline.messages import Argument, Body, Case, Expect, Job, LoadShare, Plan, Record, Span, Step, Until
from stages.agents.wire import Done
from stages.dispatch.workers.claims import FalseClaim, hold

READ = "GET /a"


def asked(agent="functional-positive", count=1):
    return Job(id=0, agent=agent, slice="s", seed=1, spans=[Span(operation=READ, start=0, count=count)])


def case(ordinal=0, **fields):
    return Case(operation=READ, ordinal=ordinal, title="", **{"steps": [Step(name="only", operation=READ)], **fields})


def deep(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


def places(value):
    """The value at every place of a case that takes one."""
    yield case(steps=[Step(name="s", operation=READ, arguments=[Argument(location="query", name="q", value=value)])])
    yield case(steps=[Step(name="s", operation=READ, body=Body(media_type="application/json", value={"a": [value]}))])
    yield case(steps=[Step(name="s", operation=READ, until=Until(value=value))])
    yield case(expect=[Expect(relation="equal", left="s.status", value=value)])


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (1.5, "a float instead of extension value 2"),
        (2**63, "past 64 bits"),
        ({1: 2}, "key is no string but a int"),
        ({None: 2}, "key is no string"),
        ({(): 2}, "key is no string"),
        (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), "a datetime, which JSON does not have"),
        (Ext(99, b""), "extension code 99"),
        (Ext(-1, b"abcde"), "extension code -1"),
        (Ext(1, b"abc"), "extension value 1 that does not hold"),
        (Ext(2, b"NaN"), "extension value 2 that does not hold"),
        (Ext(3, b"\xff\xff"), "extension value 3 that does not hold"),
        (Ext(5, b"\xff"), "extension value 5 that does not hold"),
        (deep(250), "nested deeper than 200"),
    ],
)
def test_a_value_that_the_protocol_does_not_know_is_a_lie(value, told):
    """Wherever it stands: past this place a stage could not write it, and the run would end with that stage."""
    for answer in places(value):
        with pytest.raises(FalseClaim, match=told):
            hold(asked(), [answer], Done(job=0, answers=1))
    with pytest.raises(FalseClaim, match=told):
        hold(asked("data-mocking"), [Record(ordinal=0, schema="s", value=value)], Done(job=0, answers=1))


def test_every_value_that_the_protocol_knows_passes():
    """Plain values, nested, and the five extension values; no false accusation."""
    exts = [Ext(1, b"-9"), Ext(1, b"1" + b"0" * 5000), Ext(2, b"1E-20"), Ext(2, b"-2.5"), Ext(3, b"\xed\xa0\x80"), Ext(4, b"\xff")]
    value = {"a": [None, True, -(2**63), 2**63 - 1, "", b"\xff", {}, deep(150), *exts, Ext(5, b"name")]}
    for answer in places(value):
        hold(asked(), [answer], Done(job=0, answers=1))


@pytest.mark.parametrize(
    "fields",
    [
        {"steps": [Step(name=str(number), operation=READ) for number in range(101)]},
        {"steps": [Step(name="s", operation=READ, until=Until(tries=10**9))]},
        {"steps": [Step(name="s", operation=READ, until=Until(tries=-5))]},
        {"steps": [Step(name="s", operation=READ, until=Until(interval_ms=10**15))]},
        {"steps": [Step(name="s", operation=READ, until=Until(interval_ms=-1))]},
    ],
)
def test_a_case_that_costs_more_than_a_case_may_is_a_lie(fields):
    """Thousands of steps overrun the budget, tries below zero give it back, a billion of them use it up at once."""
    with pytest.raises(FalseClaim, match=r"steps|tries"):
        hold(asked(), [case(**fields)], Done(job=0, answers=1))
    plan = Plan(ordinal=0, title="", kind="smoke", stages=[], shares=[LoadShare(weight=1, case=case(**fields))])
    with pytest.raises(FalseClaim, match=r"steps|tries"):
        hold(asked("performance-planner"), [plan], Done(job=0, answers=1))


@pytest.mark.parametrize("cpu_ms", [-1, 2**64 - 1])
def test_a_time_that_cannot_be_is_a_lie(cpu_ms):
    """It goes into the store, which holds no integer past 64 bits."""
    with pytest.raises(FalseClaim, match="ms of CPU"):
        hold(asked(), [case()], Done(job=0, answers=1, cpu_ms=cpu_ms))


@pytest.mark.parametrize(
    "answers",
    [[case(0), case(0)], [case(1), case(0)], [case(3)], [case(-1)], [case(steps=[])]],
)
def test_answers_keep_to_the_order_and_the_ordinals_asked_for(answers):
    """Twice the same, backwards, beyond the span, or without a step."""
    with pytest.raises(FalseClaim, match="not asked for"):
        hold(asked(count=3), answers, Done(job=0, answers=len(answers)))


def test_ordinals_may_be_missing():
    """A stream that has ended, or an ordinal that could not be made."""
    hold(asked(count=3), [case(0), case(2)], Done(job=0, answers=2))
    hold(asked(count=3), [], Done(job=0, answers=0))
