"""``sentinel validate``: every fault of a pipeline's YAML at once."""

import argparse
import pathlib

from pipeline.cli import options
from pipeline.errors import ExitCode

EPILOG = "exit codes: 0 valid, 78 with every fault on a line of its own: file, line, column, path, fault, suggestion"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", metavar="FILE", type=pathlib.Path, help="a pipeline's YAML")
    options.add_set(parser)


def run(arguments: argparse.Namespace) -> int:
    options.warn(options.loaded(arguments))
    print(f"{arguments.config}: valid")
    return ExitCode.CLEAN
