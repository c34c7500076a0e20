"""What ``init`` writes."""

import re

from pipeline.cli.pipeline_text import for_api, for_demo
from pipeline.config.load import load


def test_a_new_pipeline_is_valid_as_it_is(api, tmp_path):
    """Names and descriptions of the document cannot break it, nor smuggle a reference or an escape sequence into it."""
    file = tmp_path / "p.yaml"
    file.write_text(for_api(api, spec="a ${env:HOME}.yaml", url="http://127.0.0.1:1"))
    config = load(file).config
    assert config.spec.endswith("a ${env:HOME}.yaml")
    assert config.target.url == "http://127.0.0.1:1"
    assert "\x1b" not in file.read_text()


def test_it_names_every_operation_and_the_unsafe_ones_with_their_reach(api):
    """So that a person sees what is tested and what may be changed."""
    text = for_api(api, spec="x", url="http://h")
    assert all(f'#   - "{operation.key}"' in text for operation in api.operations)
    assert "#   DELETE /pets/{petId}  (made by POST /pets)" in text
    assert "#   PUT /settings  (nothing here makes its object: withheld)" in text
    assert "# 2 of 5 operations ask for a credential." in text


def test_the_sketched_identities_are_valid_once_the_comment_is_taken_off(api, tmp_path):
    """One for each security scheme; what needs a secret is a reference in a comment."""
    text = for_api(api, spec="x", url="http://h")
    block = re.search(r"^  # identities:\n((?:  #   .*\n)+)", text, re.MULTILINE)
    assert block
    taken_off = "".join(line.replace("  #   ", "    ", 1) + "\n" for line in block[1].splitlines())
    file = tmp_path / "p.yaml"
    file.write_text("spec: x\nexecute:\n  identities:\n" + taken_off)
    names = set(re.findall(r"\$\{env:(\w+)\}", taken_off))
    config = load(file, environment=dict.fromkeys(names, "value")).config
    kinds = {name: type(identity).__name__ for name, identity in config.execute.identities.items()}
    assert kinds == {
        "key": "ApiKeyIdentity",
        "basic-auth": "BasicIdentity",
        "token": "BearerIdentity",
        "pw": "OAuthPasswordIdentity",
        "machine": "OAuthClientIdentity",
        "oidc": "BearerIdentity",
        "proof": "HeadersIdentity",
        "Key-2": "ApiKeyIdentity",
        "identity": "BearerIdentity",
        "identity-2": "BearerIdentity",
        "on": "BearerIdentity",
    }
    assert all(name[0].isalpha() for name in names)  # a shell can set them
    assert len(names) == 14  # and no two schemes share one


def test_without_a_document_it_is_a_pipeline_for_the_demo(tmp_path):
    """Valid, too."""
    file = tmp_path / "p.yaml"
    file.write_text(for_demo("http://127.0.0.1:8421"))
    assert load(file).config.target.url == "http://127.0.0.1:8421"
