"""A request ready to leave, beside the form of it that may be shown."""

from msgspec import Struct

from pipeline.messages import Request


class Outgoing(Struct, frozen=True):
    """``target`` is the request target in origin form, exactly as it goes on the wire; it begins with "/".

    ``shown`` is the same request with ``${NAME}`` where credentials stand. ``content_type`` is among ``headers``; False in
    ``typed`` means that the body is to be sent without one. ``framed``: so is a Content-Length of the case's own, right or wrong;
    ``unfinished``: it is larger than the body.
    """

    method: str
    origin: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes | None
    shown: Request
    typed: bool = True
    framed: bool = False
    unfinished: bool = False

    def __repr__(self) -> str:
        return f"Outgoing({self.shown.method} {self.shown.url})"
