"""A request as a command line for a POSIX shell."""

import base64
import re
from typing import Final

from pipeline.messages import Request

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][\w.@-]*)\}")
_OWN_HEADERS: Final = frozenset({"host", "connection", "accept-encoding", "user-agent", "transfer-encoding"})
_BODY_BYTES = 16_384
_LINE_ENDS: Final = re.compile(rb"[\t\n\r]")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "%": "%%", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def curl(request: Request) -> str:
    """The line. Credentials stand in it as environment variables: ``${alice}`` becomes ``"$ALICE"``."""
    method = request.method.upper()
    words = ["curl", "-sS", "-i", "--path-as-is", "-g"]
    words += ["--head"] if method == "HEAD" else ["-X", _quoted(request.method)]
    words.append(_quoted(request.url))
    named = {name.lower() for name, _ in request.headers}
    words += ["--http1.1"] if "content-length" in named else []  # one of the case's own; later versions frame bodies otherwise
    for name, value in request.headers:
        if name.lower() not in _OWN_HEADERS:
            words += ["-H", _quoted(f"{name}: {value}" if value else f"{name};")]
    if request.body is None:
        return " ".join(words)
    if "content-type" not in named:
        words += ["-H", "'Content-Type:'"]
    body = request.body[:_BODY_BYTES]
    note = "" if len(body) == len(request.body) else f"  # the body's first {_BODY_BYTES} of {len(request.body)} bytes"
    if _is_text(body) and _LINE_ENDS.search(body):  # reports indent lines
        return " ".join(["printf", _format(body.decode()), "|", *words, "--data-binary", "@-"]) + note
    if _is_text(body):
        return " ".join([*words, "--data-raw", _literal(body.decode())]) + note
    encoded = base64.b64encode(body).decode("ascii")
    return " ".join(["printf %s", _literal(encoded), "| base64 -d |", *words, "--data-binary", "@-"]) + note


def variable(name: str) -> str:
    """The environment variable that stands for a credential."""
    return re.sub(r"\W", "_", name, flags=re.ASCII).upper()


def _quoted(text: str) -> str:
    """A word: literal parts in single quotes, credentials as variables in double quotes."""
    pieces = _PLACEHOLDER.split(text)
    made = "".join(_literal(piece) if index % 2 == 0 else f'"${variable(piece)}"' for index, piece in enumerate(pieces) if piece)
    return made or "''"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _format(text: str) -> str:
    """A text as the first operand of printf (POSIX, printf, EXTENDED DESCRIPTION), which is all on one line."""
    escaped = text.translate(_ESCAPES)
    return _literal(f"\\055{escaped[1:]}" if escaped[:1] == "-" else escaped)  # it is no option


def _is_text(body: bytes) -> bool:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\n\r" for character in text)
