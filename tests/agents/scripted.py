"""An agent that misbehaves as it is told: `python scripted.py BEHAVIOUR`. Without one it is a good agent that makes empty cases."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import msgspec
from msgspec.structs import replace

from pipeline.messages import EXT_DECIMAL, Argument, Case, LoadShare, LoadStage, Plan, Record, Step
from stages.agents.wire import Answers, Bye, Cancel, Done, JobOrder, Ping, Pong, Ready, Slice, WorkerError, encode_frame, worker_codec

behaviour = sys.argv[1] if len(sys.argv) > 1 else "good"
as_json = "--json" in sys.argv
codec = worker_codec(json=as_json)
out = sys.stdout.buffer
slices = []  # the digests of those received
reader = codec.reader()


def send(message):
    out.write(codec.encode(message))
    out.flush()


def cases(job):
    return [
        Case(operation=span.operation, ordinal=ordinal, title="empty", steps=[Step(name="only", operation=span.operation)])
        for span in job.spans
        for ordinal in range(span.start, span.start + span.count)
    ]


def messages():
    """What Sentinel says, until it says no more."""
    while data := os.read(0, 65536):
        yield from map(codec.decode, reader.feed(data))


said = messages()


def wait_for(kind):
    """The next message of this kind; others are dropped."""
    for message in said:
        if isinstance(message, kind):
            return message
    sys.exit(1)


def act(job):
    made = cases(job)
    match behaviour:
        case "dies-on-job":
            os._exit(7)
        case "dies-half-way":
            send(Answers(job=job.id, answers=made[:1]))
            os._exit(7)
        case "hangs-on-job":
            time.sleep(600)
        case "ignores-sigterm":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
        case "garbage":
            out.write(b"\x00\x00\x00\x04\xc1\xc1\xc1\xc1")
            out.flush()
        case "prints":
            sys.stdout.write("hello, I am an agent\n")
            sys.stdout.flush()
        case "oversize":
            out.write((2**31).to_bytes(4, "big") + b"x")
            out.flush()
        case "floods":
            send(Answers(job=job.id, answers=[replace(made[0], title="x" * 200_000)]))
            time.sleep(600)
        case "floods-stderr":
            for _ in range(50):
                sys.stderr.write("x\n" * 500_000)
            sys.stderr.flush()
            good(job, made)
        case "refuses":
            send(WorkerError(job=job.id, kind="internal", detail="no wish to"))
        case "eats-memory":
            hoard = []
            while True:
                hoard.append(bytearray(16 * 1024 * 1024))
        case "forks":
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            sys.stderr.write(f"child {child.pid}\n")
            sys.stderr.flush()
            time.sleep(600)
        case "forks-away":  # and does its job
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
            good(job, made)
        case "babbles":
            sys.stderr.write("x" * 1_000_000 + "\n")
            sys.stderr.flush()
            good(job, made)
        case _:
            lie(job, made)


def lie(job, made):
    match behaviour:
        case "refuses-every-other":
            if job.id % 2:
                send(WorkerError(job=job.id, kind="internal"))
            else:
                good(job, made)
        case "slow":
            time.sleep(0.03)
            good(job, made)
        case "slow-at-times":
            time.sleep(2 if job.id % 10 == 9 else 0.02)
            good(job, made)
        case "makes-nothing":
            good(job, [])
        case "tells":  # at its eighth job, to who reads the pipe named by its second argument
            if job.id == 7:
                pathlib.Path(sys.argv[2]).write_text("8")
            good(job, made)
        case "different":
            good(job, [replace(case, title=case.title + ", otherwise") for case in made])
        case "forgets":
            if slices.count(job.slice) < 2:
                send(WorkerError(job=job.id, kind="unknown-slice"))
            else:
                good(job, made)
        case "wrong-job":
            send(Answers(job=job.id + 1, answers=made))
        case "wrong-count":
            send(Answers(job=job.id, answers=made))
            send(Done(job=job.id, answers=len(made) + 1))
        case "too-many":
            send(Answers(job=job.id, answers=made + made))
        case "other-operation":
            send(Answers(job=job.id, answers=[Case(operation="GET /other", ordinal=0, title="", steps=made[0].steps)]))
            send(Done(job=job.id, answers=1))
        case "false-value":
            made[0].steps[0].arguments.append(Argument(location="query", name="q", value={1: 2}))
            good(job, made)
        case "endless-time":
            send(Answers(job=job.id, answers=made))
            send(Done(job=job.id, answers=len(made), cpu_ms=2**64 - 1))
        case _:
            good(job, made)


def act_when_cancelled(job):
    """On the first job alone."""
    made = cases(job)
    if job.id > 0:
        good(job, made)
        return
    match behaviour:
        case "cancelled-stops":
            send(Answers(job=job.id, answers=made[:1]))
            send(WorkerError(job=wait_for(Cancel).job, kind="cancelled"))
        case "cancelled-finishes":
            wait_for(Cancel)
            good(job, made)
        case "cancelled-answers-another":
            send(WorkerError(job=wait_for(Cancel).job + 1, kind="cancelled"))
        case "cancelled-dies":
            wait_for(Cancel)
            os._exit(7)


LAST = 5  # the streams of products end behind this ordinal


def produce(job):
    """Plans and records; of every third ordinal nothing can be made. Cases that are never the same again."""
    made, gave_up = [], []
    for span in job.spans:
        for ordinal in range(span.start, span.start + span.count):
            case = Case(
                operation=span.operation,
                ordinal=ordinal,
                title=f"{time.monotonic_ns()}",
                steps=[Step(name="only", operation=span.operation)],
            )
            if job.agent == "functional-positive":
                made.append(case)
            elif ordinal > LAST:
                break
            elif ordinal % 3 == 2:
                gave_up.append((span.operation, ordinal, "no wish to"))
            elif job.agent == "data-mocking":
                value = {"n": ordinal, "price": msgspec.msgpack.Ext(EXT_DECIMAL, b"0.10")}
                made.append(Record(ordinal=ordinal, schema=span.operation, value=value, relations={"/n": "Other/0"}))
            else:
                stage = LoadStage(duration_ms=1000, rate_millihertz=ordinal)
                made.append(Plan(ordinal=ordinal, title="p", kind="smoke", stages=[stage], shares=[LoadShare(weight=1, case=case)]))
    send(Answers(job=job.id, answers=made))
    send(Done(job=job.id, answers=len(made), gave_up=gave_up))


def good(job, made):
    for start in range(0, len(made), 64):
        send(Answers(job=job.id, answers=made[start : start + 64]))
    send(Done(job=job.id, answers=len(made), cpu_ms=1))


def main():
    match behaviour:
        case "dies-at-start":
            sys.stderr.write("cannot find my glasses\n")
            sys.exit(3)
        case "never-ready":
            time.sleep(600)
        case "old-protocol":
            send(Ready(protocol=99, name="scripted", version="1", agents=["functional-positive"]))
        case "not-ready-first":
            out.write(encode_frame(b"\x81\xa4type\xa4pong"))
            out.flush()
        case "produces":
            send(Ready(protocol=1, name="scripted", version="1", agents=["data-mocking", "functional-positive", "performance-planner"]))
        case _:
            send(Ready(protocol=1, name="scripted", version="1", agents=["functional-positive"], deterministic=True))
    for message in said:
        match message:
            case JobOrder(job=job) if behaviour.startswith("cancelled-"):
                act_when_cancelled(job)
            case JobOrder(job=job) if behaviour == "produces":
                produce(job)
            case JobOrder(job=job):
                act(job)
            case Ping(token=token):
                match behaviour:
                    case "ping-silent":
                        pass
                    case "ping-wrong":
                        send(Pong(token=token + 1))
                    case _:
                        sys.stderr.write(f"pinged {token}\n")
                        sys.stderr.flush()
                        send(Pong(token=token))
            case Bye():
                if behaviour == "ignores-bye":
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    time.sleep(600)
                return
            case Slice(slice=part):
                slices.append(part.digest)
                if behaviour == "dies-on-slice":
                    os._exit(7)


main()
