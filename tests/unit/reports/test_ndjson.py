"""The lines that programs read: their names and shapes are a promise."""

import base64
import json

from msgspec.msgpack import Ext

from pipeline.messages import Argument, Body, Case, NoReply, OperationCoverage, Reply, Request, Step
from pipeline.reports.ndjson import ndjson

FINDING_FIELDS = [
    "type",
    "id",
    "run",
    "check",
    "severity",
    "agent",
    "operation",
    "title",
    "rule",
    "detail",
    "broken",
    "state",
    "operations",
    "occurrences",
    "confirmations",
    "request",
    "response",
    "no_response",
    "curl",
    "replay",
    "seed",
    "ordinal",
    "case",
    "standing",
    "since",
]


def _lines(told):
    return [json.loads(line) for line in ndjson(told)]


def test_every_line_is_an_object_and_its_type_stands_first(one_of_everything):
    """In the order run, operations, findings, notes, summary."""
    lines = list(ndjson(one_of_everything))
    assert all(line.startswith('{"type":"') and "\n" not in line for line in lines)
    kinds = [json.loads(line)["type"] for line in lines]
    assert kinds == ["run", *["operation"] * 4, *["finding"] * 2, *["note"] * 2, "summary"]


def test_the_run_line(one_of_everything, runs):
    """What was tested, with what."""
    run = _lines(one_of_everything)[0]
    assert run == {
        "type": "run",
        "id": "r1",
        "target": runs.TARGET,
        "source": "pets.yaml",
        "api": {"title": "Pets", "version": "1.2.0", "openapi": "3.1.0", "digest": runs.api().digest, "problems": 0},
        "seed": 7,
        "agents": ["functional-positive"],
        "started_at": 1_700_000_000.0,
        "ended_at": 1_700_000_012.34,
        "state": "ended",
        "reason": "exhausted",
        "detail": "",
        "resumed": 0,
        "keep": "findings",
        "jobs": 0,
        "jobs_set_aside": 0,
        "jobs_differing": 0,
    }


def test_an_operation_line(one_of_everything, runs):
    """What was tried and how far it came; every operation has one."""
    operations = {line["operation"]: line for line in _lines(one_of_everything) if line["type"] == "operation"}
    assert operations.keys() == {runs.LIST, runs.READ, runs.MAKE, runs.REMOVE}
    assert operations[runs.READ] == {
        "type": "operation",
        "operation": runs.READ,
        "group": "pets",
        "reached": "success",
        "requests": 9,
        "statuses": {"200": 5, "500": 4},
        "valid_statuses": {"200": 4, "500": 2},
        "foreign": 1,
        "documented": ["200", "404"],
        "parameters": [],
        "classes": 2,
        "branches": 3,
        "withheld": 0,
        "skipped": "",
        "not_made": [],
    }
    assert operations[runs.REMOVE]["reached"] == "withheld"


def test_an_operation_line_names_what_could_not_be_made(tell, runs):
    """By agent and reason, with how many tests; "nothing" where none of the agent's was sent."""
    lines = _lines(tell(runs.not_made(), runs.coverage()))
    found = {line["operation"]: line["not_made"] for line in lines if line["type"] == "operation" and line["not_made"]}
    why = "body: gave up at /a: a pattern"
    assert found == {runs.MAKE: [{"agent": "functional-positive", "reason": why, "count": 3, "nothing": True}]}


def test_how_far_an_operation_came(tell, runs):
    """Each of the six words."""
    cases = {
        "success": {"statuses": {"404": 1, "201": 1}, "requests": 2},
        "answered": {"statuses": {"404": 1, "200": 1}, "valid": {"404": 1}, "requests": 2},
        "no answer": {"statuses": {"0": 2}, "requests": 2},
        "withheld": {"withheld": 1},
        "skipped": {"skipped": "breaks the build"},
        "not tried": {},
    }
    operations = [OperationCoverage(operation=f"GET /{word}", **fields) for word, fields in cases.items()]
    told = tell(runs.coverage(operations=operations))
    assert [line["reached"] for line in _lines(told) if line["type"] == "operation"] == list(cases)


def test_a_finding_line(one_of_everything, runs):
    """All fields, request and response as objects."""
    found = [line for line in _lines(one_of_everything) if line["type"] == "finding"]
    assert [list(line) for line in found] == [FINDING_FIELDS] * 2
    assert found[1]["request"] == {
        "method": "GET",
        "url": f"{runs.TARGET}/pets/4294967296",
        "headers": {"Accept": "application/json"},
        "body": None,
    }
    assert found[1]["response"] == {
        "status": 500,
        "headers": {"Content-Type": "text/plain"},
        "body": "Internal Server Error",
        "truncated": False,
        "ms": 3.5,
    }
    assert found[1]["no_response"] is None
    assert (found[1]["standing"], found[1]["since"]["run"], found[1]["state"]) == ("still there", "r0", "confirmed")
    assert found[1]["case"]["steps"][0]["arguments"] == [{"location": "path", "name": "petId", "value": 4}]
    assert found[0]["operations"] == [runs.READ, runs.LIST]


def test_what_was_not_seen_again_is_a_note(one_of_everything):
    """Only confirmed findings are called findings: their number decides the exit code."""
    notes = [line for line in _lines(one_of_everything) if line["type"] == "note"]
    assert [(line["title"], line["state"]) for line in notes] == [("Perhaps", "unverified"), ("Valid input is refused", "confirmed")]
    assert [list(line) for line in notes] == [FINDING_FIELDS] * 2


def test_odd_bodies_headers_and_values_have_a_json_form(tell, runs):
    """Bytes that are no text, a header sent twice, exact numbers and binary values of a case."""
    headers = [("Set-Cookie", "a=1"), ("set-cookie", "b=2"), ("SET-COOKIE", "c=3"), ("X", "y")]
    values = [Ext(2, b"0.1"), b"\x00\xff", "t"]
    argument = Argument(location="query", name="q", value=values)
    step = Step(name="attempt", operation="o", arguments=[argument], body=Body(media_type="m", value={"k": Ext(5, b"v")}))
    finding = runs.finding(
        request=Request(method="PUT", url="u", headers=headers, body=b"\xff\x00"),
        reply=Reply(status=500, body=b""),
        case=Case(operation="o", ordinal=0, title="t", steps=[step]),
    )
    (line,) = [line for line in _lines(tell(finding, runs.coverage())) if line["type"] == "finding"]
    assert line["request"]["headers"] == {"Set-Cookie": ["a=1", "b=2", "c=3"], "X": "y"}
    assert line["request"]["body"] == {"base64": base64.b64encode(b"\xff\x00").decode()}
    assert line["response"]["body"] == ""
    assert line["case"]["steps"][0]["arguments"][0]["value"] == [{"$ext": [2, "MC4x"]}, {"$bin": "AP8="}, "t"]
    assert line["case"]["steps"][0]["body"]["value"] == {"k": {"$ext": [5, "dg=="]}}


def test_no_answer_and_no_case_have_a_form_too(tell, runs):
    """A hang, and a finding about the target as a whole."""
    finding = runs.finding(request=None, reply=None, failure=NoReply(kind="timeout", detail="30 s", total_ms=30_000.0), case=None)
    (line,) = [line for line in _lines(tell(finding, runs.coverage())) if line["type"] == "finding"]
    assert (line["request"], line["response"], line["case"]) == (None, None, None)
    assert line["no_response"] == {"kind": "timeout", "detail": "30 s", "ms": 30_000.0}


def test_the_summary_line(one_of_everything, runs):
    """Counts, exit code, coverage in sums, what is left open."""
    summary = _lines(one_of_everything)[-1]
    assert summary == {
        "type": "summary",
        "run": "r1",
        "exit_code": 1,
        "outcome": "findings",
        "tested": True,
        "why_not_tested": "",
        "findings": 2,
        "notes": 2,
        "severities": {"critical": 1, "high": 1},
        "standings": {"new": 1, "still there": 1},
        "gone": [{"id": runs.finding(key="old").id, "operation": runs.READ, "title": "Old one"}],
        "requests": 15,
        "trials": 12,
        "operations": {"total": 4, "success": 3, "answered": 0, "no_answer": 0, "withheld": 1, "skipped": 0, "not_tried": 0},
        "pairs": 4,
        "target": [{"state": "dead", "detail": "connection refused", "after_ordinal": 12}],
        "may_have_happened": [{"ordinal": 40, "attempt": 0, "step": "attempt", "request": "POST /pets"}],
        "left_behind": [{"path": "/pets/9", "operation": runs.MAKE, "remover": runs.REMOVE}],
        "duration_ms": 12_340,
    }


def test_the_exit_code_says_what_the_end_means(tell, runs):
    """Findings win over "not tested"; an interrupted run says so whatever it found; notes and doubts never count."""
    untested = runs.coverage(tested=False, reason="nothing answered")
    for messages, reason, expected in (
        ([runs.coverage()], "exhausted", (0, "clean", "")),
        ([runs.finding(), untested], "exhausted", (1, "findings", "nothing answered")),
        ([runs.note(), runs.finding(key="k2", state="unverified"), runs.coverage()], "budget", (0, "clean", "")),
        ([runs.note(), untested], "budget", (3, "not tested", "nothing answered")),
        ([], "refused", (3, "not tested", "nothing was sent")),
        ([runs.finding(), runs.coverage()], "interrupted", (130, "interrupted", "")),
    ):
        summary = _lines(tell(*messages, reason=reason))[-1]
        assert (summary["exit_code"], summary["outcome"], summary["why_not_tested"]) == expected


def test_a_run_that_has_not_ended_is_reported_as_it_stands(tell, runs):
    """A report can be made of a run under way: it is not called clean."""
    summary = _lines(tell(runs.coverage(), reason=""))[-1]
    assert (summary["exit_code"], summary["duration_ms"]) == (130, None)
