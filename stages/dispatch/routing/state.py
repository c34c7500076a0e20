"""What survives a restart: the router's whole state, as JSON. One from elsewhere, or a damaged one, is set aside with a reason."""

import msgspec
from msgspec import Struct, field

from stages.dispatch.routing.breaker import Breaker
from stages.dispatch.routing.hedge import Tokens
from stages.dispatch.routing.kalman import sound
from stages.dispatch.routing.shadow import Shadows
from stages.dispatch.routing.tracker import ArmModel, Value

VERSION = 1
MOST = 1e12  # of milliseconds and counts in a state read from outside


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
    """A state from JSON, for the start of a session: shadows under way then are forgotten."""
    try:
        version = msgspec.json.decode(data, type=_Head).version
        if version != VERSION:
            return SetAside(reason=f"it is of version {version}, this program writes {VERSION}")
        state = msgspec.json.decode(data, type=RouterState)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return SetAside(reason=f"it cannot be read: {error}")
    fault = _fault(state)
    if fault:
        return SetAside(reason=fault)
    state.shadows.in_flight = state.model_shadows.in_flight = 0
    return state


def _fault(state: RouterState) -> str:
    """What is wrong with a state read from outside, or "": with numbers out of these ranges formulas would fail or never recover."""
    for name, arm in state.arms.items():
        fault = _arm_fault(arm, len(state.agents))
        if fault:
            return f"{fault}, of arm {name!r}"
    for name, values in state.values.items():
        levels = [level for value in values.values() for level in (value.yielded, value.worth)]
        if any(abs(level.mean) > 100 or not 0 < level.variance < 100 for level in levels):
            return f"the worth of answers is out of range, of {name or 'the deterministic arms'!r}"
    for models in (False, True):
        tokens, shadows = state.tokens_of(models=models), state.shadows_of(models=models)
        if abs(tokens.held) > MOST or not 0 <= shadows.live_ms <= MOST or abs(shadows.budget_ms) > MOST:
            return "the accounts of second starts and shadows are out of range"
    return ""


def _arm_fault(arm: ArmModel, types: int) -> str:
    latency = arm.latency
    if not 3 <= len(latency.mean) <= 3 + max(types, 1) or not sound(latency.covariance, len(latency.mean)):
        return "the model of times is out of shape"
    if any(abs(value) > 100 for value in latency.mean) or not 0 < latency.noise < 100:
        return "the model of times is out of range"
    if sorted(arm.residuals.recent) != arm.residuals.ordered:
        return "the residuals do not agree"
    if any(kind >= max(types, 1) or kind < 0 for _, kind, _ in arm.last):
        return "an unknown agent is named"
    if any(abs(value) > MOST for value in (arm.cold_ms, arm.cpu_share)):
        return "the cost of a start is out of range"
    if any(not _sound_breaker(window.breaker) for window in arm.windows.values()):
        return "the breaker is out of range"
    return ""


def _sound_breaker(breaker: Breaker) -> bool:
    counts = (breaker.answered, breaker.failed)
    return 0 < breaker.usual < 1 and breaker.backoff >= 1 and abs(breaker.evidence) <= MOST and all(0 <= count <= MOST for count in counts)
