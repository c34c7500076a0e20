"""What a pipeline's YAML may say under ``execute``."""

from typing import Annotated

from msgspec import Meta

from stages.execute.hooks.config import HookConfig
from stages.execute.identities.config import IdentityConfig
from stages.execute.secret import Confidential


class ClientCertificate(Confidential, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A certificate that the client shows to the target (mutual TLS)."""

    cert_file: Annotated[str, Meta(description="PEM file with the certificate, and its chain.", min_length=1)]
    key_file: Annotated[str, Meta(description="PEM file with the private key; empty: it stands in cert_file.")] = ""
    key_password: Annotated[str, Meta(description="Password of the private key.", extra={"secret": True})] = ""


class ExecuteConfig(Confidential, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sending requests: limits, identities, hooks, safety."""

    concurrency: Annotated[int, Meta(description="Cases under way at once.", ge=1, le=1024)] = 16
    adaptive_concurrency: Annotated[bool, Meta(description="Have fewer requests under way while the target answers 503 to them.")] = True
    connections_per_host: Annotated[int, Meta(description="Connections to one host at once; 0: as many as concurrency.", ge=0, le=1024)] = 0
    requests_per_second: Annotated[float, Meta(description="No more requests a second to the target; 0: no limit.", ge=0)] = 0
    timeout_ms: Annotated[int, Meta(description="Time for one request, from asking for a connection to the last byte.", ge=1)] = 10_000
    connect_timeout_ms: Annotated[int, Meta(description="Time for opening a connection, TLS included.", ge=1)] = 5_000
    idle_connection_ms: Annotated[
        int,
        Meta(
            description="How long an idle connection is kept for reuse; below what servers allow, so that they do not close it first.", ge=0
        ),
    ] = 1_500
    body_cap_bytes: Annotated[int, Meta(description="How much of an answer's body is kept; the rest is not read.", ge=0)] = 1_048_576
    header_cap_bytes: Annotated[int, Meta(description="The longest header of an answer; longer ones count as malformed.", ge=1024)] = 65_536
    user_agent: Annotated[str, Meta(description="The User-Agent header.")] = "sentinel"
    headers: Annotated[
        dict[str, Annotated[str, Meta(extra={"secret": True})]],
        Meta(description="Headers sent with every request. Those that carry a credential belong to the first identity."),
    ] = {}
    base_path: Annotated[str, Meta(description='A path put between the base URL and every path, as in "/v2".', pattern=r"^$|^/")] = ""
    allow_hosts: Annotated[
        list[str], Meta(description='Origins beside the target that requests may go to, as in "http://127.0.0.1:9000".')
    ] = []
    proxy: Annotated[str, Meta(description="URL of an HTTP proxy; the environment's proxies are never used.", extra={"secret": True})] = ""
    verify_tls: Annotated[bool, Meta(description="Whether the target's certificate must be valid.")] = True
    ca_file: Annotated[str, Meta(description="PEM file with certificate authorities to trust beside the system's.")] = ""
    client_cert: Annotated[ClientCertificate | None, Meta(description="A certificate to show to the target.")] = None
    allow_unsafe: Annotated[bool, Meta(description="Whether PUT, PATCH and DELETE may go to objects that the run did not make.")] = False
    retry_after_cap_ms: Annotated[int, Meta(description="The longest wait that a 429 or 503 with Retry-After can ask for.", ge=0)] = 30_000
    retry_after_tries: Annotated[int, Meta(description="How often a request is sent again after such a wait.", ge=0, le=10)] = 2
    dead_after: Annotated[int, Meta(description="Requests in a row without an answer after which the target is probed.", ge=1)] = 5
    dead_probe_ms: Annotated[
        int, Meta(description="How long a target that stopped answering is probed before it counts as dead.", ge=0)
    ] = 15_000
    blocking_after: Annotated[
        int, Meta(description="Answers 403 or 429 in a row after which it is looked whether the target blocks us.", ge=2)
    ] = 30
    until_tries_cap: Annotated[int, Meta(description="The most requests that one polling or paging step may send.", ge=1)] = 20
    until_interval_cap_ms: Annotated[int, Meta(description="The longest pause between two of them.", ge=0)] = 5_000
    journal_timeout_ms: Annotated[
        int, Meta(description="How long an unsafe request waits until the store has noted it; then it is not sent.", ge=1)
    ] = 30_000
    linger_ms: Annotated[int, Meta(description="How long a finished exchange may wait for others to travel with.", ge=0, le=1000)] = 5
    identities: Annotated[dict[str, IdentityConfig], Meta(description="Who requests are sent as, by name; the first is the default.")] = {}
    hooks: Annotated[list[HookConfig], Meta(description="What is done before a run, in order, to reset or seed the target.")] = []
