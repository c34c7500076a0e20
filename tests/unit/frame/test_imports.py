"""The import rules: who may know whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STAGES = ["ingest", "dispatch", "execute", "score", "persist"]
FRAME_FOR_STAGES = {"pipeline.messages", "pipeline.errors", "pipeline.events"}


def imports(path: Path) -> set[str]:
    """Full names of the modules that a file imports, function bodies included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def of(prefix: str, names: set[str]) -> set[str]:
    return {name for name in names if name == prefix or name.startswith(prefix + ".")}


def under(names: set[str], allowed: set[str]) -> set[str]:
    return {name for name in names if not any(name == one or name.startswith(one + ".") for one in allowed)}


FILES = sorted((ROOT / "stages").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_stage_knows_messages_errors_events_and_no_other_stage(path):
    """Of the frame only three modules; of the other stages nothing, but the agents' wire, which dispatch shares."""
    names = imports(path)
    frame = of("pipeline", names) - {"pipeline"}
    assert not under(frame, FRAME_FOR_STAGES)
    owner = path.relative_to(ROOT / "stages").parts[0]
    others = [stage for stage in [*STAGES, "agents"] if stage != owner]
    allowed = {"stages.agents.wire"} if owner == "dispatch" else set()
    assert not [name for stage in others for name in under(of(f"stages.{stage}", names), allowed)]


def test_agents_import_little():
    """An agent starts fast: nothing of the frame but the messages, and none of the packages that are slow to import."""
    slow = {"anyio", "aiohttp", "structlog", "uvloop", "yaml", "rich", "asyncio"}
    for path in (ROOT / "stages" / "agents").rglob("*.py"):
        names = imports(path)
        assert not {name.split(".")[0] for name in names} & slow, path
        assert of("pipeline", names) - {"pipeline"} <= of("pipeline.messages", names), path


def test_only_build_knows_all_stages():
    """Just build imports the stages themselves; other modules of the frame know at most what three of them publish."""
    for path in sorted((ROOT / "pipeline").rglob("*.py")):
        names = imports(path)
        joined = {stage for stage in STAGES if f"stages.{stage}.{stage.title()}" in names}
        known = {stage for stage in STAGES for name in names if name.startswith(f"stages.{stage}")}
        if path.relative_to(ROOT) == Path("pipeline/build.py"):
            assert joined == set(STAGES)
        elif path.relative_to(ROOT) != Path("pipeline/config/model.py"):  # it joins the sections that each stage owns
            assert not joined, path
            assert len(known) <= 3, (path, known)
