"""Whom to ask: from a job's facts to an order of arms. No I/O, no clock, no arm's name in the code.

The configured order holds, arms that just failed go behind those that did not; none is ever excluded. Measured efficiency has its place
here: everything that chooses between arms is this module.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Decision:
    """The arms to ask, the first first, and why in that order."""

    arms: tuple[str, ...]
    reason: str


@dataclass(slots=True)
class Outcome:
    """What is known of one arm at one agent: jobs done, jobs failed, and how many failed since the last success."""

    done: int = 0
    failed: int = 0
    failed_in_a_row: int = 0


@dataclass(slots=True)
class Router:
    """Holds the outcomes by (agent, arm) and decides by them and the configured order."""

    order: dict[str, list[str]]
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)

    def decide(self, agent: str, available: Sequence[str]) -> Decision:
        """Order ``available`` arms (those that serve the agent) for one job."""
        configured = self.order.get(agent, [])
        rank = {arm: place for place, arm in enumerate(configured)}

        def key(arm: str) -> tuple[int, int]:
            outcome = self.outcomes.get((agent, arm), Outcome())
            return outcome.failed_in_a_row, rank.get(arm, len(rank))

        arms = tuple(sorted(available, key=key))
        demoted = [arm for arm in arms if self.outcomes.get((agent, arm), Outcome()).failed_in_a_row]
        reason = "configured order" if not demoted else f"configured order; behind, after failures: {', '.join(demoted)}"
        return Decision(arms, reason)

    def record(self, agent: str, arm: str, *, failed: bool) -> None:
        """Take in how one attempt at a job ended."""
        outcome = self.outcomes.setdefault((agent, arm), Outcome())
        if failed:
            outcome.failed += 1
            outcome.failed_in_a_row += 1
        else:
            outcome.done += 1
            outcome.failed_in_a_row = 0
