"""From an ordinal's entry to its case (GENERATION.md, sections 11 to 14)."""

from pipeline.messages import Case, Job
from stages.agents.core.draws import case_state, operation_state
from stages.agents.core.mode import GaveUp, Mode, Vary
from stages.agents.core.places import Request
from stages.agents.core.samples import first_sample
from stages.agents.core.steer import is_sealed
from stages.agents.positive.plan import NAME, Entry
from stages.agents.requests.composer import BODY_METHODS, NOTHING_ELSE, Choice, Composer, Known
from stages.agents.requests.draft import Draft
from stages.agents.requests.slots import Focus

_MODES: dict[str, Mode] = {"full": "full", "random": "random"}


class EntryCase:
    """Makes the case of one entry. ``at``: its ordinal, and that of the streams from which its values are drawn."""

    def __init__(self, known: Known, job: Job, request: Request, entry: Entry, at: tuple[int, int]) -> None:
        ordinal, drawn = at
        self.compiler = known.compiler
        self.job = job
        self.request = request
        self.entry = entry
        self._is_first = ordinal == 0
        self._draft: Draft | None = None
        self.mode: Mode = _MODES.get(entry.kind, "best")
        state = case_state(operation_state(job.seed, NAME, request.operation.key), drawn)
        self.composer = Composer(known, job, request, state, self._choice(), first=self._is_first, random=entry.kind == "random")

    def draft(self) -> Draft:
        """The values that are made, before any are put in their place; the same each time. Raises GaveUp."""
        if self._draft is None:
            self._draft = self.composer.draft(self.mode, self._vary())
        return self._draft

    def case(self, ordinal: int) -> Case:
        """Once, with the ordinal that it has behind the plan. Raises GaveUp."""
        operation = self.request.operation
        is_bare = self.entry.kind == "bare-credentials"
        draft = self.draft()
        hints = [hint for hint in self.job.hints if hint.operation == operation.key] if self.job.hints else []
        if hints and self.entry.kind in ("best", "random"):
            self.composer.filler().fill_hints(draft, hints, self._with_example())
        instance = self.composer.filled(draft)
        before = [] if is_bare else self.composer.before(draft, used=instance is not None)
        attempt = draft.step("attempt", mutation="absent" if is_bare else "")
        return Case(
            operation=operation.key,
            ordinal=ordinal,
            title=self._title(),
            intent="valid" if draft.certain and not is_bare else "unspecified",
            steps=[*before, attempt],
            fills=list(draft.fills.values()),
            classes=self._classes(draft),
        )

    def _choice(self) -> Choice:
        """What is not as in the best guess. Raises GaveUp."""
        if self.entry.kind == "random":
            return NOTHING_ELSE
        place, variation, combination = self.entry.place, self.entry.variation, self.entry.combination
        if combination is not None:
            body = combination.body
            focus = Focus("body" if body else "", sealed=False)
            return Choice(place=body, steer=combination.steer, also=combination.parameters, body=body, focus=focus)
        body = place if place is not None and place.location is None else None
        if self.entry.kind == "media":
            body = self.request.bodies[self.entry.index]
            if body.room < 0:
                raise GaveUp(f"body: {body.node.why_not().told()}")
        return Choice(
            place=place,
            steer=variation.steer if variation else None,
            empty_value=self.entry.kind == "empty-value",
            body=body,
            focus=Focus(self._focus(), sealed=variation is not None and is_sealed(variation.steer)),
        )

    def _vary(self) -> Vary:
        if self.request.operation.method not in BODY_METHODS:
            return "nothing"
        return "made" if self._is_first or self.entry.kind == "example" else "samples"

    def _with_example(self) -> set[str]:
        """The places whose best guess is a documented example."""
        found: set[str] = set()
        for place in (*self.request.places, *self.request.bodies[:1]):
            if place.room >= 0 and first_sample(self.compiler, place.node, place.node.alternatives[place.node.fitting(place.room)[0]]):
                found.add(place.key)
        return found

    def _focus(self) -> str:
        place, variation = self.entry.place, self.entry.variation
        if place is None:
            return ""
        return place.key + (variation.pointer if variation else "")

    def _title(self) -> str:
        match self.entry.kind:
            case "best":
                return "best guess"
            case "full":
                return "with every optional part"
            case "bare-credentials":
                return "without credentials"
            case "media":
                return f"body as {self.request.bodies[self.entry.index].media_type}"
            case "combination":
                return f"combination {self.entry.index} of optional parts"
            case "random":
                return "random values"
            case "again":
                return "again"
            case "present" | "empty-value" | "example" | "try":
                label = self.entry.variation.label if self.entry.variation else self.entry.kind
                return f"{self._focus()}: {label}"

    def _classes(self, draft: Draft) -> list[str]:
        """What the case covers."""
        match self.entry.kind:
            case "bare-credentials":
                return ["credential/absent"]
            case "media":
                return [f"media/{draft.media_type}"]
            case "present" | "empty-value" | "example" | "try":
                return [self._title().replace(": ", ":", 1)]
            case "again":
                return []  # whatever it covers, the best guess did
            case "best" | "full" | "combination" | "random":
                found = [f"{key}:present" for key in draft.values]
                return [*found, f"media/{draft.media_type}"] if draft.media_type else found
