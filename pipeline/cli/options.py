"""Options that several commands share, and the configuration they add up to."""

import argparse
import pathlib
import re
import sys
from typing import TYPE_CHECKING

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from pipeline.config.load import Loaded, Option
    from pipeline.logs import LogWriter
    from stages.dispatch.config import DispatchConfig

MAX_HEADER_FILE_BYTES = 256 * 1024

_header_name = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2: token


def add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", type=pathlib.Path, help="a pipeline's YAML")
    add_set(parser)


def add_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set", metavar="K=V", action="append", default=[], dest="sets", help="set one value of the configuration, as in run.seed=7"
    )


def add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", metavar="FILE", help="the file of results; default: sentinel/sentinel.db in the XDG state folder")


def add_log(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--log-level", choices=["debug", "info", "warning", "error"], default="warning", help="default: warning")
    parser.add_argument("--log-file", metavar="FILE", help="append the log to a file instead of standard error")


def add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="base URL of the server under test; default: the document's")
    parser.add_argument("--header", metavar="'N: V'", action="append", default=[], dest="headers", help="a header of every request")
    parser.add_argument("--header-file", metavar="FILE", type=pathlib.Path, help="headers of every request, one 'N: V' a line")
    parser.add_argument(
        "--identity",
        metavar="NAME=HEADERFILE",
        action="append",
        default=[],
        dest="identities",
        help="an identity whose credentials are the headers of a file",
    )


def loaded(arguments: argparse.Namespace) -> "Loaded":
    """The configuration of a command with the options of ``add_config`` and any of the others. Raises ``ConfigError``, ``UsageError``."""
    from pipeline.config.load import load

    return load(arguments.config, sets=arguments.sets, options=list(_options(arguments)))


def loaded_for_run(arguments: argparse.Namespace, run: str) -> "Loaded":
    """The configuration that a stored run ("": the last interrupted one) was made with, for going on with it. Raises as ``loaded`` does."""
    from pipeline.config.paths import store_path
    from pipeline.config.stored import restored
    from stages.persist import Store

    with Store(store_path(arguments.store or "")) as store:
        if run:
            row = store.run(run)
        elif interrupted := store.interrupted():
            row = interrupted[0]
        else:
            raise UsageError(f"there is no interrupted run in {store.path}")
    if row.request is None:
        raise UsageError(f"run {row.id} ended before it began: name SPEC, or a pipeline with --config")
    return restored(row.id, row.request.settings, sets=arguments.sets, options=list(_options(arguments)))


def warn(loaded: "Loaded") -> None:
    """Print what is doubtful about a configuration to standard error."""
    from pipeline.config.effective import warnings

    for warning in warnings(loaded):
        print(f"warning: {warning}", file=sys.stderr)


def logging(arguments: argparse.Namespace) -> "AbstractContextManager[LogWriter]":
    """The log as the options of ``add_log`` say. Raises ``UsageError`` for a file that cannot be opened."""
    from pipeline.logs import logging_to

    if arguments.log_file:
        try:
            pathlib.Path(arguments.log_file).open("ab").close()
        except OSError as error:
            raise UsageError(f"the log file {arguments.log_file} cannot be written: {error.strerror}") from None
    return logging_to(arguments.log_file, level=arguments.log_level)


def _options(arguments: argparse.Namespace) -> "Iterator[Option]":
    from pipeline.config.load import Option

    given = vars(arguments)
    for name, path in _PLAIN.items():
        if given.get(name) is not None:
            yield Option(name="SPEC" if name == "spec" else "--" + name.replace("_", "-"), path=path, value=given[name])
    if given.get("agents") is not None:
        yield Option(
            name="--agents", path=("run", "agents"), value=[agent.strip() for agent in given["agents"].split(",") if agent.strip()]
        )
    if given.get("operations"):
        yield Option(name="--operations", path=("run", "operations"), value=given["operations"])
    if given.get("reports"):
        yield Option(name="--report", path=("reports",), value=[_report(text) for text in given["reports"]])
    if given.get("header_file"):
        for header, value in header_file(given["header_file"]).items():
            yield Option(name="--header-file", path=(*HEADERS, header), value=value, literal=True)
    for text in given.get("headers") or ():
        header, value = header_line(text, "--header")
        yield Option(name="--header", path=(*HEADERS, header), value=value)
    for text in given.get("identities") or ():
        yield from _identity(text)


def _identity(text: str) -> "Iterator[Option]":
    from pipeline.config.load import Option

    name, equals, file = text.partition("=")
    if not equals or not name or not file:
        raise UsageError(f"--identity takes NAME=HEADERFILE, got {text.partition('=')[0]!r} without a file")
    headers = header_file(pathlib.Path(file))
    yield Option(name="--identity", path=(*IDENTITIES, name), value={"type": "headers", "headers": {}})
    for header, value in headers.items():
        yield Option(name="--identity", path=(*IDENTITIES, name, "headers", header), value=value, literal=True)


def _report(text: str) -> dict[str, str]:
    form, equals, path = text.partition("=")
    if not equals or not path:
        raise UsageError(f"--report takes FORMAT=PATH, as in ndjson=findings.ndjson, got {text!r}")
    return {"format": form, "path": path}


HEADERS = ("execute", "headers")
IDENTITIES = ("execute", "identities")

_PLAIN: dict[str, tuple[str | int, ...]] = {
    "spec": ("spec",),
    "url": ("target", "url"),
    "seed": ("run", "seed"),
    "time": ("run", "time"),
    "max_requests": ("run", "max_requests"),
    "keep": ("run", "keep"),
    "store": ("store",),
}


def header_line(text: str, origin: str) -> tuple[str, str]:
    """``N: V``. Raises ``UsageError``, whose text does not show the value: it may be a secret."""
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    if not colon or not _header_name.fullmatch(name):
        raise UsageError(f"{origin}: a header is written 'Name: value'" + (f", and {name!r} is no name" if colon else ""))
    if any(character in value for character in "\r\n\0"):
        raise UsageError(f"{origin}: the value of {name} holds a line break or a NUL")
    return name, value


def header_file(file: pathlib.Path) -> dict[str, str]:
    """The headers of a file, one a line; empty lines and lines that begin with ``#`` are left out. Raises ``UsageError``."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_HEADER_FILE_BYTES + 1)
        text = content.decode()
    except OSError as error:
        raise UsageError(f"the header file {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the header file {file} is not UTF-8") from None
    if len(content) > MAX_HEADER_FILE_BYTES:
        raise UsageError(f"the header file {file} has more than {MAX_HEADER_FILE_BYTES} bytes")
    lines = enumerate(text.splitlines(), 1)
    headers = dict(header_line(line, f"{file}:{number}") for number, line in lines if line.strip() and not line.startswith("#"))
    if not headers:
        raise UsageError(f"the header file {file} holds no header")
    return headers


def dispatch_config(arguments: argparse.Namespace) -> "DispatchConfig":
    """The dispatch section, with all arms, for commands that need no document: of ``--config``, else the defaults with ``--set``."""
    from pipeline.config.load import Option, load

    no_document = [] if arguments.config else [Option(name="command line", path=("spec",), value="unused")]
    return load(arguments.config, sets=arguments.sets, options=no_document).config.dispatching
