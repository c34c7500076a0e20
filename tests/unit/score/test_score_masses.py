"""Causes that show at many operations: when they are one finding, and what it says."""

import itertools

import pytest

from pipeline.messages import Header, Response, TargetState
from stages.score import ScoreConfig
from tests.unit.score.confirming import answer, confirm


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


@pytest.fixture
def scene_of_many(make_scene, make_operation, json_content):
    """A scene of so many operations."""
    return lambda count, **options: make_scene(many(make_operation, json_content, count), **options)


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


@pytest.mark.parametrize("again", [505, 404])
def test_equal_words_by_ordinary_input_are_another_cause(make_scene, make_operation, json_content, again):
    """What unusual input had shown first is shown by ordinary input, where that fails again, and is no part of the mass any more."""
    scene = make_scene(many(make_operation, json_content, 12), config=ScoreConfig(minimise_max=0))
    told, body = {}, {"message": "oops"}
    sights = [*[(n, ["body:violates/malformed/utf-8"], 505) for n in range(4)], *[(n, [], 404) for n in range(4, 12)], (0, [], again)]
    for ordinal, (n, classes, status) in enumerate([*sights, (0, [], 505)]):
        outcome = scene.add(scene.exchange(f"GET /r{n}", status, body, ordinal=ordinal, classes=classes))
        answers = confirm(scene, outcome.suspicions, 505 if ordinal < 12 else again, body)
        for one in [outcome, *answers]:
            told |= {finding.id: finding for finding in one.findings}
    told |= {finding.id: finding for finding in scene.end()[0].findings}
    shown = {len(one.operations): one for one in told.values() if not one.note and not one.merged_into}
    assert all(one.state == "confirmed" for one in shown.values())
    if again == 505:
        assert sorted(shown) == [1, 3]
        assert (shown[1].operation, shown[1].case.classes) == ("GET /r0", [])
        assert "no UTF-8" in shown[3].title
    else:
        assert sorted(shown) == [4]
        assert "no UTF-8" in shown[4].title


@pytest.mark.parametrize("broken", [5, 4])
def test_one_parameter_is_one_cause(make_scene, make_operation, json_content, broken):
    """A header that breaks five operations is one finding; others with equal words are not of it, nor are those of fewer operations."""
    scene = make_scene(many(make_operation, json_content, 16), config=ScoreConfig(minimise_max=0))
    told, body = {}, {"message": "oops"}
    for n in range(16):
        tries = n < broken
        classes = ["header/If-Match:above-shortest"] if tries else ["header/If-Match:present", "query/q:present"]
        args = {"header/If-Match": "*w"} | ({} if tries else {"query/q": "x"})
        outcome = scene.add(scene.exchange(f"GET /r{n}", 505 if n < 7 else 404, body, ordinal=n, classes=classes, args=args))
        for one in [outcome, *confirm(scene, outcome.suspicions, 505, body)]:
            told |= {finding.id: finding for finding in one.findings}
    told |= {finding.id: finding for finding in scene.end()[0].findings}
    shown = sorted(
        (len(one.operations), "by the header If-Match" in one.title) for one in told.values() if not (one.note or one.merged_into)
    )
    assert shown == ([(1, False)] * 2 + [(5, True)] if broken == 5 else [(1, False)] * 7)


@pytest.mark.parametrize(
    ("classes", "sent", "apart"),
    [
        (["path/id:present"], {}, True),
        (["body/a:length-above"], {"body": {"a": "xxx"}}, True),
        (["body/a:violates/type"], {"args": {"header/b": "x"}, "body": {"a": 1}}, False),
        (["header/a:present", "query/q:present"], {"args": {"header/a": "x", "query/q": "x"}}, False),
        (["query/q:present"], {"args": {"query/q": "x"}}, False),
    ],
)
def test_a_parameter_is_no_cause_where_others_show_the_same(scene_of_many, classes, sent, apart):
    """Equal words without any parameter are another fault, which its finding would hide."""
    scene = scene_of_many(12, config=ScoreConfig(minimise_max=0))
    told, body = {}, {"message": "oops"}
    tried = [(n, ["header/a:present"], {"args": {"header/a": "x"}}) for n in range(6)]
    for ordinal, (n, about, fields) in enumerate([*tried, (0, classes, sent)]):
        steps = [scene.step(f"GET /r{n}", **fields)]
        outcome = scene.add(scene.exchange(f"GET /r{n}", 505, body, ordinal=ordinal, classes=about, steps=steps))
        for one in [outcome, *confirm(scene, outcome.suspicions, 505, body)]:
            told |= {finding.id: finding for finding in one.findings}
    told |= {finding.id: finding for finding in scene.end()[0].findings}
    shown = sorted(len(one.operations) for one in told.values() if not (one.note or one.merged_into))
    assert shown == ([1, 5] if apart else [6])


def test_causes_are_bounded(make_scene, make_operation, json_content):
    """Beyond ``findings_max`` causes are counted, not kept."""
    scene = make_scene(many(make_operation, json_content, 5), config=ScoreConfig(findings_max=2))
    for n in range(5):
        scene.add(scene.exchange(f"GET /r{n}", 500 + n, ordinal=n))
    assert len(scene.fold.causes.by_key) == 2
    assert scene.fold.causes.uncounted > 0


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
