"""Which sightings of objects are news: an answer that is seen a thousand times teaches once."""

import msgspec
from msgspec.structs import replace

from pipeline.messages import Instance, Knowledge

_encode = msgspec.msgpack.Encoder().encode
_KNOWN_MAX = 1024  # sightings remembered of one resource; with more the memory starts again


class News:
    """The sightings told so far, by resource. Depends on nothing but the knowledge that was told, in its order."""

    def __init__(self) -> None:
        self._told: dict[str, set[int]] = {}

    def fresh(self, knowledge: Knowledge) -> Knowledge:
        """The knowledge without sightings that were told before; the others count as told from now on."""
        if not knowledge.instances and not knowledge.gone:
            return knowledge
        fresh: dict[str, list[Instance]] = {}
        for resource, instances in knowledge.instances.items():
            told = self._of(resource)
            new = {mark: instance for instance in instances if (mark := _mark(instance)) not in told}
            if new:
                fresh[resource] = list(new.values())
                told.update(new)
        self._forget(knowledge)
        return replace(knowledge, instances=fresh)

    def told(self, knowledge: Knowledge) -> None:
        """Remember what an interrupted run told."""
        for resource, instances in knowledge.instances.items():
            self._of(resource).update(map(_mark, instances))
        self._forget(knowledge)

    def _of(self, resource: str) -> set[int]:
        told = self._told.setdefault(resource, set())
        if len(told) >= _KNOWN_MAX:
            told.clear()
        return told

    def _forget(self, knowledge: Knowledge) -> None:
        """What is gone may come back, so then its resource's memory starts again."""
        for resource in knowledge.gone:
            self._told.pop(resource, None)


def _mark(instance: Instance) -> int:
    try:
        return hash((*instance.fields.values(), *instance.parents, instance.made))
    except TypeError:  # extension values, or an object for a parent's name
        return hash((_encode(instance.fields), _encode(instance.parents), instance.made))
