"""What a run found, for people and for programs: NDJSON, JUnit XML and plain text, made from the store alone.

A report is a pure function of ``Told``; only ``files`` writes. docs/reports.md says what stands in each.
"""

from pipeline.reports.evidence import finding_text
from pipeline.reports.files import FORMATS, check_writable, write_report
from pipeline.reports.ndjson import row_object
from pipeline.reports.objects import finding_object
from pipeline.reports.outcome import exit_code
from pipeline.reports.text import findings_text, summary_text
from pipeline.reports.told import Told, told

__all__ = [
    "FORMATS",
    "Told",
    "check_writable",
    "exit_code",
    "finding_object",
    "finding_text",
    "findings_text",
    "row_object",
    "summary_text",
    "told",
    "write_report",
]
