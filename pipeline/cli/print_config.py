"""``sentinel print-config``: the configuration as it takes effect."""

import argparse

from pipeline.cli import options
from pipeline.errors import ExitCode, UsageError

EPILOG = "References such as ${env:TOKEN} stand as they were written; secrets in the clear are hidden. The output is a valid pipeline."


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", nargs="?", help="the OpenAPI document, instead of the configuration's")
    options.add_config(parser)
    parser.add_argument("--json", action="store_true", help="JSON instead of YAML")
    parser.add_argument("--json-schema", action="store_true", help="the JSON Schema of the configuration, for editors")


def run(arguments: argparse.Namespace) -> int:
    import msgspec

    if arguments.json_schema:
        from pipeline.config.schema import json_schema

        print(msgspec.json.format(msgspec.json.encode(json_schema())).decode())
        return ExitCode.CLEAN
    if arguments.config is None and arguments.spec is None:
        raise UsageError("print-config takes --config FILE, SPEC, or --json-schema")
    from pipeline.config.effective import as_yaml, effective

    shown = effective(options.loaded(arguments))
    print(msgspec.json.format(msgspec.json.encode(shown)).decode() if arguments.json else as_yaml(shown).rstrip("\n"))
    return ExitCode.CLEAN
