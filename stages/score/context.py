"""What a check sees: one request of a trial, its answer, and what the document says of both. Made once for each request."""

import re
from typing import Any, Final

from pipeline.messages import Exchange, Failure, MediaType, Operation, Reply, Response, Sent, Severity, Step
from stages.score import jsontext, media, signature, urls
from stages.score.model import Model

_UNREAD: Final = object()
_LONGEST_LENGTH: Final = 18  # digits
_NO_BYTE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def is_framed(sent: Sent) -> bool:
    """Whether the case said itself how long the body is: servers refuse a wrong length before they ask what the request is for."""
    return sent.request is not None and media.header(sent.request.headers, "content-length") is not None


def is_unfinished(sent: Sent) -> bool:
    """Whether that length is larger than the body, so that a server may wait for more of it."""
    if sent.request is None:
        return False
    said = (media.header(sent.request.headers, "content-length") or "").strip()
    return said.isascii() and said.isdecimal() and (len(said) > _LONGEST_LENGTH or int(said) > len(sent.request.body or b""))


def is_refused_unread(sent: Sent) -> bool:
    """Whether a 4xx answers a request whose path is none (RFC 3986, 2.1): a server cannot tell by it which operation was meant."""
    if sent.request is None or sent.reply is None or not 400 <= sent.reply.status < 500:
        return False
    return _NO_BYTE.search(urls.path(sent.request.url)) is not None


class Context:
    """One request in the light of the document. Reads of the body are made once, when first asked for.

    ``operation`` is None where the document has none of that name (nothing of the document is checked then); ``response`` is the documented
    answer for the status, ``media`` its entry for the Content-Type.
    """

    __slots__ = ("_json", "_media", "content_type", "model", "operation", "response", "schema_failures", "step")

    def __init__(self, model: Model, exchange: Exchange, sent: Sent, *, schema_failures: int = 5) -> None:
        self.model = model
        self.operation: Operation | None = model.operations.get(sent.operation)
        self.step: Step | None = next((step for step in exchange.trial.case.steps if step.name == sent.step), None)
        self.schema_failures = schema_failures
        self.response: Response | None = None
        self.content_type = ""
        self._json: Any = _UNREAD
        self._media: Any = _UNREAD
        reply = sent.reply
        if reply is not None:
            self.content_type = (media.header(reply.headers, "content-type") or "").partition(", ")[0]  # sent twice: the first
            if self.operation is not None and (self.step is None or self.describes(sent)) and not is_refused_unread(sent):
                self.response = model.response(self.operation, reply.status)

    def asks_otherwise(self, sent: Sent) -> bool:
        """Whether the request is one of a known operation by another method than its own."""
        if self.operation is None:
            return False
        asked = sent.request.method if sent.request is not None else self.operation.method
        return asked.upper() != self.operation.method.upper()

    def describes(self, sent: Sent) -> bool:
        """Whether the document speaks of this request: a known operation, asked by its own method in HTTP that is well-formed."""
        return self.operation is not None and not self.asks_otherwise(sent) and not is_framed(sent)

    @property
    def exact(self) -> bool:
        """Whether the answer's status is documented by its own number."""
        return self.response is not None and self.response.status.isdecimal()

    @property
    def media(self) -> MediaType | None:
        """The documented media type that holds the answer's Content-Type."""
        if self._media is _UNREAD:
            self._media = media.best(self.response.content, self.content_type) if self.response and self.content_type else None
        return self._media  # type: ignore[no-any-return]  # _UNREAD is replaced above

    @property
    def supposed_media(self) -> MediaType | None:
        """The same; of an answer without Content-Type the only documented one, where that is JSON: clients read it as such."""
        if self.content_type or self.response is None:
            return self.media
        documented = self.response.content
        return documented[0] if len(documented) == 1 and media.is_json(documented[0].media_type) else None

    def json(self, reply: Reply) -> Any:
        """The answer's body as a JSON value. Raises NotJson or TooDeep (stages.score.jsontext)."""
        if self._json is _UNREAD:
            try:
                self._json = jsontext.parse(reply.body, self.content_type)
            except (jsontext.NotJson, jsontext.TooDeep) as error:
                self._json = error
        if isinstance(self._json, jsontext.NotJson | jsontext.TooDeep):
            raise self._json
        return self._json

    def clause(self) -> str:
        """The clause of the document that describes this answer, for people."""
        if self.operation is None or self.response is None:
            return ""
        return f"documented for {self.response.status} at {self.model.response_pointer(self.operation, self.response)}"

    def failure(
        self,
        check: str,
        sent: Sent,
        *,
        severity: Severity,
        title: str,
        rule: str,
        signature_text: str,
        detail: str = "",
        pointer: str = "",
        note: bool = False,
    ) -> Failure:
        """A failure with the key of its cause: (target, operation, check, rule pointer, normalised answer signature)."""
        return Failure(
            key=signature.fingerprint(self.model.target, sent.operation, check, pointer or rule, signature_text),
            check=check,
            severity="info" if note else severity,
            title=title,
            rule=rule,
            operation=sent.operation,
            step=sent.step,
            signature=signature_text,
            detail=detail,
            note=note,
        )
