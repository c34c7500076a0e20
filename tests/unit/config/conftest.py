"""Reading a pipeline from a text, with its faults as lines."""

import pathlib
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.config.load import Loaded, load
from pipeline.errors import ConfigError


@pytest.fixture
def write(tmp_path: pathlib.Path) -> Callable[[str], pathlib.Path]:
    """Write a pipeline's text to a file of its own folder."""

    def writing(text: str) -> pathlib.Path:
        file = tmp_path / "pipeline.yaml"
        file.write_text(text)
        return file

    return writing


@pytest.fixture
def loaded(write: Callable[[str], pathlib.Path]) -> Callable[..., Loaded]:
    """Load a pipeline's text; keyword arguments go to ``load``."""
    return lambda text, **options: load(write(text), **options)


@pytest.fixture
def faults(write: Callable[[str], pathlib.Path]) -> Callable[..., list[str]]:
    """The faults of a pipeline's text, without the file's name; none where it is valid."""

    def reading(text: str, **options: Any) -> list[str]:
        file = write(text)
        try:
            load(file, **options)
        except ConfigError as error:
            return [line.removeprefix(f"{file}:") for line in str(error).splitlines()]
        return []

    return reading
