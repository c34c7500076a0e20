"""Finding a server's document."""

import pathlib

import pytest

from pipeline.errors import DocumentError
from stages.ingest import IngestConfig
from stages.ingest.discovery import candidates, linked, looks_like_document, shown
from stages.ingest.locate import locate_file

DOCUMENT = '{"openapi": "3.0.0", "paths": {}}'


def test_usual_places_are_tried_below_the_path_first_then_above() -> None:
    """A server may live below a path."""
    found = candidates("http://h.example/api/v1/")
    assert found[0] == "http://h.example/api/v1/openapi.json"
    assert found.index("http://h.example/api/v1/__api__") < found.index("http://h.example/api/openapi.json")
    assert "http://h.example/swagger.json" in found
    for place in ("openapi.json", "swagger.json", "v3/api-docs", "__api__", "api/openapi.json", "openapi.yaml", "api-docs", "v1/__api__"):
        assert f"http://h.example/{place}" in candidates("http://h.example")


def test_a_page_names_its_document() -> None:
    """Swagger UI and its kind hold the address; other servers are not followed."""
    page = b"""<script src="/static/swagger-ui.js"></script><script>SwaggerUIBundle({url: "/v9/openapi.json", x: 'https://evil.example/openapi.json'})"""
    assert linked(page, "http://h.example/docs") == ["http://h.example/v9/openapi.json"]


@pytest.mark.parametrize(
    ("data", "is_one"),
    [
        (DOCUMENT.encode(), True),
        (b'{"info": {}, "swagger" : "2.0"}', True),
        (b"# comment\nopenapi: 3.1.0\n", True),
        (b'\xef\xbb\xbf"swagger": "2.0"\n', True),
        (b'{"hello": "openapi"}', False),
        (b"<html>openapi: 3</html>", False),
        (b"", False),
        (b"see openapi: docs", False),
    ],
)
def test_documents_are_told_from_other_answers(data: bytes, is_one: bool) -> None:
    """By the key that names the version."""
    assert looks_like_document(data) == is_one


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_hides_no_document(encoding: str) -> None:
    """What can be read from a file is found in a folder and on a server, too."""
    assert looks_like_document(DOCUMENT.encode(encoding))


def test_credentials_in_addresses_are_not_shown() -> None:
    """What is printed and stored has none."""
    assert shown("http://user:secret@h.example:80/x?a=b") == "http://h.example:80/x?a=b"


def test_the_document_of_a_directory_is_found(tmp_path: pathlib.Path) -> None:
    """By its usual name, or because it is the only one."""
    (tmp_path / "other.json").write_text('{"a": 1}')
    with pytest.raises(DocumentError, match="no OpenAPI document in this directory"):
        locate_file(str(tmp_path), IngestConfig())
    (tmp_path / "shop.yaml").write_text("openapi: 3.0.0\n")
    assert locate_file(str(tmp_path), IngestConfig()).source.endswith("shop.yaml")
    (tmp_path / "store.json").write_text(DOCUMENT)
    with pytest.raises(DocumentError, match=r"2 OpenAPI documents in this directory \(shop.yaml, store.json\)"):
        locate_file(str(tmp_path), IngestConfig())
    (tmp_path / "openapi.json").write_text(DOCUMENT)
    assert locate_file(str(tmp_path), IngestConfig()).source.endswith("openapi.json")


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: pathlib.Path) -> None:
    """No file, too large, no regular file."""
    with pytest.raises(DocumentError, match="there is no such file"):
        locate_file(str(tmp_path / "missing.json"), IngestConfig())
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(DocumentError, match="larger than 100000000 bytes"):
        locate_file(str(large), IngestConfig())
    with pytest.raises(DocumentError, match="neither a file nor a directory"):
        locate_file("/dev/null", IngestConfig())
    with pytest.raises(DocumentError, match="cannot be read"):
        locate_file("a\x00b", IngestConfig())
