"""``PipelineConfig``: the whole YAML of a pipeline. Each stage owns the Struct of its own section."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from pipeline.messages import Keep
from stages.dispatch.config import ArmConfig, DispatchConfig
from stages.execute.config import ExecuteConfig
from stages.ingest.config import IngestConfig
from stages.persist.config import PersistConfig
from stages.score.config import ScoreConfig

USUAL_AGENTS = ("functional-positive", "functional-negative")  # those that test where none is named
Status = Annotated[str, Meta(description='A status such as "404", or "4XX".', pattern=r"^[1-5](\d\d|XX)$")]


class TargetConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is tested."""

    url: Annotated[
        str,
        Meta(
            description="Base URL of the server under test; empty: the first server that the document names.",
            pattern=r"^$|^https?://[^\s/]+",
        ),
    ] = ""


class RunConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"time_ms": "time"}):
    """How much is tested, and of what."""

    seed: Annotated[
        Annotated[int, Meta(ge=0, le=2**63 - 1)] | None,
        Meta(description="Equal seeds make equal tests; null: a new one for every run, shown in its reports."),
    ] = None
    time_ms: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description='When a run ends by itself, as in "90s" or "5m"; null: no such limit.', extra={"form": "duration"}),
    ] = 60_000
    max_requests: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="Requests after which a run ends by itself; null: no such limit.")
    ] = None
    agents: Annotated[
        list[str],
        Meta(description="The agents that make tests; none: functional-positive and functional-negative, as far as an arm serves them."),
    ] = []
    keep: Annotated[
        Keep,
        Meta(description="Which exchanges are kept whole: those of findings and a sample, or all (a run that --answers can feed back)."),
    ] = "findings"
    operations: Annotated[list[str], Meta(description='Globs on operations as in "GET /pets/*": what to test; none: everything.')] = []


class OverrideConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is special about the operations that match a glob; where several match, later ones win key by key."""

    operation: Annotated[str, Meta(description='A glob on operations, as in "DELETE /users/*".', min_length=1)]
    skip: Annotated[str, Meta(description="Why nothing is sent to the operations, for other tests neither; empty: they are tested.")] = ""
    parameters: Annotated[
        dict[str, Any], Meta(description='Fixed values by "NAME" or "path/NAME", "query/NAME", "header/NAME", "cookie/NAME".')
    ] = {}
    headers: Annotated[dict[str, str], Meta(description="Headers sent with every request to the operations.")] = {}
    requests_per_second: Annotated[
        Annotated[float, Meta(gt=0)] | None, Meta(description="No more requests a second to each of the operations; null: as execute says.")
    ] = None
    expect: Annotated[list[Status], Meta(description="Statuses that are fine, beside the documented ones.")] = []
    allow_unsafe: Annotated[
        bool | None, Meta(description="Whether PUT, PATCH and DELETE may go to objects that the run did not make; null: as execute says.")
    ] = None


class ReportConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report written at the end of a run."""

    format: Annotated[Literal["ndjson", "junit", "text"], Meta(description="The form of the report.")]
    path: Annotated[str, Meta(description='The file it is written to; "-": standard output.', min_length=1)]


class PipelineConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pipeline: an API, how it is tested, and what becomes of the results."""

    name: Annotated[str, Meta(description="The name of the pipeline in reports.")] = ""
    spec: Annotated[str, Meta(description="The OpenAPI document: a file, a folder, a URL, or a server that offers one.", min_length=1)]
    store: Annotated[str, Meta(description="The file of results; empty: sentinel/sentinel.db in the XDG state folder.")] = ""
    target: Annotated[TargetConfig, Meta(description="The server under test.")] = TargetConfig()
    run: Annotated[RunConfig, Meta(description="How much is tested, and of what.")] = RunConfig()
    agents: Annotated[
        list[ArmConfig], Meta(description="Implementations of agents that take part beside the built-in ones: programs of one's own.")
    ] = []
    ingest: Annotated[IngestConfig, Meta(description="Reading the document.")] = IngestConfig()
    dispatch: Annotated[DispatchConfig, Meta(description="What is tested next, and who makes the tests.")] = DispatchConfig()
    execute: Annotated[ExecuteConfig, Meta(description="Sending requests: limits, identities, hooks, safety.")] = ExecuteConfig()
    score: Annotated[ScoreConfig, Meta(description="Judging answers: checks, findings, coverage.")] = ScoreConfig()
    persist: Annotated[PersistConfig, Meta(description="The store.")] = PersistConfig()
    overrides: Annotated[list[OverrideConfig], Meta(description="What is special about single operations.")] = []
    reports: Annotated[list[ReportConfig], Meta(description="Reports written at the end of a run.")] = []

    @property
    def dispatching(self) -> DispatchConfig:
        """The section ``dispatch`` with all arms: its own and those of ``agents``."""
        return replace(self.dispatch, arms=[*self.dispatch.arms, *self.agents])

    @property
    def testing(self) -> list[str]:
        """The agents that make a run's tests: those named, or of the usual ones those that some arm serves."""
        arms = self.dispatching.arms
        return self.run.agents or [agent for agent in USUAL_AGENTS if any(arm.serves(agent) for arm in arms)]
