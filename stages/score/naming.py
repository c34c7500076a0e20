"""Names that nothing else has: the texts of a request that choose them, made new by a token."""

from typing import Final

import msgspec

from pipeline.messages import Body, Schema, Step
from stages.score.inputs import accepts, body_schema, resolved
from stages.score.model import Model

FRESH: Final = "fresh"  # how steps are called that make something under names of their own, new whenever their case is sent

# A text of such a schema has a meaning of its own, or a form that a token would break.
_FORMED = frozenset({"enum", "const", "pattern", "format"})


def is_fresh(step: Step) -> bool:
    """Whether a step gets new names whenever its case is sent."""
    return step.name.startswith(FRESH)


class Naming:
    """Where the bodies of making operations choose names. Which text names an object no document says: every required one of no form
    of its own is made new."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def chooses(self, step: Step) -> bool:
        """Whether the step's request has a name to choose."""
        return self.renamed(step, "1x1") is not step

    def renamed(self, step: Step, token: str) -> Step:
        """The step with ``token`` behind each of its names, or itself where there is none, or where the document refuses the new ones."""
        operation = self._model.operations.get(step.operation)
        if step.body is None or operation is None or not isinstance(step.body.value, dict):
            return step
        schema = body_schema(operation, step.body)
        whole = resolved(self._model, schema)
        properties = whole.get("properties", {})
        value = dict(step.body.value)
        for name in whole.get("required", []):
            text, room = value.get(name), self._room(properties.get(name))
            if isinstance(text, str) and room > len(token):
                value[name] = f"{text[: room - len(token)]}{token}"
        if value == step.body.value:
            return step
        if not accepts(self._model, operation, f"body/{step.body.media_type}", schema, value):
            return step
        return msgspec.structs.replace(step, body=Body(media_type=step.body.media_type, value=value))

    def _room(self, schema: Schema) -> int:
        """How many characters a text of the schema may have; 0 where it is no plain text."""
        plain = resolved(self._model, schema)
        if plain.get("type") != "string" or not _FORMED.isdisjoint(plain):
            return 0
        longest = plain.get("maxLength", 1 << 16)
        return int(longest) if isinstance(longest, int | float) else 0
