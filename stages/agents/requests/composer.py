"""A request with its values and the steps before it (GENERATION.md, sections 12 to 14)."""

from msgspec import Struct

from pipeline.messages import ApiSlice, Instance, Job, Step
from stages.agents.core.compiler import Compiler
from stages.agents.core.draws import Draws, stream, stream_state
from stages.agents.core.mode import GaveUp, Mode, Vary
from stages.agents.core.places import Place, Request, fill, request_of
from stages.agents.core.steer import Steer
from stages.agents.requests.draft import Draft
from stages.agents.requests.making import MadeBy, made_by, make_step, use_made, vacancy, vacant_step
from stages.agents.requests.slots import Filler, Focus

BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
_UNFOCUSED = Focus("", sealed=False)


class Choice(Struct, frozen=True):
    """What of a request is not as it would be: ``place`` is sent and made by way of ``steer``, or empty; ``body`` is the body.

    ``also``: optional parameters that are sent as well. ``bodyless``: there is no body.
    """

    place: Place | None = None
    steer: Steer | None = None
    empty_value: bool = False
    also: tuple[Place, ...] = ()
    body: Place | None = None
    bodyless: bool = False
    focus: Focus = _UNFOCUSED


NOTHING_ELSE = Choice()


class Known(Struct, frozen=True):
    """What the slice says, compiled: the nodes, and by key of all operations their requests, makers and readers."""

    compiler: Compiler
    requests: dict[str, Request]
    makers: dict[str, MadeBy | None]
    readers: dict[str, Request | None]


def known_of(slice_: ApiSlice) -> Known:
    """Compile a slice."""
    compiler = Compiler(slice_.schemas)
    requests = {operation.key: request_of(compiler, operation) for operation in slice_.operations}
    makers = {key: made_by(request, requests) for key, request in requests.items()}
    readers = {key: vacancy(request.operation, requests) for key, request in requests.items()}
    return Known(compiler, requests, makers, readers)


class Composer(Struct, eq=False, frozen=True):
    """Makes the attempt of one case and what must be there before it.

    ``first``: slots take the most likely object; ``random``: those beside the path are sometimes left as they are.
    """

    known: Known
    job: Job
    request: Request
    state: int
    choice: Choice
    first: bool
    random: bool

    def draft(self, mode: Mode, vary: Vary) -> Draft:
        """All values of the attempt's request. ``vary`` is the body's. Raises GaveUp."""
        return self._draft(self.request, self.choice, mode, "", vary)

    def filler(self) -> Filler:
        """What fills the attempt's slots."""
        return Filler(self.known.compiler, self.job, self.state, first=self.first, random=self.random, focus=self.choice.focus, prefix="")

    def filled(self, draft: Draft) -> Instance | None:
        """Fill the attempt's slots from what is known; the object, if it is what the last path parameter names."""
        if not self.job.knowledge:
            return None
        filler = self.filler()
        instance = filler.fill_path(draft)
        filler.fill_others(draft)
        return instance

    def before(self, draft: Draft, *, used: bool) -> list[Step]:
        """The steps before the attempt. ``used``: the last path parameter names an object that is known."""
        if not self.request.path:
            return []
        operation = self.request.operation
        is_focused = self.choice.focus.forbids(self.request.path[-1].key)
        made = self.known.makers[operation.key]
        if made is not None and not is_focused and (operation.method == "DELETE" or not used):
            step = self._make(draft, made)
            use_made(draft, made)
            return [step]
        reader = None if used else self.known.readers[operation.key]
        return [] if reader is None else [vacant_step(draft, reader)]

    def _make(self, attempt: Draft, made: MadeBy) -> Step:
        """The step that makes the object: a best guess of the maker, below the same parents."""
        draft = self._draft(made.request, NOTHING_ELSE, "best", "make/", "samples")
        if self.job.knowledge:
            filler = Filler(self.known.compiler, self.job, self.state, first=True, random=self.random, focus=_UNFOCUSED, prefix="make/")
            filler.fill_others(draft)
        for place, value in zip(made.request.path, attempt.path_values(), strict=False):
            draft.values[place.key] = value
        return make_step(draft, made)

    def _draft(self, request: Request, choice: Choice, mode: Mode, prefix: str, vary: Vary) -> Draft:
        """All values of a request, drawn from the streams whose names begin with ``prefix``. Raises GaveUp."""
        draft = Draft(request, certain=request.complete)
        chosen, also, values = choice.place, choice.also, draft.values
        last = request.path[-1] if request.path and request.operation.method == "PUT" else None
        draws = Draws(0)  # all streams in turn
        for place in request.places:
            is_chosen = place is chosen
            if is_chosen and choice.empty_value:
                values[place.key] = ""
                continue
            may_lack = not (is_chosen or place.required or place in also)
            if may_lack and (mode == "best" or place.room < 0):
                continue
            steer = choice.steer if is_chosen else None
            place_vary: Vary = "all" if place is last else "nothing"
            made = place.fixed.get((mode, place_vary)) if steer is None else None
            is_tossed = may_lack and mode == "random"
            if made is None or is_tossed:
                draws.state = stream_state(self.state, prefix + place.key)
            if is_tossed and draws.below(2) == 0:
                continue
            if made is None:
                made = fill(self.known.compiler, place, draws, mode, vary=place_vary, steer=steer)
            values[place.key], is_certain = made
            if not is_certain:
                draft.certain = False
        if request.exploded and request.is_written_twice(values):
            draft.certain = False
        body = None if choice.bodyless else choice.body or self._body(request, mode, prefix)
        if body is not None:
            steer = choice.steer if body is chosen else None
            made = body.fixed.get((mode, vary)) if steer is None else None
            if made is None:
                draws.state = stream_state(self.state, prefix + body.key)
                made = fill(self.known.compiler, body, draws, mode, vary=vary, steer=steer)
            draft.body = made[0]
            draft.certain = draft.certain and made[1]
            draft.media_type = body.media_type
        return draft

    def _body(self, request: Request, mode: Mode, prefix: str) -> Place | None:
        """The body that the request gets: where it is optional, as one goes with the method, and at random three times in four."""
        usable = [body for body in request.bodies if body.room >= 0]
        if not usable:
            if request.body_required and request.bodies:
                raise GaveUp(f"body: {request.bodies[0].node.why_not().told()}")
            return None
        if mode == "random":
            if request.body_required and len(usable) == 1:
                return usable[0]
            draws = stream(self.state, prefix + "media")
            if not request.body_required and draws.below(4) == 3:
                return None
            return usable[draws.below(len(usable))] if len(usable) > 1 else usable[0]
        wanted = request.body_required or mode == "full" or request.operation.method in BODY_METHODS
        return usable[0] if wanted else None
