"""Jobs that no implementation could do stand in every report."""

from xml.etree import ElementTree as ET

import msgspec

from pipeline.messages import DecisionRow
from pipeline.reports import summary_text
from pipeline.reports.junit import junit
from pipeline.reports.ndjson import ndjson


def _aside(runs, number, agent, *failed):
    return msgspec.structs.replace(
        runs.job(number=number), agent=agent, arm="", reason="set aside", answers=0, failed=list(failed), deterministic=True
    )


def _run(told):
    return msgspec.json.decode(next(ndjson(told)))


def _properties(told):
    return {one.get("name"): one.get("value") for one in ET.fromstring(junit(told)).iter("property")}


def test_jobs_set_aside_are_told_by_agent_with_the_last_reasons(tell, runs):
    """How many of how many, in the summary's one line; counted for programs and build servers."""
    told = tell(
        runs.job(number=0),
        _aside(runs, 1, "data-mocking", "rust: ended by signal 9"),
        _aside(runs, 2, "functional-negative", "rust: late"),
        _aside(runs, 3, "functional-negative", "rust: late again", "python: \x1b[2Jdied"),
        runs.coverage(),
    )
    text = summary_text(told, width=1000)
    said = "SET ASIDE: 3 of 4 jobs, which no implementation could do: data-mocking 1 (last: rust: ended by signal 9), "
    said += "functional-negative 2 (last: rust: late again; python: \\x1b[2Jdied)"
    assert said in text.splitlines()
    assert (_run(told)["jobs"], _run(told)["jobs_set_aside"]) == (4, 3)
    assert (_properties(told)["jobs"], _properties(told)["jobs_set_aside"]) == ("4", "3")


def test_where_every_job_was_done_nothing_is_said(tell, runs):
    """A job whose first implementation failed is none that was set aside."""
    told = tell(runs.job(number=0), runs.job(number=1), runs.coverage())
    assert "SET ASIDE" not in summary_text(told)
    assert (_run(told)["jobs"], _run(told)["jobs_set_aside"]) == (2, 0)


def test_long_reasons_are_cut(tell, runs):
    """A worker may say a lot before it dies; the store keeps it all."""
    told = tell(_aside(runs, 0, "data-mocking", "rust: " + "x" * 5_000), runs.coverage())
    assert len(summary_text(told)) < 2_000
    assert all(len(line) <= 80 for line in summary_text(told).splitlines())


def test_answers_that_differ_are_told_loudly_with_the_command_that_shows_one(tell, runs):
    """The number of jobs by agent, and the first of them; those that agree are not counted, nor is a run without any told of."""
    rows = [
        DecisionRow(run="r1", job=number, agent=agent, group="pets", plan="{}", differs=differs, asked="{}" if differs else "")
        for number, (agent, differs) in enumerate(
            [("functional-positive", ""), ("functional-positive", "rust"), ("data-mocking", "python"), ("data-mocking", "python")]
        )
    ]
    told = tell(*rows, runs.coverage())
    lines = summary_text(told, width=1000).splitlines()
    head = "ANSWERS DIFFER at 3 jobs (2 data-mocking, 1 functional-positive) between implementations that claim to answer alike"
    at = lines.index(f"{head}: one of them has a bug. To see the first:")
    assert lines[at + 1] == "  sentinel routing explain 1 --run r1"
    assert _run(told)["jobs_differing"] == 3
    assert _properties(told)["jobs_differing"] == "3"
    quiet = tell(rows[0], runs.coverage())
    assert "ANSWERS DIFFER" not in summary_text(quiet)
    assert _run(quiet)["jobs_differing"] == 0
