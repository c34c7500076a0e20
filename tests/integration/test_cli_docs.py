"""What the pages on commands and configuration show is so."""

import pathlib
import re
import shlex

import pytest
import yaml

from pipeline.cli.parser import COMMANDS
from pipeline.config.load import load
from pipeline.config.model import PipelineConfig
from pipeline.errors import ExitCode

ROOT = pathlib.Path(__file__).parents[2]
PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text() for name in ("commands", "configuration")}


def shown_commands() -> list[str]:
    """The commands of docs/commands.md, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGES["commands"], re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_the_commands_of_the_page_run(sentinel, demo):
    """In the order of the page, in an empty folder, with the address of this test's demo."""
    (sentinel.home / "configs").mkdir()
    for file in (ROOT / "configs").iterdir():
        (sentinel.home / "configs" / file.name).write_text(file.read_text().replace("http://127.0.0.1:8421", demo.url))
    commands = shown_commands()
    assert len(commands) >= 14
    for command in commands:
        done = sentinel(*shlex.split(command.replace("http://127.0.0.1:8421", demo.url))[1:])
        finds = shlex.split(command)[1] in {"run", "replay"} and "--dry-run" not in command
        assert done.returncode == (ExitCode.FINDINGS if finds else ExitCode.CLEAN), (command, done.stdout[-500:], done.stderr)
        assert "Traceback" not in done.stderr


def test_every_command_and_exit_code_stands_on_the_page():
    """Neither more nor fewer."""
    table = PAGES["commands"].partition("| command |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([a-z-]+)[ `]", table, re.MULTILINE)) == COMMANDS.keys()
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", PAGES["commands"], re.MULTILINE)} == set(ExitCode)


def test_every_option_of_run_stands_on_the_page():
    """So that a reader need not ask the program."""
    import argparse

    from pipeline.cli import run

    parser = argparse.ArgumentParser()
    run.arguments(parser)
    options = {option for action in parser._actions for option in action.option_strings if option.startswith("--")}
    assert {option for option in options - {"--help"} if option not in PAGES["commands"]} == set()


def test_every_section_stands_on_the_page():
    """Of the configuration."""
    table = PAGES["configuration"].partition("| section |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z]+)`", table)) == set(PipelineConfig.__struct_fields__)


def test_the_example_pipeline_of_the_page_is_valid(tmp_path):
    """With its secrets at hand."""
    (example,) = re.findall(r"^```yaml\n(.*?)^```", PAGES["configuration"], re.MULTILINE | re.DOTALL)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "bob.token").write_text("t")
    file = tmp_path / "shop.yaml"
    file.write_text(example)
    config = load(
        file, environment={"ALICE_PASSWORD": "p"}, sets=["run.seed=7", "overrides[0].skip=not today", 'execute.headers."X-A.b"=c']
    ).config
    assert config.run.seed == 7
    assert config.execute.headers == {"X-A.b": "c"}
    assert yaml.safe_load(example)["name"] == config.name


@pytest.mark.parametrize("name", PAGES)
def test_links_of_the_page_lead_somewhere(name):
    """To files of this project."""
    targets = re.findall(r"\]\(([^)#]+)\)", PAGES[name])
    missing = [target for target in targets if "://" not in target and not (ROOT / "docs" / target).resolve().exists()]
    assert set(missing) <= {"reports.md", "demo.md"} - {path.name for path in (ROOT / "docs").iterdir()}
