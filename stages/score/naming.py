"""Names that nothing else has: the texts of a request that choose them, made new by a token."""

import hashlib
import re
import secrets
import string
import uuid
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from pipeline.messages import Body, Case, RunStarted, Step
from stages.score.inputs import accepts, body_schema, resolved
from stages.score.model import Model

FRESH: Final = "fresh"  # how steps are called that make something under names of their own, new whenever their case is sent
FRESHEST: Final = "freshest"  # those whose texts of a pattern are new too

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_CLOSED = frozenset({"enum", "const"})  # texts of such a schema name nothing
_RESPELLED: Final = (8, 6, 4)  # characters that are made others; a shorter text is a code of some list (a country), or soon there again
_SIGNS: Final = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


def is_fresh(step: Step) -> bool:
    """Whether a step gets new names whenever its case is sent."""
    return step.name.startswith(FRESH)


class Naming:
    """Where the bodies of making operations choose names. Which text names an object no document says: every required one is made new,
    e-mail addresses and UUIDs in their form, those of a pattern where it bears that; other forms stay. ``freshest``: those of a pattern
    are spelled anew too, where it bears that. They may be dates or codes, which a server then refuses, so that is tried last."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def chooses(self, step: Step) -> bool:
        """Whether the step's request has a name to choose."""
        return self.renamed(step, "1x1") is not step

    def is_whole(self, step: Step) -> bool:
        """Whether all that may have to be unique is made new: no required text stays but those of a closed set."""
        closed = {name for name, _, schema in self._texts(step) if not _CLOSED.isdisjoint(schema)}
        return all(name in closed or name in self._new(step, "1x1") for name, _, _ in self._texts(step))

    def respells(self, step: Step) -> bool:
        """Whether the step's request has a text of a pattern that can be spelled anew."""
        return self._new(step, "1x1", freshest=True) != self._new(step, "1x1")

    def renamed(self, step: Step, token: str, *, freshest: bool = False) -> Step:
        """The step with ``token`` in each of its names, or itself where there is none, or where the document refuses the new ones."""
        return self._with(step, self._new(step, token, freshest=freshest))

    def like(self, step: Step, other: Step) -> Step:
        """The step with the names of another one of its operation."""
        theirs = other.body.value if other.body is not None else None
        named = theirs if isinstance(theirs, dict) else {}
        return self._with(step, {name: named[name] for name, _, _ in self._texts(step) if isinstance(named.get(name), str)})

    def as_sent(self, case: Case, token: str) -> Case:
        """The case with the names of its fresh steps made new by ``token``; an attempt at the same operation gets the same names."""
        fresh = {step.operation for step in case.steps if is_fresh(step)}
        if not fresh:
            return case
        whole = {step.operation for step in case.steps if step.name.startswith(FRESHEST)}
        steps = [self.renamed(step, token, freshest=step.operation in whole) if step.operation in fresh else step for step in case.steps]
        return msgspec.structs.replace(case, steps=steps)

    def _texts(self, step: Step) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """The required texts of a step's body with their schemas."""
        operation = self._model.operations.get(step.operation)
        if step.body is None or operation is None or not isinstance(step.body.value, dict):
            return
        whole = resolved(self._model, body_schema(operation, step.body))
        for name in whole.get("required", []):
            text = step.body.value.get(name)
            if isinstance(text, str):
                yield name, text, resolved(self._model, whole.get("properties", {}).get(name))

    def _new(self, step: Step, token: str, *, freshest: bool = False) -> dict[str, str]:
        """The required texts that can be made new, made new."""
        operation = self._model.operations.get(step.operation)
        found: dict[str, str] = {}
        for name, text, schema in self._texts(step):
            if operation is None or step.body is None:
                continue
            place = f"body/{step.body.media_type}/{name}"
            if not accepts(self._model, operation, place, schema, text):
                continue  # broken on purpose, maybe: a new one would be right
            ways = [new for new in [_renewed(schema, text, token)] if new is not None]
            if "pattern" not in schema:
                found.update((name, new) for new in ways)
                continue
            if freshest and _CLOSED.isdisjoint(schema) and "format" not in schema:
                ways += _respelled(text, token)
            new = next((new for new in ways if accepts(self._model, operation, place, schema, new)), None)
            if new is not None:
                found[name] = new
        return found

    def _with(self, step: Step, named: dict[str, str]) -> Step:
        operation = self._model.operations.get(step.operation)
        if not named or step.body is None or operation is None or not isinstance(step.body.value, dict):
            return step
        value = {**step.body.value, **named}
        schema = body_schema(operation, step.body)
        if not accepts(self._model, operation, f"body/{step.body.media_type}", schema, value):
            return step
        return msgspec.structs.replace(step, body=Body(media_type=step.body.media_type, value=value))


def _renewed(schema: dict[str, Any], text: str, token: str) -> str | None:
    """A text of the schema that nobody has yet, made of an old one; None where it cannot be told what would be one."""
    if schema.get("type") != "string" or not _CLOSED.isdisjoint(schema):
        return None
    form = schema.get("format")
    if form == "email" and "@" in text and "pattern" not in schema:
        local, _, domain = text.rpartition("@")
        return f"{local}{token}@{domain}"
    if form == "uuid" and "pattern" not in schema and _UUID.fullmatch(text):
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{text} {token}"))
    longest = schema.get("maxLength", 1 << 16)
    room = (int(longest) if isinstance(longest, int | float) else 0) - len(token)
    return f"{text[:room]}{token}" if room > 0 and "format" not in schema else None


def _respelled(text: str, token: str) -> Iterator[str]:
    """The text with its last letters and digits made others of their kind by the token: of many patterns that is kept."""
    at = [index for index, sign in enumerate(text) if any(sign in signs for signs in _SIGNS)]
    digest = hashlib.sha256(f"{text} {token}".encode("utf-8", "surrogatepass")).digest()
    for count in _RESPELLED:
        if count <= len(at):
            spelled = list(text)
            for index, byte in zip(at[-count:], digest, strict=False):
                signs = next(signs for signs in _SIGNS if text[index] in signs)
                spelled[index] = signs[byte % len(signs)]
            yield "".join(spelled)


def with_new_names(started: RunStarted, case: Case) -> Case:
    """A stored case as it is to be sent on another day: its fresh steps under names of that day."""
    return Naming(Model(started)).as_sent(case, secrets.token_hex(3))
