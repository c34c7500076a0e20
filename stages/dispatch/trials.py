"""From answers, suspicions and clean-up cases to the trials that leave."""

import hashlib
from collections.abc import Iterable

from msgspec.structs import replace

from pipeline.messages import Case, Suspicion, Trial
from stages.agents.wire import encode_answer

CLEANUP_AGENT = "clean-up"


def case_digest(case: Case) -> str:
    """BLAKE2b over the canonical form, 128 bits in hex."""
    return hashlib.blake2b(encode_answer(case), digest_size=16).hexdigest()


def explored_trial(case: Case, *, agent: str, arm: str, job: int, epoch: int) -> Trial:
    """A case as its agent made it; its ordinal in the run is given when it is sent."""
    return Trial(ordinal=-1, agent=agent, arm=arm, job=job, epoch=epoch, digest=case_digest(case), case=case)


def numbered(trial: Trial, ordinal: int) -> Trial:
    """The trial with its ordinal."""
    return replace(trial, ordinal=ordinal)


def suspicion_trial(suspicion: Suspicion) -> Trial:
    """What score wants to see sent again."""
    return Trial(
        ordinal=suspicion.ordinal,
        attempt=suspicion.attempt,
        purpose=suspicion.purpose,
        agent=suspicion.agent,
        digest=case_digest(suspicion.case),
        case=suspicion.case,
        key=suspicion.key,
    )


def cleanup_trials(cases: Iterable[Case], first_ordinal: int) -> list[Trial]:
    """Trials that remove objects; they stand behind all others of the run."""
    return [
        Trial(ordinal=first_ordinal + index, purpose="cleanup", agent=CLEANUP_AGENT, digest=case_digest(case), case=case)
        for index, case in enumerate(cases)
    ]
