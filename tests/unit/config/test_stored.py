"""The configuration of a run as the store keeps it: the same again, and no secret in it."""

import pytest

from pipeline.config.load import Option, load
from pipeline.config.stored import read_settings, restored, settings_text
from pipeline.errors import ConfigError

PIPELINE = """\
spec: api.yaml
target: {url: "http://user:pw@127.0.0.1:1/v1"}
execute:
  requests_per_second: 12.5
  base_path: /v2
  headers: {X-Trace: "on", Authorization: "Bearer plain-secret"}
  identities:
    alice: {type: bearer, token: "${env:ALICE}"}
    bob: {type: basic, username: bob, password: "${file:bob.password}"}
score: {checks_off: [server_error]}
overrides:
  - {operation: "GET /a", parameters: {limit: 0.25, api_key: hidden-too}, headers: {X-Tenant: acme-tenant}, requests_per_second: 3}
reports: [{format: ndjson, path: out.ndjson}, {format: text, path: "-"}]
"""
ENVIRONMENT = {"ALICE": "alice-secret"}


@pytest.fixture
def pipeline(tmp_path):
    (tmp_path / "p.yaml").write_text(PIPELINE)
    (tmp_path / "bob.password").write_text("bob-secret")
    return load(tmp_path / "p.yaml", environment=ENVIRONMENT)


GIVEN = [
    Option(name="--header", path=("execute", "headers", "Authorization"), value="Bearer again"),
    Option(name="--header", path=("execute", "headers", "X-Trace"), value="on"),
    Option(name="--set", path=("overrides", 0, "parameters", "api_key"), value="k"),
    Option(name="--set", path=("overrides", 0, "headers", "X-Tenant"), value="acme-tenant"),
]


def test_no_secret_is_in_it(pipeline):
    """Neither what stood in the clear nor what a reference stood for; the reference itself is."""
    text = settings_text(pipeline)
    for secret in ("plain-secret", "alice-secret", "bob-secret", "hidden-too", "acme-tenant", "user:pw"):
        assert secret not in text
    assert "${env:ALICE}" in text
    assert "${file:bob.password}" in text


def test_what_is_not_stored_must_be_given_again(pipeline):
    """Each secret by its path, with the option that gives it."""
    with pytest.raises(ConfigError) as caught:
        restored("r1", settings_text(pipeline), environment=ENVIRONMENT)
    lines = str(caught.value).splitlines()
    assert any(
        "run r1: execute.headers.Authorization: is missing; it is a secret" in line and "--header 'Authorization: ...'" in line
        for line in lines
    )
    assert any("overrides[0].headers.X-Tenant" in line and "--config FILE" in line for line in lines)


def test_given_again_it_is_the_same_configuration(pipeline, monkeypatch, tmp_path):
    """Limits, identities, exact numbers and files, from another folder too; options go over it."""
    text = settings_text(pipeline)
    monkeypatch.chdir(tmp_path.parent)
    again = restored("r1", text, options=GIVEN, sets=["execute.base_path=/v3"], environment=ENVIRONMENT).config
    execute, before = again.execute, pipeline.config.execute
    assert (execute.requests_per_second, execute.base_path) == (12.5, "/v3")
    assert execute.identities == before.identities
    assert execute.headers == {"X-Trace": "on", "Authorization": "Bearer again"}
    assert again.score == pipeline.config.score
    assert again.overrides[0].parameters["limit"] == pipeline.config.overrides[0].parameters["limit"]
    assert again.target.url == "http://127.0.0.1:1/v1"
    assert again.reports[1].path == "-"


def test_a_reference_that_leads_nowhere_now_is_a_fault(pipeline):
    """The environment of the run is not that of today."""
    with pytest.raises(ConfigError, match="environment variable ALICE is not set"):
        restored("r1", settings_text(pipeline), options=GIVEN, environment={})


def test_a_run_of_which_nothing_is_known_has_no_settings():
    """Stores of older versions: nothing is withheld, and the rest is named as missing."""
    assert read_settings("").config == {}
    with pytest.raises(ConfigError, match="spec"):
        restored("r1", "")
