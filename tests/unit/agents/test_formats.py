"""Formats of strings and numbers: all that the registries know are made, as they say."""

import base64
import quopri
import re
from decimal import Decimal

import pytest
from msgspec.msgpack import Ext

from stages.agents.core.compiler import Compiler
from stages.agents.core.interesting import variations
from stages.agents.core.realm import Realm
from stages.agents.core.tables import formats
from stages.agents.core.verdict import satisfies

_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?"
_ZONE = r"(Z|[+-]\d\d:\d\d)"
_BASE64 = r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_ANY = r"(?s).*"
_REAL = r"-?\d+(\.\d+)?(e\d+)?"

# The OpenAPI Format Registry (spec.openapis.org/registry/format) as of 2025, and with it all of JSON Schema 2020-12 (Validation, 7.3):
# how a string of the format looks; None: the format is one of numbers only.
STRINGS: dict[str, str | None] = {
    "base64url": r"[A-Za-z0-9_-]*",
    "binary": _ANY,
    "byte": _BASE64,
    "char": r".",
    "commonmark": _ANY,
    "date-time-local": f"{_DATE}T{_CLOCK}",
    "date-time": f"{_DATE}T{_CLOCK}{_ZONE}",
    "date": _DATE,
    "decimal": _REAL,
    "decimal128": _REAL,
    "double-int": None,
    "double": None,
    "duration": r"P(?=.)(\d+[YMWD])*(T(\d+[HMS])+)?",
    "email": r"[^@\s]+@[^@\s]+",
    "float": None,
    "hostname": r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*",
    "html": _ANY,
    "http-date": r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
    "idn-email": r"[^@\s]+@[^@\s]+",
    "idn-hostname": r"[^\s./]+(\.[^\s./]+)*",
    "int16": None,
    "int32": None,
    "int64": r"-?\d{1,19}",
    "int8": None,
    "ipv4": r"\d+\.\d+\.\d+\.\d+",
    "ipv6": r"[0-9a-f:.]+",
    "iri-reference": r"\S*",
    "iri": r"[a-z]+:\S+",
    "json-pointer": r"(/([^/~]|~[01])*)*",
    "media-range": r"(\*|[a-z]+)/(\*|[a-z]+)",
    "password": r".+",
    "regex": _ANY,
    "relative-json-pointer": r"(0|[1-9]\d*)(#|(/([^/~]|~[01])*)*)",
    "sf-binary": f":{_BASE64}:",
    "sf-boolean": r"\?[01]",
    "sf-decimal": r"-?\d{1,12}\.\d{1,3}",
    "sf-integer": r"-?\d{1,15}",
    "sf-string": r"\"[ !#-\[\]-~]*\"",
    "sf-token": r"[A-Za-z*][!#-'*+./0-9:A-Z^-z|~-]*",
    "time-local": _CLOCK,
    "time": f"{_CLOCK}{_ZONE}",
    "uint16": None,
    "uint32": None,
    "uint64": r"\d{1,20}",
    "uint8": None,
    "unixtime": r"-?\d+",
    "uri-reference": r"[!-~]*",
    "uri-template": r"[!-~]*",
    "uri": r"[a-z]+:[!-~]+",
    "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
}

# Those that apply to numbers: the least and the greatest.
NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "decimal": (None, None),
    "decimal128": (None, None),
    "double-int": (-(2**53) + 1, 2**53 - 1),
    "double": (None, None),
    "float": (None, None),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "int8": (-128, 127),
    "sf-decimal": (-999999999999, 999999999999),
    "sf-integer": (-999999999999999, 999999999999999),
    "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
    "uint8": (0, 255),
    "unixtime": (0, None),
}


def made(make, schema):
    """The best guess, random values, and all that is worth trying of the format."""
    compiler = Compiler({})
    node = compiler.node(schema)
    tried = [
        variation for variation in variations(compiler, node, Realm.JSON, 5) if schema["type"] != "string" or "format/" in variation[1]
    ]
    values = [make(schema, "best"), *(make(schema, "random", seed=seed) for seed in range(50))]
    values += [make(schema, steer=variation.steer) for variation in tried]
    assert [value for value in values if not satisfies(compiler, node, value)] == []
    return values


def read(value) -> Decimal:
    return Decimal(value.data.decode()) if isinstance(value, Ext) else Decimal(value)


@pytest.mark.parametrize("name", STRINGS)
def test_strings_of_every_registered_format_are_made(make, name) -> None:
    """As the registry describes them; formats of numbers as numbers written out, which is what documents mean by them."""
    shape = STRINGS[name] or _REAL
    values = made(make, {"type": "string", "format": name})
    assert [value for value in values if not re.fullmatch(shape, value)] == []
    assert name in formats() or name == "binary", "it would be any text"
    assert len(set(values)) > 1


@pytest.mark.parametrize("name", ["idn-email", "idn-hostname", "iri", "iri-reference"])
def test_international_formats_have_values_that_no_other_format_has(make, name) -> None:
    """Beyond ASCII, in two scripts."""
    values = [value for value in made(make, {"type": "string", "format": name}) if not value.isascii()]
    assert any(any(ord(char) > 0x3000 for char in value) for value in values)
    assert any(all(ord(char) < 0x250 for char in value) for value in values)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("kind", ["number", "integer"])
def test_numbers_of_every_registered_format_are_within_it(make, name, kind) -> None:
    """Best guess, random and at the ends."""
    low, high = NUMBERS[name]
    values = [read(value) for value in made(make, {"type": kind, "format": name})]
    assert [value for value in values if (low is not None and value < low) or (high is not None and value > high)] == []
    assert low is None or low in values
    assert high is None or high in values


def test_no_number_of_a_structured_field_has_more_than_three_places(make) -> None:
    """RFC 8941, 3.3.2."""
    values = [read(value) for value in made(make, {"type": "number", "format": "sf-decimal"})]
    assert any(value != int(value) for value in values)
    assert all(value == round(value, 3) for value in values)


def test_every_format_of_the_table_is_registered() -> None:
    """But `url`, which documents say where they mean `uri`, and what content encodings are read as."""
    assert formats().keys() - STRINGS.keys() == {"url", "base16", "base32", "quoted-printable"}


@pytest.mark.parametrize(
    ("name", "decode"),
    [
        ("byte", lambda text: base64.b64decode(text, validate=True)),
        ("base64url", lambda text: base64.b64decode(text, altchars="-_", validate=True)),
        ("base32", base64.b32decode),
        ("base16", base64.b16decode),
        ("quoted-printable", lambda text: quopri.decodestring(text.encode())),
    ],
)
def test_encoded_contents_can_be_decoded(make, name, decode) -> None:
    """By decoders that are not Sentinel's (RFC 4648; RFC 2045, 6.7); `sample` among them."""
    values = made(make, {"type": "string", "format": name})
    assert decode(values[0]) == b"sample"
    assert len({decode(value) for value in values}) > 20
    assert "" in values
    if name == "quoted-printable":
        assert [value for value in values if not re.fullmatch(r"([\t -<>-~]|=[0-9A-F]{2}|=\r\n)*", value)] == []
