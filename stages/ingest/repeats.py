"""What repeats in a pattern, and how often: repeats by the ten thousand are told validators in other words, where these mean the same."""

from collections.abc import Sequence
from typing import NamedTuple

LARGE_COUNT = 4096  # a quantifier's bound above this may be beyond what is compiled


class Read(NamedTuple):
    """A pattern as validators are told it: ``text`` has an equal meaning, together with bounds on the length of the whole text."""

    text: str
    least: int = 0
    most: int | None = None


class Term(NamedTuple):
    """A part of an alternative: its text, and the lengths of what it can match. ``unit``: what is repeated, between ``head`` and ``tail``,
    ``low`` to ``high`` times, where all that it matches is of one length."""

    text: str
    least: int = 0
    most: int | None = 0
    unit: str = ""
    low: int = 1
    high: int | None = 1
    head: str = ""
    tail: str = ""


def open_ended(branch: list[Term]) -> list[Term]:
    """The branch with no more repetitions at an end without an anchor than there have to be: more of them change nothing."""
    made = list(branch)
    for at in {0, len(made) - 1} if made else ():
        term = made[at]
        if term.unit and term.high is not None and term.high > LARGE_COUNT and term.high > term.low:
            made[at] = term._replace(text=f"{term.head}{term.unit}{{{term.low}}}{term.tail}", most=term.least, high=term.low)
    return made


def bounded(branch: Sequence[Term]) -> Read | None:
    """The one large repetition of a whole text, all else of which has one length, as bounds on the length of that text."""
    if len(branch) < 3 or (branch[0].text, branch[-1].text) != ("^", "$"):
        return None
    large = [term for term in branch if term.unit and term.high is not None and term.high > LARGE_COUNT]
    if len(large) != 1 or any(term.least != term.most for term in branch if term is not large[0]):
        return None
    [term] = large
    rest = sum(other.least for other in branch if other is not term)
    text = "".join(f"{term.head}{term.unit}*{term.tail}" if one is term else one.text for one in branch)
    return Read(text, term.least + rest, None if term.most is None else term.most + rest)
