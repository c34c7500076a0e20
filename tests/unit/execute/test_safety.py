"""The safety rule."""

import pytest

from pipeline.messages import Argument, Operation, Request, Step
from stages.execute.outgoing import Outgoing
from stages.execute.safety import Owned, is_unsafe, objection

ORIGIN = "http://127.0.0.1:8000"


def request(method: str, target: str, *headers: tuple[str, str], origin: str = ORIGIN) -> Outgoing:
    return Outgoing(method, origin, target, list(headers), None, Request(method=method, url=origin + target))


@pytest.fixture
def owned() -> Owned:
    owned = Owned()
    owned.add(ORIGIN, ("v1", "pets", "5"))
    return owned


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "MOVE", "delete"])
def test_only_own_objects_are_changed(owned: Owned, method: str) -> None:
    """What changes or removes may go to an object of this run and below it, in any spelling, and nowhere else."""
    for target in ("/v1/pets/5", "/v1/pets/5/", "/v1/pets/%35", "/v1/pets/5/photos/1", "/v1//pets/5?force=1"):
        assert objection(request(method, target), owned, ()) == ""
    for target in (
        "/v1/pets/6",
        "/v1/pets",
        "/v1",
        "/",
        "/v1/pets/55",
        "/pets/5",
        "/v1/pets/5/../6",
        "/v1/pets/5%2f..%2f6",
        "/v1/pets/5%00",
    ):
        assert objection(request(method, target), owned, ()) != ""
    assert objection(request(method, "/v1/pets/5", origin="http://other"), owned, ()) != ""


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE", "POST", "QUERY", "SENTINEL"])
def test_other_methods_may_leave(owned: Owned, method: str) -> None:
    """Reading is free, and so is POST, which makes."""
    assert objection(request(method, "/v1/pets/6"), owned, ()) == ""


def test_put_may_fill_what_was_seen_vacant(owned: Owned) -> None:
    """PUT may go to a path that the case saw answered 404 or 410; DELETE may not."""
    vacant = {("v1", "pets", "9")}
    assert objection(request("PUT", "/v1/pets/9/"), owned, vacant) == ""
    assert objection(request("PUT", "/v1/pets/9/x"), owned, vacant) != ""
    assert objection(request("DELETE", "/v1/pets/9"), owned, vacant) != ""


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "x-http-method", "X-METHOD-OVERRIDE"])
def test_a_method_in_a_header_counts(owned: Owned, name: str) -> None:
    """A header that asks for DELETE makes a POST one, and does not make a DELETE harmless."""
    assert objection(request("POST", "/v1/pets/6", (name, "delete")), owned, ()) != ""
    assert objection(request("POST", "/v1/pets/5", (name, "delete")), owned, ()) == ""
    assert objection(request("DELETE", "/v1/pets/6", (name, "GET")), owned, ()) != ""


def test_what_the_journal_notes() -> None:
    """Every method but GET, HEAD, OPTIONS and TRACE is unsafe, as the operation's, the step's, or in a header."""
    get = Operation(key="GET /a", method="GET", path="/a")
    post = Operation(key="POST /a", method="POST", path="/a")
    assert not is_unsafe(get, Step(name="a", operation="GET /a"))
    assert is_unsafe(post, Step(name="a", operation="POST /a"))
    assert is_unsafe(get, Step(name="a", operation="GET /a", method="PURGE"))
    assert not is_unsafe(post, Step(name="a", operation="POST /a", method="head"))
    overriding = Argument(location="header", name="x-http-method-override", value="DELETE")
    assert is_unsafe(get, Step(name="a", operation="GET /a", arguments=[overriding]))
