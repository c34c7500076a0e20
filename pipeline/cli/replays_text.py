"""What replays have shown of two implementations, in words."""

from collections.abc import Sequence

from pipeline.cli.text import counted, printable
from pipeline.measured import Paired


def replays_text(found: Sequence[Paired]) -> list[str]:
    """A line for each two implementations."""
    return [printable(_said(one)) for one in found]


def _said(one: Paired) -> str:
    first, second = one.arms
    unknown = one.pairs - one.first - one.second
    counts = f"{first} in {one.first}, {second} in {one.second}" + (f", not known in {unknown}" if unknown else "")
    if not one.faster:
        return f"replays: no difference shown between {first} and {second} after {counted(one.pairs, 'pair')} (faster: {counts})"
    other = second if one.faster == first else first
    p = "p < 0.0001" if one.p < 0.0001 else f"p = {one.p:.2g}"
    return f"replays: {one.faster} is faster than {other} ({p}; {counted(one.pairs, 'pair')}; faster: {counts})"
