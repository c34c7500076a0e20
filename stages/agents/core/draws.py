"""Streams of pseudo-random numbers: SplitMix64, one stream for every place of every case (GENERATION.md, section 2)."""

from functools import lru_cache
from hashlib import blake2b

import msgspec

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15

_encode = msgspec.msgpack.Encoder().encode


def mix64(value: int) -> int:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014; Stafford's variant 13). ``value`` is taken modulo 2^64."""
    value &= MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def hash64(data: bytes) -> int:
    """BLAKE2b with a digest of 8 bytes, read as a little-endian number."""
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")


@lru_cache(maxsize=4096)
def operation_state(seed: int, agent: str, operation: str) -> int:
    """What all cases of one agent at one operation start from."""
    return hash64(_encode([seed, agent, operation]))


def case_state(operation: int, ordinal: int) -> int:
    """What all streams of one case start from; ``operation`` is an ``operation_state``."""
    return mix64(operation + (ordinal + 1) * GOLDEN)


@lru_cache(maxsize=65536)
def place_hash(place: str) -> int:
    """The number of a place such as "query/limit"."""
    return hash64(place.encode())


class Draws:
    """One stream. Every method says how many numbers it takes from it, so that streams stay equal in every language."""

    __slots__ = ("state",)

    def __init__(self, state: int) -> None:
        self.state = state

    def next(self) -> int:
        """The next number, 0 to 2^64 - 1."""
        self.state = value = (self.state + GOLDEN) & MASK
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
        return value ^ (value >> 31)

    def below(self, bound: int) -> int:
        """0 to ``bound`` - 1 (``bound`` 1 to 2^64); takes one number."""
        self.state = value = (self.state + GOLDEN) & MASK  # ``next``, of which most calls are made here
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
        return ((value ^ (value >> 31)) * bound) >> 64

    def bytes(self, count: int) -> bytes:
        """So many bytes; takes one number for every 8 begun."""
        if 0 < count <= 8:
            return self.next().to_bytes(8, "little")[:count]
        made: list[bytes] = []
        state = self.state
        for _ in range(0, count, 8):
            state = value = (state + GOLDEN) & MASK  # ``next``
            value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
            made.append((value ^ (value >> 31)).to_bytes(8, "little"))
        self.state = state
        return b"".join(made)[:count]

    def between(self, low: int, high: int) -> int:
        """``low`` to ``high``, both included, of which only the first 2^64 where there are more; takes one number."""
        return low + self.below(min(high - low + 1, 1 << 64))


def stream_state(case: int, place: str) -> int:
    """Where the stream of one place begins in the case with this ``case_state``."""
    value = case ^ place_hash(place)
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK  # ``mix64``, which is called for every place of every case
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def stream(case: int, place: str) -> Draws:
    """The stream of one place of a case."""
    return Draws(stream_state(case, place))
