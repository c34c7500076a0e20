"""Cases that remove what a run made."""

from collections.abc import Iterable

from pipeline.messages import Api, Case, Made, Step, Until

# A target that is busy has not removed it.
_DONE = Until(statuses=["1XX", "2XX", "3XX", "4XX", "500", "501", "502", "504", "505"], tries=8, interval_ms=250)


def cleanup_cases(api: Api, made: Iterable[Made]) -> list[Case]:
    """A DELETE for everything that has a remover, in an order that works: what lies deeper first, then as given (newest first).

    The arguments are those recorded when the object was made, the identity is its maker's.
    """
    operations = {operation.key for operation in api.operations}
    removable = {item.path: item for item in made if item.remover in operations}
    deepest_first = sorted(removable.values(), key=lambda item: -item.path.strip("/").count("/"))
    return [
        Case(
            operation=item.remover,
            ordinal=ordinal,
            title=f"remove {item.path}",
            intent="unspecified",
            steps=[Step(name="remove", operation=item.remover, identity=item.identity, arguments=item.arguments, until=_DONE)],
        )
        for ordinal, item in enumerate(deepest_first)
    ]
