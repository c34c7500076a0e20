"""Names made new: which texts of a request, how long they get, and when they stay."""

import re
import uuid

import pytest

from pipeline.messages import MediaType, RequestBody
from stages.score.naming import Naming

TEXT = {"type": "string"}


def shelf(properties, required=("name",)):
    """POST /shelves whose body has these properties."""
    return {"type": "object", "required": list(required), "properties": properties}


@pytest.fixture
def renamed(make_scene, make_operation, replace):
    """The body that is sent in place of ``body``, by a schema."""

    def rename(schema, body, token="7x2", **how):
        content = RequestBody(content=[MediaType(media_type="application/json", schema=schema)])
        scene = make_scene([replace(make_operation("POST /shelves"), body=content)])
        return Naming(scene.model).renamed(scene.step("POST /shelves", body=body), token, **how).body.value

    return rename


def test_required_plain_texts_get_the_token(renamed):
    """What is optional stays: it names nothing."""
    schema = shelf({"name": TEXT, "note": TEXT, "size": {"type": "integer"}}, ["name", "size"])
    assert renamed(schema, {"name": "oak", "note": "n", "size": 3}) == {"name": "oak7x2", "note": "n", "size": 3}


def test_addresses_and_uuids_are_made_new_in_their_form(renamed):
    """They have to be unique as often as names."""
    schema = shelf({"mail": TEXT | {"format": "email"}, "key": TEXT | {"format": "uuid"}}, ["mail", "key"])
    old = {"mail": "a@example.org", "key": "4d8f0bb7-6d43-4a1c-8b8e-0e3c1a9f1a11"}
    new = renamed(schema, old)
    assert new["mail"] == "a7x2@example.org"
    assert uuid.UUID(new["key"]) != uuid.UUID(old["key"])
    assert renamed(schema, old) == new != renamed(schema, old, token="7x3")


@pytest.mark.parametrize("form", [{"enum": ["oak"]}, {"const": "oak"}, {"pattern": "^[a-z]+$"}, {"format": "uri"}, {"maxLength": 3}])
def test_texts_of_a_form_of_their_own_stay(renamed, form):
    """A token would break them, or there is no room for it."""
    assert renamed(shelf({"name": TEXT | form}), {"name": "oak"}) == {"name": "oak"}


def test_a_text_of_a_pattern_is_made_new_where_the_pattern_bears_it(renamed):
    """Such as one that only keeps slashes out."""
    assert renamed(shelf({"name": TEXT | {"pattern": "^[^/%&]+$"}}), {"name": "oak"}) == {"name": "oak7x2"}


@pytest.mark.parametrize(
    ("form", "text"),
    [({"maxLength": 8}, "a" * 9), ({"minLength": 4}, "ab"), ({"pattern": "^[a-z0-9]{4,9}$"}, "ab"), ({"format": "uuid"}, "nope")],
)
@pytest.mark.parametrize("how", [{}, {"freshest": True}])
def test_a_text_that_is_broken_stays_broken(renamed, form, text, how):
    """A new one would be right: another request than the one that is looked at."""
    assert renamed(shelf({"name": TEXT | form}), {"name": text}, **how) == {"name": text}


def test_a_long_name_is_cut_for_the_token(renamed):
    """So that the document still accepts it."""
    assert renamed(shelf({"name": TEXT | {"maxLength": 6}}), {"name": "walnut"}) == {"name": "wal7x2"}


def test_what_the_document_would_refuse_is_not_sent(renamed):
    """A rule elsewhere may bind the text."""
    schema = shelf({"name": TEXT}) | {"not": {"properties": {"name": {"pattern": "x"}}}}
    assert renamed(schema, {"name": "oak"}) == {"name": "oak"}


@pytest.mark.parametrize(
    ("pattern", "old"),
    [
        ("^97[89][0-9]{10}$", "9780306406157"),
        ("^[A-Z]{2}-[0-9]{4,8}$", "AB-1234"),
        ("^[a-z]+(-[a-z]+)*$", "oak-table"),
        ("^v[0-9]{4}$", "v2024"),
    ],
)
def test_texts_of_a_pattern_are_spelled_anew_for_the_freshest(renamed, pattern, old):
    """Another one by each token, in the pattern; what is only fresh keeps it."""
    schema = shelf({"name": TEXT | {"pattern": pattern}})
    first, second = (renamed(schema, {"name": old}, token, freshest=True)["name"] for token in ("7x2", "7x3"))
    assert all(re.search(pattern, new) for new in (first, second))
    assert len({old, first, second}) == 3
    assert renamed(schema, {"name": old}, "7x2") == {"name": old}


@pytest.mark.parametrize("form", [{"pattern": "^(oak|walnut)$"}, {"pattern": "^[A-Z]{2,3}$"}, {"pattern": "^[a-z]+$", "enum": ["walnut"]}])
def test_texts_of_few_values_are_not_spelled_anew(renamed, form):
    """A member of a list, or a code of three letters, names nothing of its own."""
    old = {"name": "EUR" if "A-Z" in form["pattern"] else "walnut"}
    assert renamed(shelf({"name": TEXT | form}), old, freshest=True) == old
