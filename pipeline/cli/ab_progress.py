"""What `sentinel ab` says while it compares."""

from typing import TYPE_CHECKING

from pipeline.messages import ToPersist

if TYPE_CHECKING:
    from stages.dispatch.comparing import Contest


class PairsProgress:
    """How far a comparison is, for the display. ``contest`` is set when its sides have started; ``ends_at``: on the monotonic clock."""

    def __init__(self, jobs: int) -> None:
        self.contest: Contest | None = None
        self.ends_at: float | None = None
        self._jobs = jobs

    def take(self, _message: ToPersist, _now: float) -> list[str]:
        """Nothing is sent while two sides are compared, so no message has anything to say."""
        return []

    def line(self, now: float) -> str:
        """One line."""
        if self.contest is None or self.ends_at is None:
            return "starting workers"
        return f"{self.contest.pairs} of {self._jobs} pairs · {max(self.ends_at - now, 0.0):.0f} s left"
