"""The pipelines in configs/."""

import pathlib
import re

import pytest

from pipeline.config import effective, reference
from pipeline.config.load import load
from pipeline.config.model import PipelineConfig

CONFIGS = pathlib.Path(__file__).parents[3] / "configs"


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("*.yaml")), ids=lambda file: file.name)
def test_every_pipeline_is_valid_as_it_stands(file):
    """Unedited, with nothing in the environment, and without a secret in the clear."""
    assert effective.warnings(load(file, environment={})) == []


def test_full_yaml_is_what_the_structs_say():
    """It names every key of every section with its description; after a change: python -m pipeline.config.reference > configs/full.yaml."""
    assert (CONFIGS / "full.yaml").read_text() == reference.text()


def test_full_yaml_shows_the_real_defaults():
    """Leaving everything out but the document means the same."""
    assert load(CONFIGS / "full.yaml").config == PipelineConfig(spec=reference.DEMO)


def test_full_yaml_explains_every_key_in_words():
    """No key stands without a comment above it."""
    lines = (CONFIGS / "full.yaml").read_text().splitlines()
    keys = [number for number, line in enumerate(lines) if re.match(r"\s*[a-z_]+:", line)]
    bare = [lines[number] for number in keys if not lines[number - 1].lstrip().startswith("#")]
    inside_values = (
        "encoding:",
        "agents:",
        "deterministic:",
        "model:",
        "workers: null",
        "optional:",
        "environment:",
        "command:",
        "functional-",
    )  # the arms and their order stand below their own comment
    assert [line for line in bare if not line.strip().startswith(inside_values)] == []


def test_the_commented_entries_of_full_yaml_are_valid(tmp_path):
    """Every kind of identity, hook, override, report, arm and certificate, taken out of its comment, is accepted."""
    text = (CONFIGS / "full.yaml").read_text()
    blocks = re.findall(r"^( *)# (NAME|an entry): .*\n((?:\1#   .*\n)+)", text, re.MULTILINE)
    assert len(blocks) >= 12
    homes = {
        "encoding:": "dispatch: {order: {functional-positive: []}, arms: [",
        "operation:": "overrides: [",
        "format:": "reports: [",
        "type:": "execute: {hooks: [",
    }
    for _, form, block in blocks:
        lines = [line.split("#   ", 1)[1] for line in block.splitlines()]
        keys = [line.replace("'...'", '"POST"') for line in lines if not line.startswith("#")]
        home = next(home for key, home in homes.items() if any(line.startswith(key) for line in keys))
        opening = "execute: {identities: {one: " if form == "NAME" else home
        closing = "]}" if "arms" in opening or "hooks" in opening else "}}" if form == "NAME" else "]"
        file = tmp_path / "one.yaml"
        file.write_text(f"spec: x\n{opening}{{{', '.join(keys)}}}{closing}\n")
        load(file)
