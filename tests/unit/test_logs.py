"""The log: lines of JSON that never hold up who writes them."""

import ast
import json
import os
import pathlib
import threading
import time

import pytest
import structlog

from pipeline.events import CATALOGUE, log
from pipeline.logs import LINE_BYTES, LogWriter, logging_to, render

ROOT = pathlib.Path(__file__).parents[2]
SAMPLES = {dict: {}, str: "text", int: 7, float: 1.5, (int, float): 2.5}


def conforms(line: dict) -> bool:
    """Whether a line has the fields that every line has, and only fields of its event, of their types."""
    fields = CATALOGUE[line["event"]]
    rest = {name: value for name, value in line.items() if name not in {"timestamp", "level", "event"}}
    return (
        isinstance(line["timestamp"], float)
        and line["level"] in {"debug", "info", "warning", "error"}
        and all(isinstance(value, fields[name]) for name, value in rest.items())
    )


@pytest.fixture
def read(tmp_path):
    """Log to a file within a block, then read its lines."""
    file = tmp_path / "log"
    return file, lambda: [json.loads(line) for line in file.read_text().splitlines()]


def test_every_event_of_the_catalogue_makes_a_line_that_conforms_to_it(read):
    """One JSON object a line, with its event's fields and types."""
    file, lines = read
    with logging_to(str(file), level="debug"):
        for event, fields in CATALOGUE.items():
            log(event, **{name: SAMPLES[kind] for name, kind in fields.items()})
    assert [line["event"] for line in lines()] == list(CATALOGUE)
    assert all(conforms(line) for line in lines())


def calls_of_log() -> list[tuple[str, ast.Call]]:
    """Every call of ``pipeline.events.log`` in the program, with the file it stands in."""
    found = []
    for file in [*ROOT.glob("pipeline/**/*.py"), *ROOT.glob("stages/**/*.py")]:
        text = file.read_text()
        if "from pipeline.events import log" in text:
            calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
            found += [(file.name, call) for call in calls if call.func.id == "log"]
    return found


def test_the_program_logs_only_events_and_fields_of_the_catalogue():
    """Each call names a known event and exactly its fields, so that no line lacks one."""
    wrong = []
    for file, call in calls_of_log():
        event = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
        names = {keyword.arg for keyword in call.keywords} - {"level"}
        if event not in CATALOGUE or (None not in names and names != CATALOGUE[event].keys()):
            wrong.append((file, call.lineno, event, sorted(map(str, names))))
    assert wrong == []


def test_every_event_of_the_catalogue_is_logged_somewhere():
    """The catalogue promises nothing that the program never says; the writer itself tells of lines it dropped."""
    said = {call.args[0].value for _, call in calls_of_log() if isinstance(call.args[0], ast.Constant)} | {"log_lines_dropped"}
    assert CATALOGUE.keys() - said == set()


def test_lines_below_the_level_are_not_written(read):
    """``warning`` keeps warnings and errors."""
    file, lines = read
    with logging_to(str(file), level="warning"):
        for level in ("debug", "info", "warning", "error"):
            log("store_failed", path="p", reason=level, level=level)
    assert [line["level"] for line in lines()] == ["warning", "error"]


def test_a_log_file_is_appended_to_and_the_settings_of_before_come_back(read):
    """Two runs share a file; outside the block the program logs as before."""
    file, lines = read
    before = structlog.get_config()
    for _ in range(2):
        with logging_to(str(file)):
            log("store_failed", path="p", reason="r")
    assert len(lines()) == 2
    assert structlog.get_config() == before


@pytest.mark.parametrize("text", ["\ud800 alone", "\x00\x1b[31m", "\u2028", "x" * (2 * LINE_BYTES)])
def test_any_text_makes_one_line_of_json(text):
    """Lone surrogates, control characters, far too long: one line of bounded length, still an object with the event's name."""
    line = render(None, "info", {"timestamp": 1.0, "level": "info", "event": "store_failed", "path": text, "reason": ""})
    assert b"\n" not in line
    assert len(line) <= LINE_BYTES
    assert json.loads(line)["event"] == "store_failed"


def test_what_json_cannot_hold_is_written_in_its_python_form():
    """An object or bytes in a field cost no line."""
    line = json.loads(render(None, "info", {"event": "e", "path": pathlib.PurePosixPath("/x"), "reason": {1: object}}))
    assert line["path"] == "PurePosixPath('/x')"


@pytest.mark.alone
def test_a_full_pipe_neither_waits_nor_grows():
    """Nobody reads: writing goes on at once, memory is bounded, and what is lost is counted; once read, a line tells how many."""
    reader, descriptor = os.pipe()
    writer = LogWriter(descriptor, capacity=100)
    line = b'{"event":"x"' + b" " * 10_000 + b"}"
    began = time.monotonic()
    for _ in range(5_000):
        writer.msg(line)
    assert time.monotonic() - began < 2.0
    assert writer.dropped >= 5_000 - 100 - 10
    collected: list[bytes] = []
    drain = threading.Thread(target=lambda: collected.extend(iter(lambda: os.read(reader, 1 << 16), b"")))
    drain.start()
    assert writer.close(timeout=10)
    os.close(descriptor)
    drain.join(10)
    os.close(reader)
    events = [json.loads(each) for each in b"".join(collected).splitlines()]
    told = [each["lines"] for each in events if each["event"] == "log_lines_dropped"]
    assert sum(told) == writer.dropped
    assert len(events) - len(told) + writer.dropped == 5_000


@pytest.mark.alone
def test_closing_does_not_wait_for_a_reader_that_never_comes():
    """The program ends although its log cannot be written."""
    reader, descriptor = os.pipe()
    writer = LogWriter(descriptor, capacity=10)
    for _ in range(100):
        writer.msg(b"x" * 10_000)
    began = time.monotonic()
    assert not writer.close(timeout=0.2)
    assert time.monotonic() - began < 1.5
    os.close(reader)  # lets the thread go
    writer._thread.join(10)
    os.close(descriptor)


def test_a_closed_pipe_is_counted_and_forgotten():
    """The reader went away: lines are dropped, nothing is raised."""
    reader, descriptor = os.pipe()
    os.close(reader)
    writer = LogWriter(descriptor)
    for _ in range(3):
        writer.msg(b"{}")
    assert writer.close()
    os.close(descriptor)
    assert writer.dropped == 3
