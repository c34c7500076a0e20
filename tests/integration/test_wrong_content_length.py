"""What a run says of servers that get a wrong Content-Length: one that takes it, one that closes the connection, one that fails at it."""

import json
from http.server import BaseHTTPRequestHandler

import pytest

from tests.servers.launch import threaded

SCHEMA = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "maxLength": 5}}, "additionalProperties": False}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "lengths", "version": "1"},
    "paths": {
        "/a": {
            "post": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": SCHEMA}}},
                "responses": {"201": {"description": "made"}, "4XX": {"description": "refused"}},
            }
        }
    },
}


def is_valid(body: bytes, content_type: str) -> bool:
    try:
        value = json.loads(body.decode(), parse_constant=lambda _: {})
    except (ValueError, RecursionError):
        return False
    is_object = isinstance(value, dict) and list(value) == ["a"] and isinstance(value["a"], str) and len(value["a"]) <= 5
    return is_object and content_type.startswith("application/json")


def handler(at_wrong_length: int) -> type[BaseHTTPRequestHandler]:
    """Of a server that is right in all but what it may do about a wrong length: the status that it answers then, or 0 to close."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            lengths = self.headers.get_all("Content-Length", ["0"])
            if len(lengths) == 1 and lengths[0].isdecimal():
                body = self.rfile.read(int(lengths[0]))
                self.answer(201 if is_valid(body, self.headers.get("Content-Type", "")) else 400)
                return
            self.close_connection = True
            if at_wrong_length:
                self.answer(at_wrong_length)

        def answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.mark.parametrize(("status", "checks"), [(201, {"invalid_accepted"}), (500, {"server_error"}), (400, set()), (0, set())])
def test_to_take_it_or_to_fail_is_a_finding_and_to_close_is_none(sentinel, status, checks):
    """Every finding is of the length, since the server is right in all else."""
    (sentinel.home / "api.json").write_text(json.dumps(DOCUMENT))
    with threaded(handler(status)) as url:
        options = ["--agents", "functional-negative", "--seed", "3", "--max-requests", "120", "--report", "ndjson=report.ndjson"]
        done = sentinel("run", "api.json", "--url", url, "--store", "lengths.db", *options)
    lines = [json.loads(line) for line in (sentinel.home / "report.ndjson").read_text().splitlines()]
    assert "hang" not in {line.get("check") for line in lines}, "who waits for the rest of a body is right"
    findings = [line for line in lines if line["type"] == "finding"]
    assert {line["check"] for line in findings} == checks, done.stdout
    assert done.returncode == (1 if checks else 0)
    if status == 201:
        assert {line["title"].partition("Content-Length ")[2] for line in findings} == {
            "is not a number",
            "is negative",
            "is there twice, with two values",
        }
