"""A short way to exchanges of cases that violate the document."""


def negative(scene, replace, key, status, name, *, sends=(), **request):
    """An exchange of a case whose attempt violates what ``name`` says; ``sends``: headers of the request."""
    exchange = scene.exchange(key, status, intent="invalid", **request)
    case = replace(exchange.trial.case, classes=[name])
    (sent,) = exchange.sent
    sent = replace(sent, request=replace(sent.request, headers=[*sent.request.headers, *sends]))
    return replace(exchange, trial=replace(exchange.trial, case=case), sent=[sent])
