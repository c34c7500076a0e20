"""Routing: measured data send every job to the arm that is worth most. Pure: no I/O, no clock; nothing here knows what an arm is.

``router`` decides and learns, from ``facts`` to plans, by a ``policy`` (``ordering``, ``exploring``); ``tracker`` holds what is known of
each arm, built on ``kalman`` (time by size), ``drift`` (a changed speed), ``breaker`` (failures), ``hedge`` (a second start) and ``shadow``
(measuring others); ``state`` survives restarts, within ``ranges``.
"""

from stages.dispatch.routing.facts import NEVER_MS, ArmFacts, JobFacts, Outcome, Reason, RoutingPlan, ShadowPlan
from stages.dispatch.routing.policy import IMPLEMENTATIONS, MODELS, Policy, Weights
from stages.dispatch.routing.router import Router
from stages.dispatch.routing.state import RouterState, SetAside, exported, imported
from stages.dispatch.routing.summary import Line, Time, predicted, summary

__all__ = [
    "IMPLEMENTATIONS",
    "MODELS",
    "NEVER_MS",
    "ArmFacts",
    "JobFacts",
    "Line",
    "Outcome",
    "Policy",
    "Reason",
    "Router",
    "RouterState",
    "RoutingPlan",
    "SetAside",
    "ShadowPlan",
    "Time",
    "Weights",
    "exported",
    "imported",
    "predicted",
    "summary",
]
