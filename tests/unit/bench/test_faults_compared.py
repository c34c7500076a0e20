"""What counts as an unusual input of a request that a server fails on, and what a request is sent to again."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.bench import targets
from tests.bench.faults_compared import Fresh, addressed, inputs_of
from tests.bench.targets import TARGETS


@pytest.mark.parametrize("said", [b"/a?n=2147483648", b"/a/-2147483649?x=1", b"/a?n=99999999999999999999&x=1", b"/a?n=-7624287096235039.0"])
def test_numbers_beyond_32_bits_are_large(said: bytes) -> None:
    """As numbers that stand alone, in a path, a query or JSON."""
    assert list(inputs_of(b"GET " + said + b" HTTP/1.1\r\nhost: a\r\n\r\n")) == ["large integer"]
    number = said.removesuffix(b".0").strip(b"/a?nx=1&")
    assert list(inputs_of(b'POST /a HTTP/1.1\r\n\r\n{"n":' + number + b"}")) == (["large integer"] if number.strip(b"-").isdigit() else [])


@pytest.mark.parametrize(
    "said",
    [b"1234567890", b"-2147483648", b"id-1234567890123", b"1699999999.123456", b"2023T99999999999Z", b"a1234567890123", b"12345678901.5"],
)
def test_ids_and_times_are_not(said: bytes) -> None:
    """Digits in a row are no number beyond 32 bits by themselves."""
    assert list(inputs_of(b"GET /a/" + said + b" HTTP/1.1\r\n\r\n")) == []


def test_nul() -> None:
    """However it is written."""
    assert list(inputs_of(b"GET /a%00 HTTP/1.1\r\n\r\n")) == ["NUL"]
    assert list(inputs_of(b'POST /a HTTP/1.1\r\n\r\n"\\u0000"')) == ["NUL"]


def test_line_breaks_and_deep_nesting() -> None:
    """They break many operations at once, too."""
    assert list(inputs_of(b"GET /a?b=c%0d%0A HTTP/1.1\r\n\r\n")) == ["line break"]
    assert list(inputs_of(b"POST /a HTTP/1.1\r\n\r\n" + b"[" * 2000 + b"]" * 2000)) == ["deep nesting"]
    assert list(inputs_of(b"POST /a HTTP/1.1\r\n\r\n[[[]]]")) == []


def test_a_request_without_an_answer_is_sent_to_another_fresh_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Once; the old one is ended before, its state gone, and a server that answers stays for the next request."""
    started: list[str] = []
    running: list[str] = []

    @contextmanager
    def fake(_target: Any, _scratch: Path, state: Path) -> Generator[str]:
        assert (running, list(state.iterdir())) == ([], [])
        (state / "used").touch()
        started.append(f"http://127.0.0.1:{len(started)}")
        running.append(started[-1])
        yield started[-1]
        running.clear()

    monkeypatch.setattr(targets, "running", fake)
    with ExitStack() as ends:
        fresh = Fresh(TARGETS["kinto"], tmp_path, ends)
        asked: list[str] = []
        answers = iter([True, False, None, True, None, None, True])

        def ask(url: str) -> bool | None:
            asked.append(url[-1])
            return next(answers)

        assert [fresh.shows(ask) for _ in range(5)] == [True, False, True, False, True]
        assert asked == list("0001123")
    assert running == []


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "-", "[::1]:80"])
def test_a_request_goes_to_another_host_and_is_the_same_otherwise(host: str) -> None:
    """Whichever digit the host begins with."""
    sent = b"GET /a?host:%20b HTTP/1.1\r\nhOst: h:1\r\nX: y\r\n\r\nhost: body\r\n"
    assert addressed(sent, host) == sent.replace(b"h:1", host.encode())
