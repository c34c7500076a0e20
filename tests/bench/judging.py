"""Cases, held by the judges against what the document says at their places.

A judge reads the document by its letter (``meaning``). Where it then contradicts the generators, or the letter is nothing that it can use,
it is asked again with the readings by intention that came up there, one by one and then together: an agreement that needs one is counted
under that reading's name, as "document: NAME", and has to be explained like any difference.
"""

import json
from typing import Any

from msgspec import Struct

from pipeline.errors import SentinelError
from pipeline.messages import Api, Operation, Step
from stages.execute.serialise import UnknownVariable, Unserialisable
from tests.bench.documented import Document, Input
from tests.bench.judges import NO_WORD, Ajv, PyPi, Tally
from tests.bench.meaning import READINGS, Meaning
from tests.bench.sent import readings
from tests.bench.shape import Shape


class Sent(Struct):
    """What a case sends at a place, in all readings; none: nothing. ``label``: what it is said to violate."""

    where: str
    found: list[Any]
    label: str = ""


class Place:
    """A parameter or body of an operation by the letter of the document, and what cases send there."""

    def __init__(self, document: Document, stated: Input, ajv: Ajv, *, is_body: bool) -> None:
        self.stated = stated
        self.sent: list[Sent] = []
        self._document, self._ajv, self._is_body = document, ajv, is_body
        self.schema, self.met = self.meant(())
        self.shape = Shape(self.schema)

    def meant(self, by_intention: tuple[str, ...]) -> tuple[dict[str, Any], set[str]]:
        """The schema with these readings, and the readings that came up."""
        meaning = Meaning(self._document, self._ajv.is_pattern, by_intention, is_body=self._is_body)
        return meaning.whole(self.stated.schema), meaning.met


class Court:
    """Judges the cases of one document, and counts in ``tally`` what is said."""

    def __init__(self, tally: Tally, document: Document, judges: tuple[PyPi, Ajv]) -> None:
        self.tally = tally
        self._document = document
        self._judges = judges
        self._places: dict[tuple[str, str], Place | None] = {}

    def place(self, operation: Operation, place: str, media_type: str) -> Place | None:
        """A place by the document; None where that does not have it."""
        key = (place, media_type)
        if key not in self._places:
            if place == "body":
                stated = self._document.body(operation.key, media_type)
            else:
                stated = self._document.parameters(operation.key).get(place)
            self._places[key] = stated and Place(self._document, stated, self._judges[1], is_body=place == "body")
        return self._places[key]

    def hear(self, api: Api, operation: Operation, step: Step, place: str, *, where: str, label: str = "") -> None:
        """Take what a step sends at a place."""
        stated = self.place(operation, place, step.body.media_type if place == "body" else "")
        if stated is None:
            is_named = self._document.in_address(operation.key, place)
            self.tally.seen["declared nowhere, named in the path"] += is_named
            if not is_named:
                self.tally.unread(f"{where}: not in the document")
            return
        try:
            found = readings(api, operation, step, place, stated=stated.stated, shape=stated.shape)
        except UnknownVariable:
            self.tally.seen["filled from an earlier answer"] += 1
            return
        except (Unserialisable, ValueError, SentinelError) as error:
            self.tally.unread(f"{where}: {type(error).__name__}: {error}")
            return
        self.tally.seen["cases"] += 1
        stated.sent.append(Sent(where, found, label))

    def judge(self) -> None:
        """Judge what was heard, of one operation, and forget it."""
        for place in self._places.values():
            for judge in self._judges if place is not None and place.sent else ():
                self._by(judge, place)
        self._places.clear()

    def _by(self, judge: PyPi | Ajv, place: Place) -> None:
        open_cases = self._differing(judge, place, place.schema, place.sent)
        settled = len(place.sent) - len(open_cases)
        self.tally.seen[f"{judge.name}: judged by the letter of the document"] += settled
        self.tally.seen[f"{judge.name}: judged"] += settled
        if open_cases:
            _, met = place.meant(READINGS)
            names = sorted(met | place.met)
            for some in [*((name,) for name in names), tuple(names)]:
                still = self._differing(judge, place, place.meant(some)[0], [sent for sent, _ in open_cases]) if open_cases else []
                left = {id(sent) for sent, _ in still}
                for sent, _ in open_cases:
                    if id(sent) not in left:
                        self.tally.judged(judge.name)
                        self.tally.read_otherwise(judge.name, " and ".join(some), f"{sent.where}: {json.dumps(sent.found[:1])[:160]}")
                open_cases = still
        for sent, verdict in open_cases:
            shown = f"{sent.where}: {json.dumps(sent.found[:1])[:160]}"
            if verdict.startswith(NO_WORD):
                self.tally.no_word(judge.name, verdict, shown)
                continue
            self.tally.judged(judge.name)
            self.tally.difference(judge.name, verdict, shown)

    def _differing(self, judge: PyPi | Ajv, place: Place, schema: dict[str, Any], cases: list[Sent]) -> list[tuple[Sent, str]]:
        """The cases of which a judge says otherwise, or has no word, each with why."""
        verdicts = iter(judge.verdicts(schema, [value for sent in cases for value in sent.found]))
        found: list[tuple[Sent, str]] = []
        for sent in cases:
            said = [next(verdicts) for _ in sent.found]
            if not said:  # nothing is sent, which is right unless it has to be
                said = ["required" if place.stated.required else None]
            failed = next((one for one in said if one is not None and one.startswith(NO_WORD)), None)
            if failed is not None:
                found.append((sent, failed))
            elif self.tally.claim == "valid" and None not in said:
                found.append((sent, said[0]))
            elif self.tally.claim == "invalid" and None in said:
                found.append((sent, sent.label.partition("/")[0]))
        return found
