"""Both built-in implementations at real documents: answers a millisecond by agent and size of job, what the router chose, and what a fixed
choice would have cost. ``python -m tests.bench.real_agents --scratch DIR [--jobs 300] [--documents FILE...]``

Each job goes to three pipelines' worth of workers, one after the other in changing order: Python alone, Rust alone, and the default
configuration with its router, which begins without data. Without ``--documents``: the demo's, and GitHub's (in DIR/node_modules, where
`.ci/full` puts it).
"""

import argparse
import json
import logging
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import anyio
import structlog
import uvloop
from msgspec.structs import replace

from pipeline.demo.document import openapi
from pipeline.messages import Api, ApiSlice, DecisionRow, Job, Operation, Span
from pipeline.runner import seldom_collecting
from stages.dispatch.arms import Arms, JobDone
from stages.dispatch.config import DispatchConfig
from stages.dispatch.slices import slice_group
from stages.ingest.load import load_api
from tests.bench.bounds import Bound, judged
from tests.bench.measure import table

GITHUB = Path("node_modules/@octokit/openapi/generated/api.github.com.json")
SIZES = (1, 4, 16, 64)  # cases asked for; 64 is the most of a job in the default configuration
ROUTER = "router"
LEARNED = 0.2  # of the jobs: what is behind them is told apart, and held to a bound


@dataclass(frozen=True, slots=True)
class Measured:
    """One job, done by everybody. Milliseconds are those that the caller waited."""

    agent: str
    size: int
    answers: int
    ms: dict[str, float]
    first: str  # whom the router asked first
    cold: bool  # somebody started a worker for it


def jobs(api: Api, agents: Sequence[str], count: int) -> list[tuple[Job, ApiSlice, int]]:
    """Jobs as dispatch cuts them, of groups and sizes by chance."""
    rng = Random(f"{api.digest}/{count}")
    groups: dict[str, list[Operation]] = {}
    for operation in api.operations:
        groups.setdefault(operation.group, []).append(operation)
    slices = {group: slice_group(api, group) for group in groups}
    made: list[tuple[Job, ApiSlice, int]] = []
    for number in range(count):
        group, size = rng.choice(sorted(groups)), rng.choice(SIZES)
        members = rng.sample(groups[group], min(size, len(groups[group])))
        shares = Counter(members[index % len(members)].key for index in range(size))
        spans = [Span(operation=key, start=rng.randrange(200), count=share) for key, share in shares.items()]
        part = slices[group]
        made.append((Job(id=number, agent=rng.choice(agents), slice=part.digest, seed=1, spans=spans), part, size))
    return made


async def _served(config: DispatchConfig) -> list[str]:
    """The agents that all arms have."""
    async with anyio.create_task_group() as tasks:
        arms = Arms(config, tasks)
        known: list[set[str]] = []
        for pool in arms.pools.values():
            async with pool.lend():
                pass
            known.append(set(pool.agents or ()))
        await arms.close()
        tasks.cancel_scope.cancel()
    return sorted(set.intersection(*known))


async def _measure(api: Api, count: int) -> list[Measured]:
    config = DispatchConfig()
    agents = await _served(config)
    rows: dict[int, DecisionRow] = {}

    async def record(row: DecisionRow) -> None:
        rows[row.job] = row

    found: list[Measured] = []
    async with anyio.create_task_group() as tasks:
        alone = {arm.name: Arms(replace(config, arms=[arm]), tasks) for arm in config.arms}
        everybody = {**alone, ROUTER: Arms(config, tasks, record=record)}
        for job, part, size in jobs(api, agents, count):
            names = list(everybody)
            names = names[job.id % len(names) :] + names[: job.id % len(names)]
            ms: dict[str, float] = {}
            answers = 0
            for name in names:
                began = time.perf_counter()
                done = await everybody[name].run(job, part, "bench")
                ms[name] = (time.perf_counter() - began) * 1000
                assert isinstance(done, JobDone), done
                answers = len(done.result.answers)
            row = rows[job.id]
            cold = any(one.cold for one in row.tries) or job.id == 0
            found.append(Measured(job.agent, size, answers, ms, json.loads(row.plan)["order"][0], cold))
        for arms in everybody.values():
            await arms.close()
        tasks.cancel_scope.cancel()
    return found


def by_size(name: str, found: Sequence[Measured], arms: Sequence[str]) -> list[list[object]]:
    """Of one document: a row an agent and size. Medians of what a job took, so that a busy moment does not rule."""
    rows: list[list[object]] = []
    for agent, size in sorted({(one.agent, one.size) for one in found}):
        these = [one for one in found if (one.agent, one.size) == (agent, size) and not one.cold]
        if not these:
            continue
        answers = statistics.fmean(one.answers for one in these)
        medians = {arm: statistics.median(one.ms[arm] for one in these) for arm in (*arms, ROUTER)}
        chosen = Counter(one.first for one in these)
        rows.append([
            name, agent, size, len(these), *(f"{answers / medians[arm]:.2f}" for arm in arms),
            *(f"{medians[arm]:.1f}" for arm in (*arms, ROUTER)),
            ", ".join(f"{arm} {100 * times / len(these):.0f} %" for arm, times in chosen.most_common()),
        ])  # fmt: skip
    return rows


def totals(name: str, found: Sequence[Measured], arms: Sequence[str]) -> tuple[list[list[object]], float]:
    """What all jobs of a document took, and the later ones; and what the router lost there against the better fixed choice, in percent."""
    rows: list[list[object]] = []
    loss = 0.0
    for what, these in ((f"all {len(found)}", found), ("behind the first fifth", found[int(LEARNED * len(found)) :])):
        took = {arm: sum(one.ms[arm] for one in these) for arm in (*arms, ROUTER)}
        best = min(took[arm] for arm in arms)
        rows.append([name, what, *(f"{took[arm] / 1000:.2f}" for arm in (*arms, ROUTER)), f"{100 * (took[ROUTER] / best - 1):+.1f} %"])
        loss = 100 * (took[ROUTER] / best - 1)
    return rows, loss


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=Path, required=True, help="folder that downloads are kept in")
    parser.add_argument("--jobs", type=int, default=300, help="of each document")
    parser.add_argument("--documents", type=Path, nargs="+", help="instead of the demo's and GitHub's")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    arguments.scratch.mkdir(parents=True, exist_ok=True)
    demo = arguments.scratch / "demo.json"
    demo.write_text(json.dumps(openapi()))
    paths = arguments.documents or [demo, arguments.scratch / GITHUB]
    arms = [arm.name for arm in DispatchConfig().arms]
    sizes: list[list[object]] = []
    sums: list[list[object]] = []
    bounds: list[Bound] = []
    for path in paths:
        name = path.stem.removeprefix("api.").removesuffix(".com")
        api = uvloop.run(load_api(str(path)))
        with seldom_collecting():  # as in a run: a look at a large document takes as long as fifty jobs
            found = uvloop.run(_measure(api, arguments.jobs))
        sizes += by_size(name, found, arms)
        rows, loss = totals(name, found, arms)
        sums += rows
        bounds.append(Bound(what=f"{name}: router over the better fixed choice once it has data, %", measured=loss, most=5))
    each = [*(f"{arm}, answers/ms" for arm in arms), *(f"{arm}, ms" for arm in arms), f"{ROUTER}, ms"]
    print(table(["document", "agent", "cases", "jobs", *each, "asked first"], sizes))
    print(f"\n{table(['document', 'jobs', *(f'{arm}, s' for arm in (*arms, ROUTER)), 'router over best'], sums)}")
    return judged(bounds)


if __name__ == "__main__":
    sys.exit(main())
