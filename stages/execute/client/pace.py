"""Requests per second, decided without waiting."""


class Pace:
    """Evenly spaced places in time, ``per_second`` of them; no bursts."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._next = 0.0

    def reserve(self, now: float) -> float:
        """Take the next place; the seconds to wait for it."""
        place = max(self._next, now)
        self._next = place + self._interval
        return place - now
