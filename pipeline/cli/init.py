"""``sentinel init``: a commented pipeline for an API, which ``validate`` and ``run`` accept as it is."""

import argparse
import os
import pathlib
import sys

from pipeline.cli import options
from pipeline.errors import ExitCode, UsageError

EPILOG = "Without SPEC it is a pipeline for `sentinel demo`. exit codes: 0 written; 2 usage, the file exists; 78 the document is refused"

DEMO = "http://127.0.0.1:8421"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", nargs="?", help="a file, a folder, a URL, or the address of a server")
    parser.add_argument("--url", help="base URL of the server under test; default: the document's")
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=pathlib.Path, default=pathlib.Path("sentinel.yaml"), help="default: sentinel.yaml; -: stdout"
    )
    parser.add_argument("--force", action="store_true", help="write over an existing file")
    options.add_set(parser)


def run(arguments: argparse.Namespace) -> int:
    from pipeline.cli.pipeline_text import for_api, for_demo

    output = arguments.output
    to_stdout = str(output) == "-"
    if not to_stdout and output.exists() and not arguments.force:
        raise UsageError(f"{output} exists: name another with --output, or write over it with --force")
    if arguments.spec is None:
        text = for_demo(DEMO)
    else:
        from pipeline.cli.reading import understood

        arguments.config = None
        found = understood(options.loaded(arguments).config)
        text = for_api(found.api, spec=_beside(arguments.spec, pathlib.Path() if to_stdout else output.parent), url=found.base_url)
    if to_stdout:
        sys.stdout.write(text)
        return ExitCode.CLEAN
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None
    print(f"wrote {output}; next: sentinel validate {output}; sentinel run --config {output}")
    return ExitCode.CLEAN


def _beside(spec: str, folder: pathlib.Path) -> str:
    """The document as the pipeline's file names it: a URL as it is, a path seen from the file's folder."""
    return spec if "://" in spec else os.path.relpath(spec, folder)
