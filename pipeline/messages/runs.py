"""A run, from request to end."""

from pipeline.messages.api import Api
from pipeline.messages.values import Frozen, Keep, Value


class Budget(Frozen, frozen=True, kw_only=True):
    """When a run stops by itself; None: no such limit."""

    time_ms: int | None = None
    requests: int | None = None
    cases: int | None = None


class Override(Frozen, frozen=True, kw_only=True):
    """What the owner says of the operations that match ``operation`` (a glob on the key)."""

    operation: str
    skip: str = ""  # a reason; the operation is left out
    parameters: dict[str, Value] = {}  # "path/NAME" or "NAME": fixed values
    headers: dict[str, str] = {}
    requests_per_second: float | None = None
    expect: list[str] = []  # statuses that are fine, beside the documented ones
    allow_unsafe: bool | None = None  # PUT, PATCH and DELETE on objects this run did not make


class RunRequested(Frozen, frozen=True, kw_only=True, tag="run-requested"):
    """A trigger's wish for a run.

    ``keep``: which exchanges are kept whole. ``settings``: the configuration that governs the run, as far as it is no secret (JSON), so
    that the run can be resumed, replayed and cleaned up under the same limits. ``resume``: go on with the stored run of that name.
    """

    run: str
    spec: str
    url: str = ""
    seed: int
    agents: list[str]
    operations: list[str] = []  # globs on keys; none: all
    budget: Budget = Budget()
    overrides: list[Override] = []
    keep: Keep = "findings"
    settings: str = ""
    resume: bool = False


class RunStarted(Frozen, frozen=True, kw_only=True, tag="run-started"):
    """Ingest's word to all stages behind it: the API is understood, the run begins."""

    request: RunRequested
    api: Api
    base_url: str
    started_at: float


class RunEnded(Frozen, frozen=True, kw_only=True, tag="run-ended"):
    """Behind the last batch of a run; ``reason``: budget, exhausted, interrupted, target-dead, refused."""

    run: str
    reason: str
    detail: str = ""
