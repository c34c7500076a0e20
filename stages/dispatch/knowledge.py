"""The objects known to exist at the target, by resource: what a job is told of them."""

from collections.abc import Iterable

import msgspec

from pipeline.messages import Instance, Knowledge, Operation


def _identity(instance: Instance) -> bytes:
    """What makes two sightings the same object: its parents and its own id, or all fields where it has none."""
    own = instance.fields.get("{}", instance.fields.get("id"))
    return msgspec.msgpack.encode([instance.parents, own if own is not None else instance.fields])


class KnownObjects:
    """A bounded memory: of each resource at most ``limit`` objects, those made by the run kept longest, then the newest."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._resources: dict[str, dict[bytes, Instance]] = {}

    def learn(self, knowledge: Knowledge) -> None:
        """Take in what one case taught: sightings add to and renew what is known, what is gone goes."""
        for resource, sightings in knowledge.instances.items():
            known = self._resources.setdefault(resource, {})
            for sighting in sightings:
                self._see(known, sighting)
        for resource, departed in knowledge.gone.items():
            known = self._resources.get(resource, {})
            for instance in departed:
                known.pop(_identity(instance), None)

    def _see(self, known: dict[bytes, Instance], sighting: Instance) -> None:
        identity = _identity(sighting)
        before = known.pop(identity, None)
        if before is not None:
            fields = {**before.fields, **sighting.fields}
            sighting = msgspec.structs.replace(sighting, fields=fields, made=sighting.made or before.made)
        known[identity] = sighting
        if len(known) > self._limit:
            victim = next((key for key, instance in known.items() if not instance.made), next(iter(known)))
            del known[victim]

    def names(self) -> frozenset[str]:
        """All texts that a known object, or a parent of one, may be named by."""
        return frozenset(
            str(value)
            for known in self._resources.values()
            for instance in known.values()
            for value in (*instance.parents, *instance.fields.values())
            if isinstance(value, str | int)
        )

    def of(self, operations: Iterable[Operation]) -> dict[str, list[Instance]]:
        """What the slots of ``operations`` (and of what they are made by) can be filled from, made objects first."""
        wanted = {slot.resource for op in operations for slot in op.slots}
        return {
            resource: sorted(self._resources[resource].values(), key=lambda instance: not instance.made)
            for resource in sorted(wanted)
            if self._resources.get(resource)
        }
