"""``${env:...}`` and ``${file:...}``."""

import pytest


def test_references_stand_for_variables_and_files(loaded, tmp_path):
    """In any text, also in the middle of one; a file loses its last line break; $${ stands for itself."""
    (tmp_path / "token").write_text("s3cret\n")
    config = loaded(
        "spec: ${env:WHERE}/openapi.json\nexecute: {headers: {A: 'Bearer ${file:token}', B: 'a $${env:X} b'}}",
        environment={"WHERE": "http://h"},
    ).config
    assert config.spec == "http://h/openapi.json"
    assert config.execute.headers == {"A": "Bearer s3cret", "B": "a ${env:X} b"}


def test_a_reference_is_typed_by_the_place_it_stands_in(loaded):
    """A number or a boolean may come from the environment."""
    config = loaded(
        "spec: x\nrun: {seed: '${env:N}'}\nexecute: {verify_tls: '${env:B}', requests_per_second: '${env:F}'}",
        environment={"N": "7", "B": "false", "F": "2.5"},
    ).config
    assert (config.run.seed, config.execute.verify_tls, config.execute.requests_per_second) == (7, False, 2.5)


def test_what_a_reference_stands_for_holds_no_references(loaded):
    """A variable's content is taken as it is: nobody who sets one can read another."""
    assert loaded("spec: x\nname: ${env:A}", environment={"A": "${env:B}", "B": "secret"}).config.name == "${env:B}"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("${env:TOKN}", "the environment variable TOKN is not set; did you mean 'TOKEN'?"),
        ("${env:ZZZZ}", "the environment variable ZZZZ is not set; set it: export ZZZZ=..."),
        (
            "${TOKEN}",
            "${TOKEN} is no reference; write ${env:TOKEN} for the environment variable, and $${ for the two characters themselves",
        ),
        ("${vault:x}", "${vault:x} is no reference; write ${env:NAME} or ${file:PATH}"),
        ("${env:TOKEN", "is not closed; end it with '}', or write $${ for the two characters"),
        ("${file:nowhere}", "No such file or directory; the path is relative to the configuration's folder"),
        ("${file:.}", "Is a directory"),
        ("${file:latin}", "is not UTF-8 (byte 1)"),
        ("${file:big}", "has more than 1048576 bytes"),
    ],
)
def test_a_reference_that_leads_nowhere_is_a_fault(faults, tmp_path, text, fault):
    """With its place, the reason, and what to do."""
    (tmp_path / "latin").write_bytes(b"a\xe4")
    (tmp_path / "big").write_bytes(b"x" * 1_048_577)
    found = faults(f"name: ok\nspec: '{text}'", environment={"TOKEN": "t"})
    assert len(found) == 1
    assert found[0].startswith("2:1: spec: ")
    assert fault in found[0]


def test_every_unresolved_reference_of_one_text_is_a_fault(faults):
    """Two in one text are two faults."""
    assert len(faults("spec: ${env:A}/${env:B}", environment={})) == 2


def test_files_that_a_pipeline_names_are_looked_for_beside_it(loaded, tmp_path):
    """spec and ..._file are relative to the configuration's folder; URLs and what options say are not touched."""
    config = loaded("spec: api/openapi.yaml\nexecute: {ca_file: ca.pem}", sets=["ingest.ca_file=other.pem"]).config
    assert config.spec == str(tmp_path / "api/openapi.yaml")
    assert config.execute.ca_file == str(tmp_path / "ca.pem")
    assert config.ingest.ca_file == "other.pem"
    assert loaded("spec: http://127.0.0.1:1/a.json").config.spec == "http://127.0.0.1:1/a.json"
