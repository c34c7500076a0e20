"""Answers to what a fold wants to be sent again."""


def answer(scene, suspicion, status=200, body=None, **fields):
    """The exchange that answers a suspicion."""
    return scene.exchange(
        suspicion.case.operation, status, body, ordinal=suspicion.ordinal, attempt=suspicion.attempt, purpose=suspicion.purpose,
        case=suspicion.case, **fields,
    )  # fmt: skip


def confirm(scene, suspicions, status=200, body=None, **fields):
    """Answers all suspicions alike until none comes any more; what was handed out on the way."""
    outcomes, todo = [], list(suspicions)
    while todo:
        outcomes.append(scene.add(answer(scene, todo.pop(0), status, body, **fields)))
        todo.extend(outcomes[-1].suspicions)
    return outcomes
