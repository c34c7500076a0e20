"""One case on its way: which request comes next, and what the answers so far mean for it. Pure; sends nothing, waits for nothing."""

from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from msgspec import Struct
from msgspec.msgpack import Ext

from pipeline.messages import EXT_VARIABLE, Argument, Body, Made, NoReply, Reply, Sent, Step, Trial, Until
from stages.execute.pointer import MISSING, lookup, read_json

_LINK = "link:"


class Call(Struct, frozen=True):
    """The next request: the step, every variable filled, after ``delay_ms``; ``url``, where given, stands for the operation's own."""

    step: Step
    arguments: list[Argument]
    body: Body | None
    delay_ms: int = 0
    url: str = ""


class Experiment:
    """The state of one trial. Ask ``next_call``, send it, tell ``receive``; at the end ``sent`` holds one entry a request or reason."""

    __slots__ = (
        "_calls",
        "_delay_ms",
        "_follow",
        "_index",
        "_interval_cap_ms",
        "_tries_cap",
        "_variables",
        "answered_with",
        "made",
        "removed",
        "sent",
        "trial",
        "vacant",
    )

    def __init__(self, trial: Trial, *, tries_cap: int, interval_cap_ms: int) -> None:
        self.trial = trial
        self.sent: list[Sent] = []
        self.made: list[Made] = []
        self.removed: list[str] = []
        self.vacant: set[tuple[str, ...]] = set()
        self.answered_with: set[tuple[str, int]] = set()
        """(identity, generation) of the credentials that this case's requests were accepted with."""
        self._index = 0
        self._calls = 0  # of the current step
        self._delay_ms = 0
        self._follow = ""
        self._variables: dict[str, Any] = {}
        self._tries_cap = tries_cap
        self._interval_cap_ms = interval_cap_ms

    def next_call(self) -> Call | None:
        """The next request; None when the case is over."""
        if self._index >= len(self.trial.case.steps):
            return None
        step = self.trial.case.steps[self._index]
        arguments, body = step.arguments, step.body
        if self._variables:
            arguments = [
                argument
                if (value := _filled(argument.value, self._variables)) is argument.value
                else Argument(location=argument.location, name=argument.name, value=value)
                for argument in arguments
            ]
            if body is not None and (value := _filled(body.value, self._variables)) is not body.value:
                body = Body(media_type=body.media_type, value=value)
        return Call(step, arguments, body, self._delay_ms, self._follow)

    def receive(self, sent: Sent, *, may_repeat: bool = True) -> None:
        """Take the end of the last call; decide whether its step is done, and whether the case can go on."""
        self.sent.append(sent)
        self._calls += 1
        step = self.trial.case.steps[self._index]
        if may_repeat and step.until is not None and self._goes_on(step.until, sent):
            return
        self._extract(step, sent)
        self._index += 1
        self._calls = self._delay_ms = 0
        self._follow = ""
        if step.require and not (sent.reply is not None and status_in(sent.reply.status, step.require)):
            got = str(sent.reply.status) if sent.reply is not None else "no answer"
            self._end_unmet(f"step {step.name!r} needs {' or '.join(step.require)} and got {got}")

    def _extract(self, step: Step, sent: Sent) -> None:
        """Keep what the step's answer tells; of several extracts of one name the first that finds."""
        found: set[str] = set()
        answer: Any = None
        for extract in step.extract:
            if sent.reply is None or extract.name in found:
                continue
            value: Any = MISSING
            match extract.source:
                case "body":
                    answer = read_json(sent.reply.body) if answer is None else answer
                    value = lookup(answer, extract.pointer) if answer is not MISSING else MISSING
                case "header":
                    value = header(sent.reply, extract.pointer)
                case "status":
                    value = sent.reply.status
                case "location":
                    value = last_segment(header(sent.reply, "Location"))
                case "request":
                    value = lookup(_filled(step.body.value, self._variables), extract.pointer) if step.body is not None else MISSING
            if value is not MISSING:
                found.add(extract.name)
                self._variables[extract.name] = value

    def _end_unmet(self, detail: str) -> None:
        for step in self.trial.case.steps[self._index :]:
            self.sent.append(Sent(step=step.name, operation=step.operation, failure=NoReply(kind="unmet", detail=detail)))
        self._index = len(self.trial.case.steps)

    def _goes_on(self, until: Until, sent: Sent) -> bool:
        if self._calls >= min(until.tries, self._tries_cap) or (sent.failure is not None and sent.request is None):
            return False
        if sent.reply is None:
            self._delay_ms = min(until.interval_ms, self._interval_cap_ms)
            return not until.follow
        if until.follow:
            if (until.pointer or until.statuses) and _is_reached(until, sent.reply):
                return False
            self._follow = next_page(until.follow, sent)
            return bool(self._follow)
        if _is_reached(until, sent.reply):
            return False
        self._delay_ms = min(until.interval_ms, self._interval_cap_ms)
        return True


def status_in(status: int, patterns: list[str]) -> bool:
    """Whether a status matches one of "404", "4XX"."""
    text = str(status)
    return any(
        text == pattern or (len(pattern) == 3 and all(sign in "Xx" or sign == digit for sign, digit in zip(pattern, text, strict=True)))
        for pattern in patterns
    )


def last_segment(location: Any) -> Any:
    """The last segment, decoded, of the path of a Location header's value; ``MISSING`` where there is none."""
    if location is MISSING:
        return MISSING
    try:
        path = urlsplit(str(location)).path.rstrip("/")
    except ValueError:  # a target may answer anything, "http://[" too
        return MISSING
    return unquote(path.rpartition("/")[2]) or MISSING


def header(reply: Reply, name: str) -> Any:
    """The first header of this name, or ``MISSING``."""
    lowered = name.lower()
    return next((value for key, value in reply.headers if key.lower() == lowered), MISSING)


def next_page(follow: str, sent: Sent) -> str:
    """The URL of the page that an answer links to, by body pointer or "link:REL" (RFC 8288); empty: there is none."""
    assert sent.reply is not None
    assert sent.request is not None
    if follow.startswith(_LINK):
        found: Any = (
            _linked(str(header(sent.reply, "link")), follow.removeprefix(_LINK)) if header(sent.reply, "link") is not MISSING else ""
        )
    else:
        body = read_json(sent.reply.body)
        found = lookup(body, follow) if body is not MISSING else ""
    if not isinstance(found, str) or not found or not ("://" in found or found[0] in "/?"):
        return ""
    try:
        return urljoin(sent.request.url, found)
    except ValueError:
        return ""


def _linked(value: str, relation: str) -> str:
    for part in value.split("<")[1:]:
        target, _, parameters = part.partition(">")
        for parameter in parameters.split(";"):
            name, _, setting = parameter.strip(" ,\t").partition("=")
            if name.strip().lower() == "rel" and relation in setting.strip().strip('"').split():
                return target
    return ""


def _is_reached(until: Until, reply: Reply) -> bool:
    if until.statuses and not status_in(reply.status, until.statuses):
        return False
    if not until.pointer:
        return True
    body = read_json(reply.body)
    value = lookup(body, until.pointer) if body is not MISSING else MISSING
    return value is not MISSING if until.value is None else bool(value == until.value)


def _filled(value: Any, variables: dict[str, Any]) -> Any:
    """The value with its variables replaced; the same object where it has none that are known."""
    match value:
        case Ext() if value.code == EXT_VARIABLE:
            return variables.get(bytes(value.data).decode("utf-8", "replace"), value)
        case list():
            filled = [_filled(item, variables) for item in value]
            return value if all(new is old for new, old in zip(filled, value, strict=True)) else filled
        case dict():
            changed = {key: _filled(item, variables) for key, item in value.items()}
            return value if all(changed[key] is value[key] for key in value) else changed
        case _:
            return value
