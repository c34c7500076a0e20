"""From an ordinal to a case with one violation (GENERATION.md, section 19)."""

from typing import NamedTuple

from msgspec.msgpack import Ext
from msgspec.structs import replace

from pipeline.messages import EXT_RAW, ApiSlice, Argument, Case, Fill, Job, Step, Value
from stages.agents.core.draws import Draws, case_state, operation_state, stream
from stages.agents.core.mode import GaveUp, Vary
from stages.agents.core.places import Place, Request
from stages.agents.negative.changes import PART_CHANGES, Absent, Broken, Headed, Method, Mismeasured, Twice, Typed, changed, is_sealing
from stages.agents.negative.malformed import as_text, broken, mismeasured
from stages.agents.negative.order import Varied
from stages.agents.negative.parts import part_at, replaced
from stages.agents.negative.plan import OTHER_METHODS, Plan, plan
from stages.agents.negative.texts import other_of
from stages.agents.negative.violation import Violation
from stages.agents.requests.composer import BODY_METHODS, Choice, Composer, known_of
from stages.agents.requests.draft import Draft
from stages.agents.requests.slots import Focus

NAME = "functional-negative"
RANDOM_TRIES = 8


class FunctionalNegative:
    """The agent over one slice: everything that depends on the slice alone is made once."""

    def __init__(self, slice_: ApiSlice) -> None:
        self.known = known_of(slice_)
        self._plans: dict[str, Plan] = {}
        # By the identity of the violations, which the plans keep alive, and whether they are tried at random.
        self._tries: dict[tuple[int, bool], _Try] = {}
        self._others = _other_methods(slice_)
        self._schemes = frozenset(name for one in slice_.operations for needed in one.security for name in needed)

    def left_out(self, operation: str, /) -> list[str]:
        """How many parts there are of which nothing is violated, as there are too many; what has no value functional-positive says."""
        return self._plan(operation).left_out

    def answer(self, job: Job, operation: str, ordinal: int) -> Case | None:
        """The case of one ordinal; None behind the end, which there is where nothing of a violation is random. Raises GaveUp."""
        request = self.known.requests[operation]
        known = self._plan(operation)
        state = case_state(operation_state(job.seed, NAME, operation), ordinal)
        if ordinal < len(known.violations):
            return self._case(_At(job, ordinal, state), request, Varied(known.violations[ordinal], 0, ()), None)
        found = known.order.at(ordinal - len(known.violations))
        if found is None:
            return None
        varied, others = found
        draws = stream(state, "violation")
        reason = ""
        for _ in range(RANDOM_TRIES):
            try:
                return self._case(_At(job, ordinal, state), request, varied, draws)
            except GaveUp as error:
                reason = reason or str(error)
            varied = others[draws.below(len(others))]
        raise GaveUp(reason)

    def _plan(self, operation: str) -> Plan:
        known = self._plans.get(operation)
        if known is None:
            others = self._others.get(operation, frozenset())
            known = self._plans[operation] = plan(self.known.compiler, self.known.requests[operation], others, self._schemes)
        return known

    def _case(self, at: "_At", request: Request, varied: Varied, draws: Draws | None) -> Case:
        """The best guess (with ``draws``: a random request) with the violation in it. Raises GaveUp."""
        violation = varied.violation
        place = violation.place
        key = id(violation), draws is not None
        known = self._tries.get(key)
        if known is None:
            known = self._tries[key] = _try(violation, varied.also, random=draws is not None)
        composer = Composer(self.known, at.job, request, at.state, known.choice, first=draws is None, random=draws is not None)
        vary: Vary = "samples" if request.operation.method in BODY_METHODS else "nothing"
        draft = composer.draft("best" if draws is None else "random", vary)
        instance = composer.filled(draft)
        is_elsewhere = place is None or place.location == "path"  # nothing of this run's making is there
        before = [] if is_elsewhere else composer.before(draft, used=instance is not None)
        attempt = _attempt(draft, violation, draws)
        return Case(
            operation=request.operation.key,
            ordinal=at.ordinal,
            title=known.title,
            intent="invalid" if violation.proved else "unspecified",
            steps=[*before, attempt],
            fills=_fills(draft, attempt) if draft.fills else [],
            classes=known.classes,
        )


class _At(NamedTuple):
    """Which case: of which job, its ordinal, and the state of its streams."""

    job: Job
    ordinal: int
    state: int


class _Try(NamedTuple):
    """What all cases of a violation have in common."""

    choice: Choice
    title: str
    classes: list[str]


def _try(violation: Violation, also: tuple[Place, ...], *, random: bool) -> _Try:
    place = violation.place
    focus = _focus(violation)
    is_of_body = place is not None and place.location is None
    choice = Choice(
        place=place,
        steer=violation.steer if random or not violation.as_is else None,
        also=also,
        body=place if is_of_body else None,
        bodyless=place is None or (is_of_body and isinstance(violation.change, Absent)),
        focus=Focus(focus if place is not None else "", sealed=is_sealing(violation.change)),
    )
    return _Try(choice, f"{focus}: violates {violation.label}", [f"{focus}:violates/{violation.label}"])


def _fills(draft: Draft, attempt: Step) -> list[Fill]:
    """Where the values came from that are sent."""
    sent = {f"{argument.location}/{argument.name}" for argument in attempt.arguments}
    return [fill for key, fill in draft.fills.items() if key in sent or (key.startswith("body/") and attempt.body is not None)]


def _other_methods(slice_: ApiSlice) -> dict[str, frozenset[str]]:
    """By the first operation of each path the methods that neither the path has nor another one that an address of it may be meant by."""
    first: dict[str, str] = {}
    methods: dict[str, set[str]] = {}
    for operation in slice_.operations:
        first.setdefault(operation.path, operation.key)
        methods.setdefault(operation.path, set()).add(operation.method)
    for key in slice_.others:
        method, _, path = key.partition(" ")
        methods.setdefault(path, set()).add(method)
    found: dict[str, frozenset[str]] = {}
    for path, key in first.items():
        has = (methods[other] for other in methods if other == path or meet(path.split("/"), other.split("/")))
        found[key] = frozenset(OTHER_METHODS).difference(*has)
    return found


def meet(left: list[str], right: list[str]) -> bool:
    """Whether one address may be of both paths: segment by segment they are equal, or one has a parameter."""
    return len(left) == len(right) and all(one == other or "{" in one + other for one, other in zip(left, right, strict=True))


def _focus(violation: Violation) -> str:
    """What the violation is of: a place with pointer, or "method"."""
    return "method" if violation.place is None else violation.place.key + violation.pointer


def _attempt(draft: Draft, violation: Violation, draws: Draws | None) -> Step:
    """The step with the violation in it. Raises GaveUp where it cannot be made of the values, or would not be proved."""
    place, change = violation.place, violation.change
    if place is None or isinstance(change, Method):
        return _other_method(draft, violation)
    if isinstance(change, Absent):
        draft.values.pop(place.key, None)
        return draft.step("attempt")
    if isinstance(change, PART_CHANGES):
        whole = draft.body if place.location is None else draft.values[place.key]
        value = replaced(whole, violation.tokens, changed(change, part_at(whole, violation.tokens), draws))
        _prove(violation, value)
        if place.location is None:
            draft.body = value
        else:
            draft.values[place.key] = value
        return draft.step("attempt")
    step = draft.step("attempt")
    match change:
        case Twice():
            second = Argument(location=place.location or "query", name=place.name, value=other_of(draft.values[place.key]))
            return replace(step, arguments=[*step.arguments, second])
        case Headed(name, text):
            return replace(step, arguments=[*step.arguments, Argument(location="header", name=name, value=text)])
        case Typed(media_type):
            return replace(step, body=as_text(media_type, draft.body))
        case Mismeasured(form):
            body, lengths = mismeasured(form, draft.media_type, draft.body)
            said = [Argument(location="header", name="Content-Length", value=Ext(EXT_RAW, length)) for length in lengths]
            return replace(step, body=body, arguments=[*step.arguments, *said])
        case Broken(form):
            return replace(step, body=broken(form, draft.media_type, draft.body))


def _prove(violation: Violation, value: Value) -> None:
    if not violation.proved or value == violation.value:
        return
    prover = violation.prover
    if prover is not None and (not prover.can_send(value) or not prover.proves(value)):
        raise GaveUp(f"{_focus(violation)}: gave up: {violation.label} is not proved to be violated")


def _other_method(draft: Draft, violation: Violation) -> Step:
    """The path alone under another method; TRACE without a credential, as its answer repeats what was sent (RFC 9110, 9.3.8)."""
    arguments = [argument for argument in draft.arguments() if argument.location == "path"]
    mutation = "absent" if violation.label == "TRACE" else ""
    return Step(name="attempt", operation=draft.request.operation.key, mutation=mutation, method=violation.label, arguments=arguments)
