"""The hooks that a pipeline's YAML may name."""

from typing import Annotated

from msgspec import Meta, field

from stages.execute.secret import Confidential


class CommandHook(Confidential, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="command"):
    """A command run before the run; it must exit with status 0."""

    command: Annotated[list[str], Meta(description="The program and its arguments; no shell.", min_length=1)]
    environment: Annotated[
        dict[str, Annotated[str, Meta(extra={"secret": True})]], Meta(description="Variables set beside the inherited ones.")
    ] = {}
    timeout_ms: Annotated[int, Meta(description="Time for the command; then it is killed with its children.", ge=1)] = 60_000


class RequestHook(Confidential, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="request"):
    """A request sent before the run; its answer's status must be one of ``statuses``."""

    method: Annotated[str, Meta(description="The method.", pattern=r"^[A-Z]+$")] = "POST"
    url: Annotated[str, Meta(description='A path below the base URL, as in "/reset", or a whole URL.', min_length=1)]
    headers: Annotated[dict[str, Annotated[str, Meta(extra={"secret": True})]], Meta(description="Headers of the request.")] = {}
    body: Annotated[str, Meta(description="Body of the request, sent as it stands.", extra={"secret": True})] = ""
    identity: Annotated[str, Meta(description="Name of the identity it is sent as; empty: none.")] = ""
    statuses: Annotated[list[str], Meta(description='Statuses that mean success, as in "200" or "2XX".', min_length=1)] = field(
        default_factory=lambda: ["2XX"]
    )
    timeout_ms: Annotated[int, Meta(description="Time for the request.", ge=1)] = 30_000


HookConfig = CommandHook | RequestHook
