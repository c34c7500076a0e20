"""The text of a new pipeline: what is known of an API as settings, the rest as comments to start from."""

import itertools
import json
import re
from collections.abc import Iterator

from pipeline.cli.text import counted, printable
from pipeline.messages import Api, Operation, SecurityScheme

MAX_LISTED = 200

_HEAD = """\
# {title}
# Check it: sentinel validate FILE    Try it: sentinel run --config FILE --dry-run    Run it: sentinel run --config FILE
# Every key there is: configs/full.yaml. Secrets stand as ${{env:NAME}} or ${{file:PATH}}, never in this file.

"""


def for_demo(address: str) -> str:
    return (
        _HEAD.format(title="A pipeline for `sentinel demo`; put another API in its place.")
        + f"name: demo\n\n# A file, a folder, a URL, or a server that offers its document.\nspec: {address}\n\n"
        + f"target:\n  url: {address}\n\n"
        + "run:\n  # When the run ends by itself. Others: max_requests, operations, agents, seed.\n  time: 60s\n"
    )


def for_api(api: Api, *, spec: str, url: str) -> str:
    """The pipeline of an understood document; ``spec`` and ``url`` as the file is to name them."""
    name = f"{api.title} {api.version}".strip() or "an API"
    operations = sorted(api.operations, key=lambda operation: (operation.path, operation.method))
    lines = [
        f"name: {_quoted(_slug(api.title) or 'api')}",
        "",
        "# A file, a folder, a URL, or a server that offers its document.",
        f"spec: {_quoted(spec)}",
        "",
        *_target(api, url),
        "",
        *_run(operations),
        "",
        *_execute(api, operations),
        "",
        *_overrides(operations),
    ]
    head = _HEAD.format(title=printable(f"A pipeline for {name}: {counted(len(operations), 'operation')}."))
    return head + "\n".join(lines) + "\n"


def _target(api: Api, url: str) -> Iterator[str]:
    yield "target:"
    if not url:
        yield "  # The document names no server: put the address of the one under test here."
    others = [server for server in api.servers if server != url]
    if others:
        yield "  # The document also names: " + printable(", ".join(others[:5]))
    yield f"  url: {_quoted(url)}"


def _run(operations: list[Operation]) -> Iterator[str]:
    yield from ("run:", "  # When the run ends by itself; max_requests is the other bound.", "  time: 60s")
    yield from ("  # Equal seeds make equal tests; without one, every run draws its own.", "  # seed: 1")
    yield from ("  # What to test, as globs; without them, all of these:", "  # operations:")
    yield from (f"  #   - {_quoted(operation.key)}" for operation in operations[:MAX_LISTED])
    if len(operations) > MAX_LISTED:
        yield f"  #   and {len(operations) - MAX_LISTED} more, see: sentinel inspect"


def _execute(api: Api, operations: list[Operation]) -> Iterator[str]:
    yield from ("execute:", "  # Cases under way at once.", "  concurrency: 16")
    changing = [operation for operation in operations if operation.method in {"PUT", "PATCH", "DELETE"}]
    if changing:
        yield "  # These change or remove things. They are sent only to objects that the run itself made, unless this is true:"
        yield from (f"  #   {printable(operation.key)}{_reach(operation)}" for operation in changing[:MAX_LISTED])
        yield "  allow_unsafe: false"
    names = _names([scheme.name for scheme in api.security_schemes])
    sketches = [_identity(scheme, name) for scheme, name in zip(api.security_schemes, names, strict=True)]
    if sketches:
        yield "  # Who requests are sent as; the first is the default. Remove the # before those you have the secrets of."
        yield "  # identities:"
        for sketch in sketches:
            yield from (f"  #   {line}" for line in sketch)
        guarded = sum(1 for operation in operations if operation.security and {} not in operation.security)
        yield f"  # {guarded} of {len(operations)} operations ask for a credential."


def _reach(operation: Operation) -> str:
    return f"  (made by {printable(operation.maker)})" if operation.maker else "  (nothing here makes its object: withheld)"


def _names(schemes: list[str]) -> list[str]:
    """Schemes' names as keys of YAML and beginnings of environment variables: each another one, also in capitals."""
    found: list[str] = []
    for scheme in schemes:
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", scheme).strip("-_")
        stem = stem if stem[:1].isalpha() else f"identity-{stem}".strip("-")
        taken = {_variable(name) for name in found}
        found.append(
            next(name for number in itertools.count(1) if _variable(name := f"{stem}-{number}" if number > 1 else stem) not in taken)
        )
    return found


def _variable(name: str) -> str:
    variable = re.sub(r"[^A-Z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()).strip("_")
    return re.sub(r"_(TOKEN|KEY|PASSWORD|USER)$", "", variable)


def _identity(scheme: SecurityScheme, name: str) -> list[str]:
    """The lines of one identity, as they would stand below ``identities:``."""
    variable = _variable(name)
    token_url = f"  token_url: {_quoted(scheme.token_url or '/token')}"
    client = [f"  client_id: ${{env:{variable}_CLIENT_ID}}", f"  client_secret: ${{env:{variable}_CLIENT_SECRET}}"]
    scopes = [f"  scopes: [{', '.join(_quoted(scope) for scope in scheme.scopes[:10])}]"] if scheme.scopes else []
    user = [f"  username: ${{env:{variable}_USER}}", f"  password: ${{env:{variable}_PASSWORD}}"]
    match scheme.type, scheme.scheme.lower():
        case "apiKey", _:
            return [f"{name}:", "  type: api-key", f"  location: {scheme.location or 'header'}", f"  name: {_quoted(scheme.parameter)}",
                    f"  key: ${{env:{variable}_KEY}}"]  # fmt: skip
        case "http", "basic":
            return [f"{name}:", "  type: basic", *user]
        case "oauth2", _ if "password" in scheme.flows:
            return [f"{name}:", "  type: oauth2-password", token_url, *user, *scopes]
        case "oauth2", _ if {"clientCredentials", "application"} & set(scheme.flows):
            return [f"{name}:", "  type: oauth2-client", token_url, *client, *scopes]
        case "http", other if other != "bearer":
            value = f'{_quoted(scheme.scheme)[:-1]} ${{env:{variable}_TOKEN}}"'
            return [f"{name}:", "  type: headers", f"  headers: {{Authorization: {value}}}"]
        case "mutualTLS", _:
            return [f"# {name}: a client certificate, see execute.client_cert in configs/full.yaml"]
        case _:
            return [f"{name}:", "  type: bearer", f"  token: ${{env:{variable}_TOKEN}}"]


def _overrides(operations: list[Operation]) -> Iterator[str]:
    example = next(
        (operation.key for operation in operations if operation.method == "DELETE"), operations[0].key if operations else "GET *"
    )
    yield "# What is special about single operations:"
    yield "# overrides:"
    yield f"#   - operation: {_quoted(example)}"
    yield '#     skip: "why it is left out"'
    yield '#   - operation: "* /some/path/*"'
    yield "#     parameters: {path/id: 1}"
    yield '#     expect: ["404"]'


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60]


def _quoted(text: str) -> str:
    """A YAML double-quoted scalar (JSON's strings are a part of it) without a reference in it."""
    safe = text.encode("utf-8", "backslashreplace").decode()
    return json.dumps(safe, ensure_ascii=False).replace("\x7f", "\\u007f").replace("${", "$${")
