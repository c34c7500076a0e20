"""Which operations are tested, and where."""

from collections.abc import Callable

import pytest
from msgspec import structs

from pipeline.errors import DocumentError, UsageError
from pipeline.messages import Api
from stages.ingest.target import base_url, selected

DOCUMENT = {
    "openapi": "3.0.0",
    "paths": {
        "/pets": {"get": {"operationId": "listPets", "responses": {}}},
        "/pets/{id}": {"get": {"responses": {}}},
        "/shop": {"post": {"responses": {}}},
    },
}


@pytest.mark.parametrize(
    ("globs", "keys"),
    [
        ([], ["GET /pets", "GET /pets/{id}", "POST /shop"]),
        (["GET /pets/*"], ["GET /pets/{id}"]),
        (["GET *"], ["GET /pets", "GET /pets/{id}"]),
        (["/pets*", "POST *"], ["GET /pets", "GET /pets/{id}", "POST /shop"]),
        (["list*"], ["GET /pets"]),
        (["GET /pets/{id}"], ["GET /pets/{id}"]),
    ],
)
def test_globs_match_keys_paths_and_ids(api_of: Callable[..., Api], globs: list[str], keys: list[str]) -> None:
    """Only what matches stays; makers are not pulled in."""
    assert [operation.key for operation in selected(api_of(DOCUMENT), globs).operations] == keys


def test_another_selection_is_another_digest(api_of: Callable[..., Api]) -> None:
    """The digest covers the operations that are there."""
    api = api_of(DOCUMENT)
    assert selected(api, ["GET *"]).digest != api.digest
    assert selected(api, []) is api


def test_globs_that_match_nothing_are_a_usage_error(api_of: Callable[..., Api]) -> None:
    """It says what there would have been."""
    with pytest.raises(UsageError, match=r"no operation matches 'PUT \*'; the document has 3, such as GET /pets"):
        selected(api_of(DOCUMENT), ["PUT *"])


def test_no_run_begins_with_nothing_to_test() -> None:
    """A document of schemas alone is understood, not tested."""
    with pytest.raises(DocumentError, match="no operation that could be tested"):
        selected(Api(digest="", source="d.json"), [])


@pytest.mark.parametrize(
    ("servers", "url", "spec", "source", "expected"),
    [
        (["https://prod.example/v1"], "http://127.0.0.1:8000/base/", "d.json", "d.json", "http://127.0.0.1:8000/base"),
        (["https://prod.example/v1"], "", "d.json", "d.json", "https://prod.example/v1"),
        (["https://prod.example", "http://t.example/v1"], "", "http://t.example/d.json", "http://t.example/d.json", "http://t.example/v1"),
        (["https://prod.example/v1"], "", "http://t.example/d.json", "http://t.example/d.json", "https://prod.example/v1"),
        (["https://prod.example/v1"], "", "http://t.example:81/", "http://t.example:81/openapi.json", "http://t.example:81/v1"),
        ([], "", "http://t.example:81", "http://t.example:81/openapi.json", "http://t.example:81"),
    ],
)
def test_the_base_url_is_the_users_or_the_documents(servers: list[str], url: str, spec: str, source: str, expected: str) -> None:
    """A server that was named as the target is the target, whatever production servers its document lists."""
    assert base_url(Api(digest="", servers=servers, source=source), url, spec) == expected


def test_without_any_server_the_message_says_what_to_give() -> None:
    """A path alone is no address."""
    with pytest.raises(DocumentError, match="give the address to test with --url"):
        base_url(Api(digest="", servers=["/v1"], source="d.json"), "", "d.json")


@pytest.mark.parametrize("url", ["localhost:8000", "http://", "http://[::1", "http://a.example:port", "http://a.example:99999"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    """Before anything is sent."""
    with pytest.raises(UsageError, match="no http or https address"):
        base_url(Api(digest="", source="d.json"), url, "d.json")


def test_the_digest_ignores_problems_and_source(api_of: Callable[..., Api]) -> None:
    """The same API from another place is the same API."""
    first, second = api_of(DOCUMENT), api_of({**DOCUMENT, "paths": {**DOCUMENT["paths"], "/bad": "x"}})
    assert second.problems
    assert structs.replace(second, problems=first.problems) == first
