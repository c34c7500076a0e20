"""The two policies: one for implementations of agents, one for language models.

Here is what differs between the two, what a configuration sets, and what a simulation leaves out to see its worth. The numbers of one
technique (the filter, the alarm, the breaker) stand at the head of its module, with their source. All were chosen by
``tests/bench/routing`` with seeds other than those it reports; docs/routing-tried.md has what each part is worth.
"""

from msgspec import Struct


class Weights(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts: answers per millisecond (``speed``), worth per answer (``quality``). Both 0: the configured order decides."""

    speed: float = 1.0
    quality: float = 1.0


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the router learns, explores and hedges."""

    window: int = 100  # outcomes kept by agent and arm
    min_samples: int = 5  # before data decide over the configured order
    weights: Weights = Weights()
    max_deadline_ms: float = 20_000.0  # of one attempt
    rounds: int = 2

    start_jobs: float = 8.0  # jobs over which a cold start is written off
    cpu_price: float = 0.5  # milliseconds that a millisecond of a busy core is worth

    hedge: bool = True
    hedge_warm_only: bool = False
    first_races: bool = True  # arms that nothing is known of race, where a core idles
    least_delay_ms: float = 5.0  # before a second start beside shorter jobs, which such starts themselves would slow down
    hedge_income: float = 0.4  # hedges a job, and ...
    hedge_cap: float = 6.0  # ... so many saved up at most (Dean and Barroso, The Tail at Scale, 2013: bounded hedging)

    twice_share: float = 1.0  # of live milliseconds, that second starts and shadows may do again together

    shadow_share: float = 0.05  # of live milliseconds; 0: no shadows
    shadow_spacing: int = 4  # jobs between two shadows, at least, where nothing surprises
    shadow_in_flight: int = 3
    shadow_stop: float = 1.2  # a shadow is stopped when it took so many times what the caller waited
    draw_every: int = 0  # one job in so many is led by a Thompson draw; 0: none
    busy_draw_every: int = 30  # the same while no core idles, beside what shadows still find time for; none where there are no shadows


IMPLEMENTATIONS = Policy()
MODELS = Policy(
    hedge_income=0.05, shadow_share=0.0, draw_every=30, hedge_warm_only=True, start_jobs=4.0, max_deadline_ms=120_000.0
)  # they share memory and load slowly: no shadows
