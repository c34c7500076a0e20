"""Comparing two arms, or two weightings of the router, on the same jobs: what `sentinel ab` does. It learns for nobody and keeps nothing.

``betting`` is the statistics and ``pairs`` what a pair says, both pure; ``jobs`` draws the jobs; ``arms`` measures one arm, ``sides`` says
which arm does a job for whom, ``contest`` goes on pair by pair until it is decided.
"""

from stages.dispatch.comparing.arms import MeasuredArm, NotServed
from stages.dispatch.comparing.betting import Comparison, Estimate, SignTest, least_rounds
from stages.dispatch.comparing.contest import Contest, Difference, Tally
from stages.dispatch.comparing.jobs import Draws, population
from stages.dispatch.comparing.pairs import METRICS, Measured
from stages.dispatch.comparing.sides import FixedSide, RoutedSide, Side

__all__ = [
    "METRICS",
    "Comparison",
    "Contest",
    "Difference",
    "Draws",
    "Estimate",
    "FixedSide",
    "Measured",
    "MeasuredArm",
    "NotServed",
    "RoutedSide",
    "Side",
    "SignTest",
    "Tally",
    "least_rounds",
    "population",
]
