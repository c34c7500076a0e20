"""The testers that are compared: how each is installed into a scratch folder, and what it is told."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import targets

APIFUZZ = "0.1.3"
APIFUZZ_REQUESTS = 90  # for each operation: it has no limit of time, and goes through the operations one by one
SWAGGER2OPENAPI = "swagger2openapi@7.0.8"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What every tool is told: where the document and the server are, whom to be, and when to end. ``folder`` keeps what it leaves."""

    scratch: Path
    document: Path
    url: str
    headers: Sequence[str]
    seed: int
    seconds: int
    folder: Path
    extra: Sequence[str] = ()


def sentinel(setting: Setting) -> list[str]:
    ends = ["--time", f"{setting.seconds}s", "--store", str(setting.folder / "store.db")]
    report = ["--report", f"ndjson={setting.folder / 'findings.ndjson'}"]
    return [sys.executable, "-m", "pipeline.cli", *_common(setting), *ends, *report, *setting.extra]


def schemathesis(setting: Setting) -> list[str]:
    bin_folder = targets.venv(setting.scratch, "schemathesis", targets.SCHEMATHESIS)
    limits = ["--checks", "all", "--workers", "2", "--max-time", str(setting.seconds)]
    return [str(bin_folder / "schemathesis"), *_common(setting), *limits]


def apifuzz(setting: Setting) -> list[str]:
    """It reads OpenAPI 3 only, so older documents are converted; it has no seed, and its configuration is a file."""
    folder = setting.scratch / "apifuzz"
    if not (folder / "bin" / "apifuzz").exists():
        subprocess.run(["cargo", "install", "--quiet", "apifuzz", "--version", APIFUZZ, "--root", str(folder)], check=True)
    configuration = setting.folder / "apifuzz.toml"
    headers = [f"{json.dumps(name)} = {json.dumps(value.strip())}" for name, _, value in (one.partition(":") for one in setting.headers)]
    spec, url = json.dumps(str(_as_3(setting))), json.dumps(setting.url)
    configuration.write_text("\n".join([f"spec = {spec}", f"base_url = {url}", "[headers]", *headers, ""]))
    return [str(folder / "bin" / "apifuzz"), "fuzz", "--config", str(configuration), "--level", "heavy", "--limit", str(APIFUZZ_REQUESTS)]


TOOLS: Mapping[str, Callable[[Setting], list[str]]] = {"sentinel": sentinel, "schemathesis": schemathesis, "apifuzz": apifuzz}


def _as_3(setting: Setting) -> Path:
    document: dict[str, Any] = json.loads(setting.document.read_text())
    if "swagger" not in document:
        return setting.document
    folder = setting.scratch / "swagger2openapi"
    converter = folder / "node_modules" / ".bin" / "swagger2openapi"
    if not converter.exists():
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), SWAGGER2OPENAPI]
        subprocess.run(install, check=True)
    converted = setting.folder / "openapi3.json"
    subprocess.run([str(converter), "--patch", "--outfile", str(converted), str(setting.document)], check=True, capture_output=True)
    return converted


def _common(setting: Setting) -> list[str]:
    headers = [part for header in setting.headers for part in ("--header", header)]
    return ["run", str(setting.document), "--url", setting.url, "--seed", str(setting.seed), *headers]
