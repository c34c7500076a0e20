"""What is worth trying of strings: their lengths, values of formats, and characters that programs trip over (GENERATION.md, section 10)."""

from collections.abc import Iterator

from stages.agents.core import formats
from stages.agents.core.patterned import MAX_LENGTH_WITH_LOOKS, can_have, prepared
from stages.agents.core.realm import Realm
from stages.agents.core.schema import Flat
from stages.agents.core.steer import Emit, Length, Steer
from stages.agents.core.tables import Try, texts

LONG, VERY_LONG = 256, 5000
LONGEST = {Realm.JSON: 524_288, Realm.FORM: 524_288}
LONGEST_ELSEWHERE = 4096
LONGEST_OF_PATTERN = 1024
MOST_STEPS = 64


def strings(flat: Flat, realm: Realm, *, is_whole: bool) -> Iterator[tuple[str, Steer]]:
    """Each with its label."""
    low, high = flat.min_length, flat.max_length
    if flat.patterns:
        yield from _of_pattern(flat, realm)
        return
    if flat.format and formats.is_known(flat.format):
        for i, value in enumerate(formats.interesting(flat.format)):
            if low <= len(value) and (high is None or len(value) <= high) and realm.can_hold(value):
                yield f"format/{i}", Emit(value)
        if not formats.is_free(flat.format):
            yield from _of_format(flat, realm)
            return
    longest = LONGEST.get(realm, LONGEST_ELSEWHERE)
    most = longest if high is None else min(longest, high)
    first, last = _lengths(low, high)
    seen: set[int] = set()
    yield from _of_lengths(first, low, most, realm, seen)
    for attempt in _tries(realm):
        length = len(attempt.text.encode()) if realm is Realm.FORM and flat.format == "binary" else len(attempt.text)
        sent = length + (2 * attempt.text.count("%") if realm is Realm.COOKIE else 0)  # for those who do not decode
        fits = low <= length and (high is None or sent <= high)
        if fits and (realm is Realm.JSON or not attempt.json_only) and (is_whole or not attempt.whole):
            yield attempt.label, Emit(attempt.text)
    yield from _of_lengths(last, low, most, realm, seen)


def _of_format(flat: Flat, realm: Realm) -> Iterator[tuple[str, Steer]]:
    """Lengths at the bounds and beside them, and the longest of the format where that is less, as far as it has texts of these."""
    low, high = flat.min_length, flat.max_length
    wishes = [("minLength", low), ("above-minLength", low + 1)] if low else []
    longest = formats.longest(flat.format)
    if longest is not None and (high is None or longest < high):
        wishes.append(("longest", longest))
    if high is not None:
        wishes += [("maxLength", high), ("below-maxLength", high - 1)]
    most = LONGEST.get(realm, LONGEST_ELSEWHERE)
    seen: set[int] = set()
    for label, length in wishes:
        made = formats.stretched(flat.format, length) if low <= length <= (most if high is None else min(most, high)) else None
        if made is not None and length not in seen and realm.can_hold(made):
            seen.add(length)
            yield label, Length(length)


def _of_pattern(flat: Flat, realm: Realm) -> Iterator[tuple[str, Steer]]:
    """The shortest and the longest text that the schema allows, and those next to them, of lengths that the pattern can have."""
    known = prepared(flat)
    low, high = flat.min_length, flat.max_length
    if realm.plain and high != 0:
        low = max(low, 1)
    usual = max(MAX_LENGTH_WITH_LOOKS if known.looks else LONGEST_OF_PATTERN, low)
    most = usual if high is None or (known.looks and high > usual) else min(high, LONGEST.get(realm, LONGEST_ELSEWHERE))
    first, last = max(low, known.whole.least), most if known.whole.most is None else min(most, known.whole.most)
    shortest = _nearest(flat, range(first, last + 1))
    if shortest is None:
        return
    yield "shortest", Length(shortest)
    longest = _nearest(flat, range(last, shortest, -1))
    if longest is None:
        return
    yield "longest", Length(longest)
    above = _nearest(flat, range(shortest + 1, longest))
    if above is None:
        return
    yield "above-shortest", Length(above)
    below = _nearest(flat, range(longest - 1, above, -1))
    if below is not None:
        yield "below-longest", Length(below)


def _nearest(flat: Flat, lengths: range) -> int | None:
    """The first of these lengths that a text of the pattern can have; with look-around only the first is looked at, else 64."""
    return next((length for length in lengths[: 1 if prepared(flat).looks else MOST_STEPS] if can_have(flat, length)), None)


def _tries(realm: Realm) -> list[Try]:
    """Texts that programs are known to trip over, of the characters that the realm holds."""
    match realm:
        case Realm.PATH:
            return texts().path_tries
        case Realm.HEADER:
            return texts().header_tries
        case Realm.COOKIE:
            return texts().cookie_tries
        case _:
            return texts().tries


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
