"""Schemas that contain themselves in place: ``A: {allOf: [A]}``, which no validator can come to the end of.

A cycle through ``properties`` or ``items`` is recursion, and fine. A cycle through ``$ref``, ``allOf``, ``anyOf``, ``oneOf`` and their
kind consumes nothing of the instance. The usual one is a base class that lists its children while each child extends the base: there the
child is made to extend the base without its list. Any other is cut, and named as a problem.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from pipeline.messages import Schema

DEFS = "#/$defs/"
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLES = ("not", "if", "then", "else")
_CHOICES = frozenset({"anyOf", "oneOf"})


class _Edge(Struct, frozen=True):
    source: str
    target: str
    choice: bool  # the way to the target goes through anyOf or oneOf


def cut_cycles(defs: dict[str, Schema]) -> list[str]:
    """Cut every cycle in place, changing ``defs``. The names of the schemas in which something was lost, sorted."""
    edges = {name: list(dict.fromkeys(_edges(name, schema, choice=False))) for name, schema in defs.items()}
    lost: set[str] = set()
    for component in _components(edges):
        names = set(component)
        while cycle := _cycle(names, edges):
            edge = _weakest(cycle)
            own = _without_choices(edge.target, defs, edges) if not edge.choice else None
            defs[edge.source] = _redirect(defs[edge.source], edge, own)
            if own is None:
                lost.add(edge.source)
            edges[edge.source] = list(dict.fromkeys(_edges(edge.source, defs[edge.source], choice=False)))
            if own is not None:
                names.add(own)
    return sorted(lost)


def _edges(source: str, schema: Schema, *, choice: bool) -> Iterator[_Edge]:
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield _Edge(source, schema["$ref"][len(DEFS) :], choice)
    for key in _LISTS:
        for member in schema.get(key, ()):
            yield from _edges(source, member, choice=choice or key in _CHOICES)
    for key in _SINGLES:
        if key in schema:
            yield from _edges(source, schema[key], choice=True)
    for member in schema.get("dependentSchemas", {}).values():
        yield from _edges(source, member, choice=True)


def _components(edges: dict[str, list[_Edge]]) -> list[set[str]]:
    """The sets of schemas that reach one another in place (Tarjan's algorithm, without recursion), cycles of one included."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[set[str]] = []
    for root, first in edges.items():
        if root in index:
            continue
        work = [(root, iter(first))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            name, following = work[-1]
            for edge in following:
                target = edge.target
                if target not in edges:
                    continue
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(edges[target])))
                    break
                if target in on_stack:
                    low[name] = min(low[name], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    component: set[str] = set()
                    while name not in component:
                        member = stack.pop()
                        on_stack.discard(member)
                        component.add(member)
                    if len(component) > 1 or any(edge.target == name for edge in edges[name]):
                        found.append(component)
    return found


def _cycle(component: set[str], edges: dict[str, list[_Edge]]) -> list[_Edge]:
    """Some cycle within the component, as its edges; an empty list if there is none (any more)."""
    done: set[str] = set()
    for root in sorted(component):
        if root in done:
            continue
        path: list[_Edge] = []
        open_names = {root: 0}  # the names on the way, with the length of the way to them
        work = [iter(edges.get(root, ()))]
        while work:
            edge = next((edge for edge in work[-1] if edge.target in component and edge.target not in done), None)
            if edge is None:
                work.pop()
                done.add(open_names.popitem()[0])
                if path:
                    path.pop()
            elif edge.target in open_names:
                return [*path[open_names[edge.target] :], edge]
            else:
                path.append(edge)
                open_names[edge.target] = len(path)
                work.append(iter(edges.get(edge.target, ())))
    return []


def _weakest(cycle: list[_Edge]) -> _Edge:
    """Where to cut: at an extension of a schema that goes on by choice, else at the last edge."""
    for position, edge in enumerate(cycle):
        if not edge.choice and cycle[(position + 1) % len(cycle)].choice:
            return edge
    return cycle[-1]


def _without_choices(name: str, defs: dict[str, Schema], edges: dict[str, list[_Edge]]) -> str | None:
    """The name of the schema without its ``anyOf`` and ``oneOf``, made if need be; None where it has neither."""
    schema = defs[name]
    if not isinstance(schema, dict) or not schema.keys() & _CHOICES:
        return None
    own = f"{name}.base"
    if own not in defs:
        defs[own] = {key: value for key, value in schema.items() if key not in _CHOICES}
        edges[own] = list(dict.fromkeys(_edges(own, defs[own], choice=False)))
    return own


def _redirect(schema: Schema, edge: _Edge, own: str | None) -> Schema:
    """The schema with its references in place to the edge's target replaced: by ``own``, or by nothing."""
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = dict(schema)
    if made.get("$ref") == DEFS + edge.target:
        if own:
            made["$ref"] = DEFS + own
        else:
            del made["$ref"]
    for key in _LISTS:
        members = [_redirect(member, edge, own) for member in made.pop(key, ())]
        if own is None and key in _CHOICES:  # a choice of itself adds nothing to the others
            members = [member for member in members if member != {}]
        if members:
            made[key] = members
    for key in _SINGLES:
        if key in made:
            made[key] = _redirect(made[key], edge, own)
    if "dependentSchemas" in made:
        made["dependentSchemas"] = {name: _redirect(member, edge, own) for name, member in made["dependentSchemas"].items()}
    return {key: made[key] for key in sorted(made)}
