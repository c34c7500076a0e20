"""The tables that all implementations share (``native/data``), each read when it is first needed."""

from functools import cache

import msgspec

_DATA = f"{__file__.rpartition('core')[0]}data/"


def _read(name: str) -> bytes:
    with open(_DATA + name, "rb") as file:  # noqa: PTH123 - pathlib takes milliseconds to import, which every worker would pay
        return file.read()


class Stretch(msgspec.Struct, frozen=True):
    """How a format has a text of a given length (GENERATION.md, section 5)."""

    text: str
    fill: str
    least: int
    most: int | None = None
    block: str = ""
    whole: bool = False


class FormatEntry(msgspec.Struct, frozen=True):
    """A format's templates (GENERATION.md, section 5), the values worth trying, and how it is stretched; ``free``: any text is one."""

    plausible: str
    random: str
    values: list[str]
    stretch: list[Stretch] = []
    free: bool = False


class Names(msgspec.Struct, frozen=True):
    """Plausible values by the name of what they are for; ``vary``: names whose values should differ from case to case."""

    text: dict[str, str]
    number: dict[str, int]
    vary: frozenset[str]


class Try(msgspec.Struct, frozen=True):
    """A string that programs are known to trip over; ``json_only``: not sent outside of JSON bodies; ``whole``: not sent as a part of a
    value, which it may cut."""

    label: str
    text: str
    json_only: bool
    whole: bool = False


class Texts(msgspec.Struct, frozen=True):
    """``special`` characters and letters of many scripts (``planes``) that random text is made of, and strings worth trying."""

    special: str
    planes: str
    tries: list[Try]
    cookie_tries: list[Try]  # the characters that cookies hold (RFC 6265), and what is percent-encoded in them
    header_tries: list[Try]  # the visible characters and blanks of a field's value (RFC 9110)
    path_tries: list[Try]  # what must be encoded in a path; no slash, since many servers decode it first


class Unicode(msgspec.Struct, frozen=True):
    """Properties of Unicode by their short names, written as ranges of hexadecimal code points; ``names``: short names by long ones."""

    unicode: str  # the version
    categories: dict[str, str]
    groups: dict[str, list[str]]
    scripts: dict[str, str]
    extensions: dict[str, str]  # of those scripts whose extensions are another set than the script
    binary: dict[str, str]
    cases: str  # characters that are one without regard to case, apart by =
    names: dict[str, dict[str, str]]


@cache
def formats() -> dict[str, FormatEntry]:
    return msgspec.json.decode(_read("formats.json"), type=dict[str, FormatEntry])


@cache
def misses() -> dict[str, list[str]]:
    """Texts that look like a format and are not of it, by format."""
    return msgspec.json.decode(_read("misses.json"), type=dict[str, list[str]])


@cache
def names() -> Names:
    return msgspec.json.decode(_read("names.json"), type=Names)


@cache
def words() -> list[str]:
    return msgspec.json.decode(_read("words.json"), type=list[str])


@cache
def texts() -> Texts:
    return msgspec.json.decode(_read("texts.json"), type=Texts)


@cache
def unicode() -> Unicode:
    return msgspec.json.decode(_read("unicode.json"), type=Unicode)
