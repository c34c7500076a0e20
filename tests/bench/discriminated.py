"""What discriminators say, in words of JSON Schema (OpenAPI 3.1, 4.8.25): a branch has its own values, and no other.

A value chooses the schema that the mapping gives it, else the shared schema of its name. So a branch that the mapping does not give a value
has its name as the value, unless the mapping gives that to another schema.
"""

import re
from typing import Any

from tests.bench.documented import Document


def pinned(document: Document, raw: dict[str, Any], branch: Any, made: Any) -> Any:
    """A branch of oneOf or anyOf of the schema ``raw``, translated as ``made``, together with the values that choose it."""
    name, mapping = _discriminator(raw)
    ref = branch.get("$ref") if isinstance(branch, dict) else None
    if not name or not isinstance(ref, str):
        return made
    values = _values(document, mapping, ref) or [own for own in _names(ref) if own not in mapping]
    return {"allOf": [made, {"required": [name], **_of(name, values)}]} if values and _is_open(document, branch, name, 0) else made


def pinned_child(document: Document, raw: dict[str, Any], reference: str) -> dict[str, Any] | None:
    """What the mapping of a schema that this one extends says of this one, which is referred to by ``reference``; None: nothing."""
    for base in raw["allOf"]:
        ref = base.get("$ref") if isinstance(base, dict) else None
        target = _target(document, ref)
        if not isinstance(target, dict) or target.keys() & {"oneOf", "anyOf"}:
            continue
        name, mapping = _discriminator(target)
        values = _values(document, mapping, reference)
        if name and values and not _has_children(document, reference) and _is_open(document, raw, name, 0):
            return _of(name, values)
    return None


def _of(name: str, values: list[str]) -> dict[str, Any]:
    return {"properties": {name: {"enum": values}}}


def _discriminator(raw: dict[str, Any]) -> tuple[str, dict[str, str]]:
    found = raw.get("discriminator")
    if isinstance(found, dict):
        mapping = found.get("mapping")
        return str(found.get("propertyName") or ""), mapping if isinstance(mapping, dict) else {}
    return (found, {}) if isinstance(found, str) else ("", {})


def _values(document: Document, mapping: dict[str, str], ref: str) -> list[str]:
    return sorted(value for value, target in mapping.items() if ref and _as_reference(document, target) == ref)


def _names(ref: str) -> list[str]:
    """What the shared schema that is referred to is called; nothing for any other."""
    return [name.replace("~1", "/").replace("~0", "~") for name in re.findall(r"/(?:schemas|definitions|\$defs)/([^/]+)\Z", ref)]


def _as_reference(document: Document, target: str) -> str:
    return (
        f"#/components/schemas/{target}"
        if target in document.object(document.object(document.root.get("components")).get("schemas"))
        else target
    )


def _target(document: Document, ref: Any) -> Any:
    try:
        return document.target(ref)
    except KeyError:
        return None


def _has_children(document: Document, reference: str) -> bool:
    shared = document.root.get("definitions") or document.object(document.root.get("components")).get("schemas") or {}
    for one in shared.values():
        members = one.get("allOf") if isinstance(one, dict) else None
        if any(isinstance(member, dict) and member.get("$ref") == reference for member in members or ()):
            return True
    return False


def _is_open(document: Document, raw: Any, name: str, level: int) -> bool:
    """Whether the schema has the property and leaves its value open."""
    found = _property(document, raw, name, level)
    return found is not None and not (isinstance(found, dict) and found.keys() & {"enum", "const"})


def _property(document: Document, raw: Any, name: str, level: int) -> Any:
    if not isinstance(raw, dict) or level > 8:
        return None
    if isinstance(raw.get("$ref"), str):
        return _property(document, _target(document, raw["$ref"]), name, level + 1)
    properties = raw.get("properties")
    if isinstance(properties, dict) and name in properties:
        found = properties[name]
        target = _target(document, found.get("$ref")) if isinstance(found, dict) else None
        return found if target is None else target
    members = raw.get("allOf")
    for member in members if isinstance(members, list) else ():
        found = _property(document, member, name, level + 1)
        if found is not None:
            return found
    return None
