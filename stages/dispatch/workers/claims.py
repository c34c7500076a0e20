"""Holding a worker's answers to the protocol (native/PROTOCOL.md, 2.3, 2.4 and 4): what passes here can hurt no stage behind."""

import re
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from msgspec.msgpack import Ext

from pipeline.messages import (
    EXT_DECIMAL,
    EXT_INTEGER,
    EXT_RAW,
    EXT_TEXT,
    EXT_VARIABLE,
    Answer,
    Case,
    Job,
    Plan,
    Record,
    Value,
)
from stages.agents.wire import Done
from stages.dispatch.answers import ANSWER_KINDS, StrayAnswer, operations_of

MAX_DEPTH = 200  # of a value; the stages behind walk it by recursion
MAX_STEPS = 100  # of a case; with `until` each may be sent MAX_TRIES times
MAX_TRIES = 100
MAX_INTERVAL_MS = 60_000
COUNT_MAX = 2**53  # what the store and JSON hold exactly

_INTEGER = re.compile(rb"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_PLAIN = frozenset({str, bool, bytes, type(None)})


class FalseClaim(Exception):
    """What the worker answered is not what it was asked for, or no answer of the protocol; the text says which and why."""


def hold(job: Job, answers: list[Answer], done: Done) -> None:
    """Hold the whole result of ``job`` to what was asked. Raises FalseClaim."""
    if done.answers != len(answers):
        raise FalseClaim(f"sent {len(answers)} answers and says it was {done.answers}")
    if not 0 <= done.cpu_ms <= COUNT_MAX:
        raise FalseClaim(f"says that the job took {done.cpu_ms} ms of CPU")
    kind = ANSWER_KINDS.get(job.agent, Case)
    for answer in answers:
        if type(answer) is not kind:
            raise FalseClaim(f"answered with a {type(answer).__name__} as {job.agent}")
    try:
        deque(operations_of(job.spans, answers), maxlen=0)
    except StrayAnswer as stray:
        raise FalseClaim(str(stray)) from stray
    for answer in answers:
        fault = _answer_fault(answer)
        if fault:
            raise FalseClaim(f"answered {_name(answer)} with {fault}")


def _name(answer: Answer) -> str:
    return f"{answer.operation} #{answer.ordinal}" if isinstance(answer, Case) else f"#{answer.ordinal}"


def _answer_fault(answer: Answer) -> str:
    match answer:
        case Case():
            return _case_fault(answer)
        case Plan():
            return next(filter(None, (_case_fault(share.case) for share in answer.shares)), "")
        case Record():
            return _told(_fault(answer.value, MAX_DEPTH), "value")


def _case_fault(case: Case) -> str:
    """What would make the case cost more than a case may, or a value of it that is none. Every case of every job passes here: plain values,
    which most are, cost no call."""
    if len(case.steps) > MAX_STEPS:
        return f"{len(case.steps)} steps, above the limit of {MAX_STEPS}"
    for step in case.steps:
        for argument in step.arguments:
            if type(argument.value) not in _PLAIN and (fault := _fault(argument.value, MAX_DEPTH)):
                return _told(fault, f"{step.name}: {argument.location}/{argument.name}")
        if step.body is not None and (fault := _fault(step.body.value, MAX_DEPTH)):
            return _told(fault, f"{step.name}: body")
        until = step.until
        if until is not None:
            if not (1 <= until.tries <= MAX_TRIES and 0 <= until.interval_ms <= MAX_INTERVAL_MS):
                return f"{until.tries} tries every {until.interval_ms} ms in {step.name}"
            if fault := _fault(until.value, MAX_DEPTH):
                return _told(fault, f"{step.name}: until")
    for expect in case.expect:
        if fault := _fault(expect.value, MAX_DEPTH):
            return _told(fault, "expect")
    return ""


def _told(fault: str, place: str) -> str:
    return f"{fault} in {place}" if fault else ""


def _fault(value: Value, depth: int) -> str:
    """What makes ``value`` no value of the protocol, or ""."""
    kind = type(value)
    if kind in _PLAIN:
        return ""
    if kind is int:
        return "" if -(2**63) <= value < 2**63 else "an integer past 64 bits that is no extension value 1"
    if kind is Ext:
        return _extension_fault(value)
    if depth == 0:
        return f"a value nested deeper than {MAX_DEPTH} levels"
    if kind is list:
        return next(filter(None, (_fault(item, depth - 1) for item in value)), "")
    if kind is dict:
        return _map_fault(cast("dict[Any, Value]", value), depth)
    return "a float instead of extension value 2" if kind is float else f"a {kind.__name__}, which JSON does not have"


def _map_fault(mapping: dict[Any, Value], depth: int) -> str:
    for key, item in mapping.items():
        if type(key) is not str:
            return f"a map whose key is no string but a {type(key).__name__}"
        if fault := _fault(item, depth - 1):
            return fault
    return ""


def _extension_fault(value: Ext) -> str:
    data = bytes(value.data)
    sound = _SOUND.get(value.code)
    if sound is None:
        return f"the extension code {value.code}, which has no meaning"
    return "" if sound(data) else f"an extension value {value.code} that does not hold what its code says"


def _decodes(data: bytes, errors: str) -> bool:
    try:
        data.decode("utf-8", errors)
    except UnicodeDecodeError:
        return False
    return True


_SOUND: dict[int, Callable[[bytes], bool]] = {
    EXT_INTEGER: lambda data: _INTEGER.fullmatch(data) is not None,
    EXT_DECIMAL: lambda data: _DECIMAL.fullmatch(data) is not None,
    EXT_TEXT: lambda data: _decodes(data, "surrogatepass"),
    EXT_RAW: lambda _: True,
    EXT_VARIABLE: lambda data: _decodes(data, "strict"),
}
