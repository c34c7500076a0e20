"""Documents that are not for everybody: the run's headers go with what is asked of its target, and nowhere else."""

from typing import Any

import pytest

from pipeline.errors import DocumentError
from stages.execute import document_access
from stages.ingest import IngestConfig, load_api
from tests.servers.hostile import Answer, Seen, serving

DOCUMENT: dict[str, Any] = {"openapi": "3.0.0", "info": {"title": "Private"}, "paths": {"/a": {"get": {"responses": {}}}}}
HEADERS = {"X-Key": "k1"}


def private(seen: Seen) -> Answer:
    """The document for whoever has the key."""
    return Answer(200, DOCUMENT) if seen.header("X-Key") == "k1" else Answer(401)


async def test_a_document_of_the_target_is_asked_for_with_the_runs_headers() -> None:
    """Where --url names its server, or the server itself was given: then it is found at one of the usual places."""
    async with serving(private) as server:
        spec = f"{server.url}/openapi.json"
        named = await load_api(spec, IngestConfig(), access=document_access(HEADERS, spec, f"{server.url}/v1"))
        found = await load_api(server.url, IngestConfig(), access=document_access(HEADERS, server.url, ""))
    assert [api.title for api in (named, found)] == ["Private", "Private"]


async def test_credentials_are_kept_from_other_servers() -> None:
    """A document may lie anywhere: without --url of the same server nothing goes there, and a refusal says what to do."""
    async with serving(private) as server:
        spec = f"{server.url}/openapi.json"
        for url in ("", "http://127.0.0.1:1"):
            with pytest.raises(DocumentError) as raised:
                await load_api(spec, IngestConfig(), access=document_access(HEADERS, spec, url))
            assert ("with --url of the same server" in str(raised.value)) is (url == "")
    assert all(seen.header("X-Key") == "" for seen in server.seen)


def test_an_address_that_is_none_gets_no_credentials() -> None:
    """What it is, is told by what would fetch from it."""
    assert document_access(HEADERS, "http://[::1", "").hint


async def test_credentials_do_not_follow_a_redirect_to_another_server() -> None:
    """The header is given anew at each hop, to its own server alone."""
    async with serving(lambda _: Answer(200, DOCUMENT)) as other:
        there = Answer(302, headers={"Location": f"{other.url}/openapi.json"})
        async with serving(lambda seen: there if seen.header("X-Key") else Answer(401)) as server:
            spec = f"{server.url}/openapi.json"
            api = await load_api(spec, IngestConfig(), access=document_access(HEADERS, spec, server.url))
    assert api.title == "Private"
    assert [seen.header("X-Key") for seen in other.seen] == [""]


async def test_a_login_page_in_the_documents_place_says_what_to_do() -> None:
    """Many servers answer who is not logged in with a page of status 200."""
    async with serving(lambda _: Answer(200, b"<html>login</html>", {"Content-Type": "text/html"})) as server:
        spec = f"{server.url}/spec.yaml"
        with pytest.raises(DocumentError, match=r"a page is answered.*with --url of the same server"):
            await load_api(spec, IngestConfig(), access=document_access(HEADERS, spec, ""))
