"""The least that an HTTP client of ours could cost: aiohttp on uvloop sends the trivial server its kinds of requests, no more."""

import argparse
import asyncio
import itertools
import sys
from collections.abc import Iterator

import aiohttp
import uvloop


def targets(base: str) -> Iterator[str]:
    """The four operations of tests/servers/trivial.py in turn, with other values each time."""
    for number in itertools.count(1):
        yield f"{base}/items/first?limit={number % 100 + 1}&sort=name&q=bench"
        yield f"{base}/items/{number}"
        yield f"{base}/makers/bench/item?limit={number % 100 + 1}"
        yield f"{base}/random"


async def send(base: str, count: int, concurrency: int) -> None:
    left = itertools.islice(targets(base), count)
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work() -> None:
            for target in left:
                async with session.get(target) as reply:
                    await reply.read()

        await asyncio.gather(*[work() for _ in range(concurrency)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="base URL of the trivial server")
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--concurrency", type=int, default=16, help="default: 16, as `sentinel run`")
    arguments = parser.parse_args()
    uvloop.run(send(arguments.url, arguments.requests, arguments.concurrency))
    return 0


if __name__ == "__main__":
    sys.exit(main())
