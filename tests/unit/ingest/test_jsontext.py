"""Large JSON texts take the fast reader, which must not lose what the careful one sees."""

import json

import pytest
from msgspec.msgpack import Ext

from pipeline.messages import EXT_INTEGER
from stages.ingest.jsontext import CAREFUL_BELOW_BYTES, read_json

PADDING = {"padding": "x" * CAREFUL_BELOW_BYTES}


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30, 2**64 + 1])
@pytest.mark.parametrize("before", ["", "1234567890123456789012345678901 is text", "a:12345678901234567890"])
def test_integers_past_64_bits_are_kept_exactly(number, before):
    """Wherever other digits stand."""
    text = json.dumps({"before": before, **PADDING, "list": [number], "n": number})
    value, _ = read_json(text, text.encode())
    wanted = Ext(EXT_INTEGER, str(number).encode())
    assert (value["n"], value["list"], value["before"]) == (wanted, [wanted], before)


def test_digits_in_texts_are_no_numbers():
    """Long rows of digits in descriptions change nothing, the largest 64-bit integer is a plain one."""
    text = json.dumps({"id": "9" * 40, "n": 2**63 - 1, **PADDING})
    value, _ = read_json(text, text.encode())
    assert (value["id"], value["n"]) == ("9" * 40, 2**63 - 1)
