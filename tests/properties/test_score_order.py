"""What score makes of equal answers does not depend on when they arrive, nor on a restart in between."""

import json
import random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.messages import (
    Api,
    Argument,
    Body,
    Case,
    Exchange,
    MediaType,
    NoReply,
    Operation,
    Output,
    Parameter,
    Reply,
    Request,
    RequestBody,
    Response,
    RunRequested,
    RunStarted,
    Sent,
    Slot,
    Step,
    Trial,
)
from stages.score import Fold, ScoreConfig
from stages.score.judging import Judge
from stages.score.model import Model

CONFIG = ScoreConfig(minimise_max=4, sample_every=7)
JSON = "application/json"
ITEM = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}


def operations() -> list[Operation]:
    made = []
    for name in ("a", "b", "c", "d", "e", "f"):
        body = RequestBody(content=[MediaType(media_type=JSON, schema={"type": "object"})], required=True)
        answers = [Response(status="200", content=[MediaType(media_type=JSON, schema=ITEM)]), Response(status="404")]
        limit = Parameter(name="limit", location="query", schema={"type": "integer"})
        slot = Slot(place="path/id", resource=f"/{name}", fields=["id"])
        path = Parameter(name="id", location="path", required=True)
        made += [
            Operation(key=f"GET /{name}", method="GET", path=f"/{name}", responses=answers, parameters=[limit], resource=f"/{name}"),
            Operation(
                key=f"POST /{name}",
                method="POST",
                path=f"/{name}",
                responses=answers,
                body=body,
                resource=f"/{name}",
                outputs=[Output(resource=f"/{name}", made=True)],
            ),
            Operation(
                key=f"DELETE /{name}/{{id}}",
                method="DELETE",
                path=f"/{name}/{{id}}",
                responses=answers,
                parameters=[path],
                resource=f"/{name}",
                slots=[slot],
                maker=f"POST /{name}",
            ),
        ]
    return made


API = Api(digest="00", title="T", openapi="3.1.0", operations=operations(), schemas={})


def started() -> RunStarted:
    request = RunRequested(run="r", spec="s", seed=1, agents=["functional-positive"])
    return RunStarted(request=request, api=API, base_url="http://127.0.0.1:1", started_at=0.0)


def explored(seed: int, count: int) -> list[Trial]:
    """The trials of a run: cases on random operations with random optional parts."""
    source = random.Random(seed)
    trials = []
    for ordinal in range(count):
        operation = source.choice(API.operations)
        arguments = [Argument(location="query", name="limit", value=source.randrange(100))] if source.random() < 0.5 else []
        if "{id}" in operation.path:
            arguments = [Argument(location="path", name="id", value=source.randrange(9))]
        value = {key: source.randrange(1000) for key in "xyz" if source.random() < 0.6}
        body = Body(media_type=JSON, value=value) if operation.method == "POST" else None
        step = Step(name="attempt", operation=operation.key, arguments=arguments, body=body)
        case = Case(operation=operation.key, ordinal=ordinal, title="t", steps=[step], classes=[f"c{source.randrange(4)}"])
        trials.append(Trial(ordinal=ordinal, agent="functional-positive", digest="00", case=case))
    return trials


KINDS = ("gone", "fine", "broken", "extra", "fault", "missing", "html", "reset", "slow", "wobbly")


def answer(trial: Trial, faults: dict[str, str]) -> Exchange:
    """What the target answers: a pure function of the trial. ``faults`` gives each operation its behaviour."""
    sent = []
    for step in trial.case.steps:
        kind = faults.get(step.operation, "fine")
        if kind == "wobbly":
            kind = "fault" if (trial.ordinal * 7 + trial.attempt) % 3 == 0 else "fine"
        if kind == "gone":  # broken once; sent again as it is, the object is not there any more
            kind = "broken" if trial.attempt == 0 or len(trial.case.steps) > 1 else "missing"
        if kind == "extra" and step.body is not None and "x" not in step.body.value:
            kind = "fine"
        method, path = step.operation.split(" ", 1)
        request = Request(method=method, url=f"http://127.0.0.1:1{path.replace('{id}', '3')}")
        failure = {"reset": NoReply(kind="reset"), "slow": NoReply(kind="timeout", total_ms=9.0)}.get(kind)
        status, body, media_type = {
            "broken": (200, {"id": f"x{trial.ordinal}"}, JSON),
            "extra": (200, {"name": trial.ordinal}, JSON),
            "fault": (500, {"error": "boom", "id": trial.ordinal}, JSON),
            "missing": (404, None, ""),
            "html": (200, "<p>", "text/html"),
        }.get(kind, (200, {"id": trial.ordinal % 5, "name": "n"}, JSON))
        headers = [("Content-Type", media_type)] if media_type else []
        text = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        reply = None if failure else Reply(status=status, headers=headers, body=text)
        sent.append(Sent(step=step.name, operation=step.operation, request=request, reply=reply, failure=failure, identity="alice"))
    return Exchange(trial=trial, sent=sent)


class Drive:
    """Feeds a fold the answers of a run in some order, answers its suspicions, and keeps all that comes out."""

    def __init__(self, faults: dict[str, str]) -> None:
        self.model = Model(started())
        self.judge = Judge(self.model, CONFIG)
        self.fold = Fold(CONFIG, self.model)
        self.faults = faults
        self.verdicts = {}
        self.committed = []  # as the store has them
        self.settled = []
        self.findings = {}
        self.corrections = {}
        self.asked = []
        self.pending = []

    def take(self) -> None:
        outcome = self.fold.take()
        for verdict in outcome.verdicts:
            assert (verdict.ordinal, verdict.attempt) not in self.verdicts
            self.verdicts[verdict.ordinal, verdict.attempt] = verdict
            self.committed.append(verdict)
        self.settled += outcome.settled
        for finding in outcome.findings:
            self.findings[finding.id] = finding
        for ordinal, worth in outcome.corrections:
            self.corrections[ordinal] = self.corrections.get(ordinal, 0) + worth
        for one in outcome.suspicions:
            self.asked.append((one.ordinal, one.attempt, one.purpose, msgspec.msgpack.encode(one.case)))
            self.pending.append(
                Trial(
                    ordinal=one.ordinal, attempt=one.attempt, purpose=one.purpose, agent=one.agent, digest="00", case=one.case, key=one.key
                )
            )

    def add(self, trial: Trial) -> None:
        self.fold.add(self.judge.judge(answer(trial, self.faults)))
        self.take()

    def run(self, trials: list[Trial], order: random.Random | None) -> None:
        """All trials and what they cause; ``order`` chooses what arrives next, but attempts of one ordinal arrive in order."""
        waiting = list(trials)
        while waiting or self.pending:
            waiting += self.pending
            self.pending = []
            index = order.randrange(min(len(waiting), 24)) if order else 0
            chosen = waiting[index]
            first = next(one for one in waiting if one.ordinal == chosen.ordinal)
            waiting.remove(first)
            self.add(first)

    def end(self):
        coverage = self.fold.end()
        self.take()
        return coverage


def comparable(drive: Drive, coverage):
    settled = msgspec.msgpack.encode(sorted(drive.settled, key=lambda word: word.ordinal))
    findings = {key: msgspec.msgpack.encode(one) for key, one in drive.findings.items() if not one.merged_into}
    return settled, findings, drive.corrections, sorted(drive.asked), msgspec.msgpack.encode(coverage)


FAULTS = st.dictionaries(st.sampled_from([operation.key for operation in API.operations]), st.sampled_from(KINDS), max_size=12)


@settings(max_examples=60)
@given(faults=FAULTS, seed=st.integers(0, 999), shuffle=st.integers(0, 999))
def test_arrival_order_does_not_matter(faults, seed, shuffle):
    """Credit, knowledge, findings, suspicions and coverage are the same for any order of arrival between ordinals."""
    trials = explored(seed, 60)
    one, other = Drive(faults), Drive(faults)
    one.run(trials, None)
    other.run(trials, random.Random(shuffle))
    assert [word.ordinal for word in other.settled] == list(range(60))
    assert comparable(one, one.end()) == comparable(other, other.end())


@settings(max_examples=60)
@given(faults=FAULTS, seed=st.integers(0, 999), shuffle=st.integers(0, 999), cut=st.floats(0.0, 1.0))
def test_an_interrupted_run_goes_on_as_if_it_was_not(faults, seed, shuffle, cut):
    """Refolding any committed prefix and answering what is missing ends as the uninterrupted run does."""
    trials = explored(seed, 60)
    whole = Drive(faults)
    whole.run(trials, random.Random(shuffle))
    committed = whole.committed[: int(len(whole.committed) * cut)]
    resumed = Drive(faults)
    for verdict in sorted(committed, key=lambda row: (row.ordinal, row.attempt)):
        stored = msgspec.msgpack.decode(msgspec.msgpack.encode(verdict), type=type(verdict))
        resumed.fold.refold(stored)
        resumed.verdicts[verdict.ordinal, verdict.attempt] = verdict
    resumed.fold.resume()
    resumed.take()
    done = {verdict.ordinal for verdict in committed if verdict.attempt == 0}
    resumed.run([trial for trial in trials if trial.ordinal not in done], random.Random(shuffle + 1))
    settled = {verdict.ordinal: verdict.settled for verdict in [*committed, *resumed.committed] if verdict.attempt == 0}
    assert [settled[ordinal] for ordinal in range(60)] == whole.settled
    assert resumed.verdicts.keys() == whole.verdicts.keys()
    first, second = whole.end(), resumed.end()
    assert first == second
    ended = {key: one for key, one in whole.findings.items() if not one.merged_into}
    again = {key: one for key, one in resumed.findings.items() if not one.merged_into}
    assert again == ended
