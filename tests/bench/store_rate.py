"""What persisting costs: rows a second, CPU a row (hand-over to the writer's thread included), growth of memory. Prints a table.

python tests/bench/store_rate.py [ROWS]
"""

import gc
import importlib.util
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import uvloop

from pipeline.messages import Exchange, Synced, ToPersist, Verdict
from stages.persist import Persist, PersistConfig

_spec = importlib.util.spec_from_file_location("scenes_runs", Path(__file__).parents[1] / "scenes" / "runs.py")
assert _spec is not None
assert _spec.loader is not None
runs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(runs)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def plain(ordinal: int) -> Verdict:
    return runs.verdict(ordinal, settled=runs.settled(ordinal))


def failing(ordinal: int) -> Verdict:
    return runs.verdict(ordinal, settled=runs.settled(ordinal), failures=[runs.failure(f"k{ordinal % 7}")])


def whole(ordinal: int) -> Verdict:
    reply = b'{"id": %d, "name": "Rex", "tags": ["%s"]}' % (ordinal, b"word " * 190)
    exchange: Exchange = runs.exchange(ordinal, reply=reply)
    return runs.verdict(ordinal, settled=runs.settled(ordinal), exchange=exchange)


async def measure(
    verdict: Callable[[int], Verdict], rows: int, per_message: int, config: PersistConfig, path: Path
) -> tuple[float, float, int, int]:
    """(rows/s, CPU microseconds a row without making the messages, bytes grown after the first fifth, bytes of the file)."""
    send, inbox = anyio.create_memory_object_stream[ToPersist](64)
    synced, answers = anyio.create_memory_object_stream[Synced](64)
    making_s = 0.0
    grown_from = 0

    def batches() -> Iterator[ToPersist]:
        for first in range(0, rows, per_message):
            yield runs.batch(*[verdict(n) for n in range(first, min(first + per_message, rows))])

    began, cpu = time.perf_counter(), cpu_s()
    async with answers, anyio.create_task_group() as tasks:
        tasks.start_soon(Persist(config, path), inbox, synced)
        async with send:
            await send.send(runs.started(keep="all"))
            made, chunk = 0, batches()
            while True:
                before = time.thread_time()
                message = next(chunk, None)
                making_s += time.thread_time() - before
                if message is None:
                    break
                await send.send(message)
                made += per_message
                if made <= rows // 5:
                    gc.collect(0)
                    grown_from = resident_bytes()
            await send.send(runs.ended())
    wall, cpu = time.perf_counter() - began, cpu_s() - cpu - making_s
    return rows / wall, cpu / rows * 1e6, resident_bytes() - grown_from, path.stat().st_size


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"{'':34}{'rows/s':>10}{'CPU µs/row':>12}{'grown MB':>10}{'file B/row':>12}")
    for title, verdict, count, per_message, config in (
        ("verdicts, 50 a message", plain, rows, 50, PersistConfig()),
        ("verdicts, 1 a message", plain, rows, 1, PersistConfig()),
        ("each with a failure, 50", failing, rows, 50, PersistConfig()),
        ("keep: all, 1 kB bodies, 50", whole, rows // 5, 50, PersistConfig()),
    ):
        with tempfile.TemporaryDirectory(dir=".") as folder:
            path = Path(folder) / "s.db"
            options = {"loop_factory": uvloop.new_event_loop}
            rate, cpu_us, grown, size = anyio.run(measure, verdict, count, per_message, config, path, backend_options=options)
        print(f"{title:34}{rate:10,.0f}{cpu_us:12.1f}{grown / 1e6:10.1f}{size / count:12.0f}")


if __name__ == "__main__":
    main()
