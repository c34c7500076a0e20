"""From an ordinal to a case (GENERATION.md, sections 11 to 14)."""

from pipeline.messages import ApiSlice, Case, Job, Step
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws, case_state, operation_state, stream
from stages.agents.core.mode import GaveUp, Mode, Vary
from stages.agents.core.places import Place, Request, fill, request_of
from stages.agents.core.samples import first_sample
from stages.agents.core.steer import is_sealed
from stages.agents.positive.draft import Draft
from stages.agents.positive.making import MadeBy, made_by, make_step, use_made, vacancy, vacant_step
from stages.agents.positive.plan import Entry, behind, plan
from stages.agents.positive.slots import Filler, Focus

NAME = "functional-positive"

_BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})


class FunctionalPositive:
    """The agent over one slice: everything that depends on the slice alone is made once."""

    def __init__(self, slice_: ApiSlice) -> None:
        self.compiler = Compiler(slice_.schemas)
        self.requests = {operation.key: request_of(self.compiler, operation) for operation in slice_.operations}
        self._plans: dict[str, list[Entry]] = {}

    def answer(self, job: Job, operation: str, ordinal: int) -> Case | None:
        """The case of one ordinal; None behind the end, which there is where an unsafe request leaves nothing to choose. Raises GaveUp."""
        request = self.requests[operation]
        entries = self._plans.get(operation)
        if entries is None:
            entries = self._plans[operation] = plan(self.compiler, request)
        entry = entries[ordinal] if ordinal < len(entries) else behind(request, ordinal - len(entries))
        return None if entry is None else _Composer(self, job, request, entry, ordinal).case()


class _Composer:
    """Makes one case."""

    def __init__(self, agent: FunctionalPositive, job: Job, request: Request, entry: Entry, ordinal: int) -> None:
        self.agent = agent
        self.compiler = agent.compiler
        self.job = job
        self.request = request
        self.entry = entry
        self.ordinal = ordinal
        self.state = case_state(operation_state(job.seed, NAME, request.operation.key), ordinal)
        self.mode = {"full": Mode.FULL, "random": Mode.RANDOM}.get(entry.kind, Mode.BEST)
        self.classes: list[str] = []

    def case(self) -> Case:
        operation = self.request.operation
        draft = self._draft(self.request, self.mode, prefix="", vary=self._vary())
        focus = self._focus()
        filler = self._filler(focus=focus, prefix="")
        hints = [hint for hint in self.job.hints if hint.operation == operation.key]
        if hints and self.entry.kind in ("best", "random"):
            filler.fill_hints(draft, hints, self._with_example())
        instance = filler.fill_path(draft)
        filler.fill_others(draft)
        before = self._before(draft, focus, used=instance is not None)
        attempt = draft.step("attempt", mutation="absent" if self.entry.kind == "bare-credentials" else "")
        return Case(
            operation=operation.key,
            ordinal=self.ordinal,
            title=self._title(),
            intent="valid" if draft.certain and self.entry.kind != "bare-credentials" else "unspecified",
            steps=[*before, attempt],
            fills=list(draft.fills.values()),
            classes=self._classes(draft),
        )

    def _filler(self, *, focus: str, prefix: str) -> Filler:
        first = self.ordinal == 0 or prefix != ""
        is_random = self.entry.kind == "random"
        variation = self.entry.variation
        sealed = variation is not None and is_sealed(variation.steer)
        return Filler(self.compiler, self.job, self.state, first=first, random=is_random, focus=Focus(focus, sealed=sealed), prefix=prefix)

    def _vary(self) -> Vary:
        if self.request.operation.method not in _BODY_METHODS:
            return Vary.NOTHING
        return Vary.MADE if self.ordinal == 0 or self.entry.kind == "example" else Vary.SAMPLES

    def _draft(self, request: Request, mode: Mode, *, prefix: str, vary: Vary) -> Draft:
        """All values of a request, drawn from the streams whose names begin with ``prefix``. Raises GaveUp."""
        draft = Draft(request)
        last = request.path[-1] if request.path and request.operation.method == "PUT" else None
        for place in request.places:
            draws = stream(self.state, prefix + place.key)
            focused = place is self.entry.place
            if not (focused or place.required or self._includes(place, mode, draws)):
                continue
            if focused and self.entry.kind == "empty-value":
                draft.values[place.key] = ""
                continue
            steer = self.entry.variation.steer if focused and self.entry.variation else None
            place_vary = Vary.ALL if place is last else Vary.NOTHING
            draft.values[place.key], certain = fill(self.compiler, place, draws, mode, vary=place_vary, steer=steer)
            draft.certain = draft.certain and certain
        body = self._body(request, mode, prefix)
        if body is not None:
            steer = self.entry.variation.steer if body is self.entry.place and self.entry.variation else None
            draft.body, certain = fill(self.compiler, body, stream(self.state, prefix + "body"), mode, vary=vary, steer=steer)
            draft.certain = draft.certain and certain
            draft.media_type = body.media_type
        return draft

    def _includes(self, place: Place, mode: Mode, draws: Draws) -> bool:
        """Whether an optional parameter is sent: in the best guess none, at random one in two."""
        return place.room >= 0 and (mode is Mode.FULL or (mode is Mode.RANDOM and draws.below(2) == 1))

    def _body(self, request: Request, mode: Mode, prefix: str) -> Place | None:
        """The body that the request gets: where it is optional, as one goes with the method, and at random three times in four."""
        usable = [body for body in request.bodies if body.room >= 0]
        if not usable:
            if request.body_required and request.bodies:
                raise GaveUp(f"body: {request.bodies[0].node.why_not()}")
            return None
        if request is self.request and self.entry.kind == "media":
            body = request.bodies[self.entry.body]
            if body.room < 0:
                raise GaveUp(f"body: {body.node.why_not()}")
            return body
        if request is self.request and self.entry.place is not None and self.entry.place.location is None:
            return self.entry.place
        if mode is Mode.RANDOM:
            draws = stream(self.state, prefix + "media")
            if not request.body_required and draws.below(4) == 3:
                return None
            return usable[draws.below(len(usable))] if len(usable) > 1 else usable[0]
        wanted = request.body_required or mode is Mode.FULL or request.operation.method in _BODY_METHODS
        return usable[0] if wanted else None

    def _before(self, draft: Draft, focus: str, *, used: bool) -> list[Step]:
        """The steps before the attempt."""
        if self.entry.kind == "bare-credentials" or not self.request.path:
            return []
        operation = self.request.operation
        last = self.request.path[-1].key
        made = made_by(self.request, self.agent.requests)
        if made is not None and last != focus and (operation.method == "DELETE" or not used):
            step = self._make(draft, made)
            use_made(draft, made)
            return [step]
        reader = None if used else vacancy(operation, self.agent.requests)
        return [] if reader is None else [vacant_step(draft, reader)]

    def _make(self, attempt: Draft, made: MadeBy) -> Step:
        """The step that makes the object: a best guess of the maker, below the same parents."""
        draft = self._draft(made.request, Mode.BEST, prefix="make/", vary=Vary.SAMPLES)
        self._filler(focus="", prefix="make/").fill_others(draft)
        for place, value in zip(made.request.path, attempt.path_values(), strict=False):
            draft.values[place.key] = value
        return make_step(draft, made)

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
                return f"body as {self.request.bodies[self.entry.body].media_type}"
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
            case "best" | "full" | "random":
                found = [f"{key}:present" for key in draft.values]
                return [*found, f"media/{draft.media_type}"] if draft.media_type else found
