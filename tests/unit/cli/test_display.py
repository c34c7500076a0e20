"""Progress on a terminal and elsewhere."""

import os
import time

from pipeline.cli.display import Display
from pipeline.cli.progress import Progress
from pipeline.messages import TargetState

DEAD = TargetState(run="r", state="dead", detail="\x1b[2Jgone\nfor good")


def shown(descriptor: int, reader: int) -> bytes:
    """What a display writes that is told of one event, and left."""
    with Display(Progress(now=0.0), descriptor=descriptor) as display:
        display.take(DEAD)
    return os.read(reader, 65_536)


def test_elsewhere_than_on_a_terminal_there_are_plain_lines():
    """No escape sequences, one line an event; control characters from the target are made visible."""
    reader, writer = os.pipe()
    assert shown(writer, reader) == b"the target stopped answering: \\x1b[2Jgone\\nfor good\n"
    os.close(reader)
    os.close(writer)


def test_on_a_terminal_the_status_line_is_cleared_at_the_end(monkeypatch):
    """What is left on the screen is the lines of events."""
    monkeypatch.setenv("TERM", "xterm")
    master, slave = os.openpty()
    text = shown(slave, master)
    assert text.startswith(b"\r\x1b[Kthe target stopped answering")
    assert text.endswith(b"\r\x1b[K")
    os.close(master)
    os.close(slave)


def test_a_held_terminal_does_not_hold_the_run():
    """Nobody reads the pipe: telling goes on at once, and leaving takes a bounded time."""
    reader, writer = os.pipe()
    began = time.monotonic()
    display = Display(Progress(now=0.0), descriptor=writer)
    with display:
        for _ in range(20_000):
            display.take(DEAD)
    assert time.monotonic() - began < 5.0
    os.close(reader)  # lets the thread go
    display._thread.join(10)
    assert not display._thread.is_alive()
    os.close(writer)


def test_a_closed_terminal_is_no_error():
    """The run goes on without anybody to tell."""
    reader, writer = os.pipe()
    os.close(reader)
    with Display(Progress(now=0.0), descriptor=writer) as display:
        display.take(DEAD)
    os.close(writer)
