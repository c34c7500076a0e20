"""What a step can have done to its credential, by name. Agents name a mutation; only here it becomes bytes."""

from collections.abc import Callable
from typing import TypeAlias

from stages.execute.identities.credential import NOTHING, Credential

Mutation: TypeAlias = Callable[[Credential], Credential]


def _absent(_: Credential) -> Credential:
    return NOTHING


MUTATIONS: dict[str, Mutation] = {
    "absent": _absent,
}
