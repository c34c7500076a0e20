"""``sentinel generate``: the cases that an agent makes of a document, without sending them."""

import argparse
import pathlib
import sys
from functools import partial
from typing import TYPE_CHECKING

from pipeline.cli import options
from pipeline.errors import ExitCode, NoAgentError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.config.model import PipelineConfig
    from pipeline.messages import Answer, Api, ApiSlice, Job, Operation
    from stages.dispatch.config import ArmConfig
    from stages.dispatch.whole_job import WholeJob

EPILOG = """\
One answer a line, as JSON; what JSON has no form for stands as {"$ext": [code, "base64"]} or {"$bin": "base64"} (native/PROTOCOL.md).
--msgpack writes each answer as a frame: 4 bytes of length, big-endian, and the canonical MessagePack. Operations come in the order of
the document, each with its ordinals ascending. Equal options make equal bytes, whichever implementation made them.

--job does one job of a run again: the JSON that `sentinel routing explain JOB` prints where implementations differ."""

MOST_JOB_BYTES = 64 * 1024 * 1024
SEED, COUNT = 0, 10


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="the OpenAPI document")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--agent", metavar="A", help="as in functional-positive")
    what.add_argument("--job", metavar="FILE", help="instead: one job, as JSON; -: from standard input")
    parser.add_argument("--impl", metavar="NAME", help="python or rust, or another of the configuration; default: the agent's first")
    parser.add_argument("--operation", metavar="GLOB", action="append", default=[], dest="globs", help="as in 'POST /pets*'; default: all")
    parser.add_argument("--seed", metavar="N", type=int, help=f"default: {SEED}")
    parser.add_argument("--count", metavar="N", type=int, help=f"cases of each operation; default: {COUNT}")
    parser.add_argument("--msgpack", action="store_true", help="frames of MessagePack instead of lines of JSON")
    options.add_config(parser)


def run(arguments: argparse.Namespace) -> int:
    import anyio

    from pipeline.cli.reading import understood
    from pipeline.logs import logging_to
    from stages.ingest.target import selected

    whole = _read(arguments) if arguments.job else None
    arguments.seed = SEED if arguments.seed is None else arguments.seed
    arguments.count = COUNT if arguments.count is None else arguments.count
    if arguments.count < 1:
        raise UsageError(f"--count takes a number of at least 1, got {arguments.count}")
    agent = whole.agent if whole else arguments.agent
    config = options.loaded(arguments).config
    arms = _arms(config, agent, arguments.impl)
    api = understood(config).api
    chosen = selected(api, arguments.globs)
    if whole:
        again = [_again(whole, chosen)]
        jobs = partial(iter, again)
    else:
        jobs = partial(_jobs, api, chosen.operations, arguments, config.dispatch.job_cases)
    with logging_to(level="error"):
        anyio.run(partial(_generate, arms, config, agent, jobs, packed=arguments.msgpack), backend_options={"use_uvloop": True})
    return ExitCode.CLEAN


def _read(arguments: argparse.Namespace) -> "WholeJob":
    """The job of ``--job``. Raises ``UsageError``."""
    from stages.dispatch.whole_job import read

    if arguments.seed is not None or arguments.count is not None:
        raise UsageError("--job says itself which cases are made: leave out --seed and --count")
    name = "standard input" if arguments.job == "-" else arguments.job
    try:
        if arguments.job == "-":
            data = sys.stdin.buffer.read(MOST_JOB_BYTES + 1)
        else:
            with pathlib.Path(arguments.job).open("rb") as opened:
                data = opened.read(MOST_JOB_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"{name} cannot be read: {error.strerror if isinstance(error, OSError) else error}") from None
    if len(data) > MOST_JOB_BYTES:
        raise UsageError(f"{name}: it has more than {MOST_JOB_BYTES:,} bytes, which no job has")
    try:
        return read(data)
    except ValueError as error:
        raise UsageError(f"{name} is no job: {error}; it takes the JSON that `sentinel routing explain JOB` prints") from None


def _again(whole: "WholeJob", api: "Api") -> "tuple[Job, ApiSlice]":
    """The job, asked about this document. Raises ``UsageError`` where it does not have what the job asks for."""
    from stages.dispatch.slices import slice_group

    part = slice_group(api, whole.group)
    present = {operation.key for operation in part.operations}
    missing = [span.operation for span in whole.spans if span.operation not in present]
    if missing:
        raise UsageError(f"the document has no operation {missing[0]!r} in the group {whole.group!r}: the job is of another one")
    if whole.slice and whole.slice != part.digest:
        why = "the document, the selection of operations (--operation) or this program is another"
        print(f"warning: the job was made of an API that differs in the group {whole.group!r} ({why})", file=sys.stderr)
    return whole.of(part), part


def _arms(config: "PipelineConfig", agent: str, wanted: str | None) -> "list[ArmConfig]":
    """The implementations to ask, in order. Raises ``UsageError``."""
    from pipeline.config.faults import nearest

    by_name = {arm.name: arm for arm in config.dispatching.arms}
    if agent not in config.dispatch.order:
        raise UsageError(f"there is no agent {agent!r}; {nearest(agent, config.dispatch.order)}")
    if wanted is None:
        order = dict.fromkeys([*config.dispatch.order[agent], *by_name])  # those that the order does not name come last
        return [by_name[name] for name in order if name in by_name and by_name[name].serves(agent)]
    if wanted not in by_name:
        raise UsageError(f"there is no implementation {wanted!r}; {nearest(wanted, by_name)}")
    return [by_name[wanted]]


async def _generate(
    arms: "list[ArmConfig]", config: "PipelineConfig", agent: str, jobs: "Callable[[], Iterator[tuple[Job, ApiSlice]]]", *, packed: bool
) -> None:
    from pipeline.cli.text import counted, printable
    from pipeline.cli.workers import worker
    from stages.dispatch.answers import reasons
    from stages.dispatch.workers.worker import JobRefused, WorkerLost

    failed: list[str] = []
    written = 0
    for arm in arms:
        gave_up: list[tuple[str, int, str]] = []
        try:
            async with worker(arm, config.dispatch.limits) as started:
                if agent not in started.ready.agents:
                    failed.append(f"{arm.name}: does not have this agent")
                    continue
                for job, part in jobs():
                    result = await started.run(job, part)
                    gave_up += result.gave_up
                    for answer in result.answers:
                        _write(answer, packed=packed)
                        written += 1
                for operation, reason, count in reasons(gave_up):
                    what = f"{counted(count, 'case')} not made: {reason}" if count else reason
                    print(printable(f"{operation}: {what}"), file=sys.stderr)
                return
        except* (WorkerLost, JobRefused) as lost:
            failed += [f"{arm.name}: {error}" for error in lost.exceptions]
        if written:
            break  # another one would begin anew
    raise NoAgentError(f"no implementation made the cases of {agent}: {'; '.join(failed)}; see `sentinel agents`")


def _jobs(api: "Api", operations: "list[Operation]", arguments: argparse.Namespace, job_cases: int) -> "Iterator[tuple[Job, ApiSlice]]":
    """One job after the other, operation by operation. A stream that ends early only makes its later jobs empty."""
    from pipeline.messages import Job, Span
    from stages.dispatch.slices import slice_group

    slices: dict[str, ApiSlice] = {}
    number = 0
    for operation in operations:
        if operation.group not in slices:
            slices[operation.group] = slice_group(api, operation.group)
        part = slices[operation.group]
        for start in range(0, arguments.count, job_cases):
            span = Span(operation=operation.key, start=start, count=min(job_cases, arguments.count - start))
            yield Job(id=number, agent=arguments.agent, slice=part.digest, seed=arguments.seed, spans=[span]), part
            number += 1


def _write(answer: "Answer", *, packed: bool) -> None:
    from pipeline.cli.json_text import encoded
    from stages.agents.wire import canonical, encode_answer, encode_frame

    if packed:
        sys.stdout.buffer.write(encode_frame(encode_answer(answer)))
    else:
        sys.stdout.buffer.write(encoded(canonical(answer)).encode() + b"\n")
