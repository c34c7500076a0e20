"""The fold: order, first sights, confirmation, masses, credit, the end."""

from typing import Any

import pytest

from pipeline.messages import Fill, MediaType, RequestBody, Response, TargetState
from stages.score import ScoreConfig, with_new_names
from tests.unit.score.confirming import answer, confirm

PET = {"id": 5, "name": "Rex"}
BROKEN = [{"id": "x", "name": "y"}]


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


def test_one_confirmation_is_enough_where_the_run_ends_before_the_other(scene):
    """The attempt that is out says nothing, as one that is answered and says nothing; so stored answers find the same."""
    first = scene.add(scene.exchange("GET /pets", 200, BROKEN))
    scene.add(answer(scene, first.suspicions[0], 200, BROKEN))
    outcome, _ = scene.end()
    assert [(finding.state, finding.confirmations) for finding in outcome.findings] == [("confirmed", 1)]


def test_a_cause_that_was_refuted_once_is_flaky_where_the_run_ends_before_the_other(scene):
    """What was answered counts, whichever way."""
    first = scene.add(scene.exchange("GET /pets", 200, BROKEN))
    scene.add(answer(scene, first.suspicions[0], 200, [PET]))
    outcome, _ = scene.end()
    assert [(finding.state, finding.note) for finding in outcome.findings] == [("flaky", True)]


@pytest.mark.parametrize("out", [True, False])
def test_a_hang_that_showed_once_is_unverified_while_the_other_says_nothing(scene, out):
    """It must show every time; an attempt that is out and one that was blocked are alike."""
    timeout = scene.no_reply("timeout", total_ms=9000)
    scene.add(scene.exchange("GET /pets", 200, []))
    first = scene.add(scene.exchange("GET /pets", failure=timeout, ordinal=1))
    scene.add(answer(scene, first.suspicions[0], failure=timeout))
    if not out:
        scene.add(answer(scene, first.suspicions[1], failure=scene.no_reply("blocked")))
    outcome, _ = scene.end()
    assert [finding.state for finding in outcome.findings if finding.check == "hang"] == ["unverified"]


def test_two_different_cases_prove_a_cause_that_could_not_be_sent_again(scene):
    """Seen at two ordinals it is confirmed at the end, although no confirmation was answered."""
    scene.add(scene.exchange("GET /pets", 200, BROKEN, ordinal=0))
    scene.add(scene.exchange("GET /pets", 200, BROKEN, ordinal=1))
    outcome, _ = scene.end()
    assert [(finding.state, finding.confirmations, finding.occurrences) for finding in outcome.findings] == [("confirmed", 0, 2)]


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


def test_a_name_that_is_taken_now_is_another_one(make_scene, make_operation, replace):
    """409 to what a 200 was seen for: the case is sent under new names, and is reported so that replays have new ones too."""
    schema = {"type": "object", "required": ["key"], "properties": {"key": {"type": "string", "pattern": "^[0-9]{6}$"}}}
    body = RequestBody(required=True, content=[MediaType(media_type="application/json", schema=schema)])
    scene = make_scene([replace(make_operation("POST /limits", [Response(status="201"), Response(status="409")]), body=body)])
    first = scene.add(scene.exchange("POST /limits", 200, {}, steps=[scene.step("POST /limits", body={"key": "123456"})]))
    todo, used, told = list(first.suspicions), {"123456"}, []
    while todo:
        suspicion = todo.pop(0)
        key = suspicion.case.steps[-1].body.value["key"]
        outcome = scene.add(answer(scene, suspicion, 409 if key in used else 200, {}))
        used.add(key)
        told += outcome.findings
        todo.extend(outcome.suspicions)
    assert {(finding.check, finding.state, finding.confirmations) for finding in told} == {("undocumented_status", "confirmed", 2)}
    again = with_new_names(scene.started, told[-1].case)
    assert again.steps[-1].body.value["key"] not in used


def test_a_refusal_of_new_names_refutes_nothing(make_scene, make_operation, replace):
    """They may be no names: a server that does not take them says nothing of the cause."""
    schema = {"type": "object", "required": ["key"], "properties": {"key": {"type": "string", "pattern": "^[0-9]{6}$"}}}
    body = RequestBody(required=True, content=[MediaType(media_type="application/json", schema=schema)])
    scene = make_scene([replace(make_operation("POST /limits", [Response(status="201"), Response(status="4XX")]), body=body)])
    first = scene.add(scene.exchange("POST /limits", 200, {}, steps=[scene.step("POST /limits", body={"key": "123456"})]))
    todo = list(first.suspicions)
    while todo:
        suspicion = todo.pop(0)
        status = 409 if suspicion.case.steps[-1].body.value["key"] == "123456" else 400
        todo.extend(scene.add(answer(scene, suspicion, status, {})).suspicions)
    outcome, _ = scene.end()
    assert {finding.state for finding in outcome.findings if finding.check == "undocumented_status"} == {"unverified"}


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
