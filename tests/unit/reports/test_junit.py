"""JUnit XML that build servers accept, with every finding as one failure."""

import re
from xml.etree import ElementTree as ET

from pipeline.messages import Coverage, OperationCoverage, Reply
from pipeline.reports.junit import junit

SUITE = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"}
ROOT = {"name", "tests", "failures", "errors", "time"}  # all that Jenkins' junit-10.xsd allows there
CASE = {"classname", "name", "time"}


def _parsed(told):
    """The document, held to what readers of JUnit XML agree on."""
    root = ET.fromstring(junit(told))
    assert root.tag == "testsuites"
    suites = list(root)
    for suite in suites:
        assert suite.tag == "testsuite"
        assert set(suite.keys()) == SUITE
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp"))
        cases = suite.findall("testcase")
        assert [child.tag for child in suite if child.tag != "testcase"] in ([], ["properties"])
        for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(kind)) == sum(len(case.findall(tag)) for case in cases)
        assert int(suite.get("tests")) == len(cases)
        names = [(case.get("classname"), case.get("name")) for case in cases]
        assert len(set(names)) == len(names)
        for case in cases:
            assert set(case.keys()) == CASE
            tags = [child.tag for child in case]
            assert tags in ([], ["system-out"], *[[tag, *rest] for tag in ("failure", "error", "skipped") for rest in ([], ["system-out"])])
    assert set(root.keys()) == ROOT
    for kind in ("tests", "failures", "errors"):
        assert int(root.get(kind)) == sum(int(suite.get(kind)) for suite in suites)
    return root


def test_findings_are_failures_of_their_operation(one_of_everything, runs):
    """Each a test case of its own; notes stand beside; an operation that was left out is skipped with its reason."""
    root = _parsed(one_of_everything)
    assert [suite.get("name") for suite in root] == ["run", "pets"]
    cases = {case.get("name"): case for case in root[1]}
    first, second = one_of_everything.faults
    assert list(cases) == [
        runs.LIST,
        f"{runs.READ} [response_schema {first.finding.id}]",
        f"{runs.READ} [server-error {second.finding.id}]",
        runs.MAKE,
        runs.REMOVE,
    ]
    failure = cases[f"{runs.READ} [server-error {second.finding.id}]"].find("failure")
    assert failure.get("type") == "server-error"
    assert failure.get("message") == "[high] A valid request makes the server fail with 500"
    assert "sentinel replay" in failure.text
    assert "Valid input is refused" in cases[f"{runs.READ} [response_schema {first.finding.id}]"].find("system-out").text
    assert cases[runs.REMOVE].find("skipped").get("message").startswith("withheld")
    assert list(cases[runs.LIST]) == []


def test_the_run_itself_is_a_test_case_that_fails_when_nothing_was_tested(tell, runs):
    """A build must not be green for it."""
    clean = _parsed(tell(runs.coverage()))
    assert (clean.get("errors"), clean.get("failures")) == ("0", "0")
    assert clean.find("testsuite/properties/property[@name='seed']").get("value") == "7"
    for told, kind, words in (
        (tell(runs.coverage(tested=False, reason="nothing answered")), "not-tested", "not tested: nothing answered"),
        (tell(runs.coverage(), reason="interrupted"), "interrupted", "the run was interrupted"),
    ):
        error = _parsed(told).find("testsuite/testcase/error")
        assert (error.get("type"), error.get("message")) == (kind, words)


def test_a_finding_of_no_operation_is_not_lost(tell, runs):
    """The target's death belongs to a suite of its own."""
    root = _parsed(tell(runs.finding(operation="", check="target-died"), runs.coverage()))
    assert [suite.get("name") for suite in root] == ["run", "pets", "the target as a whole"]
    assert root.get("failures") == "1"


def test_characters_that_xml_cannot_hold_are_written_out(tell, runs):
    """In names, attributes and text; line ends in attributes survive."""
    nasty = "a\x00b\x1b[31m\ufffe<&>\"'\n]]>"
    finding = runs.finding(title=nasty, operation=f"GET /{nasty}", rule=nasty, check="c", reply=Reply(status=500, body=nasty.encode()))
    coverage = Coverage(run="r1", operations=[OperationCoverage(operation=f"GET /{nasty}", skipped=nasty)], tested=True)
    told = tell(finding, runs.note(operation=f"GET /{nasty}", title=nasty), coverage)
    root = _parsed(told)
    case = root[1][0]
    assert case.find("failure").get("message") == "[high] a\\x00b\\x1b[31m\\ufffe<&>\"'\n]]>"
    assert "a\\x00b" in case.find("system-out").text


def test_a_run_without_anything_is_a_document_too(tell):
    """No coverage ever came."""
    assert _parsed(tell(reason="refused")).get("errors") == "1"
