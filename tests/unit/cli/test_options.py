"""Headers, header files and identities from the command line."""

import argparse
import pathlib

import pytest

from pipeline.cli import options
from pipeline.errors import ConfigError, UsageError


@pytest.fixture
def parse():
    """The configuration of a command line with the options of ``run``."""
    from pipeline.cli import run

    parser = argparse.ArgumentParser()
    run.arguments(parser)
    return lambda *argv: options.loaded(parser.parse_args(argv)).config


def test_options_go_over_the_file(parse, tmp_path):
    """Every option finds its key."""
    file = tmp_path / "p.yaml"
    file.write_text("spec: a\nrun: {seed: 1, time: 10s}\nreports: [{format: text, path: x}]")
    config = parse(
        "b.yaml", "--config", str(file), "--url", "http://h", "--seed", "7", "--time", "2m", "--max-requests", "9", "--agents",
        "functional-positive,functional-negative", "--operations", "GET *", "--operations", "PUT *", "--store", "s.db", "--report",
        "ndjson=o.ndjson", "--report", "junit=-", "--keep", "all", "--set", "run.seed=3",
    )  # fmt: skip
    assert (config.spec, config.target.url, config.store) == ("b.yaml", "http://h", "s.db")
    assert (config.run.seed, config.run.time_ms, config.run.max_requests) == (7, 120_000, 9)
    assert config.run.agents == ["functional-positive", "functional-negative"]
    assert config.run.operations == ["GET *", "PUT *"]
    assert [(report.format, report.path) for report in config.reports] == [("ndjson", "o.ndjson"), ("junit", "-")]
    assert config.run.keep == "all"


def test_headers_come_from_options_and_files(parse, tmp_path, monkeypatch):
    """Options may hold references, so that no secret stands in the list of processes; a file's lines are taken as they are."""
    monkeypatch.setenv("TOKEN", "s3cret")
    (tmp_path / "headers").write_text("# who\nX-File: a ${env:TOKEN} b\n\nX-Other:  spaced \n")
    config = parse("x", "--header", "Authorization: Bearer ${env:TOKEN}", "--header-file", str(tmp_path / "headers"))
    assert config.execute.headers == {"X-File": "a ${env:TOKEN} b", "X-Other": "spaced", "Authorization": "Bearer s3cret"}


def test_an_identity_is_the_headers_of_a_file(parse, tmp_path):
    """Named, in the order of the options."""
    (tmp_path / "alice").write_text("Authorization: Bearer a\nX-Tenant: t")
    (tmp_path / "bob").write_text("Authorization: Bearer b")
    config = parse("x", "--identity", f"alice={tmp_path / 'alice'}", "--identity", f"bob={tmp_path / 'bob'}")
    assert list(config.execute.identities) == ["alice", "bob"]
    assert config.execute.identities["alice"].headers == {"Authorization": "Bearer a", "X-Tenant": "t"}


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["--header", "no colon s3cret"], "--header: a header is written 'Name: value'"),
        (["--header", "bad name: s3cret"], "'bad name' is no name"),
        (["--header", "A: s3cret\r\nB: c"], "the value of A holds a line break"),
        (["--identity", "alice"], "--identity takes NAME=HEADERFILE"),
        (["--identity", "alice=/no/such/file"], "the header file /no/such/file cannot be read: No such file or directory"),
        (["--report", "ndjson"], "--report takes FORMAT=PATH"),
    ],
)
def test_a_malformed_option_is_a_usage_error_without_its_value(parse, argv, text):
    """The text says what is wrong and keeps what may be a secret to itself."""
    with pytest.raises(UsageError) as caught:
        parse("x", *argv)
    assert text in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_fault_of_a_header_file_names_its_line(parse, tmp_path):
    """File and line, not the content."""
    file = tmp_path / "headers"
    file.write_text("A: b\nBearer s3cret")
    with pytest.raises(UsageError) as caught:
        parse("x", "--header-file", str(file))
    assert f"{file}:2" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_faults_of_option_values_stand_at_the_option(parse):
    """A wrong value is a fault of the configuration with the option as its place."""
    with pytest.raises(ConfigError) as caught:
        parse("x", "--time", "soon", "--seed", "-1", "--report", "xml=x", "--url", "ftp://h")
    places = [line.split(": ")[0] for line in str(caught.value).splitlines()]
    assert sorted(places) == ["--report", "--seed", "--time", "--url"]


def test_a_header_file_that_is_no_text_is_refused(tmp_path):
    """Not UTF-8, empty, too large."""
    for content, reason in ((b"A: \xff", "is not UTF-8"), (b"# nothing", "holds no header"), (b"A: " + b"x" * 300_000, "has more than")):
        file = tmp_path / "h"
        file.write_bytes(content)
        with pytest.raises(UsageError, match=reason):
            options.header_file(pathlib.Path(file))
