"""A router's state with any number changed: it is refused with a reason, or the router that begins with it comes back to what is so."""

import json
from copy import deepcopy
from functools import cache

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stages.dispatch.routing import RoutingPlan, SetAside, exported, imported
from tests.scenes.routed import AGENT, MEANS_MS, World

JOBS = 600  # within which it comes back, and ...
MORE = 200  # ... in these it is as if nothing had been
QUICK = min(MEANS_MS, key=lambda arm: MEANS_MS[arm])


def numbers(value, path=()):
    """The path of every number in it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from numbers(item, (*path, key))


@cache
def used():
    """The state of a router after 400 jobs, and where its numbers are: as many in windows as elsewhere would hide the others."""
    world = World("used", MEANS_MS, AGENT, None, alike=False)
    for number in range(400):
        world.job("r", number)
    state = json.loads(exported(world.router.state))
    places = [path for path in numbers(state) if "rows" not in path and "residuals" not in path]
    return state, places, [path for path in numbers(state) if path not in places]


def changed(path, number):
    """What is imported with another number there."""
    state = deepcopy(used()[0])
    place = state
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = number
    return imported(json.dumps(state).encode())


def comes_back(state) -> None:
    """It decides, learns and shadows, and in the end the faster arm leads nearly every job."""
    world = World("after", MEANS_MS, AGENT, state, alike=False)
    before = {name: arm.latency.samples for name, arm in state.arms.items()}
    rows = [world.job("r", number) for number in range(JOBS + MORE)]
    for name in MEANS_MS:
        assert world.router.state.arms[name].latency.samples - before[name] >= 10
    leaders = [msgspec.json.decode(row.plan, type=RoutingPlan).order[0] for row in rows[JOBS:]]
    assert leaders.count(QUICK) >= 0.97 * MORE
    for part in (rows[:JOBS], rows[JOBS:]):
        assert sum(one.shadow for row in part for one in row.tries) >= len(part) / 100
    assert not isinstance(imported(exported(world.router.state)), SetAside)


ANY = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-100.0, 100.0),
    st.integers(-(10**18), 10**18),
    st.integers(-500, 500),
    st.sampled_from([0, 1e-320, 1e300, -1e300, 2**63, 10**30]),
)
PLACES = st.sampled_from(used()[1]) | st.sampled_from(used()[1]) | st.sampled_from(used()[2])


@settings(max_examples=150, deadline=None)
@given(PLACES, ANY)
@example(("jobs",), -(10**6))
@example(("jobs",), 10**15 - 10**6)
@example(("shadows", "next_job"), 10**15)
@example(("shadows", "budget_ms"), -1e12)
@example(("shadows", "live_ms"), 1e9)
@example(("tokens", "held"), -64)
@example(("arms", QUICK, "latency", "mean", 0), 60)
@example(("arms", QUICK, "latency", "mean", 1), -2)
@example(("arms", QUICK, "latency", "mean", 1), 4)
@example(("arms", QUICK, "windows", AGENT, "breaker", "failed"), 50)
@example(("values", "/slow", AGENT, "worth", "mean"), 20)
def test_any_number_is_refused_or_what_follows_from_it_is_unlearned(path, number) -> None:
    """Of the used router's state, in any place but the version."""
    state = changed(path, number)
    if isinstance(state, SetAside):
        assert state.reason
        return
    comes_back(state)


def test_the_state_itself_serves() -> None:
    """Nothing changed, nothing refused."""
    state = imported(json.dumps(used()[0]).encode())
    assert not isinstance(state, SetAside)
    comes_back(state)
