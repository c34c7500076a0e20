"""Cases whose object may be gone get a new one: steps before the attempt that make it, and what it needs.

Many servers want names that nothing else has. So a step that makes an object can be *fresh*: whenever its case is sent, its names are new.
"""

import msgspec

from pipeline.messages import Case, Exchange, Knowledge, Step, Until
from stages.score.making import AROUND, STEP, Making, Makings
from stages.score.model import Model
from stages.score.naming import FRESH, FRESHEST, Naming, is_fresh

# A database that is locked, and the like: it is waited for.
_NOT_BUSY = Until(statuses=["1XX", "2XX", "3XX", "4XX", "500", "501", "502", "504", "505"], tries=8, interval_ms=400)
_MAKING = frozenset({"POST", "PUT"})


def unhurried(case: Case) -> Case:
    """The case whose steps wait for a busy target, up to the attempt."""
    awaited = {"prepare", "attempt"}
    steps = [msgspec.structs.replace(step, until=_NOT_BUSY) if step.role in awaited and step.until is None else step for step in case.steps]
    return msgspec.structs.replace(case, steps=steps)


class Makers:
    """Other forms of a case, which need less of what the run did before."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._naming = Naming(model)
        self._salt = f"{model.seed % 0xFFFF:x}z"
        self._known = Makings(model)

    def learn(self, exchange: Exchange) -> None:
        """See ``Makings.learn``."""
        self._known.learn(exchange)

    def saw(self, knowledge: Knowledge) -> None:
        """See ``Makings.saw``."""
        self._known.saw(knowledge)

    def revived(self, case: Case) -> list[Case]:
        """The case with new objects for its attempt, and for what those need: under new names, where there are any to choose, and under
        those that were first seen; last, with what else the run did with such an object. Empty where none can be made."""
        target = next((step for step in case.steps if step.role == "attempt"), None)
        operation = self._model.operations.get(target.operation) if target else None
        if target is None or operation is None or any(is_fresh(step) or step.name.startswith((STEP, AROUND)) for step in case.steps):
            return []
        making = Making(self._known, target.identity)
        renewed = making.bound(target)
        prepare = list(making.steps)
        if not prepare:
            return []
        rest = [renewed if one is target else one for one in case.steps]
        ways = [[msgspec.structs.replace(one, name=one.name.replace(STEP, form)) for one in prepare] for form in self._forms(prepare)]
        ways.append(prepare)
        if around := making.around(operation):
            ways.append([*ways[0], *around])
        return [msgspec.structs.replace(case, steps=[*way, *rest]) for way in ways]

    def anew(self, case: Case) -> list[Case]:
        """The case whose attempt makes something under new names whenever it is sent: for where the names of its own are taken by what it
        made. Empty where there are no names to choose."""
        step = case.steps[0]
        operation = self._model.operations.get(step.operation)
        if operation is None or operation.method not in _MAKING or len(case.steps) != 1 or is_fresh(step):
            return []
        return [msgspec.structs.replace(case, steps=[msgspec.structs.replace(step, name=f"{form}0")]) for form in self._forms([step])]

    def _forms(self, steps: list[Step]) -> list[str]:
        """How steps may be called so that their names are new, the surest first."""
        chosen = [FRESH] if any(self._naming.chooses(step) for step in steps) else []
        return [*chosen, FRESHEST] if any(self._naming.respells(step) for step in steps) else chosen

    def alone(self, case: Case, token: str) -> Case | None:
        """The case under names that nothing has: where it shows the same, it needs nothing of what a run made. None where there are no
        names to choose, or where a text stays that may have to be unique."""
        step = case.steps[0]
        if not self._makes(case) or not self._naming.is_whole(step):
            return None
        return msgspec.structs.replace(case, steps=[self._naming.renamed(step, self._salt + token)])

    def twice(self, case: Case) -> Case | None:
        """The case behind a step that takes the same names with success: one like the first that was accepted, else like itself, where
        ``alone`` tells first whether it is accepted."""
        attempt = case.steps[0]
        if not self._makes(case):
            return None
        accepted = self._known.accepted.get(attempt.operation, attempt if self._naming.is_whole(attempt) else None)
        if accepted is None:
            return None
        named = self._naming.like(accepted, attempt)
        before = msgspec.structs.replace(
            named, name=f"{FRESH}0", role="prepare", identity=attempt.identity, mutation="", extract=[], require=["2XX"]
        )
        return msgspec.structs.replace(case, steps=[before, attempt])

    def _makes(self, case: Case) -> bool:
        """Whether a case is one request that may make an object, under names of its choice."""
        operation = self._model.operations.get(case.steps[0].operation)
        makes = operation is not None and operation.method in _MAKING
        return makes and len(case.steps) == 1 and self._naming.chooses(case.steps[0])

    def as_sent(self, case: Case, token: str) -> Case:
        """The case with names that no other attempt of the run has, and hardly one of another run: the seed is in them."""
        return self._naming.as_sent(case, self._salt + token)
