"""Letters, words, names, lengths; and the formats made of them."""

import jsonschema_rs
import pytest

from stages.agents.core import formats, text
from stages.agents.core.draws import Draws
from stages.agents.core.tables import formats as table
from stages.agents.core.tables import words

ASSERTED = ("date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uuid", "uri-template", "json-pointer", "relative-json-pointer", "regex")  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(("count", "drawn"), [(0, 0), (1, 1), (8, 1), (9, 2), (17, 3)])
def test_eight_letters_take_one_number(count: int, drawn: int) -> None:
    """How far a stream moves depends on the number of letters alone."""
    draws, counter = Draws(5), Draws(5)
    assert len(text.letters(draws, text.SAFE, count)) == count
    for _ in range(drawn):
        counter.next()
    assert draws.state == counter.state


def test_an_alphabet_of_one_takes_no_number_and_a_large_one_is_used_whole() -> None:
    """No choice, no draw; and every character of an alphabet can come."""
    draws = Draws(1)
    assert text.letters(draws, "é", 3) == "ééé"
    assert draws.state == 1
    assert set(text.letters(draws, text.DIGITS, 2000)) == set(text.DIGITS)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("petId", ("petid", "id")),
        ("X-Request-ID", ("xrequestid", "requestid", "id")),
        ("HTTPServerName2", ("httpservername2", "name2", "2")),
        ("created_at", ("createdat", "at")),
        ("IDs", ("ids", "ds")),
        ("é", ()),
        ("", ()),
    ],
)
def test_names_are_cut_into_words(name: str, keys: tuple[str, ...]) -> None:
    """Camel case, separators and digits part the words; the last ones say what a thing is."""
    assert text.name_keys(name) == keys


def test_names_say_what_is_plausible() -> None:
    """The table is consulted by the whole name, then by its end."""
    assert text.named_text("userEmail") == "sample.user@example.com"
    assert text.named_text("xyzzy") == "sample"
    assert text.named_number("page_size") == 10
    assert text.named_number("xyzzy") is None
    assert text.is_varied("firstName")
    assert not text.is_varied("status")


def test_varied_texts_differ_keep_their_domain_and_fit() -> None:
    """A suffix goes before the @, and the text stays within its length."""
    draws = Draws(8)
    made = {text.varied(draws, "sample@example.com", 22) for _ in range(50)}
    assert len(made) == 50
    assert all(one.endswith("@example.com") and len(one) <= 22 for one in made)
    assert all(len(text.varied(draws, "sample", high)) == high for high in range(9))


@pytest.mark.parametrize(("low", "high"), [(0, None), (0, 0), (3, 3), (1, 2), (40, None), (0, 5000), (300, 301)])
@pytest.mark.parametrize("plain", [False, True])
def test_random_text_has_an_allowed_length(low: int, high: int | None, plain: bool) -> None:
    """Whatever kind of text is chosen."""
    draws = Draws(2)
    for _ in range(200):
        made = text.texts_between(low, high, plain=plain)(draws)
        assert low <= len(made) <= (low + 16 if high is None else high)
        assert not plain or set(made) <= set(text.SAFE)


def test_fitted_text_has_an_allowed_length() -> None:
    """Too long is cut, too short is repeated, nothing becomes letters."""
    assert text.fitted("sample", 0, 3) == "sam"
    assert text.fitted("ab", 5, None) == "ababa"
    assert text.fitted("", 2, 9) == "aa"


@pytest.mark.parametrize("name", sorted(table()))
def test_every_format_makes_values_that_a_validator_accepts(name: str) -> None:
    """Plausible, random and interesting values of the formats that the validator knows; all others make text too."""
    draws = Draws(11)
    made = [formats.plausible(name, draws), *formats.interesting(name), *[formats.random(name, draws) for _ in range(200)]]
    assert all(isinstance(one, str) for one in made)
    if name in ASSERTED:
        validator = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
        assert not validator.is_valid("\x00 not } one {"), "the validator does not look at this format"
        assert [one for one in made if not validator.is_valid(one)] == []


def test_words_are_plain() -> None:
    """They can stand anywhere in a request, in any character set."""
    assert all(word.isascii() and word.isalpha() and word.islower() for word in words())
    assert len(set(words())) == len(words())
