"""The page on sending says what the config takes."""

import re
from pathlib import Path

import msgspec
import pytest
import yaml

from stages.execute import ExecuteConfig

PAGE = (Path(__file__).parents[3] / "docs" / "sending.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_valid(block: str) -> None:
    """Each YAML example is a section that the stage's config takes."""
    msgspec.convert(yaml.safe_load(block)["execute"], ExecuteConfig)


def test_defaults_that_the_page_names_are_the_defaults() -> None:
    """Numbers in the first example are the defaults, but for the rate that it sets."""
    shown = yaml.safe_load(BLOCKS[0])["execute"]
    assert {key: getattr(ExecuteConfig(), key) for key in shown if key != "requests_per_second"} == {
        key: value for key, value in shown.items() if key != "requests_per_second"
    }


def test_every_identity_and_hook_is_shown() -> None:
    """The examples hold each kind once at least."""
    for kind in ("bearer", "basic", "api-key", "headers", "oauth2-password", "oauth2-client", "login", "command", "request"):
        assert f"type: {kind}" in PAGE
