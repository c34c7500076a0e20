"""What a case sends at a place: serialised by the execute stage, read back from the bytes by ``read_text`` and ``read_body``."""

from typing import Any

from pipeline.messages import Api, Operation, Step
from stages.execute.serialise import payload
from stages.execute.serialise.schemas import Schemas
from stages.execute.serialise.style import in_cookie, in_header, in_path, in_query
from tests.bench import read_text
from tests.bench.documented import Input
from tests.bench.read_body import body_values
from tests.bench.shape import Shape


def readings(api: Api, operation: Operation, step: Step, place: str, *, stated: Input, shape: Shape) -> list[Any]:
    """All values that a step's body ("body") or parameter ("LOCATION/NAME") can be read as; none: it is not sent.

    Raises ``Unserialisable``, and ValueError where the bytes are nothing of their media type.
    """
    if place == "body":
        media = next((one for one in operation.body.content if one.media_type == step.body.media_type), None)
        made = payload(step.body, media, Schemas(api.schemas))
        return body_values(shape, made.data, made.content_type, stated.ways)
    location, _, name = place.partition("/")
    parameter = next(one for one in operation.parameters if (one.location, one.name) == (location, name))
    argument = next((one for one in step.arguments if (one.location, one.name) == (location, name)), None)
    if argument is None:
        return []
    match location:
        case "path":
            return read_text.in_path(shape, name, stated.way, in_path(parameter, argument.value))
        case "query":
            return read_text.in_query(shape, name, stated.way, in_query(parameter, argument.value))
        case "header":
            return read_text.in_header(shape, stated.way, in_header(parameter, argument.value))
        case _:
            return read_text.in_cookie(shape, name, stated.way, in_cookie(parameter, argument.value))
