"""A run that is to be killed: writes verdicts and intents and prints each number that persist has acknowledged. STORE FIRST"""

import importlib.util
import itertools
import sys
from pathlib import Path

import anyio

from pipeline.messages import Intents, Synced, ToPersist
from stages.persist import Persist, PersistConfig

spec = importlib.util.spec_from_file_location("scenes_runs", Path(__file__).with_name("runs.py"))
assert spec is not None
assert spec.loader is not None
runs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(runs)


async def main(path: str, first: int) -> None:
    send, inbox = anyio.create_memory_object_stream[ToPersist](10)
    synced, answers = anyio.create_memory_object_stream[Synced](100)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Persist(PersistConfig(), path), inbox, synced)
        await send.send(runs.started(resume=first > 0, keep="all"))
        for ordinal in itertools.count(first):
            exchange = runs.exchange(ordinal, reply=b"%d" % ordinal * 100)
            await send.send(runs.batch(runs.verdict(ordinal, failures=[runs.failure()], settled=runs.settled(ordinal), exchange=exchange)))
            if ordinal % 5 == 0:  # an unsafe request of the trial after next
                await send.send(Intents(run="r1", token=ordinal, rows=[(ordinal + 2, 0, "attempt", "POST /pets")]))
                while (await answers.receive()).token != ordinal:
                    pass
                sys.stdout.write(f"{ordinal}\n")
                sys.stdout.flush()


anyio.run(main, sys.argv[1], int(sys.argv[2]))
