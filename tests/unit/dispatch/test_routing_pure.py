"""The router is a function of what it is given: it does no I/O, tells no time, draws nothing, and knows no arm by its name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stages.dispatch import routing
from stages.dispatch.config import BUILT_IN

FILES = sorted(Path(routing.__file__).parent.glob("*.py"))
MAY_IMPORT = {"bisect", "collections.abc", "itertools", "math", "msgspec", "pipeline.messages", "typing"}
MAY_NOT_CALL = {"__import__", "breakpoint", "compile", "eval", "exec", "globals", "hash", "id", "input", "open", "print"}
NAMES = {arm.name for arm in BUILT_IN} | {
    "claude", "cpython", "deno", "golang", "gpt", "java", "javascript", "kotlin", "llama", "lua", "mistral", "node", "ollama", "openai",
    "perl", "php", "pypy", "ruby", "rustc", "scala", "swift", "typescript",
}  # fmt: skip


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a file imports, in functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def words(tree: ast.AST) -> Iterator[str]:
    """Every word of every identifier and string, docstrings included, in small letters."""
    for node in ast.walk(tree):
        for _, value in ast.iter_fields(node):
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    yield from re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower())


def called(tree: ast.AST) -> set[str]:
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def test_what_is_looked_for_is_found():
    """In an import within a function, a keyword, an attribute, a name in capitals, and a string."""
    tree = ast.parse("def f():\n import os.path\n from time import monotonic\n x.is_rust(best_perl=1)\n return PyPy, f'the Python one'")
    assert set(imported(tree)) == {"os.path", "time"}
    assert {"rust", "perl", "python"} <= set(words(tree))
    assert called(ast.parse("x = open(print)")) == {"open"}
    assert len(FILES) > 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_router_reaches_nothing_outside_itself(path):
    """It imports arithmetic, the shapes of data, and its own modules: no file, socket, clock, log, chance or event loop."""
    tree = ast.parse(path.read_text())
    assert {name for name in imported(tree) if not name.startswith("stages.dispatch.routing")} <= MAY_IMPORT
    assert not called(tree) & MAY_NOT_CALL


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_language_is_named_in_the_router(path):
    """Nor a model: neither as an identifier nor in a string."""
    assert not set(words(ast.parse(path.read_text()))) & NAMES
