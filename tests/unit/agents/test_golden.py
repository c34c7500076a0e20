"""The golden vectors: what is generated, byte for byte."""

from hashlib import blake2b
from pathlib import Path

import msgspec
import pytest

from pipeline.messages import ApiSlice, Job
from stages.agents.generate import Generator
from stages.agents.wire import encode_answer
from tests.golden.make import build

FOLDER = Path(__file__).parents[2] / "golden"


class Vector(msgspec.Struct):
    slice: ApiSlice
    job: Job
    answers: list[bytes]
    gave_up: list[tuple[str, int]]


@pytest.mark.parametrize("path", sorted((FOLDER / "generation").glob("*.msgpack")), ids=lambda path: path.stem)
def test_a_golden_job_has_its_golden_answers(path: Path) -> None:
    """Read from the file alone, as another implementation would."""
    vector = msgspec.msgpack.decode(path.read_bytes(), type=Vector)
    gave_up: list[tuple[str, int, str]] = []
    made = [encode_answer(answer) for answer in Generator(vector.slice).answers(vector.job, gave_up)]
    assert made == vector.answers
    assert [(operation, ordinal) for operation, ordinal, _ in gave_up] == vector.gave_up
    listing = msgspec.json.decode(path.with_suffix(".json").read_bytes())
    assert listing["blake2b"] == blake2b(b"".join(made), digest_size=16).hexdigest()


def test_the_files_are_those_that_the_script_writes() -> None:
    """No vector is edited by hand, none is left behind."""
    files = build()
    assert {path for path, data in files.items() if (FOLDER / path).read_bytes() != data} == set()
    found = {str(path.relative_to(FOLDER)) for folder in ("generation", "protocol") for path in (FOLDER / folder).iterdir()}
    assert found == files.keys()
