"""Pictures as data: Vega-Lite specifications with their rows inside, for files here and for a dashboard.

Pure functions from rows to specifications. What comes from outside (names of agents and arms, numbers) stands in data, in domains and in
titles alone, all of which are texts to Vega-Lite; no expression is made of it.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from pipeline.measured.history import Attempt, Slice

Spec: TypeAlias = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
WIDTH = 640
# Colours that people with any colour vision tell apart (Okabe and Ito, 2008); shapes say the same once more.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000", "#F0E442")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
STATES = {"closed": "#DDDDDD", "half-open": "#E69F00", "open": "#D55E00"}
LOGARITHMIC: Spec = {"type": "log", "nice": False, "padding": 8}
SPARSE: Spec = {"tickCount": 4, "gridOpacity": 0.6}  # of a logarithmic axis
HELD = {"yes": "#0072B2", "no": "#D55E00"}


def efficiency(slices: Sequence[Slice]) -> Spec:
    """Answers by millisecond of each arm, slice by slice."""
    rows = [{**_row(one), "middle": (one.jobs_from + one.jobs_to) / 2} for one in slices if one.answers_per_ms]
    return _alone(
        rows, _lines("answers_per_ms", "answers per millisecond", "Efficiency: warm, answered attempts, of the sizes that each got", slices)
    )


def times(slices: Sequence[Slice]) -> Spec:
    """The median time of an attempt of each arm, slice by slice."""
    rows = [{**_row(one), "middle": (one.jobs_from + one.jobs_to) / 2} for one in slices if one.median_ms]
    return _alone(rows, _lines("median_ms", "median time (ms)", "Time of an attempt: warm, answered, of the sizes that each got", slices))


def choices(slices: Sequence[Slice]) -> Spec:
    """Which part of the jobs each arm was asked first for, slice by slice."""
    view = {
        "title": "First choice",
        "width": WIDTH,
        "height": 120,
        "mark": {"type": "bar", "stroke": "white", "strokeWidth": 0.5},
        "encoding": {
            **_across(_jobs(slices)),
            "y": {
                "field": "first_jobs",
                "type": "quantitative",
                "stack": "normalize",
                "title": "share of jobs",
                "axis": {"format": "%"},
            },
            "color": _by_arm(_arms(slices)),
            "tooltip": _told("arm", "jobs_from", "jobs_to", "first_share"),
        },
    }
    return _alone([{**_row(one), "first_jobs": one.first_share * one.jobs} for one in slices], view)


def failures(slices: Sequence[Slice]) -> Spec:
    """The breaker of each arm at the end of each slice, and how many attempts had failed or were late in it."""
    rows = [{**_row(one), "bad": one.failed + one.timeouts, "middle": (one.jobs_from + one.jobs_to) / 2} for one in slices]
    y = {"field": "arm", "type": "nominal", "title": None, "sort": _arms(slices)}
    states = {"domain": list(STATES), "range": list(STATES.values())}
    view = {
        "title": "Breaker at the end of a slice; numbers: attempts that failed or were late",
        "width": WIDTH,
        "height": {"step": 22},
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "white"},
                "encoding": {
                    **_across(_jobs(slices)),
                    "y": y,
                    "color": {"field": "breaker", "type": "nominal", "title": "breaker", "scale": states},
                },
            },
            {
                "transform": [{"filter": {"field": "bad", "gt": 0}}],
                "mark": {"type": "text", "fontSize": 11, "fontWeight": "bold", "color": "black"},
                "encoding": {"x": _at("middle", _jobs(slices)), "y": y, "text": {"field": "bad", "type": "quantitative"}},
            },
        ],
    }
    return _alone(rows, view)


def intervals(attempts: Sequence[Attempt], jobs: int = 0) -> Spec:
    """The time that was predicted of an attempt, nine times of ten within its interval, and the time that it took: a panel an arm.

    ``jobs``: how many jobs the axis shows; 0: those of the attempts.
    """
    y = {"type": "quantitative", "scale": LOGARITHMIC, "axis": SPARSE, "title": "ms"}
    x = _at("number", jobs or max((one.number for one in attempts), default=0))
    held = {"domain": list(HELD), "range": list(HELD.values())}
    shapes = {"domain": list(HELD), "range": ["circle", "triangle-up"]}
    view = {
        "title": "Predicted 90 % interval (bars) and the time it took (points)",
        "facet": {"row": {"field": "arm", "type": "nominal", "title": None, "header": {"labelAngle": 0, "labelAlign": "left"}}},
        "spec": {
            "width": WIDTH,
            "height": 110,
            "layer": [
                {
                    "mark": {"type": "rule", "color": "#999999", "opacity": 0.5},
                    "encoding": {"x": x, "y": {**y, "field": "low_ms"}, "y2": {"field": "high_ms"}},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 22, "opacity": 0.9},
                    "encoding": {
                        "x": x,
                        "y": {**y, "field": "wall_ms"},
                        "color": {"field": "held", "type": "nominal", "title": "within it", "scale": held},
                        "shape": {"field": "held", "type": "nominal", "title": "within it", "scale": shapes},
                        "tooltip": _told("run", "job", "size", "wall_ms", "low_ms", "high_ms"),
                    },
                },
            ],
        },
    }
    return _alone([msgspec.to_builtins(one) for one in attempts], view)


def together(title: str, subtitle: str, pictures: Sequence[Spec]) -> Spec:
    """Pictures below one another, as one."""
    views = [{key: value for key, value in one.items() if key != "$schema"} for one in pictures]
    return {
        "$schema": SCHEMA,
        "title": {"text": title, "subtitle": subtitle, "anchor": "start", "fontSize": 16},
        "background": "white",
        "config": {"view": {"stroke": "#CCCCCC"}, "title": {"anchor": "start", "fontSize": 12}, "legend": {"labelLimit": 220}},
        "vconcat": views,
        "resolve": {"scale": {"color": "independent", "shape": "independent"}},
    }


def of_history(agent: str, slices: Sequence[Slice], attempts: Sequence[Attempt]) -> Spec:
    """Everything on one agent; pictures that there is no row for are left out."""
    jobs = _jobs(slices)
    pictures = [efficiency(slices), times(slices), choices(slices), failures(slices)]
    held = sum(one.held == "yes" for one in attempts)
    said = f"; {100 * held / len(attempts):.0f} % of the {len(attempts):,} predictions shown held" if attempts else ""
    if attempts:
        pictures.append(intervals(attempts, jobs))
    return together(f"Routing of {agent}", f"{jobs:,} jobs{said}", [one for one in pictures if one["data"]["values"]])


def _alone(rows: list[dict[str, Any]], view: Spec) -> Spec:
    return {"$schema": SCHEMA, "data": {"values": rows}, **view}


def _row(one: Slice) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(one)
    return {**row, "end": one.jobs_to + 1}


def _lines(field: str, unit: str, title: str, slices: Sequence[Slice]) -> Spec:
    arms = _arms(slices)
    return {
        "title": title,
        "width": WIDTH,
        "height": 150,
        "mark": {"type": "line", "point": {"filled": True, "size": 55}},
        "encoding": {
            "x": _at("middle", _jobs(slices)),
            "y": {"field": field, "type": "quantitative", "scale": LOGARITHMIC, "axis": {"gridOpacity": 0.6}, "title": unit},
            "color": _by_arm(arms),
            "shape": {"field": "arm", "type": "nominal", "title": "arm", "scale": {"domain": arms, "range": _cycled(SHAPES, len(arms))}},
            "tooltip": _told("arm", "jobs_from", "jobs_to", field, "attempts"),
        },
    }


def _at(field: str, jobs: int) -> Spec:
    return {"field": field, "type": "quantitative", "title": "job", "scale": {"domain": [1, jobs + 1], "nice": False}}


def _across(jobs: int) -> Spec:
    return {"x": {**_at("jobs_from", jobs), "bin": "binned"}, "x2": {"field": "end"}}


def _jobs(slices: Sequence[Slice]) -> int:
    return slices[-1].jobs_to if slices else 0


def _arms(slices: Sequence[Slice]) -> list[str]:
    return sorted({one.arm for one in slices})


def _by_arm(arms: list[str]) -> Spec:
    return {"field": "arm", "type": "nominal", "title": "arm", "scale": {"domain": arms, "range": _cycled(COLOURS, len(arms))}}


def _cycled(values: Sequence[str], count: int) -> list[str]:
    return [values[index % len(values)] for index in range(count)]


def _told(*fields: str) -> list[Spec]:
    return [{"field": field} for field in fields]
