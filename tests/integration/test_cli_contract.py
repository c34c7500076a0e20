"""What other programs rely on: exit codes, what goes to which stream, and that nothing ends in a traceback."""

import json
import os
import statistics
import subprocess
import sys
import time

import pytest

HEAVY = ("aiohttp", "uvloop", "jsonschema_rs", "msgspec", "structlog", "anyio", "yaml", "rich", "sqlite3")


def test_help_lists_every_command_and_the_exit_codes(sentinel):
    """The first thing a person sees."""
    done = sentinel("--help")
    assert done.returncode == 0
    for word in (
        "run",
        "generate",
        "init",
        "demo",
        "validate",
        "inspect",
        "graph",
        "findings",
        "show",
        "replay",
        "cleanup",
        "ab",
        "agents",
        "doctor",
    ):
        assert f"    {word} " in done.stdout
    assert "78 bad configuration or document" in " ".join(done.stdout.split())


def test_help_imports_nothing_heavy(sentinel):
    """So that it is there at once, wherever it is installed."""
    code = f"import sys; from pipeline.cli import main; main(['--help']); sys.exit(str([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], env=sentinel.environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr.strip() == "[]"


@pytest.mark.alone
def test_help_is_quick(sentinel):
    """Within 200 ms by itself; the bound leaves room for a busy machine."""
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        sentinel("--help")
        seconds.append(time.perf_counter() - began)
    assert statistics.median(seconds) < 0.6


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "init",
        "validate",
        "print-config",
        "graph",
        "inspect",
        "generate",
        "findings",
        "show",
        "replay",
        "cleanup",
        "ab",
        "agents",
        "doctor",
        "demo",
    ],
)
def test_every_command_has_help(sentinel, command):
    """With its options and how it ends."""
    done = sentinel(command, "--help")
    assert done.returncode == 0
    assert f"usage: sentinel {command}" in done.stdout


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["rum"], "there is no command 'rum'; did you mean 'run'?"),
        (["run"], "there is nothing to test: name SPEC, or a pipeline with --config"),
        (["run", "x", "--seed", "one"], "argument --seed: invalid int value: 'one'"),
        (["run", "x", "--sed", "1"], "unrecognized arguments: --sed 1"),
        (["run", "x", "--dry-run", "--answers", "r"], "not allowed with argument"),
        (["run", "x", "--header", "nonsense"], "a header is written 'Name: value'"),
        (["run", "x", "--log-file", "/no/such/folder/log"], "the log file /no/such/folder/log cannot be written"),
        (["run", "x", "--report", "text=/no/such/folder/r"], "/no/such/folder/r"),
        (["graph"], "graph takes --config FILE for a pipeline, or --operations SPEC for a document"),
        (["demo", "--port", "99999"], "--port takes a number from 0 to 65535, got 99999"),
        (["demo", "--off", "nothing"], "no such defect: nothing"),
        (["generate", "x", "--agent", "functional-positiv"], "did you mean 'functional-positive'?"),
        (["generate", "x", "--agent", "functional-positive", "--impl", "pyton"], "did you mean 'python'?"),
    ],
)
def test_a_wrong_use_ends_with_2_and_says_what_to_do(sentinel, argv, text):
    """On standard error, without a traceback."""
    done = sentinel(*argv)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_bad_configuration_ends_with_78_and_every_fault(sentinel):
    """Each on a line of its own: file, line, column, path, fault, suggestion."""
    (sentinel.home / "p.yaml").write_text("spec: x\nspec: y\nrun: {sed: 1}\nexecute: {timeout_ms: 0, proxy: '${env:NOT_THERE}'}\n")
    for argv in (
        ["validate", "p.yaml"],
        ["run", "--config", "p.yaml"],
        ["print-config", "--config", "p.yaml"],
        ["graph", "--config", "p.yaml"],
    ):
        done = sentinel(*argv)
        assert done.returncode == 78
        lines = done.stderr.splitlines()
        assert [line.split(": ")[0] for line in lines] == ["p.yaml:2:1", "p.yaml:3:7", "p.yaml:4:11", "p.yaml:4:26"]
        assert "did you mean 'seed'?" in lines[1]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"spec: \xff\xfe", "byte 0xff is not UTF-8"),
        (b"a: [" * 10_000, "nested deeper than"),
        (b"a: b: c", "mapping values are not allowed"),
        (b"x" * 5_000_000, "has more than 4194304 bytes"),
        (b"", "spec: is missing"),
    ],
)
def test_whatever_is_in_the_file_the_message_names_the_place(sentinel, content, text):
    """Missing, not UTF-8, bottomless, no YAML, huge, empty: 78 and one clear fault."""
    if content is not None:
        (sentinel.home / "p.yaml").write_bytes(content)
    done = sentinel("validate", "p.yaml")
    assert done.returncode == 78
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("p.yaml:")
    assert text in done.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [("missing.yaml", None), ("empty.yaml", b""), ("text.yaml", b"just text"), ("binary.json", bytes(range(256))), ("list.json", b"[]")],
)
def test_a_hopeless_document_ends_with_78(sentinel, name, content):
    """inspect, run, run --dry-run, init and generate say why, in one line."""
    if content is not None:
        (sentinel.home / name).write_bytes(content)
    url = ["--url", "http://127.0.0.1:1"]
    generate = ["generate", name, "--agent", "functional-positive"]
    for argv in (["inspect", name], ["run", name, *url], ["run", name, *url, "--dry-run"], ["init", name], generate):
        done = sentinel(*argv)
        assert done.returncode == 78, done.stderr
        (line,) = [line for line in done.stderr.splitlines() if not line.startswith('{"timestamp"')]  # beside the log
        assert line.startswith(f"sentinel: {name}: ")


def test_a_closed_port_is_told_in_one_line(sentinel):
    """The address of a server that is not there."""
    done = sentinel("inspect", "http://127.0.0.1:9/openapi.json")
    assert done.returncode == 78
    assert "127.0.0.1:9" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_store_is_told_in_one_line(sentinel):
    """Nothing was run yet."""
    for argv in (["findings"], ["show", "abc"], ["replay", "abc"], ["cleanup"], ["run", "--resume"]):
        done = sentinel(*argv)
        assert done.returncode != 0
        assert str(sentinel.store) in done.stderr
        assert "Traceback" not in done.stderr


def test_an_error_of_our_own_ends_with_70_and_a_file_to_send(sentinel, tmp_path):
    """One line, the traceback in a file of the folder for temporary files."""
    code = (
        "import sys, pipeline.cli.parser as parser, pipeline.cli as cli\n"
        "parser.chosen = lambda argv: (lambda _: [][1], None)\n"
        "sys.exit(cli.main(['run']))\n"
    )
    environment = sentinel.environment | {"TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 70
    assert len(done.stderr.splitlines()) == 1
    assert "IndexError: list index out of range" in done.stderr
    (file,) = tmp_path.glob("sentinel-error-*.txt")
    assert str(file) in done.stderr
    assert "Traceback" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_a_reader_that_goes_away_is_no_error_of_ours(sentinel, demo):
    """Standard output closed: no traceback, 130."""
    reader, writer = os.pipe()
    os.close(reader)
    process = sentinel.start("inspect", demo.url, "--json", stdout=writer)
    os.close(writer)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == ""


def test_a_reader_of_cases_that_goes_away_is_no_error_of_ours(sentinel):
    """`generate ... | head`: the writing happens beside a running worker, and ends as quietly."""
    (sentinel.home / "a.json").write_text('{"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": {}}}}}')
    reader, writer = os.pipe()
    os.close(reader)
    process = sentinel.start("generate", "a.json", "--agent", "functional-positive", stdout=writer)
    os.close(writer)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == ""


@pytest.mark.parametrize("closed", ["<&- >&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_from_the_start_change_nothing(sentinel, closed):
    """Started by a daemon with nothing to write to: the exit code is what it would have been, and no file takes the stream's place."""
    (sentinel.home / "a.json").write_text('{"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": {}}}}}')
    program = f"'{sys.executable}' -m pipeline.cli"
    for command, code in ("inspect a.json", 0), ("validate missing.yaml", 78), ("findings", 70), ("--help", 0):
        done = subprocess.run(
            ["sh", "-c", f"{program} {command} {closed}"],
            cwd=sentinel.home, env=sentinel.environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == code, (command, done.stderr)
        assert "Traceback" not in done.stderr


def test_a_taken_port_is_a_usage_error(sentinel, demo):
    """The demo says which, and what to do."""
    port = demo.url.rpartition(":")[2]
    done = sentinel("demo", "--port", port)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr


def test_the_json_schema_of_the_configuration_is_printed(sentinel):
    """For editors: a JSON document with the keys of a pipeline."""
    done = sentinel("print-config", "--json-schema")
    assert done.returncode == 0
    assert {"spec", "target", "run", "execute"} <= json.loads(done.stdout)["$defs"]["PipelineConfig"]["properties"].keys()


def test_print_config_is_a_pipeline_again(sentinel):
    """Shown with every default, read back without a fault."""
    (sentinel.home / "p.yaml").write_text("spec: x.yaml\nexecute: {headers: {A: 'b ${env:HOME}'}}\n")
    (sentinel.home / "q.yaml").write_text(sentinel("print-config", "--config", "p.yaml", "--set", "run.seed=7").stdout)
    done = sentinel("validate", "q.yaml")
    assert (done.returncode, done.stdout) == (0, "q.yaml: valid\n")
    text = (sentinel.home / "q.yaml").read_text()
    assert "seed: 7" in text
    assert "${env:HOME}" in text
