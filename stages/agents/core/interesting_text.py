"""What is worth trying of strings: their lengths, values of formats, and characters that programs trip over (GENERATION.md, section 10)."""

from collections.abc import Iterator

from stages.agents.core import formats
from stages.agents.core.patterned import MAX_LENGTH_WITH_LOOKS, prepared
from stages.agents.core.realm import Realm
from stages.agents.core.schema import Flat
from stages.agents.core.steer import Emit, Length, Steer
from stages.agents.core.tables import texts

LONG, VERY_LONG = 256, 5000
LONGEST = {Realm.JSON: 524_288, Realm.FORM: 524_288}
LONGEST_ELSEWHERE = 4096
LONGEST_OF_PATTERN = 1024


def strings(flat: Flat, realm: Realm) -> Iterator[tuple[str, Steer]]:
    """Each with its label."""
    low, high = flat.min_length, flat.max_length
    if flat.patterns:
        known = prepared(flat)
        tree = known.tree
        longest = MAX_LENGTH_WITH_LOOKS if known.looks else LONGEST_OF_PATTERN
        least = max(low, tree.least)
        most = min(longest if high is None or (known.looks and high > longest) else high, longest if tree.most is None else tree.most)
        if least <= most and (least > 0 or not realm.plain):
            yield "shortest", Length(least)
        if least < most:
            yield "longest", Length(most)
        return
    if flat.format and formats.is_known(flat.format):
        for i, value in enumerate(formats.interesting(flat.format)):
            if low <= len(value) and (high is None or len(value) <= high) and realm.can_hold(value):
                yield f"format/{i}", Emit(value)
        return
    longest = LONGEST.get(realm, LONGEST_ELSEWHERE)
    most = longest if high is None else min(longest, high)
    first, last = _lengths(low, high)
    seen: set[int] = set()
    yield from _of_lengths(first, low, most, realm, seen)
    for attempt in texts().path_tries if realm is Realm.PATH else [] if realm.plain else texts().tries:
        fits = low <= len(attempt.text) and (high is None or len(attempt.text) <= high)
        if fits and (realm is Realm.JSON or not attempt.json_only):
            yield attempt.label, Emit(attempt.text)
    yield from _of_lengths(last, low, most, realm, seen)


def _lengths(low: int, high: int | None) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Lengths worth trying, each with the word for it: those at bounds and the longest, and those that seldom break anything."""
    first = [("minLength", low), ("above-minLength", low + 1)] if low else [("empty", 0)]
    last = [] if low else [("above-minLength", 1)]
    if high is None:
        return [*first, ("very-long", max(low, VERY_LONG))], [*last, ("long", max(low, LONG))]
    return [*first, ("maxLength", high), ("below-maxLength", high - 1)], last


def _of_lengths(wishes: list[tuple[str, int]], low: int, most: int, realm: Realm, seen: set[int]) -> Iterator[tuple[str, Steer]]:
    for label, length in wishes:
        if low <= length <= most and (length > 0 or not realm.plain) and length not in seen:
            seen.add(length)
            yield label, Length(length)
