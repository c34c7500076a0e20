"""The JSON Schema of the configuration."""

import pathlib

import jsonschema_rs
import pytest
import yaml

from pipeline.config.schema import json_schema

CONFIGS = pathlib.Path(__file__).parents[3] / "configs"


@pytest.fixture(scope="module")
def validator():
    """The schema, compiled; it obeys its own meta-schema."""
    schema = json_schema()
    jsonschema_rs.meta.validate(schema)
    return jsonschema_rs.validator_for(schema)


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("*.yaml")), ids=lambda file: file.name)
def test_the_pipelines_obey_the_schema(validator, file):
    """What the program accepts, an editor accepts."""
    validator.validate(yaml.safe_load(file.read_text()))


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"spec": "x", "run": {"sed": 1}},
        {"spec": "x", "run": {"time": 60}},
        {"spec": "x", "execute": {"concurrency": 0}},
        {"spec": "x", "reports": [{"format": "xml", "path": "x"}]},
    ],
)
def test_faults_are_faults_in_an_editor(validator, config):
    """Missing and unknown keys, wrong forms, ranges and words are refused."""
    assert not validator.is_valid(config)


def test_references_may_stand_for_numbers_and_booleans(validator):
    """As in the program itself."""
    validator.validate({"spec": "x", "run": {"seed": "${env:SEED}"}, "execute": {"verify_tls": "${file:tls}", "requests_per_second": 2.5}})


def test_every_key_has_a_description():
    """Editors show it when the key is pointed at."""
    schema = json_schema()
    bare = [
        f"{name}.{key}"
        for name, definition in schema["$defs"].items()
        for key, part in definition.get("properties", {}).items()
        if "description" not in part and key != "type"
    ]
    assert bare == []
