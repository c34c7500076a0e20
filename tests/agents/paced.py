"""An agent that takes the time it is told to: `python -I -S paced.py SCRIPT [TIMES]`. Of the standard library alone: it starts fast.

SCRIPT holds, packed, the milliseconds of a start, and for each job (by its id) how long it is at work, how long it hangs after that, and
how it ends (pacing.py writes it); where a job has several rows, those are of its attempts by any process with this script. At work it
listens for `cancel`; hanging it listens to nothing. Its answers are empty cases. Into TIMES go, for each job that it answered, the
nanoseconds (monotonic) at which it had read it and at which it begins to send the end of it.
"""

import os
import select
import struct
import sys
import time

JOB = struct.Struct("<ddB")  # milliseconds at work, milliseconds of hanging, ending
START = struct.Struct("<dB")  # milliseconds of a start, attempts that each job has a row for
TIMES = struct.Struct("<QQQ")  # job, read at, sent at
AGENT = "functional-positive"
ANSWERS, CRASHES, REFUSES = range(3)  # endings


def pack(value):
    """MessagePack of what this agent says."""
    match value:
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int() if value < 128:
            return bytes([value])
        case int():
            return b"\xcf" + value.to_bytes(8, "big")
        case str():
            data = value.encode()
            return (bytes([0xA0 | len(data)]) if len(data) < 32 else b"\xd9" + bytes([len(data)])) + data
        case list():
            return b"\xdd" + len(value).to_bytes(4, "big") + b"".join(map(pack, value))
        case _:
            return b"\xdf" + len(value).to_bytes(4, "big") + b"".join(pack(key) + pack(item) for key, item in value.items())


def unpack(data, at):
    """One value of MessagePack, and where the next begins."""
    code = data[at]
    at += 1
    if code < 0x80 or code >= 0xE0:
        return (code if code < 0x80 else code - 256), at
    if code < 0x90:
        return _map(data, at, code & 15)
    if code < 0xA0:
        return _list(data, at, code & 15)
    if code < 0xC0:
        return data[at : at + (code & 31)].decode(), at + (code & 31)
    if code in {0xC0, 0xC2, 0xC3}:
        return {0xC0: None, 0xC2: False, 0xC3: True}[code], at
    if code in {0xDE, 0xDF, 0xDC, 0xDD}:
        width = 2 if code in {0xDE, 0xDC} else 4
        count = int.from_bytes(data[at : at + width], "big")
        return (_map if code >= 0xDE else _list)(data, at + width, count)
    if code in {0xC4, 0xC5, 0xC6, 0xD9, 0xDA, 0xDB}:
        width = 1 << (code - (0xC4 if code < 0xD0 else 0xD9))
        end = at + width + int.from_bytes(data[at : at + width], "big")
        return (data[at + width : end].decode() if code >= 0xD0 else data[at + width : end]), end
    if 0xCC <= code <= 0xD3:
        width = 1 << (code & 3)
        return int.from_bytes(data[at : at + width], "big", signed=code >= 0xD0), at + width
    raise ValueError(f"no value begins with {code:#x}")


def _map(data, at, count):
    made = {}
    for _ in range(count):
        key, at = unpack(data, at)
        made[key], at = unpack(data, at)
    return made, at


def _list(data, at, count):
    made = []
    for _ in range(count):
        item, at = unpack(data, at)
        made.append(item)
    return made, at


def frames(*messages):
    packed = [pack(message) for message in messages]
    return b"".join(len(frame).to_bytes(4, "big") + frame for frame in packed)


def send(data):
    while data:
        data = data[os.write(1, data) :]


class Said:
    """What Sentinel says, message by message."""

    def __init__(self):
        self.held = b""

    def next(self, within_s=None):
        """The next message; None where none came in time. Ends the process with its input."""
        until = None if within_s is None else time.monotonic() + within_s
        while True:
            if len(self.held) >= 4 and len(self.held) >= (end := 4 + int.from_bytes(self.held[:4], "big")):
                message, _ = unpack(self.held, 4)
                self.held = self.held[end:]
                return message
            left = None if until is None else until - time.monotonic()
            if left is not None and (left <= 0 or not select.select([0], [], [], left)[0]):
                return None
            data = os.read(0, 65536)
            if not data:
                sys.exit(0)
            self.held += data


def cases(spans):
    return [
        {
            "type": "case",
            "operation": span["operation"],
            "ordinal": ordinal,
            "title": "empty",
            "steps": [{"name": "only", "operation": span["operation"]}],
        }
        for span in spans
        for ordinal in range(span["start"], span["start"] + span["count"])
    ]


def work(job, row, said, read_at):
    """The job, as long as it is to take; the frames that end it, or None where it was cancelled and that was said."""
    work_ms, hang_ms, ending = row
    made = cases(job["spans"])
    answers = [{"type": "answers", "job": job["id"], "answers": made[first : first + 64]} for first in range(0, len(made), 64)]
    finish = frames(*answers, {"type": "done", "job": job["id"], "answers": len(made), "cpu_ms": int(work_ms)})
    while (left := work_ms / 1000 - (time.monotonic_ns() - read_at) / 1e9) > 0:
        message = said.next(within_s=left)
        if message is not None and message["type"] == "cancel" and message["job"] == job["id"]:
            send(frames({"type": "error", "job": job["id"], "kind": "cancelled"}))
            return None
    if hang_ms > 0:
        time.sleep(hang_ms / 1000)
    if ending == CRASHES:
        os._exit(7)
    return frames({"type": "error", "job": job["id"], "kind": "internal"}) if ending == REFUSES else finish


def nth(script, job, attempts):
    """Which attempt at the job this is, from 0, counted by a file that grows; the last row is of all later ones."""
    if attempts == 1:
        return 0
    file = os.open(f"{script}.{job}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, b".")
    begun = os.fstat(file).st_size
    os.close(file)
    return min(begun, attempts) - 1


def read(path):
    file = os.open(path, os.O_RDONLY)
    data = b""
    while part := os.read(file, 1 << 20):
        data += part
    os.close(file)
    return data


def main():
    script = read(sys.argv[1])
    times = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600) if len(sys.argv) > 2 else None
    start_ms, attempts = START.unpack_from(script)
    time.sleep(start_ms / 1000)
    send(frames({"type": "ready", "protocol": 1, "name": "paced", "version": "1", "agents": [AGENT], "deterministic": True}))
    said = Said()
    while (message := said.next())["type"] != "bye":
        if message["type"] == "ping":
            send(frames({"type": "pong", "token": message["token"]}))
        elif message["type"] == "job":
            read_at = time.monotonic_ns()
            job = message["job"]
            row = job["id"] * attempts + nth(sys.argv[1], job["id"], attempts)
            finish = work(job, JOB.unpack_from(script, START.size + JOB.size * row), said, read_at)
            if finish:
                done_at = time.monotonic_ns()
                send(finish)
                if times is not None:
                    os.write(times, TIMES.pack(job["id"], read_at, done_at))


if __name__ == "__main__":
    main()
