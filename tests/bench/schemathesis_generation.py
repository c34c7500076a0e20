"""Schemathesis's own generation, for `generation_speed`: run by the Python that it is installed for.

Reads one JSON object from standard input: ``document`` (a path), ``mode`` (positive or negative), ``operations`` ("METHOD /path") and
``cases`` (of each). Makes the cases as its fuzzing phase does, without sending them, and prints one JSON object: ``operations``, ``cases``,
``cpu_ms`` of making them and ``peak_mb``. An operation for which Schemathesis has no strategy in this mode is left out.
"""

import contextlib
import json
import resource
import sys
import time

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import HypothesisException
from schemathesis import GenerationMode
from schemathesis.errors import SchemathesisError

WARM_CASES = 10
SETTINGS = settings(phases=[Phase.generate], database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def made(strategy, count):
    """How many cases come of asking for so many; the suppressed errors end an operation's cases."""
    seen = 0

    @settings(SETTINGS, max_examples=count)
    @given(strategy)
    def take(_case):
        nonlocal seen
        seen += 1

    with contextlib.suppress(HypothesisException, SchemathesisError):
        take()
    return min(seen, count)


def main():
    asked = json.load(sys.stdin)
    wanted = set(asked["operations"])
    mode = GenerationMode(asked["mode"])
    told = {"operations": 0, "cases": 0, "cpu_ms": 0.0, "peak_mb": 0.0}
    for result in schemathesis.openapi.from_path(asked["document"]).get_all_operations():
        operation = result.ok()
        if operation is None or f"{operation.method.upper()} {operation.path}" not in wanted:
            continue
        strategy = operation.as_strategy(generation_mode=mode)
        if not made(strategy, WARM_CASES):
            continue
        begun = time.process_time()
        told["cases"] += made(strategy, asked["cases"])
        told["cpu_ms"] += (time.process_time() - begun) * 1000
        told["operations"] += 1
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(told))


if __name__ == "__main__":
    main()
