"""Which parameters execute fills by itself, whatever a case says of them: with a credential, or as the owner says."""

from collections.abc import Iterator
from urllib.parse import quote

from pipeline.messages import Operation, Parameter, Sent
from stages.score import urls
from stages.score.model import Model

_ALWAYS = frozenset({"authorization", "cookie"})  # headers in which credentials travel that no parameter describes


def is_filled(model: Model, operation: Operation, sent: Sent, place: str, *, absent: bool) -> bool:
    """Whether what was sent at a place ("LOCATION/NAME", with or without a pointer) is not what the case wanted there.

    So it is where a security scheme or the run's identity has its credential, where the owner's overrides have a value, and, for a
    parameter that the case left out (``absent``), where one is sent all the same.
    """
    parameter, is_always = model.remember(("filled", operation.key, place), lambda: _of_place(model, operation, place))
    if parameter is None or is_always:
        return is_always
    mark = f"${{{sent.identity}}}" if sent.identity else ""
    if not absent and not mark:
        return False
    absent = absent and place == f"{parameter.location}/{parameter.name}"  # not where a part of it is missing
    return any(absent or (mark and mark in value) for value in _values(sent, parameter))


def _of_place(model: Model, operation: Operation, place: str) -> tuple[Parameter | None, bool]:
    """The parameter of a place, and whether it is filled in every request."""
    parameter = parameter_of(operation, place)
    return parameter, parameter is not None and (_is_credential(model, parameter) or _is_overridden(model, operation, parameter))


def parameter_of(operation: Operation, place: str) -> Parameter | None:
    """The parameter with the longest name that the place is of."""
    of = [one for one in operation.parameters if f"{place}/".startswith(f"{one.location}/{one.name}/")]
    return max(of, key=lambda one: len(one.name), default=None)


def _is_same(parameter: Parameter, name: str) -> bool:
    return parameter.name == name or (parameter.location == "header" and parameter.name.lower() == name.lower())


def _is_credential(model: Model, parameter: Parameter) -> bool:
    if parameter.location == "header" and parameter.name.lower() in _ALWAYS:
        return True
    keys = (scheme for scheme in model.api.security_schemes if scheme.type == "apiKey" and scheme.location == parameter.location)
    return any(_is_same(parameter, scheme.parameter) for scheme in keys)


def _is_overridden(model: Model, operation: Operation, parameter: Parameter) -> bool:
    for override in model.overrides(operation.key):
        if {parameter.name, f"{parameter.location}/{parameter.name}"} & override.parameters.keys():
            return True
        if parameter.location == "header" and any(_is_same(parameter, name) for name in override.headers):
            return True
    return False


def _values(sent: Sent, parameter: Parameter) -> Iterator[str]:
    """What stands in the request under the parameter's name, as it is shown."""
    if sent.request is None:
        return
    if parameter.location == "query":
        names = {parameter.name, quote(parameter.name, safe="")}
        pairs = (part.partition("=") for part in urls.split(sent.request.url).query.split("&"))
        yield from (value for name, _, value in pairs if name in names)
    for name, value in sent.request.headers:
        if parameter.location == "header" and _is_same(parameter, name):
            yield value
        if parameter.location == "cookie" and name.lower() == "cookie":
            pairs = (part.strip().partition("=") for part in value.split(";"))
            yield from (text for key, _, text in pairs if key == parameter.name)
