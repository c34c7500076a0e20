"""The target of one run: carries out calls with everything that stands between a case and the wire."""

import time
from collections.abc import Awaitable, Callable
from fnmatch import fnmatchcase
from functools import partial
from typing import Protocol

import anyio
import msgspec

from pipeline.events import log
from pipeline.messages import MadeNow, NoReply, Reply, RunStarted, Sent, TargetState, Trial
from stages.execute.build import build
from stages.execute.client import Client
from stages.execute.client.pace import Pace
from stages.execute.client.retry_after import asked_wait
from stages.execute.config import ExecuteConfig
from stages.execute.experiment import Call, Experiment, status_in
from stages.execute.forms import OperationForm
from stages.execute.identities.access import LOST_AFTER
from stages.execute.identities.credential import Credential, documented_credentials, is_credential
from stages.execute.identities.keeper import Identities
from stages.execute.identities.mutations import MUTATIONS
from stages.execute.identities.redaction import Redactor
from stages.execute.identities.sources import IdentityFailed
from stages.execute.outgoing import Outgoing
from stages.execute.ownership import Ownership, was_removed
from stages.execute.paths import segments
from stages.execute.quiet import Quiet
from stages.execute.safety import SAFE_METHODS, Owned, objection
from stages.execute.serialise import UnknownVariable, Unserialisable
from stages.execute.serialise.schemas import Schemas
from stages.execute.watch import Watch
from stages.execute.window import Window

_GONE = {404, 410}
UNFINISHED_MS = 1000
"""How long an answer is awaited to a request that says that there is more of its body than there is."""
_SLOW = 0.05  # of the configured limit: an answer that takes longer says that the target is loaded, where most do
_PATIENCE = 1.5  # times the configured limit for what is sent again: who answers just behind it is slow, and does not hang


class Sender(Protocol):
    """What answers the calls of experiments: the target over the network, or the answers of an earlier run."""

    async def send(self, experiment: Experiment, call: Call) -> Sent: ...


class LiveTarget:
    """Sends calls to the target, by the run's limits, identities and safety rule, and redacts what comes of them.

    ``announce`` takes the target's changes of state, ``report`` what was made or removed, before the exchange travels on.
    """

    def __init__(
        self,
        config: ExecuteConfig,
        started: RunStarted,
        *,
        client: Client,
        owned: Owned,
        announce: Callable[[TargetState], None],
        report: Callable[[MadeNow], Awaitable[None]],
    ) -> None:
        self._config = config
        self._run = started.request.run
        self._base = started.base_url.rstrip("/") + config.base_path
        self._overrides = started.request.overrides
        self._operations = {operation.key: operation for operation in started.api.operations}
        self._forms: dict[str, OperationForm] = {}
        self._schemas = Schemas(started.api.schemas)
        self._client = client
        self._report = report
        self._announce = announce
        self._owned = owned
        self._ownership = Ownership(started.api, self._base)
        self.redactor = Redactor()
        self._credentials = keys = documented_credentials(started.api.security_schemes)
        plain = [("User-Agent", config.user_agent), ("Accept-Encoding", "gzip, deflate")]
        plain = [(name, value) for name, value in plain if name.lower() not in {key.lower() for key in config.headers}]
        self._headers = plain + [(name, value) for name, value in config.headers.items() if not is_credential(name, keys)]
        self.identities = Identities(
            self._run,
            config.identities,
            headers=[(name, value) for name, value in config.headers.items() if is_credential(name, keys)],
            base_url=self._base,
            client=client,
            redactor=self.redactor,
        )
        for override in self._overrides:
            for name, value in override.headers.items():
                if is_credential(name, keys):
                    self.redactor.learn(name, value, value.partition(" ")[2])
        time_ms = started.request.budget.time_ms
        ends = None if time_ms is None else time.monotonic() + time_ms / 1000
        self._watch = Watch(config, self._run, client=client, base=self._base, headers=self._headers, announce=announce, ends=ends)
        self._patience_ms = round(config.timeout_ms * _PATIENCE)
        self._window = Window(config.concurrency, adapts=config.adaptive_concurrency, slow_ms=config.timeout_ms * _SLOW)
        self._quiet = Quiet(self._watch.gate, self._window, self._patience_ms / 1000)
        self._pace = Pace(config.requests_per_second) if config.requests_per_second else None
        self._paces: dict[str, Pace] = {}

    async def send(self, experiment: Experiment, call: Call) -> Sent:
        """Send one call; every way in which it can fail is told in ``Sent.failure``."""
        step = call.step
        form = self._form(step.operation)
        if form is None:
            return _failed(call, NoReply(kind="unserialisable", detail="the document has no such operation"))
        if not self.identities.knows(step.identity):
            return _failed(call, NoReply(kind="unserialisable", detail=f"the configuration has no identity {step.identity!r}"))
        try:
            credential = self.identities.ready(step.identity) or await self.identities.obtain(step.identity)
        except IdentityFailed as failed:
            return _failed(call, NoReply(kind="blocked", detail=str(failed)))
        sent, status = await self._send_as(experiment, call, form, credential)
        # A case sees the end of a session that it ended itself: only if no earlier step was accepted with these bytes is 401 sent again.
        if not status or step.mutation or not sent.identity:
            return sent
        is_lost = self.identities.is_lost(credential, step.operation, status)
        if not is_lost and status == 401 and self.identities.has_just_lost(credential):
            detail = f"{credential.name} is not let in any more: {LOST_AFTER} answers 401 in a row at operations that had worked"
            self._announce(TargetState(run=self._run, state="blocking", detail=detail))
        if is_lost:
            try:
                newer = await self.identities.renew(credential)
            except IdentityFailed:
                return sent
            if (credential.name, credential.generation) not in experiment.answered_with:
                sent, status = await self._send_as(experiment, call, form, newer)
                if status == 401:
                    self.identities.renewal_was_useless(newer, step.operation)
                credential = newer
        if status not in {0, 401}:
            experiment.answered_with.add((credential.name, credential.generation))
        return sent

    async def _send_as(self, experiment: Experiment, call: Call, form: OperationForm, held: Credential) -> tuple[Sent, int]:
        """The call's end, and the answer's status (0: none)."""
        step = call.step
        if step.mutation and step.mutation not in MUTATIONS:
            return _failed(call, NoReply(kind="unserialisable", detail=f"no mutation {step.mutation!r} is known")), 0
        credential = held if not form.owner_credential else held.extended(form.owner_credential)
        if step.mutation:
            credential = MUTATIONS[step.mutation](credential)
        method = (step.method or form.operation.method).upper()
        try:
            request = build(form, method, call.arguments, call.body, credential=credential, schemas=self._schemas, url=call.url)
        except UnknownVariable as unknown:
            return _failed(call, NoReply(kind="unknown-variable", detail=str(unknown))), 0
        except Unserialisable as impossible:
            return _failed(call, NoReply(kind="unserialisable", detail=str(impossible))), 0
        if why := self._objection(experiment, form, call, request):
            log("request_withheld", level="debug", run=self._run, operation=step.operation, reason=why)
            return _failed(call, NoReply(kind="withheld", detail=why)), 0
        answer = await self._exchange(experiment.trial, call, form, request)
        shown = self.redactor.request(request.shown)
        name = credential.name
        if isinstance(answer, NoReply):
            answer = msgspec.structs.replace(answer, detail=self.redactor.text(answer.detail))
            left = answer.kind not in {"blocked", "withheld", "unserialisable"}
            return Sent(step=step.name, operation=step.operation, request=shown if left else None, failure=answer, identity=name), 0
        if method != "GET" or answer.status in _GONE:
            await self._take_stock(experiment, call, request, answer, identity=name)
        reply, leaked = self.redactor.reply(answer)
        return Sent(step=step.name, operation=step.operation, request=shown, reply=reply, identity=name, leaked=leaked), answer.status

    def _form(self, key: str) -> OperationForm | None:
        if (form := self._forms.get(key)) is None and (operation := self._operations.get(key)) is not None:
            form = self._forms[key] = OperationForm(operation, self._base, self._overrides, self._headers, self._credentials)
            if form.requests_per_second:
                self._paces[key] = Pace(form.requests_per_second)
        return form

    def _objection(self, experiment: Experiment, form: OperationForm, call: Call, request: Outgoing) -> str:
        skip = form.skip or (self._skip(f"{call.step.method} {form.operation.path}") if call.step.method else "")
        if skip:
            return f"left out: {skip}"
        if call.url and request.method not in SAFE_METHODS:
            return f"{request.method} on a URL that an answer named"
        # Clean-up removes what the store says the run made; its cases come from dispatch, never from an agent.
        allowed = self._config.allow_unsafe if form.allow_unsafe is None else form.allow_unsafe
        if allowed or experiment.trial.purpose == "cleanup":
            return ""
        return objection(request, self._owned, experiment.vacant)

    def _skip(self, key: str) -> str:
        """Why nothing is sent to what may be an operation."""
        return next((override.skip for override in self._overrides if override.skip and fnmatchcase(key, override.operation)), "")

    async def _exchange(self, trial: Trial, call: Call, form: OperationForm, request: Outgoing) -> Reply | NoReply:
        """Send within the limits; wait when the target asks for it or is in doubt."""
        waits = sendings = 0
        checks_again = trial.purpose in {"confirm", "minimise"}
        patience_ms = self._patience_ms if checks_again else None
        if request.unfinished:
            patience_ms = min(self._config.timeout_ms, UNFINISHED_MS)
        send = partial(self._client.exchange, request, fresh=checks_again, timeout_ms=patience_ms)
        while True:
            if self._watch.is_closed and (verdict := await self._watch.passed()) is not None:
                return verdict
            if self._pace or self._paces:
                await self._keep_pace(form.operation.key)
            # What a server waits for in vain takes no place of what it could answer, and says nothing of its speed.
            answer = await (send() if request.unfinished else self._window.send(form.operation.key, send))
            sendings += 1
            if checks_again and isinstance(answer, Reply) and answer.status == 503:
                answer = await self._quiet.after_busy(answer, send)
            elif trial.purpose == "confirm" and isinstance(answer, NoReply) and answer.kind == "timeout" and not request.unfinished:
                answer = await self._quiet.after_silence(form.operation.key, answer, send)
            if isinstance(answer, NoReply):
                if request.framed and answer.kind in {"reset", "timeout"}:
                    return answer  # that says nothing of how the target is
                if await self._watch.no_answer(trial.ordinal, answer) and sendings < 3:
                    continue
                return answer
            await self._watch.answer(form.operation.key, request, answer)
            if answer.status not in {429, 503} or (wait := asked_wait(answer, time.time())) is None:
                return answer
            is_worth_waiting = self._watch.pause(wait, answer.status)
            wanted = status_in(answer.status, call.step.require) or (call.step.until and status_in(answer.status, call.step.until.statuses))
            untouched = answer.status == 429 or request.method in SAFE_METHODS
            if wanted or not untouched or not is_worth_waiting or waits >= self._config.retry_after_tries:
                return answer
            waits += 1

    async def _keep_pace(self, operation: str) -> None:
        now = time.monotonic()
        waits = [pace.reserve(now) for pace in (self._pace, self._paces.get(operation)) if pace is not None]
        if waits and (wait := max(waits)) > 0:
            await anyio.sleep(wait)

    async def _take_stock(self, experiment: Experiment, call: Call, request: Outgoing, reply: Reply, *, identity: str) -> None:
        """Note what the answer says was made, removed, or is not there."""
        parts = segments(request.target)
        if parts is None:
            return
        if request.method in {"GET", "HEAD"}:
            if reply.status in _GONE:
                experiment.vacant.add(parts)
            return
        made = self._ownership.made(self._operations[call.step.operation], request, call, reply, was_vacant=parts in experiment.vacant)
        removed, cleans_up = "", experiment.trial.purpose == "cleanup"
        if made is not None:
            made = msgspec.structs.replace(made, identity=identity)
            self._owned.add(*self._ownership.whole(made), identity=identity)
            experiment.made.append(made)
        elif cleans_up or self._owned.has(request.origin, parts):
            as_maker = cleans_up or (self._owned.maker(request.origin, parts) == identity and not call.step.mutation)
            if was_removed(request.method, reply.status, as_maker=as_maker) and (removed := self._ownership.below_base(parts)):
                experiment.removed.append(removed)
        if made is not None or removed:
            trial = experiment.trial
            news = MadeNow(run=self._run, ordinal=trial.ordinal, attempt=trial.attempt)
            await self._report(msgspec.structs.replace(news, made=[made] if made else [], removed=[removed] if removed else []))


def _failed(call: Call, failure: NoReply) -> Sent:
    return Sent(step=call.step.name, operation=call.step.operation, failure=failure)
