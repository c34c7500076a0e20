"""What of a value is sent in its place, and whether it is said how (GENERATION.md, section 9)."""

from typing import Literal, TypeAlias, cast

from msgspec import Struct

from pipeline.messages import MediaType, Parameter, Value

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_Object: TypeAlias = "dict[str, Value]"


Writing: TypeAlias = Literal["whole", "parts", "deep", "form", "multipart", "xml"]
"""In what form values of a place are written: as they are (as JSON, or as a text); as a parameter, in which the parts of an array or object
are plain texts; as a parameter of style deepObject; as a body of one of the other media types."""


class Written(Struct, frozen=True):
    """How the values of a place are written. ``styled``: the properties of a form that are written like parameters, and in which of the two
    ways; ``needed``: whether there must be one."""

    writing: Writing = "whole"
    needed: bool = False
    styled: dict[str, Writing] = {}

    def can_be_sent(self, value: Value) -> bool:
        """Whether anything is sent for the value at all."""
        match self.writing:
            case "parts" | "deep":
                return value is not None or not self.needed
            case "form":
                return isinstance(value, (dict, bytes))
            case "multipart":
                return isinstance(value, dict)
            case _:
                return True

    def sent(self, value: Value) -> Value:
        """The value without the parts that are not sent."""
        match self.writing:
            case "parts" | "deep":
                return _of_parameter(self.writing, value)
            case "form" | "multipart" if isinstance(value, dict):
                return self._of_form(cast("_Object", value))
            case "xml":
                return _without_empty_lists(value)
            case _:
                return value

    def is_defined(self, value: Value) -> bool:
        """Whether OpenAPI says how the value is written: not of arrays and objects inside of a parameter's (3.1, 4.8.12.3)."""
        match self.writing:
            case "parts" | "deep":
                return _is_shallow(self.writing, value)
            case "form" if self.styled and isinstance(value, dict):
                mapping = cast("_Object", value)
                return all(_is_shallow(writing, mapping.get(name)) for name, writing in self.styled.items())
            case _:
                return True

    def _of_form(self, value: _Object) -> Value:
        made: _Object = {}
        for name, item in value.items():
            writing = self.styled.get(name)
            sent = _without_nulls(item) if writing is None and isinstance(item, list) else _of_parameter(writing or "whole", item)
            if sent is not None and sent != [] and (writing is None or sent != {}):
                made[name] = sent
        return made


def of_parameter(parameter: Parameter, *, required: bool) -> Written:
    """How the values of a parameter are written."""
    if parameter.media_type:
        return Written()
    is_deep = parameter.location == "query" and parameter.style == "deepObject"
    return Written("deep" if is_deep else "parts", required)


def of_body(bare: str, media: MediaType) -> Written:
    """How bodies of a media type are written; ``bare``: without its parameters."""
    if bare == FORM:
        # An entry whose type is JSON says that it is written as JSON.
        entries = [entry for entry in media.encoding if "json" not in entry.content_type]
        return Written("form", styled={entry.name: "deep" if entry.style == "deepObject" else "parts" for entry in entries})
    if bare == MULTIPART:
        return Written("multipart")
    return Written("xml" if bare.endswith("xml") else "whole")


def _is_shallow(writing: Writing, value: Value) -> bool:
    """Whether no array or object is inside of the value; in deepObject objects may be, in objects."""
    if isinstance(value, dict):
        items = cast("_Object", value).values()
        if writing == "deep":
            return all(_is_shallow(writing, item) for item in items)
        return not any(isinstance(item, (list, dict)) for item in items)
    return not (isinstance(value, list) and any(isinstance(item, (list, dict)) for item in value))


def _of_parameter(writing: Writing, value: Value) -> Value:
    """An array or object without nulls; in deepObject at any depth, and without empty ones inside."""
    if writing == "whole" or not isinstance(value, (list, dict)):
        return value
    if isinstance(value, list):
        return _without_nulls(value)
    made: _Object = {}
    for name, item in cast("_Object", value).items():
        sent = _of_parameter(writing, item) if writing == "deep" else item
        if sent is not None and (writing == "parts" or sent not in ([], {})):
            made[name] = sent
    return made


def _without_nulls(value: list[Value]) -> Value:
    return [item for item in value if item is not None]


def _without_empty_lists(value: Value) -> Value:
    if isinstance(value, dict):
        mapping = cast("_Object", value)
        return {name: _without_empty_lists(item) for name, item in mapping.items() if item != []}
    return [_without_empty_lists(item) for item in value] if isinstance(value, list) else value
