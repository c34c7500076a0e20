"""Turns structured values into what stands on the wire; pure functions, no I/O, nothing of identities or limits.

``style`` writes parameters (OpenAPI 3.1, 4.8.12; RFC 6570), ``body`` writes bodies by media type; what has no form on the wire
raises
``Unserialisable``, a variable that was not filled ``UnknownVariable``.
"""

from stages.execute.serialise.body import Payload, payload
from stages.execute.serialise.text import UnknownVariable, Unserialisable

__all__ = ["Payload", "UnknownVariable", "Unserialisable", "payload"]
