"""Decides when the target as a whole is in doubt; pure."""

_FORBIDDING = {403, 429}


class Health:
    """Counts answers that do not come, and answers that refuse, in a row.

    ``silent_since`` is the ordinal of the trial that saw the first of the missing answers, -1 while none is missing.
    """

    def __init__(self, dead_after: int, blocking_after: int) -> None:
        self._dead_after = dead_after
        self._blocking_after = blocking_after
        self._silent = 0
        self._refused = 0
        self._refused_operations: set[str] = set()
        self.silent_since = -1

    def no_answer(self, ordinal: int) -> bool:
        """Note a request without an answer; True when it is time to probe the target."""
        if self._silent == 0:
            self.silent_since = ordinal
        self._silent += 1
        return self._silent >= self._dead_after

    def answer(self, operation: str, status: int) -> bool:
        """Note an answer; True when so many refused in a row, 403 from several operations or 429, that we may be blocked."""
        if self._silent:
            self._silent = 0
            self.silent_since = -1
        if status not in _FORBIDDING:
            if self._refused:
                self._refused = 0
                self._refused_operations.clear()
            return False
        self._refused += 1
        self._refused_operations.add(operation)
        return self._refused >= self._blocking_after and (status == 429 or len(self._refused_operations) > 2)

    def cleared(self) -> None:
        """A probe was answered as it should be: count anew."""
        self._silent = self._refused = 0
        self._refused_operations.clear()
        self.silent_since = -1
