"""What agents may answer with, to which of the asked streams an answer belongs, and how answers that are no cases travel to the store."""

from collections.abc import Iterable, Iterator, Sequence

from pipeline.messages import Answer, Case, NotMade, Plan, Product, Products, Record, Span
from stages.agents.wire import OF_NO_ORDINAL, encode_answer

ANSWER_KINDS: dict[str, type[Answer]] = {"performance-planner": Plan, "data-mocking": Record}  # all others make cases
PRODUCTS_A_MESSAGE = 64
_REASONS = 24  # of one operation in one job; what an agent has more of is counted with the last
_REASON_CHARS = 400


class StrayAnswer(Exception):
    """An answer that was not asked for, or not in this order; the text names it."""


def makes_cases(agent: str) -> bool:
    """Whether the answers of an agent are to be sent to the target."""
    return ANSWER_KINDS.get(agent, Case) is Case


def operations_of(spans: Sequence[Span], answers: Sequence[Answer]) -> Iterator[str]:
    """For each answer the operation to whose stream it belongs (protocol, 2.4). Raises StrayAnswer.

    Plans and records name no operation: ordinals ascend within a stream, so where they do not the next span has begun.
    """
    waiting = iter(spans)
    span, last = next(waiting, None), -1
    for answer in answers:
        while span is not None and not (_may_be(answer, span) and last < answer.ordinal):
            span, last = next(waiting, None), -1
        if span is None:
            raise StrayAnswer(f"answered {getattr(answer, 'operation', type(answer).__name__)} #{answer.ordinal}, which was not asked for")
        last = answer.ordinal
        yield span.operation


def _may_be(answer: Answer, span: Span) -> bool:
    if isinstance(answer, Case) and (answer.operation != span.operation or not answer.steps):
        return False
    return span.start <= answer.ordinal < span.start + span.count


def reasons(gave_up: Iterable[tuple[str, int, str]]) -> list[tuple[str, str, int]]:
    """What could not be made, (operation, ordinal, reason), by operation and reason, with how many ordinals: none of a part left out."""
    counts: dict[str, dict[str, int]] = {}
    for operation, ordinal, reason in gave_up:
        known = counts.setdefault(operation, {})
        text = reason[:_REASON_CHARS]
        if text not in known and len(known) >= _REASONS:
            text = next(reversed(known))
        known[text] = known.get(text, 0) + (ordinal != OF_NO_ORDINAL)
    return [(operation, reason, count) for operation, known in counts.items() for reason, count in known.items()]


def not_made(run: str, job: int, agent: str, gave_up: Iterable[tuple[str, int, str]]) -> Iterator[NotMade]:
    """What of a job could not be made, as a message for the store; none where that is nothing."""
    if rows := reasons(gave_up):
        yield NotMade(run=run, job=job, agent=agent, rows=rows)


def products(run: str, job: int, agent: str, answers: Sequence[Answer]) -> Iterator[Products]:
    """The plans and records among a job's answers, as messages for the store."""
    found = [
        Product(
            position=position, kind="plan" if isinstance(answer, Plan) else "record", ordinal=answer.ordinal, body=encode_answer(answer)
        )
        for position, answer in enumerate(answers)
        if not isinstance(answer, Case)
    ]
    for start in range(0, len(found), PRODUCTS_A_MESSAGE):
        yield Products(run=run, job=job, agent=agent, products=found[start : start + PRODUCTS_A_MESSAGE])
