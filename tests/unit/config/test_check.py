"""A pipeline's faults: all at once, each with place, path and what to write instead."""

import pytest

GOOD = "spec: openapi.yaml\n"


def test_all_faults_are_listed_in_the_order_in_which_they_stand(faults):
    """Faults of the YAML, of keys, of types, of ranges, of references come together, by line and column."""
    found = faults(
        "spec: 7\n"
        "spec: again\n"
        "run: {time: 60, seeds: 1}\n"
        "execute:\n"
        "  concurrency: 0\n"
        "  timeout_ms: soon\n"
        "  proxy: ${env:NO_SUCH_VARIABLE_HERE}\n"
        "overrides:\n"
        "  - {skip: reason}\n"
    )
    assert [line.split(": ")[0:2] for line in found] == [
        ["1:1", "spec"],
        ["2:1", "spec"],
        ["3:7", "run.time"],
        ["3:17", "run.seeds"],
        ["5:3", "execute.concurrency"],
        ["6:3", "execute.timeout_ms"],
        ["7:3", "execute.proxy"],
        ["9:5", "overrides[0].operation"],
    ]


def test_names_that_are_nowhere_are_told_beside_all_other_faults(faults):
    """One reading is enough to mend a file; of what is faulty itself nothing is said twice, and nothing is guessed from it."""
    found = faults(
        "spec: x\n"
        "run: {seed: one, agents: [nobody]}\n"
        "score: {checks_off: [server-eror]}\n"
        "execute: {hooks: [{type: request, url: /x, identity: eve}], concurrency: 0}\n"
    )
    assert [line.split("; ")[0] for line in found] == [
        '2:7: run.seed: expected a whole number from 0 to 9223372036854775807, got "one"',
        "2:27: run.agents[0]: there is no agent 'nobody'",
        "3:22: score.checks_off[0]: there is no check 'server-eror'",
        "4:44: execute.hooks[0].identity: there is no identity 'eve'",
        "4:61: execute.concurrency: expected a whole number from 1 to 1024, got 0",
    ]
    assert len(faults("spec: x\nrun: {agents: [mine]}\ndispatch: {order: {mine: 3}}\n")) == 1
    assert len(faults("spec: x\nrun: {agents: [mine]}\ndispatch: 3\n")) == 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("run: {sed: 1}", "2:7: run.sed: unknown key; did you mean 'seed'?"),
        ("execute: {timeout: 5}", "2:11: execute.timeout: unknown key; did you mean 'timeout_ms'?"),
        ("concurrency: 5", "2:1: concurrency: unknown key; 'concurrency' is a key of execute"),
        (
            "run: {time: 60}",
            '2:7: run.time: expected a length of time such as "250ms", "60s", "2m" or "1h30m", got 60; write "60s" for seconds',
        ),
        ("run: {time: '60'}", 'got "60"; write "60s" for seconds'),
        ("run: {time: 0s}", 'got "0s"; it must be longer than nothing'),
        ("run: {seed: '7'}", 'run.seed: expected a whole number from 0 to 9223372036854775807, got "7"; write 7 without quotes'),
        ("run: {seed: 1.5}", "2:7: run.seed: expected a whole number from 0 to 9223372036854775807, got 1.5"),
        ("run: {operations: GET}", '2:7: run.operations: expected a list, each a text, got "GET"; write it as a list: ["GET"]'),
        ("dispatch: {arms: []}", "2:12: dispatch.arms: expected a list that is not empty, each a map with keys such as name, "),
        (
            "dispatch: {arms: [{name: a, command: [x], agents: [data-mocking]}]}",
            "run.agents: no arm serves functional-positive or functional-negative; name agents that an arm serves",
        ),
        ("execute: {verify_tls: no}", '2:11: execute.verify_tls: expected true or false, got "no"'),
        (
            "execute: {timeout_ms: 5s}",
            '2:11: execute.timeout_ms: expected a whole number of at least 1, got "5s"; write 5000: the unit is in the key',
        ),
        ("execute: {body_cap_bytes: -1}", "2:11: execute.body_cap_bytes: expected a whole number of at least 0, got -1"),
        ("run: {keep: al}", "2:7: run.keep: expected one of: all, findings, got \"al\"; did you mean 'all'?"),
        ("name: 1.0", '2:1: name: expected a text, got 1; write it in quotes: "1"'),
        ("target: []", "2:1: target: expected a map with keys such as url, got a list of 0"),
        ("execute: {identities: {a: {}}}", "execute.identities.a.type: is missing; it takes one of: "),
        (
            "execute: {identities: {a: {type: basics}}}",
            "execute.identities.a.type: \"basics\" is none of the kinds there are; did you mean 'basic'?",
        ),
        ("execute: {identities: {a: {type: basic}}}", "execute.identities.a.password: is missing; it takes a text"),
        ("dispatch: {order: {functional-positive: [pithon]}}", "there is no arm 'pithon'; did you mean 'python'?"),
        ("agents: [{name: rust, command: [x]}]", "2:11: agents[0].name: 'rust' is the name of a built-in implementation; choose another"),
        ("agents: [{name: a, command: [x]}, {name: a, command: [y]}]", "2:36: agents[1].name: a second arm 'a'; choose another"),
        ("agents: [{name: a, command: [x], agent: [y]}]", "2:34: agents[0].agent: unknown key; did you mean 'agents'?"),
        ("agents: [{name: a, command: [x], name: b}]", "2:34: agents[0].name: "),
        ("agents: [{name: a}]", "agents[0].command: is missing; it takes a list that is not empty, each a text"),
        (
            "agents: [{name: a, command: [x], agents: [functional-positiv]}]",
            "agents[0].agents[0]: there is no agent 'functional-positiv'; did you mean 'functional-positive'?",
        ),
        ("agents: [{name: a, command: [x], deterministic: maybe}]", 'agents[0].deterministic: expected true or false, got "maybe"'),
        ("dispatch: {routing: {window: 0}}", "2:22: dispatch.routing.window: expected a whole number of at least 1, got 0"),
        (
            "dispatch: {routing: {weights: {quality: -1}}}",
            "2:32: dispatch.routing.weights.quality: expected a number of at least 0, got -1",
        ),
        ("run: {agents: [functional-positiv]}", "there is no agent 'functional-positiv'; did you mean 'functional-positive'?"),
        ("execute: {hooks: [{type: request, url: /r, identity: x}]}", "execute.hooks[0].identity: there is no identity 'x'"),
        ("score: {checks_off: [server_eror]}", "score.checks_off[0]: there is no check 'server_eror'; did you mean 'server_error'?"),
        ("overrides: [{operation: 'GET *', expect: ['20']}]", 'A status such as "404", or "4XX".'),
        ("<<: {run: {seed: x}}", "run"),
    ],
)
def test_a_fault_says_what_was_expected_what_stands_there_and_what_to_write(faults, text, fault):
    """One fault, one line, with its place and a suggestion that fits."""
    found = faults(GOOD + text)
    assert any(fault in line for line in found), found


def test_a_valid_pipeline_has_no_faults(faults):
    """The least there is: the document."""
    assert faults(GOOD) == []


def test_an_empty_file_lacks_the_document(faults):
    """Nothing at all is a pipeline without its one required key."""
    assert faults("") == ["1:1: spec: is missing; it takes a text that is not empty"]


@pytest.mark.parametrize("text", ["- spec", "just text", "7"])
def test_a_file_that_is_no_map_is_one_fault(faults, text):
    """A list or a scalar at the top is told as such, once."""
    assert len(faults(text)) == 1


def test_no_fault_shows_a_secret(faults):
    """A value of the wrong type in a secret place, or one that a reference stands for, is not printed."""
    text = "execute:\n  identities:\n    a: {type: bearer, token: 424242}\nrun: {seed: '${env:SEED}'}\n"
    found = faults(GOOD + text, environment={"SEED": "hunter2"})
    assert len(found) == 2
    assert not any("424242" in line or "hunter2" in line for line in found)


def test_an_alias_bomb_is_a_fault(faults):
    """Ten levels of ten aliases each would be ten thousand million values; the reading stops."""
    levels = "".join(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10))
    found = faults("a0: &a0 [x]\n" + levels)
    assert len(found) == 1
    assert "aliases stand for more than 10000 values" in found[0]


def test_a_deeply_nested_file_is_a_fault(faults):
    """Ten thousand open brackets are refused with a place, not with a crash."""
    found = faults("[" * 10_000)
    assert len(found) == 1
    assert "nested deeper than" in found[0]


def test_what_an_alias_repeats_can_be_set_by_itself(loaded):
    """An alias is a way to write, not a bond: setting one place leaves the other alone."""
    config = loaded(
        "spec: x\noverrides:\n  - {operation: a, headers: &h {X: '1'}}\n  - {operation: b, headers: *h}\n",
        sets=["overrides[0].headers.X='2'"],
    ).config
    assert [override.headers for override in config.overrides] == [{"X": "2"}, {"X": "1"}]


def test_every_fault_of_several_entries_is_listed(faults):
    """The walk goes on behind a fault, in lists and maps alike."""
    found = faults(GOOD + "overrides:\n" + "  - {operation: '', requests_per_second: 0}\n" * 3)
    assert [line.split(": ")[1] for line in found] == [
        f"overrides[{index}].{key}" for index in range(3) for key in ("operation", "requests_per_second")
    ]


def test_numbers_keep_their_exact_form_where_any_value_may_stand(loaded):
    """A fixed parameter of 1.10 is sent as a decimal, not as a float."""
    override = loaded("spec: x\noverrides: [{operation: a, parameters: {limit: 0.1, big: 36893488147419103232}}]").config.overrides[0]
    assert override.parameters["limit"].data == b"0.1"
    assert override.parameters["big"].data == b"36893488147419103232"


def test_agents_of_ones_own_take_part_beside_the_built_in_ones(loaded):
    """``agents`` adds to the arms, where ``dispatch.arms`` replaces them; an order and `run.agents` may name what it adds."""
    config = loaded(
        "spec: x\n"
        "agents:\n"
        "  - {name: perl, command: [perl, agent.pl], encoding: json, agents: [functional-positive], deterministic: false}\n"
        "  - {name: tiny, command: [tiny-model], model: true}\n"
        "dispatch: {order: {functional-positive: [perl, python]}}\n"
    ).config
    assert [arm.name for arm in config.dispatching.arms] == ["python", "rust", "perl", "tiny"]
    perl, tiny = config.dispatching.arms[2:]
    assert (perl.serves("functional-positive"), perl.serves("data-mocking"), tiny.serves("data-mocking")) == (True, False, True)
    assert (perl.deterministic, tiny.deterministic, tiny.model) == (False, None, True)
    limits = config.dispatch.limits
    assert (limits.of(perl).job_ms, limits.of(tiny).job_ms) == (limits.job_ms, limits.model_job_ms)


def test_of_a_faulty_list_of_agents_no_order_is_blamed(faults):
    """An order that names an agent of a faulty list is not told to name nobody."""
    found = faults("spec: x\nagents: [{name: perl, comand: [perl]}]\ndispatch: {order: {functional-positive: [perl]}}\n")
    assert [line.split(": ")[1] for line in found] == ["agents[0].command", "agents[0].comand"]
