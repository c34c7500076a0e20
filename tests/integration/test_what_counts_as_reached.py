"""A server that answers 404 to all that its document has, and 200 to what it has not: it was not reached, and a run says so."""

import json
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler

import pytest

from tests.servers.launch import threaded

PARAMETER = {"name": "n", "in": "query", "schema": {"type": "integer"}}
SCHEMA = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "maxLength": 5}}}
RESPONSES = {"200": {"description": "fine"}, "404": {"description": "none"}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "nowhere", "version": "1"},
    "paths": {
        "/a": {"get": {"parameters": [PARAMETER], "responses": RESPONSES}},
        "/b": {"post": {"requestBody": {"required": True, "content": {"application/json": {"schema": SCHEMA}}}, "responses": RESPONSES}},
    },
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        lengths = self.headers.get_all("Content-Length", ["0"])
        is_framed_right = len(lengths) == 1 and lengths[0].isdecimal()
        body = self.rfile.read(int(lengths[0])) if is_framed_right else b""
        self.close_connection = not is_framed_right
        is_broken = self.command == "POST" and not body.startswith(b'{"a":')
        self.send_response(200 if is_broken or not is_framed_right or self.command in {"TRACE", "QUERY"} else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


for method in ("GET", "POST", "TRACE", "QUERY"):
    setattr(Handler, f"do_{method}", Handler.answer)


@pytest.fixture
def url() -> Generator[str]:
    """Where the server listens."""
    with threaded(Handler) as url:
        yield url


def test_a_2xx_to_another_method_or_to_a_broken_request_reaches_nothing(sentinel, url):
    """Every documented request got 404: no operation is a success, and the run is not tested, whatever TRACE and broken bodies got."""
    (sentinel.home / "api.json").write_text(json.dumps(DOCUMENT))
    options = ["--seed", "3", "--max-requests", "400", "--report", "ndjson=report.ndjson"]
    done = sentinel("run", "api.json", "--url", url, "--store", "reached.db", *options)
    lines = [json.loads(line) for line in (sentinel.home / "report.ndjson").read_text().splitlines()]
    read, make = (line for line in lines if line["type"] == "operation")
    assert (read["reached"], read["statuses"].keys(), read["foreign"] > 2) == ("answered", {"404"}, True)
    assert (make["reached"], make["statuses"].keys(), make["valid_statuses"].keys()) == ("answered", {"200", "404"}, {"404"})
    assert make["foreign"] > 2
    assert lines[-1]["operations"]["success"] == 0
    assert not lines[-1]["tested"]
    assert "0 of 2 operations" in lines[-1]["why_not_tested"]
    assert "COVERAGE: 0 of 2 operations" in done.stdout
    assert "TRACE is answered with 200" in done.stdout
