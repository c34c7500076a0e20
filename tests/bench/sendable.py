"""Whether the request of a case can leave: it is put together as for sending, and not sent."""

from pipeline.messages import Case, Operation, Schema
from stages.execute.build import build
from stages.execute.forms import OperationForm
from stages.execute.identities.credential import NOTHING
from stages.execute.serialise import UnknownVariable, Unserialisable
from stages.execute.serialise.schemas import Schemas


class Sendable:
    """What is asked of the cases of one operation."""

    def __init__(self, operation: Operation, schemas: dict[str, Schema]) -> None:
        self._form = OperationForm(operation, "http://127.0.0.1", [], [])
        self._schemas = Schemas(schemas)

    def why_not(self, case: Case) -> str:
        """Why the attempt of a case cannot be sent; "" where it can, once what the run learns stands in it."""
        step = next(step for step in case.steps if step.role == "attempt")
        method = step.method or self._form.operation.method
        try:
            build(self._form, method, step.arguments, step.body, credential=NOTHING, schemas=self._schemas)
        except UnknownVariable:
            return ""
        except Unserialisable as impossible:
            return str(impossible)
        return ""
