"""Causes: what the failures of many trials have in common, folded in case order, and the groups that make one finding of many."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import msgspec

from pipeline.messages import Case, Exchange, Failure, Sent, Verdict
from stages.score.checks import response_schema
from stages.score.config import ScoreConfig
from stages.score.signature import fingerprint, own_words, whole_answer
from stages.score.trigger import is_apart_from_parameters, of_parameter, told, trigger, unusual
from stages.score.wording import is_own

EVIDENCE_BYTES = 16_384  # of a body kept as evidence in memory and in findings

# What one slow moment can cause: it must show itself every time.
TIMING: Final = frozenset({"hang", "dropped_connection"})
# What a server does alike wherever it does it: a header left out, a status or type of its framework, access that nobody looks after.
_HABITS: Final = frozenset(
    {
        "response_headers",
        "undocumented_status",
        "content_type",
        "authentication_ignored",
        "body_not_allowed",
        "allow_missing",
        "internals_leaked",
        "invalid_accepted",
    }
)
_CODE_LINE: Final = re.compile(r" in [^ :]+:\S+$")  # as ``traces.server_fault`` ends where a trace shows
# What the same answer at many operations breaks in as many ways.
_FEW = 3  # operations that suffice to see that one thing is what is wrong at all of them: a shared schema, what a framework answers
_VARYING = 5  # texts of an operation's 5xx, each seen once, that show that it words them anew each time
_OF_THE_BODY: Final = frozenset({"content_type", "response_schema", "valid_rejected"})

State = Literal["suspected", "confirmed", "flaky", "unverified"]


@dataclass(slots=True, eq=False)
class Cause:
    """One key: the failure that showed it first, its evidence, and what became of it."""

    failure: Failure
    ordinal: int
    agent: str
    case: Case | None = None
    sent: Sent | None = None
    state: State = "suspected"
    occurrences: int = 0
    confirmations: int = 0
    verifying: bool = False
    varies: bool = False  # it was confirmed in other words only
    groups: tuple["Group", ...] = ()
    merged: "Group | None" = None
    former: "Cause | None" = None  # as unusual input had shown it, until ordinary input is known to show it again

    @property
    def key(self) -> str:
        return self.failure.key

    @property
    def of_load(self) -> bool:
        """Whether the target says that it is too busy for now: the run itself may be why."""
        return self.failure.check == "server_error" and self.failure.signature.startswith("503")

    def conclude(self) -> None:
        """The run is over. What could not be sent again is proved where different cases showed it, else it stays unverified."""
        self.verifying = False
        if self.failure.note or self.state not in {"suspected", "unverified"}:
            return
        if self.occurrences > 1 and self.failure.check not in TIMING and not self.of_load:
            self.state = "confirmed"
            self.confirmations = 0
        else:
            self.state = "unverified"

    def prove(self, case: Case, sent: Sent | None) -> None:
        """Take a case and its request as the evidence."""
        self.case = case
        self.sent = trimmed(sent)

    def restore(self) -> bool:
        """Ordinary input did not show it again: what was proved before stands. False: nothing was."""
        former = self.former
        if former is None or former.state != "confirmed":
            return False
        self.failure, self.ordinal, self.agent, self.case, self.sent = (
            former.failure,
            former.ordinal,
            former.agent,
            former.case,
            former.sent,
        )
        self.state, self.confirmations, self.varies = former.state, former.confirmations, former.varies
        return True


@dataclass(slots=True, eq=False)
class Group:
    """Causes with the same answer signature at different operations."""

    key: str
    kind: Literal["signature", "answer", "trigger", "varying", "words"]
    members: list[Cause] = field(default_factory=list)
    operations: dict[str, None] = field(default_factory=dict)  # in order of first sight
    enough: int | None = None  # operations that suffice to see that the cause is one; None: a good part of all
    mass: bool = False
    signature: str = ""  # of a trigger's group: the key of the group by signature alone
    trigger: str = ""
    of_parts: bool = False  # each member is of a part of its operation's request or answer

    @property
    def width(self) -> int:
        """How many operations, or parts of their requests or answers, show the one cause."""
        return len(self.members) if self.of_parts else len(self.operations)

    @property
    def foldable(self) -> list[Cause]:
        """The members that are part of the one finding: of varying texts those that came once, as what comes again has words of its own."""
        return [member for member in self.members if self.kind != "varying" or member.occurrences <= 1]

    def add(self, cause: Cause) -> None:
        """Count a cause in."""
        self.members.append(cause)
        self.operations.setdefault(cause.failure.operation)

    def remove(self, cause: Cause) -> None:
        """Count a cause out again."""
        self.members.remove(cause)
        self.operations = dict.fromkeys(member.failure.operation for member in self.members)


def trimmed(sent: Sent | None) -> Sent | None:
    """The request and its end with bodies of at most ``EVIDENCE_BYTES``."""
    if sent is None:
        return None
    reply, request = sent.reply, sent.request
    if reply is not None and len(reply.body) > EVIDENCE_BYTES:
        reply = msgspec.structs.replace(reply, body=reply.body[:EVIDENCE_BYTES], truncated=True)
    if request is not None and request.body is not None and len(request.body) > 4 * EVIDENCE_BYTES:
        request = msgspec.structs.replace(request, body=request.body[: 4 * EVIDENCE_BYTES])
    return msgspec.structs.replace(sent, reply=reply, request=request)


class Causes:
    """All causes of a run. Everything here depends on the failures of explored trials in case order, and on nothing else."""

    def __init__(self, config: ScoreConfig, target: str, in_scope: int) -> None:
        self._config = config
        self._target = target
        self._in_scope = in_scope
        self._groups: dict[str, Group] = {}
        self.by_key: dict[str, Cause] = {}
        self.uncounted = 0  # failures of causes beyond ``findings_max``
        self._verified = 0

    def see(self, verdict: Verdict, exchange: Exchange | None) -> list[Cause]:
        """Fold the failures of an explored trial.

        Returns the causes seen for the first time, first seen as more than a note, or first seen without the unusual input that had
        shown them.
        """
        new: list[Cause] = []
        for failure in verdict.failures:
            cause = self.by_key.get(failure.key)
            if cause is None:
                if len(self.by_key) >= self._config.findings_max:
                    self.uncounted += 1
                    continue
                cause = Cause(failure=failure, ordinal=verdict.ordinal, agent=verdict.agent)
                self.by_key[failure.key] = cause
                self._begin(cause, verdict, failure, exchange)
                new.append(cause)
            elif cause.failure.note and not failure.note:
                self._leave_groups(cause)
                self._begin(cause, verdict, failure, exchange)
                new.append(cause)
            elif self._verified < self._config.verified_max and _shows_more(cause, failure, exchange):
                cause.former = replace(cause)
                self._leave_groups(cause)
                self._unfold(cause.groups)
                self._begin(cause, verdict, failure, exchange)
                new.append(cause)
            cause.occurrences += 1
        return new

    def _begin(self, cause: Cause, verdict: Verdict, failure: Failure, exchange: Exchange | None) -> None:
        """A cause as its first sight shows it, or the first one that is more than a note."""
        cause.failure, cause.ordinal, cause.agent, cause.merged = failure, verdict.ordinal, verdict.agent, None
        if exchange is not None:
            cause.prove(exchange.trial.case, of_step(exchange.sent, failure.step))
        cause.groups = tuple(self._groups_of(cause, of_step(exchange.sent, failure.step) if exchange is not None else None))
        for group in cause.groups:
            group.add(cause)
            if not group.mass and self._is_mass(group, self._in_scope):
                self._fold(group)
            elif group.mass:
                cause.merged = cause.merged or group
        if not failure.note and cause.merged is None and exchange is not None and self._verified < self._config.verified_max:
            self._verified += 1
            cause.verifying = True

    @staticmethod
    def _leave_groups(cause: Cause) -> None:
        for group in cause.groups:
            group.remove(cause)

    @staticmethod
    def _unfold(groups: tuple[Group, ...]) -> None:
        """Some were left: what is alone now is no more than itself."""
        for group in groups:
            if group.mass and group.width < 2:
                group.mass = False
                for member in group.members:
                    member.merged = None if member.merged is group else member.merged

    def _groups_of(self, cause: Cause, sent: Sent | None) -> Iterator[Group]:
        """The groups of a cause; ``sent`` is what showed it, whole."""
        failure = cause.failure
        note = "note" if failure.note else ""
        key = fingerprint(self._target, "*", failure.check, note, failure.signature)
        enough = _enough(failure, self._config.mass_operations)
        group = Group(key=key, kind="signature", enough=enough, of_parts=_is_of_parts(failure))
        words = told(cause.case) if failure.check == "server_error" and enough is None and not note else ""
        yield self._of_trigger(key, words, cause) if words else self._groups.setdefault(key, group)
        if failure.check in _OF_THE_BODY and sent is not None and sent.reply is not None:
            key = fingerprint(self._target, "*", "same answer", note, whole_answer(sent.reply, sent.request))
            yield self._groups.setdefault(key, Group(key=key, kind="answer"))
        if failure.check == "server_error":
            key = fingerprint(self._target, failure.operation, failure.check, note, failure.signature[:3], "varying")
            yield self._groups.setdefault(key, Group(key=key, kind="varying"))
            if sent is not None and sent.reply is not None and is_own(failure.signature[3:]):
                own = own_words(sent.reply, sent.request)
                key = fingerprint(self._target, "*", failure.check, note, failure.signature, *own, "words")
                yield self._groups.setdefault(key, Group(key=key, kind="words"))

    def _of_trigger(self, signature: str, words: str, cause: Cause) -> Group:
        key = fingerprint(signature, words)
        enough = self._config.mass_operations if words == of_parameter(cause.case, alone=True) else None
        return self._groups.setdefault(key, Group(key=key, kind="trigger", enough=enough, signature=signature, trigger=words))

    def _is_mass(self, group: Group, operations: int) -> bool:
        if group.kind == "words":
            return False  # not before the end
        if group.kind == "varying":
            once = group.foldable
            return any(member.varies for member in once) or (len(once) >= _VARYING and len(once) * 2 >= len(group.members))
        return group.width >= self._mass_size(group, operations)

    def _mass_size(self, group: Group, operations: int) -> int:
        return max(self._config.mass_operations, -(-operations // 3)) if group.enough is None else group.enough

    @staticmethod
    def _fold(group: Group) -> None:
        group.mass = True
        for member in group.foldable:
            if member.merged is None:
                member.merged = group

    def settle_mass(self, attempted: int) -> None:
        """At the end, with the operations known that were tried: fold what a third of them, or all of them, show.

        The same whole answer is one cause where half of a few operations give it.
        """
        for group in self._groups.values():
            count = len(group.operations)
            if group.kind == "words":
                continue  # of which more is asked: ``settle_words``
            is_most = group.kind == "answer" and count >= 3 and count * 2 >= attempted
            if not group.mass and (is_most or self._is_mass(group, attempted) or (count >= 2 and count >= attempted)):
                self._fold(group)
        self._settle_varying(attempted)

    def _settle_varying(self, attempted: int) -> None:
        """Where half of the operations word their 5xx anew each time, it is one cause, also at those that were asked only once."""
        by_status: dict[tuple[str, bool], list[Cause]] = {}
        for cause in self.by_key.values():
            if cause.merged is not None and cause not in cause.merged.foldable:
                cause.merged = None  # its words came again since
            if cause.failure.check == "server_error" and any(group.kind == "varying" and cause in group.foldable for group in cause.groups):
                by_status.setdefault((cause.failure.signature[:3], cause.failure.note), []).append(cause)
        for (status, is_note), causes in by_status.items():
            varying = {cause.failure.operation for cause in causes if cause.merged is not None and cause.merged.kind == "varying"}
            if len(varying) >= 3 and len(varying) * 2 >= attempted:
                key = fingerprint(self._target, "*", "server_error", "note" if is_note else "", status, "varying")
                whole = self._groups[key] = Group(key=key, kind="varying", mass=True)
                for cause in causes:
                    whole.add(cause)
                    cause.merged = whole

    def settle_load(self, answered: Callable[[str], bool]) -> None:
        """At the end: where most of the many operations that said to be busy had ``answered`` otherwise, a state of the target is why,
        which none of the cases brings about again; unless all of them have the same unusual input."""
        for group in self._groups.values():
            members = group.foldable
            if not group.mass or not all(member.of_load for member in members):
                continue
            triggers = {unusual(member.case) for member in members}
            is_by_input = len(triggers) == 1 and "" not in triggers
            if not is_by_input and 2 * sum(map(answered, group.operations)) >= len(group.operations):
                for member in members:
                    member.state = "flaky"

    def settle_triggers(self, least: int = 3) -> None:
        """At the end: the same server error by the same unusual input at ``least`` operations is one cause; by the same parameter, whatever
        that was, at as many as a habit is."""
        for cause in self.by_key.values():
            if cause.failure.check != "server_error" or cause.failure.note or cause.merged is not None or not cause.groups:
                continue
            base, words = cause.groups[0], trigger(cause.case)
            if words == base.trigger:
                continue
            if base.kind == "trigger":  # made smaller, it does without what it was made for
                base.remove(cause)
            if words:
                self._of_trigger(base.signature or base.key, words, cause).add(cause)
        for group in list(self._groups.values()):
            if group.kind == "trigger" and not group.mass and len(group.operations) >= (group.enough or least):
                self._fold(group)

    def settle_words(self) -> None:
        """At the end: of a server that says in more than one way what went wrong, equal words at many operations are one cause."""
        of_words = [group for group in self._groups.values() if group.kind == "words"]
        if len({member.failure.signature for group in of_words for member in group.members}) < 2:
            return
        for group in of_words:
            left = {member.failure.operation for member in group.members if member.merged is None}
            if len(left) >= self._config.mass_operations:
                self._fold(group)

    def forget_losses(self, *, whatever_is_proved: bool = False) -> None:
        """The target died, or never lived: lost connections that nothing proved are part of that, and no causes of their own."""
        states = {"suspected", "unverified"}
        of_time = [(key, cause) for key, cause in self.by_key.items() if cause.failure.check in TIMING]
        lost = [key for key, cause in of_time if whatever_is_proved or cause.state in states]
        for key in lost:
            cause = self.by_key.pop(key)
            self._leave_groups(cause)
            self._unfold(cause.groups)


def _shows_more(cause: Cause, failure: Failure, exchange: Exchange | None) -> bool:
    """Whether a server error that unusual input had shown ("a byte that is no UTF-8"), or one parameter, shows by ordinary input too, or
    without any: in equal words it is another fault, which the first would hide. Asked once a cause, and never while it is sent again."""
    if failure.check != "server_error" or failure.note or exchange is None or cause.verifying or cause.former is not None:
        return False
    case = exchange.trial.case
    return bool(told(cause.case)) and not unusual(case) and (bool(unusual(cause.case)) or is_apart_from_parameters(case))


def _is_of_parts(failure: Failure) -> bool:
    """Whether it is of one part of a request or an answer, of which an operation may show several."""
    match failure.check:
        case "invalid_accepted":
            return True
        case response_schema.CHECK:
            return response_schema.is_of_shared(failure.signature)
        case _:
            return False


def _enough(failure: Failure, mass: int) -> int | None:
    """At how many operations a failure is plainly one, since it names its one place: a shared schema, a way of writing values, what a
    framework answers to errors or puts on its pages; ``mass`` for a habit of the whole server, a line of its code, or its absence.
    None where equal failures may well be several."""
    match failure.check:
        case response_schema.CHECK:
            is_of_framework = failure.signature.startswith(("format ", "4xx ", "5xx "))
            is_one = is_of_framework or response_schema.is_of_shared(failure.signature)
            if is_one:
                return min(mass, _FEW)
            return mass if response_schema.tells_of_itself(failure.signature) else None
        case "secret_leaked":
            return min(mass, _FEW)
        case "server_error":
            is_one = failure.signature[:3] in {"502", "503", "504"} or bool(_CODE_LINE.search(failure.signature))
            return mass if is_one else None
        case check:
            return mass if check in TIMING or check in _HABITS else None


def of_step(sent: list[Sent], step: str) -> Sent | None:
    """The last request of a step."""
    return next((one for one in reversed(sent) if one.step == step), sent[-1] if sent else None)
