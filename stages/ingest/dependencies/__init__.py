"""Who makes what for whom: the dependency knowledge of an API, from paths, names and schemas alone. Pure."""

from msgspec import structs

from pipeline.messages import Operation, Schema
from stages.ingest.dependencies.groups import groups_of
from stages.ingest.dependencies.links import with_links
from stages.ingest.dependencies.order import Roles, levels_of
from stages.ingest.dependencies.outputs import outputs_of
from stages.ingest.dependencies.paths import Paths
from stages.ingest.dependencies.resources import Resources
from stages.ingest.dependencies.shapes import Shapes
from stages.ingest.dependencies.slots import slots_of
from stages.ingest.problems import Problems

__all__ = ["connected"]


def connected(operations: list[Operation], schemas: dict[str, Schema], group_limit: int, problems: Problems) -> list[Operation]:
    """The operations with ``group``, ``resource``, ``slots``, ``outputs``, ``maker``, ``remover`` and ``level`` filled in."""
    shapes = Shapes(schemas)
    resources = Resources(Paths(operations), shapes)
    made = [structs.replace(operation, resource=resources.paths.resource(operation.path)) for operation in operations]
    made = [
        structs.replace(operation, slots=slots_of(operation, resources), outputs=outputs_of(operation, resources)) for operation in made
    ]
    made = with_links(made, shapes, problems)
    roles = Roles(made, schemas)
    levels = levels_of(made, roles)
    groups = groups_of(made, group_limit)
    return [
        structs.replace(
            operation,
            group=groups[operation.key],
            maker=roles.maker(operation),
            remover=roles.remover(operation),
            level=levels[operation.key],
        )
        for operation in made
    ]
