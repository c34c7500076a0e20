"""The fold: order, first sights, confirmation, masses, credit, the end."""

import itertools
from typing import Any

import pytest

from pipeline.messages import Fill, Header, RequestBody, Response, TargetState
from stages.score import ScoreConfig

PET = {"id": 5, "name": "Rex"}
BROKEN = [{"id": "x", "name": "y"}]


def answer(scene, suspicion, status=200, body=None, **fields):
    """The exchange that answers a suspicion."""
    return scene.exchange(
        suspicion.case.operation, status, body, ordinal=suspicion.ordinal, attempt=suspicion.attempt, purpose=suspicion.purpose,
        case=suspicion.case, **fields,
    )  # fmt: skip


def confirm(scene, suspicions, status=200, body=None, **fields):
    """Answers all suspicions alike until none comes any more; what was handed out on the way."""
    outcomes, todo = [], list(suspicions)
    while todo:
        outcomes.append(scene.add(answer(scene, todo.pop(0), status, body, **fields)))
        todo.extend(outcomes[-1].suspicions)
    return outcomes


# ── order ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_first_words_come_in_case_order(scene):
    """An answer that overtakes is held until the earlier one is there; its trial counts as finished at once."""
    late = scene.add(scene.exchange("GET /pets", 200, [], ordinal=1))
    assert (late.verdicts, late.settled, late.finished) == ([], [], [(1, 0)])
    both = scene.add(scene.exchange("GET /pets", 200, [], ordinal=0))
    assert [verdict.ordinal for verdict in both.verdicts] == [0, 1]
    assert [word.ordinal for word in both.settled] == [0, 1]
    assert scene.fold.open_from == 2


def test_a_full_reorder_buffer_holds_finished_back(make_scene):
    """Beyond ``reorder_max`` held answers the window is not given room, so the buffer stays bounded."""
    scene = make_scene(config=ScoreConfig(reorder_max=2))
    assert scene.add(scene.exchange("GET /pets", 200, [], ordinal=2)).finished == [(2, 0)]
    assert scene.add(scene.exchange("GET /pets", 200, [], ordinal=1)).finished == []
    last = scene.add(scene.exchange("GET /pets", 200, [], ordinal=0))
    assert sorted(last.finished) == [(0, 0), (1, 0)]
    assert scene.fold.held == 0


def test_a_second_answer_to_one_ordinal_changes_nothing(scene):
    """Rows are keyed by (run, ordinal, attempt): the first word stands."""
    scene.add(scene.exchange("GET /pets", 200, []))
    again = scene.add(scene.exchange("GET /pets", 500))
    assert (again.verdicts, again.settled, again.finished) == ([], [], [(0, 0)])


def test_answers_behind_a_gap_are_not_lost(scene):
    """At the end of an interrupted run what waits for a missing ordinal is folded all the same."""
    scene.add(scene.exchange("GET /pets", 200, [], ordinal=3))
    outcome, coverage = scene.end()
    assert [verdict.ordinal for verdict in outcome.verdicts] == [3]
    assert coverage.requests == 1


# ── confirmation ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_finding_is_sent_again_before_it_is_told(scene):
    """First sight asks for two confirmations and tells nobody; both shown, it is confirmed and worth 10 to its ordinal."""
    first = scene.add(scene.exchange("GET /pets", 200, BROKEN))
    assert first.findings == []
    assert [(one.attempt, one.purpose) for one in first.suspicions] == [(1, "confirm"), (2, "confirm")]
    assert scene.fold.open_from == 0
    outcomes = confirm(scene, first.suspicions, 200, BROKEN)
    (finding,) = [finding for outcome in outcomes for finding in outcome.findings]
    assert (finding.state, finding.confirmations, finding.note) == ("confirmed", 2, False)
    assert [one for outcome in outcomes for one in outcome.corrections] == [(0, 10.0)]
    assert sum(verdict.correction for outcome in outcomes for verdict in outcome.verdicts) == 10.0
    assert scene.fold.open_from == 1


def test_what_does_not_show_again_is_a_flaky_note(scene):
    """Two fine answers to the same case make the finding a note."""
    first = scene.add(scene.exchange("GET /pets", 200, BROKEN))
    outcomes = confirm(scene, first.suspicions, 200, [PET])
    (finding,) = outcomes[-1].findings
    assert (finding.state, finding.note) == ("flaky", True)
    assert all(outcome.corrections == [] for outcome in outcomes)


def test_what_was_never_sent_again_stays_unverified(scene):
    """A run that ends before the confirmations came back says so."""
    scene.add(scene.exchange("GET /pets", 200, BROKEN))
    outcome, _ = scene.end()
    assert [(finding.state, finding.note) for finding in outcome.findings] == [("unverified", False)]


def test_two_different_cases_prove_a_cause_that_could_not_be_sent_again(scene):
    """Seen at two ordinals it is confirmed at the end, although no confirmation was answered."""
    scene.add(scene.exchange("GET /pets", 200, BROKEN, ordinal=0))
    scene.add(scene.exchange("GET /pets", 200, BROKEN, ordinal=1))
    outcome, _ = scene.end()
    assert [(finding.state, finding.confirmations, finding.occurrences) for finding in outcome.findings] == [("confirmed", 1, 2)]


def test_the_same_key_is_confirmed_once(scene):
    """Later sightings of a known key ask for nothing."""
    scene.add(scene.exchange("GET /pets", 200, BROKEN, ordinal=0))
    assert scene.add(scene.exchange("GET /pets", 200, BROKEN, ordinal=1)).suspicions == []


def test_notes_are_told_at_once_and_never_sent_again(scene):
    """A note costs no budget."""
    outcome = scene.add(scene.exchange("GET /pets", 429))
    assert outcome.suspicions == []
    assert [(finding.note, finding.state) for finding in outcome.findings] == [(True, "suspected")]


def test_at_most_k_suspicions_of_a_case_are_out(make_scene):
    """With one at a time the second waits here, counted, until the first is answered."""
    scene = make_scene(config=ScoreConfig(suspicions_per_case=1, minimise_max=0))
    first = scene.add(scene.exchange("GET /pets", 200, BROKEN))
    assert [one.attempt for one in first.suspicions] == [1]
    assert scene.fold.waiting == 1
    second = scene.add(answer(scene, first.suspicions[0], 200, BROKEN))
    assert [one.attempt for one in second.suspicions] == [2]


def test_two_causes_of_one_answer_share_their_confirmations(scene):
    """Sending a case again checks all that it showed: two findings, two attempts."""
    body = [{"id": "x"}]
    first = scene.add(scene.exchange("GET /pets", 200, body))
    assert len(first.suspicions) == 2
    outcomes = confirm(scene, first.suspicions, 200, body)
    assert {finding.state for outcome in outcomes for finding in outcome.findings} == {"confirmed"}
    assert len({finding.id for outcome in outcomes for finding in outcome.findings}) == 2


def test_a_hang_must_show_every_time(scene):
    """One slow moment is not enough, and one of two confirmations is not either."""
    timeout = scene.no_reply("timeout", total_ms=9000)
    first = scene.add(scene.exchange("GET /pets", failure=timeout))
    scene.add(answer(scene, first.suspicions[0], failure=timeout))
    last = scene.add(answer(scene, first.suspicions[1], 200, []))
    assert [finding.state for finding in last.findings] == ["flaky"]


def test_a_deleted_object_is_made_again_to_confirm(scene):
    """DELETE uses its object up: the confirmation makes a new one first, as an earlier answer showed how."""
    made = scene.exchange("POST /pets", 201, PET, steps=[scene.step("POST /pets", body={"name": "Rex"})], ordinal=0)
    scene.add(made)
    broken = scene.exchange("DELETE /pets/{id}", 204, b"gone", ordinal=1, args={"path/id": 5})
    outcome = scene.add(broken)
    case = outcome.suspicions[0].case
    assert [(step.operation, step.role) for step in case.steps] == [("POST /pets", "prepare"), ("DELETE /pets/{id}", "attempt")]
    assert case.steps[0].extract[0].pointer == "/id"
    assert bytes(case.steps[1].arguments[0].value.data).decode() == case.steps[0].extract[0].name


def test_a_vanished_object_refutes_nothing(scene):
    """404 to the confirmations of what was seen in a 200 leaves the cause unverified, not flaky."""
    body = {"id": "x", "name": "y"}
    first = scene.add(scene.exchange("GET /pets/{id}", 200, body, fills=[Fill(place="path/id", source="knowledge")]))
    confirm(scene, first.suspicions, 404)
    outcome, _ = scene.end()
    assert [finding.state for finding in outcome.findings if not finding.note] == ["unverified"]


# ── masses ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def many(make_operation, json_content, count):
    """Operations with a schema of their own each."""
    return [
        make_operation(
            f"GET /r{n}",
            [
                Response(status="200", content=json_content({"type": "object", "required": [f"f{n}"]})),
                Response(status="500"),
                Response(status="404"),
            ],
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("status", "body", "content_type", "note"),
    [
        (503, {"error": "boom"}, "application/json", False),
        (401, {"detail": "log in"}, "application/json", True),
        (200, {"ok": True}, "application/json", False),
        (200, b"<html>hello</html>", "text/html", False),
    ],
)
def test_one_answer_everywhere_is_one_finding(*, make_scene, make_operation, json_content, status, body, content_type, note):
    """A target that answers everything alike gives one finding that lists the operations, and few requests to prove it."""
    scene = make_scene(many(make_operation, json_content, 12))
    suspicions, findings = [], []
    for n in range(12):
        outcome = scene.add(scene.exchange(f"GET /r{n}", status, body, content_type=content_type, ordinal=n, intent="unspecified"))
        findings += outcome.findings
        for done in confirm(scene, outcome.suspicions, status, body, content_type=content_type, alone=True):
            findings += done.findings
        suspicions += outcome.suspicions
    outcome, _ = scene.end()
    final = {finding.id: finding for finding in [*findings, *outcome.findings]}
    shown = [finding for finding in final.values() if not finding.merged_into]
    assert [(len(finding.operations), finding.note) for finding in shown] == [(12, note)]
    assert shown[0].state == ("suspected" if note else "confirmed")
    assert len(suspicions) <= 2 * 5


@pytest.mark.parametrize("alone", [True, False])
def test_a_target_too_busy_for_the_run_is_a_note(make_scene, make_operation, json_content, alone):
    """503 that was never seen with nothing else under way may be load: neither one operation nor all together make it a finding."""
    scene = make_scene(many(make_operation, json_content, 12))
    for n in range(12):
        outcome = scene.add(scene.exchange(f"GET /r{n}", 503, b"", ordinal=n, intent="unspecified"))
        confirm(scene, outcome.suspicions, 503, b"", alone=alone)
    outcome, _ = scene.end()
    shown = [finding for finding in outcome.findings if not finding.merged_into]
    assert [(finding.note, finding.state) for finding in shown] == [(not alone, "confirmed" if alone else "flaky")]


@pytest.mark.parametrize(("answered", "value"), [(6, "usual"), (5, "usual"), (12, "a\0")])
def test_a_target_that_came_to_be_busy_is_a_note(make_scene, make_operation, json_content, answered, value):
    """A locked database stays locked with nothing else under way; but no request repeats that. What one input does each time, it does."""
    scene = make_scene(many(make_operation, json_content, 12), config=ScoreConfig(minimise_max=0))
    for n in range(answered):
        scene.add(scene.exchange(f"GET /r{n}", 404, ordinal=n))
    for n in range(12):
        outcome = scene.add(scene.exchange(f"GET /r{n}", 503, b"", ordinal=12 + n, intent="unspecified", args={"query/q": value}))
        confirm(scene, outcome.suspicions, 503, b"", alone=True)
    outcome, _ = scene.end()
    shown = [finding for finding in outcome.findings if not finding.merged_into]
    assert [finding.note for finding in shown] == [answered == 6]


def test_a_header_left_out_at_five_of_many_operations_is_one_finding(make_scene, make_operation):
    """A habit of the server shows where the document speaks of it; the operations that promise no header say nothing."""
    promised = Response(status="200", headers=[Header(name="X-Request-Id", required=True)])
    scene = make_scene([make_operation(f"GET /r{n}", [promised if n < 6 else Response(status="200")]) for n in range(60)])
    found = []
    for n in range(60):
        outcome = scene.add(scene.exchange(f"GET /r{n}", 200, {}, ordinal=n))
        found += outcome.findings
        for done in confirm(scene, outcome.suspicions, 200, {}):
            found += done.findings
    final = {finding.id: finding for finding in [*found, *scene.end()[0].findings]}
    shown = [finding for finding in final.values() if not finding.merged_into and finding.check == "response_headers"]
    assert [len(finding.operations) for finding in shown] == [6]


def test_what_differs_in_the_status_alone_has_a_title_that_is_true_of_all(make_scene, make_operation, json_content):
    """Pages where JSON is documented, answered 200 by some and 201 by others."""
    scene = make_scene([make_operation(f"GET /r{n}", [Response(status="2XX", content=json_content({}))]) for n in range(12)])
    for n in range(12):
        status = 200 + n % 2
        page = b"<html>hello</html>" + bytes([65 + n]) * 9
        outcome = scene.add(scene.exchange(f"GET /r{n}", status, page, content_type="text/html", ordinal=n, intent="unspecified"))
        confirm(scene, outcome.suspicions, status, page, content_type="text/html")
    titles = {finding.title for finding in scene.end()[0].findings if not finding.merged_into}
    assert titles == {"At 12 operations: Content-Type text/html is not documented for 2xx"}


def test_one_refusal_of_half_of_a_few_operations_is_one_finding(make_scene, make_operation):
    """The same words at three of six operations refuse for one reason."""
    scene = make_scene([make_operation(f"GET /r{n}", [Response(status="200")]) for n in range(6)])
    for n in range(6):
        scene.add(scene.exchange(f"GET /r{n}", 400 if n < 3 else 200, {"error": "tenant missing"}, ordinal=n, intent="valid"))
    refused = [one for one in scene.end()[0].findings if one.check == "valid_rejected" and not one.merged_into]
    assert [len(one.operations) for one in refused] == [3]


def faults_in_new_words(scene, keys):
    """What is found where every 500 holds a word of the moment, each confirmed with two more words."""
    words = itertools.count()

    def text():
        return {"error": f"incident {''.join(chr(97 + int(digit)) for digit in str(next(words) + 1_000_000))}"}

    found = {}
    for ordinal, key in enumerate(keys):
        outcomes = [scene.add(scene.exchange(key, 500, text(), ordinal=ordinal))]
        outcomes += [scene.add(answer(scene, suspicion, 500, text())) for suspicion in outcomes[0].suspicions]
        found |= {finding.id: finding for outcome in outcomes for finding in outcome.findings}
    found |= {finding.id: finding for finding in scene.end()[0].findings}
    return [finding for finding in found.values() if not finding.merged_into]


@pytest.mark.parametrize("times", [1, 3, 20])
def test_a_5xx_that_finds_new_words_each_time_is_one_finding(make_scene, make_operation, times):
    """It is confirmed by its status, and its id holds none of the words."""
    operations = [make_operation(f"GET /r{n}", [Response(status="200")]) for n in range(9)]
    (finding,) = faults_in_new_words(make_scene(operations), ["GET /r1"] * times)
    (other,) = faults_in_new_words(make_scene(operations), ["GET /r1"] * (times + 1))
    assert (finding.state, finding.note, finding.occurrences) == ("confirmed", False, times)
    assert finding.title.endswith("(each time in other words)")
    assert finding.id == other.id


def test_new_words_at_every_operation_are_one_finding(make_scene, make_operation):
    """A target that answers everything 500, each time in other words, has one cause, be an operation asked once or often."""
    operations = [make_operation(f"GET /r{n}", [Response(status="200")]) for n in range(6)]
    keys = ["GET /r0", "GET /r1"] + [f"GET /r{n}" for n in range(2, 6) for _ in range(8)]
    (finding,) = faults_in_new_words(make_scene(operations), keys)
    assert len(finding.operations) == 6
    assert finding.state == "confirmed"


def test_words_that_come_again_stay_a_finding_of_their_own(make_scene, make_operation):
    """One stable fault among answers in new words is told apart from them."""
    scene = make_scene([make_operation(f"GET /r{n}", [Response(status="200")]) for n in range(9)])
    for ordinal in range(2):
        scene.add(scene.exchange("GET /r1", 500, {"error": "no such column"}, ordinal=100 + ordinal))
    found = faults_in_new_words(scene, ["GET /r1"] * 10)
    assert sorted(finding.occurrences for finding in found) == [2, 10]


def test_the_same_fault_at_two_of_many_operations_stays_two_findings(make_scene, make_operation, json_content):
    """Below five operations and a third of those tried, findings stand for themselves."""
    scene = make_scene(many(make_operation, json_content, 12))
    findings = {}
    for n in range(12):
        outcome = scene.add(scene.exchange(f"GET /r{n}", 502 if n < 2 else 404, ordinal=n))
        for one in [outcome, *confirm(scene, outcome.suspicions, 502)]:
            findings |= {finding.id: finding for finding in one.findings if not finding.note}
    outcome, _ = scene.end()
    findings |= {finding.id: finding for finding in outcome.findings if not finding.note}
    assert sorted(finding.operations for finding in findings.values()) == [["GET /r0"], ["GET /r1"]]


def test_the_same_unusual_input_is_one_cause(make_scene, make_operation, json_content):
    """A NUL character that breaks three operations of many alike is one finding."""
    scene = make_scene(many(make_operation, json_content, 12), config=ScoreConfig(minimise_max=0))
    for n in range(12):
        args = {"query/q": "a\0b"} if n < 3 else {}
        outcome = scene.add(scene.exchange(f"GET /r{n}", 502 if n < 3 else 404, ordinal=n, args=args))
        confirm(scene, outcome.suspicions, 502)
    outcome, _ = scene.end()
    shown = [finding for finding in outcome.findings if not finding.note and not finding.merged_into]
    assert [(finding.operations, "NUL" in finding.title) for finding in shown] == [(["GET /r0", "GET /r1", "GET /r2"], True)]


def test_equal_words_by_another_input_are_another_cause(make_scene, make_operation, json_content):
    """A server that words all its failures alike: those of one violation are one finding, the others stay by themselves."""
    scene = make_scene(many(make_operation, json_content, 12), config=ScoreConfig(minimise_max=0))
    told = {}
    for n in range(12):
        classes = ["body:violates/malformed/deep"] if 3 <= n < 11 else []
        outcome = scene.add(scene.exchange(f"GET /r{n}", 505 if n < 11 else 404, {"message": "oops"}, ordinal=n, classes=classes))
        for one in [outcome, *confirm(scene, outcome.suspicions, 505, {"message": "oops"}), *([scene.end()[0]] if n == 11 else [])]:
            told |= {finding.id: finding for finding in one.findings}
    shown = [finding for finding in told.values() if not finding.note and not finding.merged_into]
    assert sorted((len(finding.operations), "arrays inside" in finding.title) for finding in shown) == [(1, False)] * 3 + [(8, True)]


def test_causes_are_bounded(make_scene, make_operation, json_content):
    """Beyond ``findings_max`` causes are counted, not kept."""
    scene = make_scene(many(make_operation, json_content, 5), config=ScoreConfig(findings_max=2))
    for n in range(5):
        scene.add(scene.exchange(f"GET /r{n}", 500 + n, ordinal=n))
    assert len(scene.fold.causes.by_key) == 2
    assert scene.fold.causes.uncounted > 0


# ── credit and what is kept ──────────────────────────────────────────────────────────────────────────────────────────────


def test_worth_by_the_one_formula(scene):
    """3 for the operation's first 2xx, 1 for the new status, 0.2 for each new class; the same again is worth nothing."""
    first = scene.add(scene.exchange("GET /pets", 200, [], classes=["query/limit:maximum", "query/limit:minimum"], ordinal=0))
    again = scene.add(scene.exchange("GET /pets", 200, [], classes=["query/limit:maximum"], ordinal=1))
    assert first.settled[0].credit.worth == pytest.approx(3 + 1 + 0.4)
    assert (again.settled[0].credit.worth, again.settled[0].credit.requests) == (0, 1)


def test_exchanges_are_kept_for_new_findings_first_successes_and_a_sample(make_scene):
    """Whole exchanges travel on where they are worth it."""
    scene = make_scene(config=ScoreConfig(sample_every=4))
    answers = [[], [], BROKEN, BROKEN, [], []]
    kept = [scene.add(scene.exchange("GET /pets", 200, body, ordinal=n)).verdicts[0].exchange is not None for n, body in enumerate(answers)]
    assert kept == [True, False, True, False, True, False]


def test_cleanup_and_replay_are_judged_but_never_folded(scene):
    """They finish and leave a row; no finding, no credit, no coverage comes of them."""
    outcome = scene.add(scene.exchange("GET /pets", 500, ordinal=9, purpose="cleanup"))
    assert [(verdict.purpose, len(verdict.failures)) for verdict in outcome.verdicts] == [("cleanup", 1)]
    assert (outcome.finished, outcome.settled, outcome.suspicions) == ([(9, 0)], [], [])
    assert scene.end()[1].requests == 0


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dead_target_is_one_finding(scene):
    """Lost connections of the last moments are part of the death; the last requests stand in the detail."""
    scene.add(scene.exchange("GET /pets", 200, [], ordinal=0))
    scene.add(scene.exchange("POST /pets", failure=scene.no_reply("reset"), ordinal=1))
    scene.add(scene.exchange("GET /pets/{id}", failure=scene.no_reply("timeout"), ordinal=2))
    scene.fold.target_state(TargetState(run="r1", state="dead", detail="refused for 10 s"))
    told = scene.fold.take().findings
    assert [(finding.check, finding.state, finding.severity) for finding in told] == [("target_died", "confirmed", "high")]
    assert "POST http://127.0.0.1:4000/pets → reset" in told[0].detail
    outcome, _ = scene.end()
    assert [finding for finding in outcome.findings if finding.check != "target_died"] == []


def test_a_target_that_may_only_be_slow_is_a_note(scene):
    """The run was over before that could be told."""
    scene.add(scene.exchange("GET /pets", 200, [], ordinal=0))
    scene.add(scene.exchange("GET /pets/{id}", failure=scene.no_reply("timeout"), ordinal=1))
    scene.fold.target_state(TargetState(run="r1", state="dead", detail="silent for 1 s", in_doubt=True))
    assert [(finding.check, finding.note) for finding in scene.fold.take().findings] == [("target_died", True)]


def test_what_a_dying_target_leaves_of_a_mass_is_what_was_proved(make_scene, make_operation):
    """One operation dropped connections before; those that were lost in the end made five of it, and are part of the death."""
    scene = make_scene([make_operation(f"GET /r{n}") for n in range(9)])
    first = scene.add(scene.exchange("GET /r0", failure=scene.no_reply("reset"), ordinal=0))
    outcomes = confirm(scene, first.suspicions, failure=scene.no_reply("reset"))
    for n in range(1, 9):
        scene.add(scene.exchange(f"GET /r{n}", **({"failure": scene.no_reply("reset")} if n < 6 else {"status": 200}), ordinal=n))
    scene.fold.target_state(TargetState(run="r1", state="dead", detail="refused for 10 s"))
    shown = {finding.id: finding for one in [*outcomes, scene.fold.take(), scene.end()[0]] for finding in one.findings}
    dropped = [finding for finding in shown.values() if finding.check == "dropped_connection" and finding.state == "confirmed"]
    assert [(finding.operation, finding.title, finding.merged_into) for finding in dropped] == [
        ("GET /r0", "Connection dropped without an answer", "")
    ]


def test_a_target_that_never_answered_is_not_dead_but_untested(scene):
    """A closed port is no finding."""
    scene.add(scene.exchange("GET /pets", failure=scene.no_reply("refused")))
    scene.fold.target_state(TargetState(run="r1", state="dead"))
    outcome, coverage = scene.end()
    assert outcome.findings == []
    assert (coverage.tested, coverage.reason) == (False, "nothing answered")


@pytest.mark.parametrize("kind", ["reset", "malformed", "timeout"])
def test_where_nothing_ever_answered_nothing_is_found(scene, kind):
    """A port at which something else listens is no fault of the API: no finding is told, at no time, and the reason says why."""
    first = scene.add(scene.exchange("GET /pets", failure=scene.no_reply(kind)))
    told = [finding for outcome in confirm(scene, first.suspicions, failure=scene.no_reply(kind)) for finding in outcome.findings]
    outcome, coverage = scene.end()
    assert told + outcome.findings == []
    assert not coverage.tested
    assert coverage.reason.startswith("nothing answered: ")


def test_counts_are_brought_up_to_date_at_the_end(scene):
    """The finding told early is told again with all its occurrences."""
    first = scene.add(scene.exchange("GET /pets", 200, BROKEN, ordinal=0))
    confirm(scene, first.suspicions, 200, BROKEN)
    for n in range(1, 4):
        assert scene.add(scene.exchange("GET /pets", 200, BROKEN, ordinal=n)).findings == []
    outcome, _ = scene.end()
    assert [finding.occurrences for finding in outcome.findings] == [4]


def test_a_busy_target_is_one_finding_though_most_operations_answer(make_scene, make_operation, json_content):
    """The same 504 at five of many operations is one cause; a 500 with as few words is not."""
    for status, shown in ((504, 1), (500, 5)):
        scene = make_scene(many(make_operation, json_content, 40), config=ScoreConfig(minimise_max=0))
        findings = {}
        for n in range(40):
            body = {"message": "sorry"} if n < 5 else None
            outcome = scene.add(scene.exchange(f"GET /r{n}", status if n < 5 else 404, body, ordinal=n, intent="unspecified"))
            for one in [outcome, *confirm(scene, outcome.suspicions, status, body)]:
                findings |= {finding.id: finding for finding in one.findings}
        findings |= {finding.id: finding for finding in scene.end()[0].findings}
        documented_500_is_a_note = status == 500
        assert len([one for one in findings.values() if one.check == "server_error" and not one.merged_into]) == shown
        assert all(one.note is documented_500_is_a_note for one in findings.values() if one.check == "server_error")


def test_a_note_becomes_a_finding_when_a_later_answer_leaves_no_doubt(scene):
    """503 with Retry-After is a note; the same without is verified and told again, under the same id, as a finding."""
    first = scene.add(scene.exchange("GET /pets", 503, headers=[("Retry-After", "1")], ordinal=0))
    assert [finding.note for finding in first.findings] == [True]
    second = scene.add(scene.exchange("GET /pets", 503, ordinal=1))
    assert [one.purpose for one in second.suspicions] == ["confirm", "confirm"]
    (finding,) = confirm(scene, second.suspicions, 503, alone=True)[-1].findings
    assert (finding.id, finding.note, finding.state, finding.ordinal) == (first.findings[0].id, False, "confirmed", 1)


def test_a_note_proves_no_finding(scene):
    """A confirmation that only shows the note's form of the cause does not count."""
    first = scene.add(scene.exchange("GET /pets", 503, ordinal=0))
    outcomes = confirm(scene, first.suspicions, 503, headers=[("Retry-After", "1")])
    assert [(finding.note, finding.state) for finding in outcomes[-1].findings] == [(True, "flaky")]


def test_a_shared_schema_that_is_broken_alike_is_one_finding(make_scene, make_operation, json_content):
    """Three operations answer one component's schema with the same fault: the cause has one place in the document."""
    pet = [Response(status="200", content=json_content({"$ref": "#/$defs/Pet"})), Response(status="404")]
    scene = make_scene([make_operation(f"GET /r{n}", pet) for n in range(40)])
    findings = {}
    for n in range(40):
        answer_of = {"id": n} if n < 3 else {"id": n, "name": "x"}
        outcome = scene.add(scene.exchange(f"GET /r{n}", 200, answer_of, ordinal=n))
        for one in [outcome, *confirm(scene, outcome.suspicions, 200, answer_of)]:
            findings |= {finding.id: finding for finding in one.findings}
    findings |= {finding.id: finding for finding in scene.end()[0].findings}
    (shown,) = [finding for finding in findings.values() if not finding.merged_into]
    assert (len(shown.operations), shown.state) == (3, "confirmed")


@pytest.mark.parametrize("made", ["refusals", "leaks"])
def test_what_a_framework_does_alike_at_three_operations_is_one_finding(make_scene, make_operation, json_content, made):
    """Error answers that break schemas of equal words, in other words each; a credential on a page for errors. Two are two."""
    schema = {"type": "object", "properties": {"reason": {"type": "string"}}}
    refused = [Response(status="200"), Response(status="400", content=json_content(schema) if made == "refusals" else [])]
    for count in (2, 3):
        scene = make_scene([make_operation(f"GET /r{n}", refused) for n in range(40)])
        findings = {}
        for n in range(count, 12):
            scene.add(scene.exchange(f"GET /r{n}", 200, ordinal=n))
        for n in range(count):
            word = {"leaked": ["alice in body"]} if made == "leaks" else {}
            about = {"message": "abcdefgh"[n:] * 3, "reason": None if made == "refusals" else "no"}
            outcome = scene.add(scene.exchange(f"GET /r{n}", 400, about, ordinal=n, intent="unspecified", **word))
            for one in [outcome, *confirm(scene, outcome.suspicions, 400, about, **word)]:
                findings |= {finding.id: finding for finding in one.findings}
        findings |= {finding.id: finding for finding in scene.end()[0].findings}
        check = "response_schema" if made == "refusals" else "secret_leaked"
        shown = [finding for finding in findings.values() if not finding.merged_into and finding.check == check]
        assert [len(finding.operations) for finding in shown] == ([3] if count == 3 else [1, 1])


def test_what_attempts_send_depends_on_what_was_known_at_the_first_sight(make_scene, make_operation, json_content, replace):
    """A success that comes between the confirmations changes nothing: a resumed run, which hears it later, sends the same."""
    schema = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "tag": {"type": "string"}}}
    body = RequestBody(content=json_content(schema))

    def sent(*, late: bool) -> list[Any]:
        scene = make_scene([replace(make_operation("POST /a", [Response(status="200")]), body=body)])
        first = scene.add(
            scene.exchange("POST /a", 500, {"error": "x"}, ordinal=0, steps=[scene.step("POST /a", body={"name": "rex", "tag": "t"})])
        )
        good = scene.exchange("POST /a", 200, {}, ordinal=1, steps=[scene.step("POST /a", body={"name": "max"})])
        if not late:
            scene.add(good)
        outcomes = confirm(scene, first.suspicions, 500, {"error": "x"})
        if late:
            scene.add(good)
        return [one.case for outcome in outcomes for one in outcome.suspicions]

    assert sent(late=False) == sent(late=True) != []


def test_a_repeatable_form_is_tried_again_while_only_the_moment_answers(make_scene, make_operation, json_content, replace):
    """A target that is busy says nothing of it: three times the same under new names, then it is given up."""
    schema = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    scene = make_scene([replace(make_operation("POST /a", [Response(status="200")]), body=RequestBody(content=json_content(schema)))])
    scene.add(scene.exchange("POST /a", 200, {}, ordinal=0, steps=[scene.step("POST /a", body={"name": "max"})]))
    first = scene.add(scene.exchange("POST /a", 500, {"error": "x"}, ordinal=1, steps=[scene.step("POST /a", body={"name": "rex"})]))
    todo, sent = list(first.suspicions), []
    while todo:
        suspicion = todo.pop(0)
        body = suspicion.case.steps[-1].body
        sent.append((suspicion.purpose, body.value["name"] if body else ""))
        busy = suspicion.purpose == "minimise" and len(sent) < 5
        todo += scene.add(answer(scene, suspicion, 503 if busy else 500, {"error": "locked" if busy else "x"})).suspicions
    assert [purpose for purpose, _ in sent[:5]] == ["confirm", "confirm", "minimise", "minimise", "minimise"]
    (alone,) = {name for _, name in sent[2:5]}
    assert alone.startswith("rex")
    assert alone not in {name for _, name in sent[5:]}
