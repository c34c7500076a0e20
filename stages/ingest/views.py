"""Two views of a schema: what a request may hold and what an answer must hold (OpenAPI 3.1, 4.8.24: readOnly and writeOnly).

A required property that is readOnly is required of answers only, one that is writeOnly of requests only. Where that makes a difference, a
shared schema gets a second form under a name of its own (``Pet.request``, ``Pet.response``); everywhere else both sides share one.
"""

from typing import Any, Literal

from pipeline.messages import Schema

Side = Literal["request", "response"]
DEFS = "#/$defs/"
_HIDDEN_BY = {"request": "readOnly", "response": "writeOnly"}
_MAX_LEVELS = 8
_VALUES = frozenset({"const", "default", "enum", "examples", "xml", "required", "type"})  # keywords that hold no schema
_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas"})


class View:
    """One side's view of the shared schemas ``defs``; new forms are added to ``defs`` as they are needed."""

    def __init__(self, defs: dict[str, Schema], side: Side) -> None:
        self._defs = defs
        self._side = side
        self._hidden_by = _HIDDEN_BY[side]
        self._hidden: dict[str, frozenset[str]] = {}
        self._different = self._find_different()
        self._forms: dict[str, str] = {}
        self._pending: list[str] = []

    def of(self, schema: Schema) -> Schema:
        """The side's form of a schema; the same object where there is no difference."""
        made = self._form(schema, frozenset())
        while self._pending:
            name = self._pending.pop()
            self._defs[self._forms[name]] = self._form(self._defs[name], frozenset())
        return made

    def _find_different(self) -> frozenset[str]:
        """The shared schemas that drop a required name on this side, or lead to one that does."""
        users: dict[str, set[str]] = {}
        found: set[str] = set()
        for name, schema in self._defs.items():
            refs: set[str] = set()
            if self._drops(schema, frozenset(), refs):
                found.add(name)
            for ref in refs:
                users.setdefault(ref, set()).add(name)
        pending = list(found)
        while pending:
            for user in users.get(pending.pop(), ()):
                if user not in found:
                    found.add(user)
                    pending.append(user)
        return frozenset(found)

    def _drops(self, schema: Schema, outer: frozenset[str], refs: set[str]) -> bool:
        """Whether a required name is dropped in the schema itself; collects what it refers to."""
        if not isinstance(schema, dict):
            return False
        names = outer | self._hidden_names(schema, 0)
        drops = bool(names) and not names.isdisjoint(schema.get("required", ()))
        if "$ref" in schema:
            refs.add(schema["$ref"][len(DEFS) :])
        for key, value in schema.items():
            for child in _children(key, value):
                drops = self._drops(child, names if key == "allOf" else frozenset(), refs) or drops
        return drops

    def _form(self, schema: Schema, outer: frozenset[str]) -> Schema:
        if not isinstance(schema, dict):
            return schema
        names = outer | self._hidden_names(schema, 0)
        made: dict[str, Any] = {}
        changed = False
        for key, value in schema.items():
            new = self._form_of_keyword(key, value, names)
            changed = changed or new is not value
            made[key] = new
        if not changed:
            return schema
        if not made.get("required", True):
            del made["required"]
        return made

    def _form_of_keyword(self, key: str, value: Any, names: frozenset[str]) -> Any:
        if key == "required":
            return [name for name in value if name not in names] if names and not names.isdisjoint(value) else value
        if key == "$ref":
            return self._reference(value)
        if key in _VALUES or not isinstance(value, (dict, list)):
            return value
        if key in _MAPS and isinstance(value, dict):
            items = {name: self._form(child, frozenset()) for name, child in value.items()}
            return items if any(items[name] is not value[name] for name in items) else value
        if isinstance(value, dict):
            return self._form(value, frozenset())
        inner = names if key == "allOf" else frozenset()
        members = [self._form(child, inner) for child in value]
        return members if any(new is not old for new, old in zip(members, value, strict=True)) else value

    def _reference(self, ref: str) -> str:
        name = ref[len(DEFS) :]
        if name not in self._different:
            return ref
        if name not in self._forms:
            form, number = f"{name}.{self._side}", 2
            while form in self._defs:
                form, number = f"{name}.{self._side}_{number}", number + 1
            self._forms[name] = form
            self._defs[form] = True  # the name is taken until its turn comes
            self._pending.append(name)
        return DEFS + self._forms[name]

    def _hidden_names(self, schema: dict[str, Any], level: int) -> frozenset[str]:
        """The properties that this side does not see, those that ``allOf`` and ``$ref`` bring included."""
        found: set[str] = set()
        for name, child in schema.get("properties", {}).items():
            if isinstance(child, dict) and (child.get(self._hidden_by) or self._target_is_hidden(child)):
                found.add(name)
        if level < _MAX_LEVELS:
            for member in schema.get("allOf", ()):
                if isinstance(member, dict):
                    found |= self._hidden_names(member, level + 1)
            if "$ref" in schema:
                found |= self._hidden_in_shared(schema["$ref"][len(DEFS) :], level)
        return frozenset(found)

    def _hidden_in_shared(self, name: str, level: int) -> frozenset[str]:
        if name not in self._hidden:
            self._hidden[name] = frozenset()  # what a schema that contains itself adds to itself
            schema = self._defs.get(name)
            self._hidden[name] = self._hidden_names(schema, level + 1) if isinstance(schema, dict) else frozenset()
        return self._hidden[name]

    def _target_is_hidden(self, schema: dict[str, Any]) -> bool:
        target = self._defs.get(schema["$ref"][len(DEFS) :]) if "$ref" in schema else None
        return isinstance(target, dict) and target.get(self._hidden_by) is True


def _children(key: str, value: Any) -> list[Schema]:
    if key in _MAPS:
        return list(value.values())
    if key in _VALUES:
        return []
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) else []
