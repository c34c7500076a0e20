"""Whether an identity's access was lost on the way: what is answered 401 for the rest of a run is not tested."""

from dataclasses import dataclass, field

LEAST = 20  # answers 401 in a row at operations that had worked
SHARE = 0.2  # of all that was asked as the identity


@dataclass(slots=True)
class Access:
    """One identity's answers at operations that ask for a credential, in case order."""

    asked: int = 0
    refused: int = 0  # at operations that had worked, since the last answer other than 401
    lost_from: int = 0  # how many were asked before the first of these
    worked: set[str] = field(default_factory=set)

    def note(self, operation: str, status: int) -> None:
        """Take in one answer."""
        if status != 401:
            self.refused = 0
            if status < 400:
                self.worked.add(operation)
        elif operation in self.worked:
            if not self.refused:
                self.lost_from = self.asked
            self.refused += 1
        self.asked += 1

    def loss(self, identity: str) -> str:
        """In words how much came too late, or "" where the access lasted, or was lost near the end only."""
        late = self.asked - self.lost_from
        if self.refused < LEAST or late < SHARE * self.asked:
            return ""
        return (
            f"access was lost: of {self.asked:,} requests as {identity} the last {late:,} found it gone (401 at operations that had worked)"
        )
