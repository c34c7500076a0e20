"""What one section of a pipeline says about another: names that must exist there."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from pipeline.config.faults import Fault, Path, nearest
from pipeline.config.model import PipelineConfig
from pipeline.config.tree import Tree
from stages.execute.hooks.config import RequestHook
from stages.score.checks import CHECKS


def between_sections(config: PipelineConfig, tree: Tree, faulty: AbstractSet[Path] = frozenset()) -> list[Fault]:
    """The faults of names. ``faulty`` has the sections and (section, key) pairs that have faults of their own: nothing is said of them."""
    faults: list[Fault] = []

    def refer(path: Path, name: str, known: Iterable[str], what: str, home: Path) -> None:
        names = list(known)
        if name not in names and not {path[:1], path[:2], home[:1], home} & faulty:
            faults.append(Fault(place=tree.place(path), path=path, message=f"there is no {what} {name!r}", suggestion=nearest(name, names)))

    arms = [arm.name for arm in config.dispatch.arms]
    for index, arm in enumerate(arms):
        if arm in arms[:index]:
            path = ("dispatch", "arms", index, "name")
            faults.append(Fault(place=tree.place(path), path=path, message=f"a second arm {arm!r}"))
    for agent, order in config.dispatch.order.items():
        for index, arm in enumerate(order):
            if ("dispatch", "order") in tree.values:  # the default order names arms that a pipeline may leave out
                refer(("dispatch", "order", agent, index), arm, arms, "arm", ("dispatch", "arms"))
    for index, agent in enumerate(config.run.agents):
        refer(("run", "agents", index), agent, config.dispatch.order, "agent", ("dispatch", "order"))
    for index, check in enumerate(config.score.checks_off):
        refer(("score", "checks_off", index), check, CHECKS, "check", ())
    for index, hook in enumerate(config.execute.hooks):
        if isinstance(hook, RequestHook) and hook.identity:
            refer(("execute", "hooks", index, "identity"), hook.identity, config.execute.identities, "identity", ("execute", "identities"))
    return faults
