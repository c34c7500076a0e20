"""What the page on the protocol says of the structures is what they are."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from pipeline import messages

PAGE = (Path(__file__).parents[2] / "native" / "PROTOCOL.md").read_text()
LIST = PAGE.partition("## 3. Structures")[2].partition("\n## 4.")[0].partition("\n- ")[2]
WRITTEN = dict(re.findall(r"\b([A-Z][A-Za-z]+)(?:, `[a-z]+`)?: (.*?)\.(?=\s|$)", LIST, re.DOTALL))


def test_the_page_names_the_structures():
    """So that the test below looks at them."""
    assert len(WRITTEN) >= 25
    assert {"ApiSlice", "Operation", "Job", "Case", "Step", "Plan", "Record"} <= WRITTEN.keys()


@pytest.mark.parametrize("name", WRITTEN)
def test_a_structure_has_these_fields_and_defaults_in_this_order(name):
    """What stands in brackets is for people."""
    without_brackets = re.sub(r"\([^()]*\)", "", " ".join(WRITTEN[name].split()))
    said = [part.split(maxsplit=1) for part in without_brackets.split(",")]
    fields = msgspec.structs.fields(getattr(messages, name))
    assert [words[0] for words in said] == [field.encode_name for field in fields]
    for words, field in zip(said, fields, strict=True):
        default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        assert (len(words) == 1) == field.required
        assert field.required or json.loads(words[1]) == default
