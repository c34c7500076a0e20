"""What one section of a pipeline says about another: names that must exist there."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from pipeline.config.faults import Fault, Path, nearest
from pipeline.config.model import USUAL_AGENTS, PipelineConfig
from pipeline.config.tree import Tree
from stages.dispatch.config import BUILT_IN, ArmConfig, DispatchConfig
from stages.execute.hooks.config import RequestHook
from stages.score.checks import CHECKS

_DEFAULT = DispatchConfig()


def between_sections(config: PipelineConfig, tree: Tree, faulty: AbstractSet[Path] = frozenset()) -> list[Fault]:
    """The faults of names. ``faulty`` has the sections and (section, key) pairs that have faults of their own: nothing is said of them."""
    faults: list[Fault] = []

    def refer(path: Path, name: str, known: Iterable[str], what: str, home: Path) -> None:
        names = list(known)
        if name not in names and not {path[:1], path[:2], home[:1], home} & faulty:
            faults.append(Fault(place=tree.place(path), path=path, message=f"there is no {what} {name!r}", suggestion=nearest(name, names)))

    faults += _second_arms(config, tree)
    arms = [arm.name for arm in config.dispatching.arms]
    if ("dispatch", "order") in tree.values and ("agents",) not in {path[:1] for path in faulty}:
        for agent, order in config.dispatch.order.items():  # the default order names arms that a pipeline may leave out
            for index, arm in enumerate(order):
                refer(("dispatch", "order", agent, index), arm, arms, "arm", ("dispatch", "arms"))
    known = [*_DEFAULT.order, *config.dispatch.order]
    for path, own in _arms(config):
        for index, agent in enumerate(own.agents):
            refer((*path, "agents", index), agent, known, "agent", ("dispatch", "order"))
    for index, agent in enumerate(config.run.agents):
        refer(("run", "agents", index), agent, config.dispatch.order, "agent", ("dispatch", "order"))
    if not config.testing and not {("run",), ("agents",), ("dispatch",), ("dispatch", "arms")} & faulty:
        message = f"no arm serves {' or '.join(USUAL_AGENTS)}"
        path = ("run", "agents")
        faults.append(Fault(place=tree.place(path), path=path, message=message, suggestion="name agents that an arm serves"))
    for index, check in enumerate(config.score.checks_off):
        refer(("score", "checks_off", index), check, CHECKS, "check", ())
    for index, hook in enumerate(config.execute.hooks):
        if isinstance(hook, RequestHook) and hook.identity:
            refer(("execute", "hooks", index, "identity"), hook.identity, config.execute.identities, "identity", ("execute", "identities"))
    return faults


def _arms(config: PipelineConfig) -> Iterator[tuple[Path, ArmConfig]]:
    """All arms with the places where they stand."""
    for index, arm in enumerate(config.dispatch.arms):
        yield ("dispatch", "arms", index), arm
    for index, arm in enumerate(config.agents):
        yield ("agents", index), arm


def _second_arms(config: PipelineConfig, tree: Tree) -> list[Fault]:
    """Names of arms that are taken: what was measured is kept by the name."""
    faults: list[Fault] = []
    built_in = {arm.name for arm in BUILT_IN}
    taken: set[str] = set()
    for home, arm in _arms(config):
        path = (*home, "name")
        if home[0] == "agents" and arm.name in built_in:
            message = f"{arm.name!r} is the name of a built-in implementation"
        elif arm.name in taken:
            message = f"a second arm {arm.name!r}"
        else:
            taken.add(arm.name)
            continue
        faults.append(Fault(place=tree.place(path), path=path, message=message, suggestion="choose another"))
    return faults
