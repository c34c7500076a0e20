"""What an install consists of: both packages, the tables, the Rust agents where there is a toolchain, one version of the validator."""

import os
import re
import shutil
import subprocess
import tomllib
import venv
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
INSTALLS = os.environ.get("SENTINEL_TEST_INSTALL") == "1"


def test_distribution_owns_both_packages():
    """The import packages `pipeline` and `stages` belong to the distribution `sentinel-pipeline`."""
    owners = packages_distributions()
    assert set(owners["pipeline"]) == {"sentinel-pipeline"}
    assert set(owners["stages"]) == {"sentinel-pipeline"}


def test_validator_is_pinned_to_one_version():
    """Python and Rust ask the same version of the same validator."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (pinned,) = (
        match[1] for dependency in project["project"]["dependencies"] if (match := re.fullmatch(r"jsonschema-rs==(.+)", dependency))
    )
    manifest = tomllib.loads((ROOT / "native" / "verdict" / "Cargo.toml").read_text())
    lock = tomllib.loads((ROOT / "native" / "Cargo.lock").read_text())
    assert manifest["dependencies"]["jsonschema"]["version"] == f"={pinned}"
    assert [package["version"] for package in lock["package"] if package["name"] == "jsonschema"] == [pinned]


def test_lock_names_the_usual_registry_only():
    """Cargo.lock can be used anywhere: every package comes from crates.io or from here."""
    lock = tomllib.loads((ROOT / "native" / "Cargo.lock").read_text())
    sources = {package.get("source") for package in lock["package"]}
    assert sources == {None, "registry+https://github.com/rust-lang/crates.io-index"}


def test_agents_link_no_network_library():
    """The Rust agents cannot fetch anything: no HTTP or TLS library is among their crates."""
    lock = tomllib.loads((ROOT / "native" / "Cargo.lock").read_text())
    names = {package["name"] for package in lock["package"]}
    assert not names & {"reqwest", "hyper", "rustls", "openssl", "native-tls", "ureq", "tokio"}


@pytest.mark.skipif(not INSTALLS, reason="takes minutes: set SENTINEL_TEST_INSTALL=1")
@pytest.mark.parametrize(("editable", "toolchain"), [(True, True), (False, False)], ids=["editable-with-cargo", "plain-without-cargo"])
def test_install(tmp_path, editable, toolchain):
    """pip puts the agents beside the command where cargo is; without it all else is installed, and the Python agents find their tables."""
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns(".git", "target", "build", "node_modules", ".*cache", "*.egg-info")
    shutil.copytree(ROOT, source, ignore=ignored, symlinks=True)
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / "bin"
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep) if toolchain or not Path(folder, "cargo").exists()]
    environment = {**os.environ, "PATH": os.pathsep.join([str(programs), *folders])}
    options = ["--quiet", *(["--editable"] if editable else [])]
    subprocess.run([programs / "pip", "install", *options, "."], cwd=source, env=environment, check=True, timeout=900)
    assert (programs / "sentinel").exists()
    assert (programs / "sentinel-agents").exists() == (toolchain and shutil.which("cargo") is not None)
    command = [programs / "python", "-m", "stages.agents"]
    ready = subprocess.run(command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
    assert b"functional-positive" in ready.stdout
    read_tables = "from stages.agents.core.tables import formats, names, texts, words; assert formats() and names() and texts() and words()"
    subprocess.run([programs / "python", "-c", read_tables], cwd=tmp_path, env=environment, check=True, timeout=60)
