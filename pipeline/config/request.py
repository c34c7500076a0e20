"""A run's request from a pipeline: what the configuration says, as the message that travels."""

import secrets
import time

from pipeline.config.model import PipelineConfig
from pipeline.messages import Budget, Override, RunRequested


def run_requested(config: PipelineConfig, run: str, *, settings_text: str = "") -> RunRequested:
    """The message that starts a run of this pipeline; a seed is drawn where none is set. ``settings_text``: what the store is to keep."""
    settings = config.run
    return RunRequested(
        run=run,
        spec=config.spec,
        url=config.target.url,
        seed=secrets.randbelow(2**31) if settings.seed is None else settings.seed,
        agents=config.testing,
        operations=settings.operations,
        budget=Budget(time_ms=settings.time_ms, requests=settings.max_requests),
        overrides=[
            Override(
                operation=override.operation,
                skip=override.skip,
                parameters=override.parameters,
                headers=override.headers,
                requests_per_second=override.requests_per_second,
                expect=override.expect,
                allow_unsafe=override.allow_unsafe,
            )
            for override in config.overrides
        ],
        keep=settings.keep,
        settings=settings_text,
    )


def new_run() -> str:
    """A name for a run: its start to the second (UTC) and four random hex digits; names sort by start."""
    return time.strftime("%Y%m%d-%H%M%S", time.gmtime()) + "-" + secrets.token_hex(2)
