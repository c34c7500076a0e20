"""The ``dispatch`` section of a pipeline."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import replace

Names = Annotated[list[str], Meta(description="Names of arms, the first is asked first.")]


class ArmConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One implementation of agents: a command that speaks the agent protocol."""

    name: Annotated[str, Meta(description="The name in tables, logs and orders.", min_length=1)]
    command: Annotated[
        list[str],
        Meta(
            description="Program and arguments. {python} is this Python; a bare name is looked for beside `sentinel`, then in PATH.",
            min_length=1,
        ),
    ]
    encoding: Annotated[Literal["msgpack", "json"], Meta(description="How frames are written.")] = "msgpack"
    agents: Annotated[
        list[str], Meta(description="The agents that it is asked for, of those that it says it has when it starts; none: all of these.")
    ] = []
    deterministic: Annotated[
        bool | None,
        Meta(description="Whether it gives equal answers for equal jobs, as those of the others who say so; null: as it says of itself."),
    ] = None
    model: Annotated[
        bool,
        Meta(description="Whether a language model answers: slow to load, costly to run, so never run for measuring (docs/routing.md)."),
    ] = False
    workers: Annotated[
        Annotated[int, Meta(ge=1, le=256)] | None,
        Meta(description="Its worker processes, as where each holds a model in memory; null: as dispatch says."),
    ] = None
    optional: Annotated[bool, Meta(description="No fault where the program is missing; the arm is then left out.")] = False
    environment: Annotated[list[str], Meta(description="Environment variables handed on to it, beside PATH, HOME and the locale.")] = []

    def serves(self, agent: str) -> bool:
        """Whether it may be asked for that agent."""
        return not self.agents or agent in self.agents


BUILT_IN = (
    ArmConfig(name="python", command=["{python}", "-m", "stages.agents"]),
    ArmConfig(name="rust", command=["sentinel-agents"], optional=True),
)


def _default_order() -> dict[str, list[str]]:
    first_compiled = ["rust", "python"]
    first_interpreted = ["python", "rust"]
    return {
        "functional-positive": first_interpreted,
        "functional-negative": first_compiled,
        "functional-stateful": first_interpreted,
        "security-auth": first_interpreted,
        "security-injection": first_interpreted,
        "performance-planner": first_interpreted,
        "data-mocking": first_compiled,
    }


class WorkerLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a worker process may take."""

    start_ms: Annotated[int, Meta(description="From start to `ready`.", ge=1)] = 10_000
    job_ms: Annotated[int, Meta(description="From a job to its `done`; then the worker is killed and the next arm asked.", ge=1)] = 20_000
    model_job_ms: Annotated[int, Meta(description="The same, of an arm whose answers a language model makes.", ge=1)] = 120_000
    memory_bytes: Annotated[int, Meta(description="Address space of one worker, on Linux; 0: no limit.", ge=0)] = 2 * 1024**3
    frame_bytes: Annotated[int, Meta(description="The longest frame, either way.", ge=1024)] = 16 * 1024**2
    job_bytes: Annotated[int, Meta(description="All answers of one job together, as they are sent.", ge=1024)] = 64 * 1024**2
    idle_ms: Annotated[int, Meta(description="A worker without work for so long is told to go.", ge=1)] = 60_000
    ping_ms: Annotated[int, Meta(description="An idle worker is asked so often whether it is still there.", ge=1)] = 15_000
    reply_ms: Annotated[
        int,
        Meta(
            description="How long a worker may take to answer that, or to leave off a job that is not wanted any more; then it is killed.",
            ge=1,
        ),
    ] = 1_000
    jobs: Annotated[int, Meta(description="Jobs of one worker; then another takes its place.", ge=1)] = 20_000
    slices: Annotated[int, Meta(description="API slices kept in one worker.", ge=1)] = 64
    restarts: Annotated[int, Meta(description="Starts that may fail one after the other before an arm is given up for the run.", ge=1)] = 5
    backoff_ms: Annotated[int, Meta(description="Wait after the first failed start; doubles with each more.", ge=0)] = 100

    def of(self, arm: ArmConfig) -> "WorkerLimits":
        """Those of the arm's workers."""
        return replace(self, job_ms=self.model_job_ms) if arm.model else self


class RoutingWeights(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts when arms are put in order. Both 0: the configured order decides."""

    speed: Annotated[float, Meta(description="Of answers by time.", ge=0)] = 1.0
    quality: Annotated[float, Meta(description="Of what answers turn out to be worth.", ge=0)] = 1.0


class RoutingConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How measured data choose between the arms (docs/routing.md)."""

    window: Annotated[int, Meta(description="Outcomes of one arm at one agent that are looked back upon.", ge=1)] = 100
    min_samples: Annotated[int, Meta(description="Outcomes of an arm before data decide instead of the order.", ge=1)] = 5
    weights: Annotated[RoutingWeights, Meta(description="What counts when arms are put in order; both 0: the order above.")] = (
        RoutingWeights()
    )
    hedge: Annotated[bool, Meta(description="Start a second arm beside a late first one, where that pays.")] = True
    first_races: Annotated[
        bool,
        Meta(
            description="Whether arms of which nothing is known do the first jobs side by side, where a core idles; else one after the "
            "other, as configured."
        ),
    ] = True
    shadow_share: Annotated[
        float, Meta(description="Part of the agents' time spent on doing jobs again on another arm, to measure it; 0: none.", ge=0, le=1)
    ] = 0.05
    twice_share: Annotated[
        float,
        Meta(
            description="Part of the agents' time that second starts and replays may spend on work that counts already; 64 jobs are free.",
            ge=0,
        ),
    ] = 1.0
    remember: Annotated[bool, Meta(description="Keep what was measured in the store, for the next run.")] = True


class DispatchConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to test next, and who makes it."""

    window: Annotated[int, Meta(description="Cases that may be out at a time, between here and their credit.", ge=1)] = 256
    batch: Annotated[int, Meta(description="Cases sent on together.", ge=1)] = 16
    epoch: Annotated[int, Meta(description="Cases planned together, at least; grows with the number of operations.", ge=1)] = 256
    job_cases: Annotated[int, Meta(description="Cases asked of an agent in one job, at the most.", ge=1, le=4096)] = 64
    workers: Annotated[int, Meta(description="Worker processes an arm; 0: half of the cores.", ge=0, le=256)] = 0
    suspicion_share: Annotated[float, Meta(description="Part of the budget kept for checking findings again.", ge=0.0, le=0.9)] = 0.15
    products: Annotated[int, Meta(description="Plans or data records kept of one agent and operation in a run.", ge=1)] = 64
    instances: Annotated[int, Meta(description="Objects remembered of one resource.", ge=1)] = 24
    arms: Annotated[list[ArmConfig], Meta(description="The implementations of agents.", min_length=1)] = field(
        default_factory=lambda: list(BUILT_IN)
    )
    order: Annotated[dict[str, Names], Meta(description="By agent: which arm is asked first, before data decide.")] = field(
        default_factory=_default_order
    )
    routing: Annotated[RoutingConfig, Meta(description="How measured data choose between the arms.")] = RoutingConfig()
    limits: Annotated[WorkerLimits, Meta(description="What a worker process may take.")] = WorkerLimits()
    keep_made: Annotated[
        int,
        Meta(description="Objects of the run that may stand at the target beside those in use; older ones are removed on the way.", ge=0),
    ] = 200
    cleanup: Annotated[bool, Meta(description="Remove at the end what the run made.")] = True
    cleanup_ms: Annotated[int, Meta(description="The time that clean-up may take beyond the budget.", ge=0)] = 15_000
