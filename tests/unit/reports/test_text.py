"""The summary for people: complete, in order, within its width, and harmless to a terminal."""

import json
import re
import subprocess

import msgspec
import pytest

from pipeline.messages import Coverage, MadeNow, OperationCoverage, Reply, Request
from pipeline.reports import finding_text, findings_text, summary_text, told
from pipeline.reports.evidence import body_text, command_lines
from pipeline.reports.layout import columns, cut, padded, wrapped
from stages.persist import Store

SUMMARY = """\
Pets 1.2.0 at http://127.0.0.1:8001/v1
run r1; 15 requests in 12.3 s; seed 7; functional-positive

2 FINDINGS: 1 critical, 1 high (1 new, 1 still there)

CRITICAL Body of 200 breaks its schema: type at /items/3/owner, a   015f7e6bc5ae
         title of two lines
  at     GET /pets/{petId}
         and GET /pets
  why    #/components/schemas/Pet
         3 is not of type 'string'
  sent   curl -sS -X 'POST' 'http://127.0.0.1:8001/v1/pets' \\
           -H 'Authorization: '"$ALICE" \\
           --data-raw '{"name": "it'\\''s -H here", "n": 1}'
  got    200, application/json, 21 bytes, 12 ms
         Allow: GET
         {
           "id": 3,
           "name": "京"
         }
  seen   3 times in this run; sent again 2 times with the same result; new
  again  sentinel replay 015f7e6bc5ae

HIGH     A valid request makes the server fail with 500             6ab9f1eb8f7d
  at     GET /pets/{petId}
  why    RFC 9110, 15.6: a 5xx status says that the server is at fault
  sent   curl 'http://127.0.0.1:8001/v1/pets/4294967296' \\
           -H 'Accept: application/json'
  got    500, text/plain, 21 bytes, 4 ms
         Internal Server Error
  seen   3 times in this run; sent again 2 times with the same result; still
         there
  again  sentinel replay 6ab9f1eb8f7d

2 NOTES, permitted or not certain: 1 server-error, 1 valid-rejected
  c6760e80e332  GET /pets/{petId}: Perhaps
  676b8bb84ce7  GET /pets/{petId}: Valid input is refused

1 finding of earlier runs not seen any more
  cba06b5736fa GET /pets/{petId}: Old one

COVERAGE: 3 of 4 operations answered a valid request with a 2xx
  group     operations  2xx  other  silent  not tried  requests
  pets               4    3      -       -          1        15
without a 2xx:
  DELETE /pets/{petId}: withheld: it would change what this run did not make

The target stopped answering after case 12: connection refused

MAY HAVE HAPPENED: 1 request under way when the run was cut off; never sent
again by itself
  POST /pets (case 40, attempt)
LEFT BEHIND: 1 object at the target; to remove: sentinel cleanup r1
  /pets/9 (made by POST /pets)

2 findings to look at: sentinel show ID has the whole evidence.
Exit code 1.
"""


def test_the_summary_of_a_run_with_one_of_everything(one_of_everything):
    """Word for word: this is what an API's owner reads."""
    assert summary_text(one_of_everything) == SUMMARY


def test_colours_change_no_character(one_of_everything):
    """They are only added for a terminal."""
    coloured = summary_text(one_of_everything, colour=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == SUMMARY


@pytest.mark.parametrize("width", [72, 80, 132])
def test_lines_keep_to_the_width(one_of_everything, width):
    """All but commands, which must stay fit to be copied."""
    commands = ("curl", "-H", "--data-raw", "-X", "'http")
    for text in (summary_text(one_of_everything, width=width), findings_text(one_of_everything.faults, width=width)):
        for line in text.splitlines():
            assert columns(line) <= width or line.strip().removeprefix("sent").strip().startswith(commands), line


def test_a_clean_run_says_so_and_how_much_was_tested(tell, runs):
    """Coverage stands beside every verdict."""
    text = summary_text(tell(runs.coverage()))
    assert "FINDING" not in text
    assert "COVERAGE: 3 of 4 operations" in text
    assert text.endswith("Tested, nothing found.\nExit code 0.\n")


def test_a_run_that_was_not_tested_says_why(tell, runs):
    """No finding means nothing then, and it is said."""
    text = summary_text(tell(runs.coverage(tested=False, reason="nothing answered")))
    assert text.endswith("NOT TESTED: nothing answered. That nothing was found means nothing.\nExit code 3.\n")


def test_an_interrupted_run_says_how_to_go_on(tell, runs):
    """Whether it was told to stop or killed."""
    assert "sentinel run --resume r1" in summary_text(tell(runs.coverage(), reason="interrupted"))
    assert "Exit code 130." in summary_text(tell(runs.finding(), reason="interrupted"))


def test_what_took_nothing_valid_is_told_with_what_it_took(tell):
    """A 2xx to a request that was broken on purpose stands among the statuses, and is no success."""
    operation = OperationCoverage(operation="GET /a", requests=5, statuses={"200": 2, "404": 3}, valid={"404": 3})
    text = summary_text(tell(Coverage(run="r1", operations=[operation], tested=True)))
    assert "COVERAGE: 0 of 1 operation answered a valid request with a 2xx" in text
    assert "GET /a: only 200 (2 to what was broken on purpose), 404 (3)" in text


def test_what_could_not_be_made_is_told_under_coverage(tell, runs):
    """Each operation once, with the reason whole; of many the first few and their number."""
    pattern = "body: gave up at /properties/a: pattern with a group with flags"
    told = [runs.not_made(rows=[(runs.READ, pattern, 12), (runs.READ, "another", 1)]), runs.batch(runs.verdict(0))]
    text = summary_text(tell(*told, runs.coverage()))
    assert "not everything could be made at 1 operation:" in text
    rest = " ".join(text[text.index("could be made at") :].split())
    assert f"GET /pets/{{petId}}: 12 tests not made by functional-positive: {pattern} (and 1 other reason)" in rest
    part = runs.not_made(rows=[(runs.READ, "left out: query/q: proved empty at its root: no text", 0)])
    said = " ".join(summary_text(tell(part, runs.coverage())).split())
    assert "GET /pets/{petId}: made without a part by functional-positive: left out: query/q: proved empty" in said
    operations = [OperationCoverage(operation=f"GET /{n}") for n in range(30)]
    many = runs.not_made(rows=[(one.operation, pattern, 16) for one in operations])
    text = summary_text(tell(many, runs.coverage(operations=operations)))
    assert "not everything could be made at 30 operations:" in text
    assert text.count(": nothing made by functional-positive: body: gave up at") == 5
    assert "and 25 more, which --report ndjson names" in text
    assert max(map(len, text.splitlines())) <= 80


def test_many_operations_and_findings_stay_readable(tell, runs):
    """Groups are summed up, findings past the first are listed by title, notes are counted."""
    operations = [OperationCoverage(operation=f"GET /{n}", requests=1, statuses={"404": 1}) for n in range(300)]
    findings = [runs.finding(key=f"k{n}", operation=f"GET /{n}") for n in range(60)]
    notes = [runs.note(key=f"n{n}") for n in range(500)]
    text = summary_text(tell(*findings, *notes, runs.coverage(operations=operations)))
    assert "60 FINDINGS: 60 high (60 new)" in text
    assert "and 35 more:" in text
    assert "and 490 more: sentinel findings --notes" in text
    assert "and 290 more" in text
    assert len(text.splitlines()) < 420


def test_nothing_from_the_target_reaches_the_terminal_unescaped(tell, runs):
    """Escape sequences, carriage returns and direction overrides in every field are shown, not obeyed."""
    nasty = "a\x1b[2Jb\rc\u202ed\x07"
    finding = runs.finding(
        title=nasty,
        operation=f"GET /{nasty}",
        rule=nasty,
        detail=nasty,
        curl=f"curl '{nasty}'",
        operations=[f"GET /{nasty}"],
        reply=Reply(status=500, headers=[("Content-Type", nasty), ("Allow", nasty)], body=nasty.encode()),
    )
    found = tell(finding, runs.coverage())
    for text in (summary_text(found), finding_text(found.faults[0]), findings_text(found.faults)):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
        assert "\\x1b[2J" in text


def test_show_has_the_whole_evidence(one_of_everything):
    """All headers and the history."""
    text = finding_text(one_of_everything.faults[0])
    assert "Content-Type: application/json" in text
    assert "first seen" in text
    assert "check response_schema of functional-positive; run r1" in text.replace("\n         ", " ")


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (2, "sent again 2 times with the same result"),
        (1, "sent again once with the same result"),
        (0, "by different requests, as none could be sent again to the same effect"),
    ],
)
def test_what_confirmed_a_finding_is_told_as_it_was(tell, runs, times, said):
    """Other requests of the run that showed it are no sending again."""
    assert f"seen   3 times in this run; {said}; new" in summary_text(tell(runs.finding(confirmations=times), runs.coverage()), width=120)


@pytest.mark.parametrize(
    ("removers", "said"),
    [
        (["", ""], "LEFT BEHIND: 2 objects at the target, which no operation of the document removes"),
        (
            ["DELETE /a", ""],
            "LEFT BEHIND: 2 objects at the target; to remove: sentinel cleanup r1 (no operation of the document removes 1 of them)",
        ),
    ],
)
def test_what_cannot_be_removed_is_not_said_to_be(tell, runs, removers, said):
    """A command that would do nothing is none to give."""
    made = [msgspec.structs.replace(runs.made(f"/pets/{at}"), remover=remover) for at, remover in enumerate(removers)]
    now = [MadeNow(run="r1", ordinal=at, attempt=0, made=[one]) for at, one in enumerate(made)]
    assert said in " ".join(summary_text(tell(*now, runs.coverage())).split())


def test_what_was_broken_on_purpose_stands_beside_the_rule(tell, runs):
    """A request whose command is cut, or whose bytes no one reads, shows its fault in words; of a valid one nothing is said."""
    text = summary_text(tell(runs.finding(broken="body is 2000 nested arrays"), runs.coverage()), width=120)
    assert "says that the server is at fault\n         in this request body is 2000 nested arrays\n  sent" in text.replace(
        "a 5xx status ", ""
    )
    assert "in this request" not in summary_text(tell(runs.finding(), runs.coverage()))


def test_a_finding_without_request_and_answer_can_be_shown(tell, runs):
    """As a target's death is: no case, nothing to replay."""
    found = tell(runs.finding(request=None, reply=None, case=None, curl="", operation=""), runs.coverage())
    assert "sentinel replay" not in finding_text(found.faults[0])
    assert "HIGH" in summary_text(found)


def test_a_broken_command_still_runs_in_a_shell():
    """Broken before options only, never inside quotes: a shell sees the same words."""
    words = ["-X", "POST", "http://h/a b", "-H", "X: it's -H not", "--data-raw", 'two\nlines -d "x" \\ end', "-H", "Y: $HOME"]
    command = "printf '%s|' " + " ".join(
        "'" + word.replace("'", "'\\''") + "'" if " " in word or "$" in word or "'" in word else word for word in words
    )
    broken = "\n".join(command_lines(command, 30, whole=True))
    assert broken.count("\\\n") >= 3
    shown = [
        subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=10, check=True).stdout for text in (command, broken)
    ]
    assert shown[0] == shown[1] == "|".join(words) + "|"


def test_a_very_long_command_is_cut_in_the_summary(tell, runs):
    """And whole in show."""
    request = Request(method="POST", url="http://h/", body=b"x" * 9_000)
    found = tell(runs.finding(curl="curl -d '" + "x" * 9_000 + "'", request=request), runs.coverage())
    assert "(the whole command: sentinel show)" in summary_text(found)
    assert "x" * 9_000 in finding_text(found.faults[0])


def test_bodies_are_shown_as_what_they_are():
    """JSON indented, text as it is, binary counted."""
    assert body_text(b'{"a":1}', 100) == '{\n  "a": 1\n}'
    assert body_text(b"plain", 100) == "plain"
    assert body_text(bytes(range(256)), 1_000) == "(256 bytes that are no text)"
    assert body_text(b"long" * 100, 10) == "longlonglo…"
    assert body_text(b'{"broken', 100) == '{"broken'
    assert body_text(b"[" * 100_000, 10) == "[[[[[[[[[[…"


def test_wide_characters_take_two_columns():
    """Cutting and filling count what a terminal shows."""
    assert columns("京a\u0301") == 3
    assert cut("京京京", 5) == "京京…"
    assert padded("京京京", 4) == "京… "
    assert list(wrapped("aa 京京京 bbbbbbbb", 6)) == ["aa", "京京京", "bbbbbb", "bb"]


def test_what_the_answer_says_itself_is_not_said_twice(tell, runs):
    """A detail that only repeats the body, however spaced, is left out; a longer body is shown as it came, in a few lines."""
    body = b'{"items": [' + b", ".join(b'{"id": %d}' % n for n in range(200)) + b"]}"
    reply = Reply(status=500, headers=[("Content-Type", "application/json")], body=body)
    repeated = runs.finding(key="a", reply=reply, detail='{"items":[{"id":0},…')
    text = summary_text(tell(repeated, runs.finding(key="b", reply=reply, detail="id is 0"), runs.coverage()))
    assert text.count('{"items": [{"id": 0}, {"id": 1}') == 2
    assert '"items":[' not in text
    assert "id is 0" in text
    assert text.count("         …\n") == 2


def test_json_with_line_ends_of_its_own_is_shown_without(tell, runs):
    """Else the first four of its lines would be all that is seen of it."""
    body = json.dumps({"items": [{"id": n, "name": "Rex"} for n in range(9)]}, indent=4).encode()
    found = tell(runs.finding(reply=Reply(status=200, headers=[("Content-Type", "application/json")], body=body)), runs.coverage())
    assert '{ "items": [ { "id": 0, "name": "Rex" }, { "id": 1,' in summary_text(found)


@pytest.mark.parametrize(("tags", "group"), [(["Pets", "other"], "Pets"), ([], "/pets")])
def test_operations_are_grouped_as_their_authors_sort_them(tmp_path, runs, tags, group):
    """By the first tag; without tags by the first segment of the path."""
    started = runs.started()
    operations = [msgspec.structs.replace(operation, tags=tags) for operation in started.api.operations]
    started = msgspec.structs.replace(started, api=msgspec.structs.replace(started.api, operations=operations))
    runs.write(tmp_path / "s.db", started, runs.coverage(), runs.ended())
    with Store(tmp_path / "s.db") as store:
        assert {operation.group for operation in told(store).operations} == {group}
