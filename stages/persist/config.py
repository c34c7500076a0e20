"""What of the store can be configured."""

from typing import Annotated

from msgspec import Meta, Struct


class PersistConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much is kept, for how long, and how it is written."""

    sample_exchanges: Annotated[
        int, Meta(description="With run.keep: findings, at most this many exchanges without a failure are kept a run", ge=0)
    ] = 200
    exchanges_per_cause: Annotated[
        int, Meta(description="With run.keep: findings, at most this many exchanges are kept a run for failures of one cause", ge=1)
    ] = 5
    keep_runs: Annotated[int, Meta(description="Runs kept for each target; older ones are removed when a run ends", ge=1)] = 50
    max_store_bytes: Annotated[
        int,
        Meta(description="Above this size exchanges of old runs, then old runs, are removed when a run ends", ge=1 << 20),
    ] = 2 << 30
    batch_rows: Annotated[int, Meta(description="Rows after which a transaction is written without waiting longer", ge=1, le=10_000)] = 250
    batch_wait_ms: Annotated[int, Meta(description="The longest that a row waits for others before it is written", ge=0, le=1_000)] = 50
    pending_rows: Annotated[int, Meta(description="Rows waiting for the disk above which the stages before wait", ge=1)] = 2_000
    pending_bytes: Annotated[
        int, Meta(description="Bytes of kept bodies waiting for the disk above which the stages before wait", ge=1 << 16)
    ] = 16 << 20
    lock_wait_ms: Annotated[int, Meta(description="How long to wait for another process that is writing to the store", ge=0)] = 5_000
