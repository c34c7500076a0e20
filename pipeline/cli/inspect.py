"""``sentinel inspect``: what is understood of an OpenAPI document, and what is wrong with it."""

import argparse
from typing import TYPE_CHECKING

from pipeline.cli import options
from pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from pipeline.cli.reading import Understood
    from pipeline.messages import Operation

EPILOG = "exit codes: 0 an API came of it, however many problems it has; 78 refused"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", nargs="?", help="a file, a folder, a URL, or the address of a server")
    options.add_config(parser)
    parser.add_argument("--url", help="base URL of the server under test")
    parser.add_argument("--json", action="store_true", help="the normalised API as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    if arguments.spec is None and arguments.config is None:
        raise UsageError("inspect takes SPEC, or a pipeline with --config")
    from pipeline.cli.reading import understood

    found = understood(options.loaded(arguments).config)
    if arguments.json:
        from pipeline.cli.json_text import encoded

        print(encoded(found.api))
    else:
        _print(found)
    return ExitCode.CLEAN


def _print(found: "Understood") -> None:
    from pipeline.cli.text import counted, printable, table

    api = found.api
    print(printable(f"{api.title or 'an API without a title'} {api.version}".strip() + f" (OpenAPI {api.openapi}), from {api.source}"))
    print(printable(f"digest {api.digest}"))
    servers = ", ".join(server or "/" for server in api.servers)
    print(printable(f"servers: {servers or 'none'}; requests go to {found.base_url or 'nowhere: name one with --url'}"))
    schemes = ", ".join(f"{scheme.name} ({_scheme(scheme.type, scheme.scheme)})" for scheme in api.security_schemes)
    print(printable(f"security: {schemes or 'none'}; {counted(len(api.schemas), 'shared schema')}"))
    print(f"\n{counted(len(api.operations), 'operation')}, in the order of their dependencies:\n")
    ordered = sorted(api.operations, key=lambda operation: (operation.level, operation.path, operation.method))
    head = ("LEVEL", "OPERATION", "PARAMETERS", "BODY", "ANSWERS", "SECURITY", "NEEDS")
    print(table(head, [_row(operation) for operation in ordered]))
    if api.problems:
        print(f"\n{counted(len(api.problems), 'problem')} in the document:\n")
        for problem in api.problems:
            print(printable(f"{problem.pointer or '(document)'}: {problem.message}" + (f" [{problem.code}]" if problem.code else "")))


def _row(operation: "Operation") -> tuple[object, ...]:
    required = sum(parameter.required for parameter in operation.parameters)
    parameters = f"{len(operation.parameters)} ({required} required)" if required else str(len(operation.parameters) or "")
    body = ", ".join(media.media_type for media in operation.body.content) if operation.body else ""
    body += "?" if operation.body and not operation.body.required else ""
    answers = ", ".join(response.status for response in operation.responses)
    security = " or ".join("+".join(sorted(option)) or "none" for option in operation.security)
    return operation.level, operation.key, parameters, body, answers, security, operation.maker


def _scheme(kind: str, scheme: str) -> str:
    return f"{kind} {scheme}" if scheme else kind
