"""The report for build servers: JUnit XML.

One test suite for the run as a whole and one for each operation group. In a group's suite an operation without findings is one test case
(passed, or skipped with the reason); each of its findings is a test case of its own, with exactly one failure: readers disagree on
more. Notes stand in ``system-out`` of their operation. A run that was not tested or was cut short is an error of the first suite.
"""

import re
import time
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pipeline.errors import ExitCode
from pipeline.reports.evidence import evidence_lines
from pipeline.reports.told import OperationTold, Told
from stages.persist import FindingRow

# all that XML 1.0 cannot hold, not even as a reference (section 2.2)
_ILLEGAL = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")

_SKIPPED = {
    "withheld": "withheld: it would change what this run did not make (see allow_unsafe)",
    "not tried": "not tried: the budget was spent before",
    "no answer": "no answer came",
}


def junit(told: Told) -> str:
    """The whole document."""
    suites = [_run_suite(told)]
    groups: dict[str, list[Element]] = {}
    faults, notes = _by_operation(told.faults), _by_operation(told.notes)
    for operation in told.operations:
        group = operation.group or "operations"
        groups.setdefault(group, []).extend(
            _operation(group, operation, faults.pop(operation.key, []), notes.pop(operation.key, []), told.again)
        )
    elsewhere = [_finding("target", row, [], told.again) for rows in faults.values() for row in rows]
    suites += [_suite(told, name, groups[name]) for name in sorted(groups)]
    if elsewhere:
        suites.append(_suite(told, "the target as a whole", elsewhere))
    root = Element("testsuites", {"name": "sentinel", **_counts(suites), "time": _seconds(told)})
    root.extend(suites)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _by_operation(rows: Sequence[FindingRow]) -> dict[str, list[FindingRow]]:
    found: dict[str, list[FindingRow]] = {}
    for row in rows:
        found.setdefault(row.finding.operation, []).append(row)
    return found


def _run_suite(told: Told) -> Element:
    case = _case(told.run.title or told.run.target, "the API was tested")
    if told.exit_code is ExitCode.INTERRUPTED:
        _child(case, "error", type="interrupted", message="the run was interrupted").text = _legal(told.why_not_tested)
    elif told.why_not_tested:
        _child(case, "error", type="not-tested", message=f"not tested: {told.why_not_tested}")
    suite = _suite(told, "run", [case])
    suite.set("time", _seconds(told))
    properties = Element("properties")
    seed = told.run.request.seed if told.run.request is not None else ""
    values = {
        "run": told.run.id,
        "target": told.run.target,
        "seed": seed,
        "exit_code": int(told.exit_code),
        "requests": told.requests,
        "jobs": told.jobs,
        "jobs_set_aside": len(told.set_aside),
        "jobs_differing": len(told.differing),
    }
    for name, value in values.items():
        _child(properties, "property", name=name, value=str(value))
    suite.insert(0, properties)
    return suite


def _operation(
    group: str, operation: OperationTold, faults: Sequence[FindingRow], notes: Sequence[FindingRow], again: str
) -> Iterator[Element]:
    for index, row in enumerate(faults):
        yield _finding(group, row, notes if index == 0 else [], again)
    if faults:
        return
    case = _case(group, operation.key)
    if operation.reached in _SKIPPED or operation.reached == "skipped":
        _child(case, "skipped", message=operation.coverage.skipped or _SKIPPED[operation.reached])
    _system_out(case, notes)
    yield case


def _finding(group: str, row: FindingRow, notes: Sequence[FindingRow], again: str) -> Element:
    finding = row.finding
    case = _case(group, f"{finding.operation} [{finding.check} {finding.id}]")
    failure = _child(case, "failure", type=finding.check, message=f"[{finding.severity}] {finding.title}")
    failure.text = _legal("\n".join(evidence_lines(row, width=120, again=again)))
    _system_out(case, notes)
    return case


def _system_out(case: Element, notes: Sequence[FindingRow]) -> None:
    if notes:
        lines = [f"note {row.finding.id} {row.finding.check}: {row.finding.title} ({row.finding.rule})" for row in notes]
        _child(case, "system-out").text = _legal("\n".join(lines))


def _suite(told: Told, name: str, cases: Sequence[Element]) -> Element:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(told.run.started_at))
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
    }
    suite = Element("testsuite", {"name": _legal(name), **counts, "time": "0", "timestamp": stamp, "hostname": _legal(told.run.target)})
    suite.extend(cases)
    return suite


def _counts(suites: Sequence[Element]) -> dict[str, str]:
    # no "skipped": Jenkins' schema (junit-10.xsd) has it for suites only
    return {kind: str(sum(int(suite.get(kind, "0")) for suite in suites)) for kind in ("tests", "failures", "errors")}


def _seconds(told: Told) -> str:
    return f"{(told.duration_ms or 0) / 1000:.3f}"


def _case(class_name: str, name: str) -> Element:
    return Element("testcase", {"classname": _legal(class_name), "name": _legal(name), "time": "0"})


def _child(parent: Element, tag: str, **attributes: str) -> Element:
    return SubElement(parent, tag, {name: _legal(value) for name, value in attributes.items()})


def _legal(text: str) -> str:
    return _ILLEGAL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
