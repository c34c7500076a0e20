"""``--set``: where it puts what, and how it complains."""

import pytest

from pipeline.config.settings import parse_path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("run.seed", ("run", "seed")),
        ("overrides[0].skip", ("overrides", 0, "skip")),
        ("overrides.0.skip", ("overrides", 0, "skip")),
        ('execute.headers."X-A.b"', ("execute", "headers", "X-A.b")),
        (r'a."q\"\\".b', ("a", 'q"\\', "b")),
        ("run.agents[12]", ("run", "agents", 12)),
    ],
)
def test_a_path_has_keys_indexes_and_quoted_keys(text, path):
    """Dots separate, brackets and bare numbers index, quotes protect."""
    assert parse_path(text) == path


@pytest.mark.parametrize("text", ["", ".", "a..b", "a.", "a[x]", "a[0", 'a."b', "[0"])
def test_what_is_no_path_is_refused(text):
    """Nothing is guessed about a broken path."""
    with pytest.raises(ValueError, match="not a path"):
        parse_path(text)


def test_values_are_read_as_yaml(loaded):
    """Numbers, words, lists and maps mean on the command line what they mean in the file."""
    config = loaded(
        "spec: x",
        sets=["run.seed=7", "execute.verify_tls=false", "run.agents=[functional-positive]", "overrides[0]={operation: GET *, skip: why}"],
    ).config
    assert (config.run.seed, config.execute.verify_tls, config.overrides[0].skip) == (7, False, "why")


def test_a_setting_wins_over_the_file_and_the_last_one_over_the_others(loaded):
    """What is nearer to the user counts."""
    assert loaded("spec: x\nrun: {seed: 1}", sets=["run.seed=2", "run.seed=3"]).config.run.seed == 3


def test_a_setting_makes_the_sections_above_it(loaded):
    """A section that the file leaves out need not be written first."""
    assert loaded("spec: x\nexecute:", sets=["execute.headers.X=y"]).config.execute.headers == {"X": "y"}


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("run.seed", "--set run.seed: there is no '='; write --set PATH=VALUE, as in --set run.seed=7"),
        ("run..seed=1", "--set run..seed: that is no path"),
        ("run.seed=x", '--set run.seed: run.seed: expected a whole number from 0 to 9223372036854775807, got "x"'),
        ("run.sed=1", "--set run.sed: run.sed: unknown key; did you mean 'seed'?"),
        ("overrides[2].skip=x", "--set overrides[2].skip: overrides[2].skip: the list has 1 entries, so the next index is 1"),
        ("overrides.first=x", "--set overrides.first: overrides.first: this is a list and takes an index, not 'first'"),
        ("spec.x=1", "--set spec.x: spec.x: 'spec' holds a single value, which has no keys"),
        ("a.b=1", "--set a.b: a: unknown key; known here: "),
        ("run.max_requests.x=1", "--set run.max_requests.x: run.max_requests: expected a whole number of at least 1, got a map"),
        ("=x", "--set =x: that is no path; write keys with dots"),
        (
            "dispatch.order.functional-positive[0]=pyton",
            "--set dispatch.order.functional-positive[0]: dispatch.order.functional-positive[0]: there is no arm 'pyton'",
        ),
        (
            "dispatch.arms={}",
            "--set dispatch.arms: dispatch.arms: expected a list that is not empty, each a map with keys such as name, command",
        ),
        ("execute.headers.X=[]", "--set execute.headers.X: execute.headers.X: expected a text, got another type"),
        ("run[0]=1", "--set run[0]: run[0]: this is a map and takes a key, not an index"),
        ("run.seed=[1", "--set run.seed: run.seed: the value is no YAML"),
        ("run.seed=${env:NO_SUCH_ONE}", "--set run.seed: run.seed: the environment variable NO_SUCH_ONE is not set"),
    ],
)
def test_a_fault_of_a_setting_stands_at_the_option(faults, setting, fault):
    """The place of a fault is the option that made it."""
    found = faults("spec: x\nrun: {seed: 1}\noverrides: [{operation: a}]", sets=[setting])
    assert len(found) == 1
    assert found[0].startswith(fault)
