"""Decides when an identity has lost its access; pure."""

LOST_AFTER = 20  # 401 in a row, at operations that had worked, of an identity that cannot be renewed
_STRANGE = 5  # 401 in a row, at operations that never worked, after which an identity that did work is taken for lost


class Access:
    """What one identity was answered so far."""

    def __init__(self) -> None:
        self._worked: set[str] = set()
        self._refused_in_a_row = 0
        self.lost_in_a_row = 0
        """401 at operations that had worked, since the last other answer."""

    def is_lost(self, operation: str, status: int) -> bool:
        """Note an answer; True when it means that the credential is not accepted any more: 401 on what worked before."""
        if status != 401:
            self._refused_in_a_row = self.lost_in_a_row = 0
            if status < 400:
                self._worked.add(operation)
            return False
        self._refused_in_a_row += 1
        if operation in self._worked:
            self.lost_in_a_row += 1
            return True
        return bool(self._worked) and self._refused_in_a_row % _STRANGE == 0

    def renewal_was_useless(self, operation: str) -> None:
        """The fresh credential was refused too: the operation's 401 has another cause."""
        self._worked.discard(operation)
