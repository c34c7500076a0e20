"""What was tried and reached: counted from verdicts only, so that a restart counts the same."""

from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from pipeline.messages import Coverage, Operation, OperationCoverage, Schema, Verdict
from stages.score.access import Access
from stages.score.checks import undocumented_status, valid_rejected
from stages.score.model import Model
from stages.score.standing import Standing

_DEPTH = 8
_REFUSALS = frozenset(
    {valid_rejected.CHECK, undocumented_status.CHECK}
)  # of a valid request, or of one that the document knows nothing against
_BRANCHES_MAX = 10_000


# No access, nothing there, blocked: what is behind the door is not seen.
_CLOSED = frozenset({401, 403, 404, 429})
# Another place, method or version of HTTP is wanted: where the operation does not document that itself, it was not what answered.
_ELSEWHERE = frozenset({300, 301, 302, 303, 304, 307, 308, 405, 407, 410, 421, 426, 451})


def left_closed_doors(status: int, documented: AbstractSet[str] = frozenset()) -> bool:
    """Whether a status shows that an operation was reached: not 401, 403, 404, 429 or 5xx, nor an undocumented redirect, 405 or 410."""
    if not 0 < status < 500 or status in _CLOSED:
        return False
    return status not in _ELSEWHERE or not documented.isdisjoint({str(status), f"{status // 100}XX"})


_ADVICE = (
    (frozenset({401, 403}), ": are credentials given, with --header or as an identity?"),
    (frozenset({404, 405, 410, *range(300, 400)}), ": is the base URL right? see --url"),
)


@dataclass(slots=True)
class Reached:
    """The counts of one operation: ``statuses`` of all requests of its own, ``valid`` of those that were not broken on purpose;
    ``foreign``: requests that were not its own."""

    requests: int = 0
    foreign: int = 0
    withheld: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    valid: Counter[int] = field(default_factory=Counter)
    classes: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)


class CoverageBook:
    """Coverage of a run. ``record`` takes verdicts of explored trials in ordinal order."""

    def __init__(self, model: Model, min_tested_percent: int) -> None:
        self.model = model
        self._min_tested_percent = min_tested_percent
        self._reached: dict[str, Reached] = {}
        self._requests = 0
        self._identity_tried = False
        self._identity_worked = False
        self._access: dict[str, Access] = {}
        self._blocked = ""
        self._silence = ""
        self.answered = False  # anything at all, be it when it was sent again
        self._refused: Counter[int] = Counter()
        self.in_scope = sum(model.in_scope(operation) for operation in model.api.operations)
        self.visited: set[str] = set()

    def of(self, operation: str) -> Reached:
        """The counts of an operation."""
        reached = self._reached.get(operation)
        if reached is None:
            reached = self._reached[operation] = Reached()
        return reached

    def statuses(self, operation: str) -> Counter[int]:
        """How often each status was seen at an operation."""
        return self.of(operation).statuses

    def has_success(self, operation: str) -> bool:
        """Whether an operation took a valid request."""
        return any(200 <= status < 300 for status in self.of(operation).valid)

    def was_answered(self, operation: str) -> bool:
        """Whether an operation was answered with anything but that it is not the moment."""
        return bool(self.of(operation).statuses.keys() - {0, 502, 503, 504})

    def record(self, verdict: Verdict) -> None:
        """Count an explored trial."""
        assert verdict.settled is not None
        reach = verdict.settled.credit.reach
        self.visited.add(verdict.operation)
        reached = self.of(verdict.operation)
        reached.classes.update(reach.classes)
        reached.parameters.update(reach.parameters)
        if verdict.outcome == "withheld":
            reached.withheld += 1
        elif verdict.outcome != "unmet":
            self.count(verdict.operation, verdict.status, reach.standing)
            if reach.standing == "valid":
                self._note_identity(verdict, reach.identity)
                if 400 <= verdict.status < 500 and any(failure.check in _REFUSALS for failure in verdict.failures):
                    self._refused[verdict.status] += 1
        beside: dict[Standing, list[tuple[str, int]]] = {"valid": reach.beside, "doubtful": reach.doubtful, "foreign": reach.foreign}
        for of, each in beside.items():
            for operation, status in each:
                self.count(operation, status, of)

    def count(self, operation: str, status: int, of: Standing) -> None:
        """Count one request and its status (0: no answer)."""
        reached = self.of(operation)
        self._requests += 1
        self.answered = self.answered or status > 0
        if of == "foreign":
            reached.foreign += 1
            return
        reached.requests += 1
        reached.statuses[status] += 1
        if of == "valid":
            reached.valid[status] += 1

    def _note_identity(self, verdict: Verdict, identity: str) -> None:
        operation = self.model.operations.get(verdict.operation)
        if not identity or operation is None or not verdict.status:
            return
        if self.model.requires_credentials(operation) or not self.model.secured_any:
            self._identity_tried = True
            self._identity_worked = self._identity_worked or verdict.status not in {401, 403}
            self._access.setdefault(identity, Access()).note(verdict.operation, verdict.status)

    def blocked(self, detail: str) -> None:
        """The target turns us away as a whole."""
        self._blocked = detail or "the target blocks us"

    def silent(self, detail: str) -> None:
        """Why nothing was sent, or what stood in the place of an answer, for the reason of a run that got none; the first word counts."""
        self._silence = self._silence or " ".join(detail.split())

    @property
    def attempted(self) -> int:
        """Operations that got a request, be it one that is not theirs."""
        return sum(1 for reached in self._reached.values() if reached.requests or reached.foreign)

    def tested(self) -> tuple[bool, str]:
        """Whether "no findings" means tested, and why not (promise: exit 3 otherwise)."""
        attempted = {key: reached for key, reached in self._reached.items() if reached.requests}
        if not self._requests:
            return False, f"nothing was sent: {self._silence}" if self._silence else "nothing was sent"
        if not self.answered:
            return False, f"nothing answered: {self._silence}" if self._silence else "nothing answered"
        if not attempted:
            return False, "no operation got a request of its own"
        if self._identity_tried and not self._identity_worked:
            return False, "no identity worked: every request with a credential was answered 401 or 403"
        if loss := next((loss for name, access in self._access.items() if (loss := access.loss(name))), ""):
            return False, loss
        reached = sum(self._was_reached(key, one) for key, one in attempted.items())
        if reached * 100 < self._min_tested_percent * len(attempted):
            why = f"{reached} of {len(attempted)} operations answered other than 401, 403, 404, 429, 5xx or an undocumented"
            return False, f"{why} redirect, 405 or 410; at least {self._min_tested_percent} % are needed ({self._mostly()})"
        if self._refused and not any(self._succeeded(key, one) for key, one in attempted.items()):
            said = " and ".join(str(status) for status in sorted(self._refused))
            return False, f"no operation answered with success, and requests were refused with {said}"
        return True, ""

    def _documented(self, key: str) -> frozenset[str]:
        operation = self.model.operations.get(key)
        return frozenset(response.status.upper() for response in operation.responses) if operation is not None else frozenset()

    def _was_reached(self, key: str, reached: Reached) -> bool:
        """By valid requests where there were any: broken ones cannot make tested what those did not reach."""
        documented = self._documented(key)
        return any(left_closed_doors(status, documented) for status in reached.valid or reached.statuses)

    def _succeeded(self, key: str, reached: Reached) -> bool:
        documented = self._documented(key)
        return any(200 <= status < 400 and left_closed_doors(status, documented) for status in reached.valid)

    def _mostly(self) -> str:
        """What was seen in the place of tests, and what to look after."""
        if self._blocked:
            return self._blocked
        seen = Counter[int]()
        for reached in self._reached.values():
            seen.update(status for status in reached.valid or reached.statuses if status)  # at how many operations
        if not seen:
            return "no answers"
        status = min(seen, key=lambda one: (-seen[one], one))
        advice = next((text for statuses, text in _ADVICE if status in statuses), "")
        return f"mostly {status}{advice}"

    def snapshot(self, *, whole: bool) -> Coverage:
        """The coverage as a message; ``whole``: with the operations that were never reached, and what is known of branches."""
        tested, reason = self.tested()
        operations = [
            self._of_operation(operation, whole=whole)
            for operation in self.model.api.operations
            if operation.key in self._reached or (whole and self.model.wanted(operation))
        ]
        return Coverage(run=self.model.run, operations=operations, requests=self._requests, tested=tested, reason=reason)

    def _of_operation(self, operation: Operation, *, whole: bool) -> OperationCoverage:
        reached = self._reached.get(operation.key) or Reached()
        return OperationCoverage(
            operation=operation.key,
            requests=reached.requests,
            statuses=_written(reached.statuses),
            valid=_written(reached.valid),
            foreign=reached.foreign,
            classes=sorted(reached.classes),
            parameters=sorted(reached.parameters),
            branches_known=branches(operation, self.model.api.schemas) if whole else 0,
            documented=[response.status for response in operation.responses],
            withheld=reached.withheld,
            skipped=self.model.skipped(operation),
        )


def _written(statuses: Counter[int]) -> dict[str, int]:
    return {str(status): statuses[status] for status in sorted(statuses)}


def branches(operation: Operation, shared: dict[str, Schema]) -> int:
    """How many branches an operation's inputs have: alternatives of oneOf and anyOf, members of enums; references followed once."""
    todo: list[tuple[Schema, int]] = [(parameter.schema, 0) for parameter in operation.parameters]
    if operation.body is not None:
        todo.extend((media.schema, 0) for media in operation.body.content)
    count = 0
    seen: set[str] = set()
    while todo and count < _BRANCHES_MAX:
        schema, depth = todo.pop()
        if not isinstance(schema, dict) or depth > _DEPTH:
            continue
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            todo.append((shared.get(reference.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~")), depth + 1))
        for keyword in ("oneOf", "anyOf"):
            alternatives = schema.get(keyword, [])
            count += len(alternatives)
            todo.extend((alternative, depth + 1) for alternative in alternatives)
        count += len(schema.get("enum", []))
        todo.extend((inner, depth + 1) for inner in schema.get("allOf", []))
        todo.extend((inner, depth + 1) for inner in schema.get("properties", {}).values())
        todo.append((schema.get("items"), depth + 1))
    return count
