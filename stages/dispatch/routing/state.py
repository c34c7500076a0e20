"""What survives a restart: the router's whole state, as JSON. One from elsewhere, or a damaged one, is set aside with a reason."""

import msgspec
from msgspec import Struct, field

from stages.dispatch.routing.hedge import Tokens
from stages.dispatch.routing.ranges import fault
from stages.dispatch.routing.shadow import Shadows
from stages.dispatch.routing.tracker import ArmModel, Value

VERSION = 1
FORGIVEN = 8  # a debt of shadows is that of so many jobs at most when a session begins: what it was owed for is long over


class RouterState(Struct, kw_only=True):
    """All that was learned. ``agents`` are the types in the order of the models' one-hot places; ``values`` by arm (arms that claim
    determinism share the place ""), then by agent. Second starts and shadows of jobs that a language model may answer have accounts of
    their own: what is cheap on the one side is dear on the other."""

    version: int = VERSION
    jobs: int = 0
    agents: list[str] = []
    arms: dict[str, ArmModel] = {}
    values: dict[str, dict[str, Value]] = {}
    tokens: Tokens = field(default_factory=Tokens)
    shadows: Shadows = field(default_factory=Shadows)
    model_tokens: Tokens = field(default_factory=Tokens)
    model_shadows: Shadows = field(default_factory=Shadows)

    def tokens_of(self, *, models: bool) -> Tokens:
        """What pays for second starts."""
        return self.model_tokens if models else self.tokens

    def shadows_of(self, *, models: bool) -> Shadows:
        """What pays for shadows, and how long callers waited of late."""
        return self.model_shadows if models else self.shadows


class SetAside(Struct, frozen=True, kw_only=True):
    """Why a stored state is not used."""

    reason: str


def exported(state: RouterState) -> bytes:
    """The state as JSON."""
    return msgspec.json.encode(state)


class _Head(Struct, kw_only=True):
    version: int


def imported(data: bytes) -> RouterState | SetAside:
    """A state from JSON, for the start of a session: shadows under way are forgotten, and of their debts what is beyond a few jobs."""
    try:
        version = msgspec.json.decode(data, type=_Head).version
        if version != VERSION:
            return SetAside(reason=f"it is of version {version}, this program writes {VERSION}")
        state = msgspec.json.decode(data, type=RouterState)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return SetAside(reason=f"it cannot be read: {error}")
    reason = fault(state)
    if reason:
        return SetAside(reason=reason)
    for shadows in (state.shadows, state.model_shadows):
        shadows.in_flight = 0
        shadows.budget_ms = max(shadows.budget_ms, -FORGIVEN * shadows.live_ms)
    return state
