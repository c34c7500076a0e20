"""The curl line, read back by a real shell."""

import os
import subprocess

import pytest

from pipeline.messages import Request
from stages.score.curl import curl


def words(line: str, tmp_path) -> tuple[list[str], bytes]:
    """The arguments and the standard input that curl would get from /bin/sh."""
    fake = tmp_path / "curl"
    fake.write_text('#!/bin/sh\nprintf "%s\\0" "$@" > "$OUT/arguments"\ncase "$*" in *@-) cat > "$OUT/input";; esac\n')
    fake.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "OUT": str(tmp_path), "ALICE": "s3cret"}
    subprocess.run(["/bin/sh", "-c", line], env=environment, check=True, timeout=10)
    given = tmp_path / "input"
    return (tmp_path / "arguments").read_bytes().decode().split("\0")[:-1], given.read_bytes() if given.exists() else b""


@pytest.mark.parametrize(
    "text", ["it's", 'say "hi"', "$HOME `id` \\n", "a\nb", "--x\r\n%d\t\\n'", "-\r\n", "@/etc/passwd", "%41 \u00fc \u4f60", "!x; rm -rf /"]
)
def test_any_text_arrives_as_it_was(text, tmp_path):
    """Quotes, dollars, backticks and newlines of body, header and URL are literal."""
    header = " ".join(text.split())
    request = Request(
        method="POST", url=f"http://h/{header}", headers=[("X-A", header), ("Content-Type", "text/plain")], body=text.encode()
    )
    line = curl(request)
    arguments, given = words(line, tmp_path)
    assert (given.decode() if arguments[-1] == "@-" else arguments[-1]) == text
    assert line.isprintable()
    assert f"http://h/{header}" in arguments
    assert f"X-A: {header}" in arguments


def test_credentials_are_environment_variables(tmp_path):
    """``${alice}`` is filled in by the shell, and the line holds no secret."""
    line = curl(Request(method="GET", url="http://h/", headers=[("Authorization", "Bearer ${alice}"), ("Host", "h"), ("User-Agent", "x")]))
    assert '"$ALICE"' in line
    arguments, _ = words(line, tmp_path)
    assert "Authorization: Bearer s3cret" in arguments
    assert not any(one.startswith(("Host", "User-Agent")) for one in arguments)


def test_bytes_that_are_no_text_are_piped(tmp_path):
    """Binary bodies and NUL go through base64."""
    body = b"\x00\xff\x01'\n"
    arguments, given = words(curl(Request(method="PUT", url="http://h/", body=body)), tmp_path)
    assert arguments[-2:] == ["--data-binary", "@-"]
    assert given == body


def test_head_and_missing_content_type(tmp_path):
    """HEAD is asked as curl wants it, and curl adds no Content-Type of its own."""
    assert "--head" in words(curl(Request(method="HEAD", url="http://h/")), tmp_path)[0]
    assert "Content-Type:" in words(curl(Request(method="POST", url="http://h/", body=b"x")), tmp_path)[0]


def test_a_content_length_of_the_cases_own_is_sent_as_it_is(tmp_path):
    """In the version of HTTP that has it; where the case says none, curl counts by itself."""
    request = Request(method="POST", url="http://h/", headers=[("Content-Length", "8"), ("Content-Length", "7")], body=b'{"a":1} ')
    arguments, _ = words(curl(request), tmp_path)
    assert [one for one in arguments if one.startswith("Content-Length")] == ["Content-Length: 8", "Content-Length: 7"]
    assert "--http1.1" in arguments
    assert "--http1.1" not in curl(Request(method="POST", url="http://h/", body=b"x"))
