"""What was measured of the implementations of agents: for tables, pictures and the service.

``history``, ``replays`` and ``performance`` are pure functions of the store's decisions and of the router's state, ``plots`` of their rows;
only ``drawing`` does something: it lets a process of its own draw.
"""

from pipeline.measured.decisions import Decided, decided
from pipeline.measured.history import Attempt, Slice, attempts, history
from pipeline.measured.performance import AgentPerformance, Implementation, Performance, performance
from pipeline.measured.replays import Paired, paired

__all__ = [
    "AgentPerformance",
    "Attempt",
    "Decided",
    "Implementation",
    "Paired",
    "Performance",
    "Slice",
    "attempts",
    "decided",
    "history",
    "paired",
    "performance",
]
