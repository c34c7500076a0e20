"""Coverage, and when a run counts as tested."""

import pytest

from pipeline.messages import Override, Parameter, Response
from stages.score import ScoreConfig
from stages.score.coverage import branches


def coverage_of(scene, answers, intent="unspecified"):
    """The coverage after (key, status, identity) each."""
    for ordinal, (key, status, identity) in enumerate(answers):
        failure = None if status else scene.no_reply("refused")
        scene.add(scene.exchange(key, status, ordinal=ordinal, failure=failure, identity=identity, intent=intent))
    return scene.end()[1]


KEYS = [f"GET /r{n}" for n in range(10)]


@pytest.mark.parametrize(
    ("statuses", "tested", "reason"),
    [
        ([200] * 10, True, ""),
        ([400, 422] + [404] * 8, True, ""),
        ([200] + [404] * 9, False, "1 of 10 operations"),
        ([302] * 10, False, "0 of 10 operations"),
        ([405] * 10, False, "0 of 10 operations"),
        ([401] * 10, False, "0 of 10 operations"),
        ([500] * 10, False, "0 of 10 operations"),
        ([429] * 10, False, "0 of 10 operations"),
        ([0] * 10, False, "nothing answered"),
        ([], False, "nothing was sent"),
    ],
)
def test_no_findings_means_tested(make_scene, make_operation, statuses, tested, reason):
    """A fifth of the operations tried must have answered other than 401, 403, 404, 429, 5xx or with an undocumented redirect or 405."""
    scene = make_scene([make_operation(key) for key in KEYS])
    coverage = coverage_of(scene, [(key, status, "") for key, status in zip(KEYS, statuses, strict=False)])
    assert coverage.tested is tested
    assert coverage.reason.startswith(reason)


def test_a_documented_redirect_is_an_answer(make_scene, make_operation):
    """What a short-link service documents as 302 or 3XX was tested when it came."""
    for status in ("302", "3XX"):
        scene = make_scene([make_operation(key, [Response(status=status)]) for key in KEYS])
        assert coverage_of(scene, [(key, 302, "") for key in KEYS]).tested


@pytest.mark.parametrize(("status", "advice"), [(401, "are credentials given"), (302, "is the base URL right"), (503, "mostly 503)")])
def test_the_reason_says_what_to_look_after(make_scene, make_operation, status, advice):
    """A run that was not tested names the status that most operations gave, and what usually is behind it."""
    scene = make_scene([make_operation(key) for key in KEYS])
    assert advice in coverage_of(scene, [(key, status, "") for key in KEYS]).reason


def test_refusals_alone_are_no_test(make_scene, make_operation):
    """Where no operation had a success and valid requests were refused, nothing but the refusal was seen."""
    for one_works in (False, True):
        scene = make_scene([make_operation(key, [Response(status="400")]) for key in KEYS])
        for ordinal, key in enumerate(KEYS):
            scene.add(scene.exchange(key, 200 if one_works and not ordinal else 400, ordinal=ordinal, intent="valid"))
        coverage = scene.end()[1]
        assert coverage.tested is one_works
        assert ("refused with 400" in coverage.reason) is not one_works


def test_an_identity_that_could_not_be_had_is_the_reason(scene):
    """A run that sent nothing because the login failed says so."""
    scene.add(scene.exchange("GET /pets", failure=scene.no_reply("blocked", detail="identity alice: answered 400"), request=None))
    assert scene.end()[1].reason == "nothing was sent: identity alice: answered 400"


def test_what_could_not_leave_is_not_withheld(scene):
    """Requests kept back because the target is dead or blocks us are not told as kept back for safety."""
    scene.add(scene.exchange("GET /pets", failure=scene.no_reply("blocked"), request=None))
    assert [one.withheld for one in scene.end()[1].operations if one.operation == "GET /pets"] == [0]


def test_an_identity_that_never_worked_is_not_tested(make_scene, make_operation):
    """Public operations that answer do not hide that every request with a credential was refused where one is asked for."""
    secured = [make_operation(key, security=[{"key": []}]) for key in KEYS[:3]]
    scene = make_scene([*secured, *(make_operation(key) for key in KEYS[3:])])
    answers = [(key, 401, "alice") for key in KEYS[:3]] + [(key, 200, "alice") for key in KEYS[3:]]
    coverage = coverage_of(scene, answers, "valid")
    assert (coverage.tested, coverage.reason.partition(":")[0]) == (False, "no identity worked")
    other = make_scene([*secured, *(make_operation(key) for key in KEYS[3:])])
    assert coverage_of(other, [*answers, (KEYS[0], 404, "alice")], "valid").tested is True


TRIED = {"intent": "unspecified", "classes": ["query/q:violates/encoding/nul"]}


@pytest.mark.parametrize("broken", [{"intent": "invalid"}, TRIED, {"mutation": "absent"}, {"intent": "invalid", "method": "TRACE"}])
def test_what_is_broken_on_purpose_shows_no_access(make_scene, make_operation, broken):
    """Many servers look at the form of a request before they ask who sends it: such an answer does not show that an identity works."""
    scene = make_scene([make_operation(key, security=[{"key": []}]) for key in KEYS])
    for ordinal, key in enumerate(KEYS):
        scene.add(scene.exchange(key, 401, ordinal=2 * ordinal, identity="alice"))
        scene.add(scene.exchange(key, 422, ordinal=2 * ordinal + 1, identity="alice", **broken))
    coverage = scene.end()[1]
    assert (coverage.tested, coverage.reason.partition(":")[0]) == (False, "no identity worked")


FOREIGN = ({"intent": "invalid", "method": "TRACE"}, {"intent": "invalid", "sends": [("Content-Length", "-1")]})


def answered(scene, replace, key, status, ordinal, *, sends=(), **fields):
    """An exchange, with headers of its own."""
    exchange = scene.exchange(key, status, ordinal=ordinal, **fields)
    (sent,) = exchange.sent
    sent = replace(sent, request=replace(sent.request, headers=list(sends)))
    return replace(exchange, sent=[sent])


@pytest.mark.parametrize("foreign", FOREIGN)
def test_what_is_not_the_operations_own_is_no_answer_of_it(make_scene, make_operation, replace, foreign):
    """A 2xx to TRACE, or to a message that is framed wrong, says nothing of the operation: no status, no worth, no word to dispatch."""
    scene = make_scene([make_operation(key) for key in KEYS])
    for ordinal, key in enumerate(KEYS):
        scene.add(answered(scene, replace, key, 404, 2 * ordinal))
        (settled,) = scene.add(answered(scene, replace, key, 200, 2 * ordinal + 1, **foreign)).settled
        assert (settled.credit.operations, settled.credit.statuses, settled.credit.requests) == (0, 0, 1)
        assert not settled.knowledge.taken
    coverage = scene.end()[1]
    assert coverage.reason.startswith("0 of 10 operations")
    assert coverage.requests == 20
    assert {(one.requests, one.foreign, *one.statuses.items()) for one in coverage.operations} == {(1, 1, ("404", 1))}


def test_an_operation_that_got_no_request_of_its_own_is_not_tried(make_scene, make_operation, replace):
    """It counts neither for a tested run nor against it."""
    scene = make_scene([make_operation(key) for key in KEYS])
    for ordinal, key in enumerate(KEYS):
        scene.add(answered(scene, replace, key, 200, ordinal, **FOREIGN[0]))
    coverage = scene.end()[1]
    assert (coverage.tested, coverage.reason) == (False, "no operation got a request of its own")
    other = make_scene([make_operation(key) for key in KEYS])
    for ordinal, key in enumerate(KEYS):
        other.add(answered(other, replace, key, 200, ordinal, **(FOREIGN[0] if ordinal else {})))
    assert other.end()[1].tested


@pytest.mark.parametrize("broken", [{"intent": "invalid"}, TRIED, {"mutation": "absent"}])
def test_a_success_is_one_of_a_valid_request(make_scene, make_operation, broken):
    """What takes broken requests only is an answer with its status, and no success; broken requests do not make a run tested where valid
    ones found nothing."""
    scene = make_scene([make_operation(key) for key in KEYS])
    for ordinal, key in enumerate(KEYS):
        scene.add(scene.exchange(key, 404, ordinal=2 * ordinal))
        (settled,) = scene.add(scene.exchange(key, 200, ordinal=2 * ordinal + 1, **broken)).settled
        assert (settled.credit.operations, settled.credit.statuses, settled.knowledge.taken) == (0, 1, False)
    coverage = scene.end()[1]
    assert coverage.reason.startswith("0 of 10 operations")
    assert {(*one.statuses, "valid", *one.valid) for one in coverage.operations} == {("200", "404", "valid", "404")}


def test_what_claims_nothing_may_be_a_success(make_scene, make_operation):
    """A best guess that no validator can judge, the cases of an agent that makes no claims: they were not broken on purpose."""
    scene = make_scene([make_operation(key) for key in KEYS])
    (settled,) = scene.add(scene.exchange(KEYS[0], 200, intent="unspecified", classes=["media/application/json"])).settled
    assert (settled.credit.operations, settled.knowledge.taken) == (1, True)


def test_steps_that_prepare_an_invalid_attempt_are_valid(make_scene, make_operation, replace):
    """They make what the attempt is about: a 2xx to one of them is its operation's first success."""
    scene = make_scene([make_operation("POST /a"), make_operation("PUT /a/{id}")])
    steps = [scene.step("POST /a", "make", role="prepare"), scene.step("PUT /a/{id}")]
    exchange = scene.exchange("PUT /a/{id}", 200, steps=steps, intent="invalid")
    made = replace(exchange.sent[0], step="make", operation="POST /a", request=scene.request("POST /a"))
    (settled,) = scene.add(replace(exchange, sent=[made, *exchange.sent])).settled
    assert (settled.credit.operations, settled.credit.statuses) == (1, 2)
    by_key = {one.operation: one for one in scene.end()[1].operations}
    assert (by_key["POST /a"].valid, by_key["PUT /a/{id}"].valid) == ({"200": 1}, {})


def test_a_resumed_run_counts_the_same(make_scene, make_operation, replace):
    """Valid, doubtful and foreign requests, from the verdicts that were stored."""
    scene, again = (make_scene([make_operation(key) for key in KEYS[:3]]) for _ in range(2))
    kinds = ({}, {"intent": "invalid"}, *FOREIGN)
    exchanges = [answered(scene, replace, KEYS[n % 3], 200 + n, n, **kinds[n % 4]) for n in range(12)]
    for exchange in exchanges:
        for verdict in scene.add(exchange).verdicts:
            again.fold.refold(verdict)
    assert again.end()[1] == scene.end()[1]


def test_counts_of_an_operation(make_scene, make_operation):
    """Requests, statuses, classes, parameters and what was withheld; operations never reached are listed with zeros."""
    scene = make_scene(overrides=[Override(operation="POST /pets", skip="costs money")])
    scene.add(scene.exchange("GET /pets", 200, [], ordinal=0, args={"query/limit": 5}, classes=["query/limit:number"]))
    scene.add(scene.exchange("GET /pets", 404, ordinal=1))
    scene.add(scene.exchange("DELETE /pets/{id}", failure=scene.no_reply("withheld"), request=None, ordinal=2))
    by_key = {one.operation: one for one in scene.end()[1].operations}
    pets = by_key["GET /pets"]
    assert (pets.requests, pets.statuses, pets.classes, pets.parameters) == (
        2,
        {"200": 1, "404": 1},
        ["query/limit:number"],
        ["query/limit"],
    )
    assert pets.documented == ["200"]
    assert (by_key["DELETE /pets/{id}"].withheld, by_key["DELETE /pets/{id}"].requests) == (1, 0)
    assert by_key["POST /pets"].skipped == "costs money"
    assert by_key["GET /pets/{id}"].requests == 0


def test_branches_of_inputs_are_counted_with_references(make_operation):
    """Alternatives and enum members, through a reference that refers to itself."""
    shared = {"Node": {"anyOf": [{"$ref": "#/$defs/Node"}, {"enum": ["a", "b", "c"]}]}}
    one = make_operation(
        "GET /a", [Response(status="200")], parameters=[Parameter(name="q", location="query", schema={"$ref": "#/$defs/Node"})]
    )
    assert branches(one, shared) == 5


def test_the_share_is_configurable(make_scene, make_operation):
    """``min_tested_percent`` 0 asks for an answer only."""
    scene = make_scene([make_operation(key) for key in KEYS], config=ScoreConfig(min_tested_percent=0))
    assert coverage_of(scene, [(key, 404, "") for key in KEYS]).tested is True
