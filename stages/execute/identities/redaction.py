"""Takes credentials out of what leaves execute, and notes where an answer held one."""

import base64
import json
import re
from urllib.parse import quote, quote_plus

import msgspec

from pipeline.messages import Reply, Request

_SHORTEST = 6  # bytes; shorter secrets are words that stand in texts by chance and are taken out only where an identity puts them
_LONGEST_WORD = 15  # letters; a longer secret of letters alone stands in no other word
_BEFORE = rb"(?:(?<![0-9A-Za-z])|(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4})|(?<=%[0-9A-Fa-f]{2}))"  # nothing of a word: an escape is none
_KEPT = 8  # generations of one identity's secrets that are still looked for


class Redactor:
    """Replaces every known secret, plain, base64 and percent-encoded, by ``${NAME}``. Where none matches it costs a search each."""

    def __init__(self) -> None:
        self._secrets: dict[str, list[str]] = {}
        self._needles: list[tuple[str, str, bytes, bytes, str]] = []

    def learn(self, name: str, *secrets: str) -> None:
        """From now on these stand for ``name``; the oldest of more than ``_KEPT`` are forgotten."""
        known = self._secrets.setdefault(name, [])
        known.extend(secret for secret in secrets if len(secret.encode()) >= _SHORTEST and secret not in known)
        del known[: max(0, len(known) - _KEPT)]
        found: dict[str, str] = {}
        for holder, texts in self._secrets.items():
            for text in texts:
                for form in _forms(text):
                    found.setdefault(form, holder)
        longest_first = sorted(found.items(), key=lambda item: (-len(item[0]), item[0]))
        self._needles = [(form, f"${{{holder}}}", form.encode(), b"${%s}" % holder.encode(), holder) for form, holder in longest_first]

    def request(self, request: Request) -> Request:
        """The request without secrets; itself where there are none."""
        if not self._needles:
            return request
        url = self._text(request.url)
        headers = self._headers(request.headers)
        body = self._bytes(request.body) if request.body else request.body
        if url is request.url and headers is request.headers and body is request.body:
            return request
        return Request(method=request.method, url=url, headers=headers, body=body)

    def reply(self, reply: Reply) -> tuple[Reply, list[str]]:
        """The answer without secrets, and what it held: "NAME in body", "NAME in header:X"."""
        if not self._needles:
            return reply, []
        body = self._bytes(reply.body) if reply.body else reply.body
        headers = self._headers(reply.headers)
        if body is reply.body and headers is reply.headers:
            return reply, []
        leaks = [f"{name} in body" for name in self._held(reply.body)]
        leaks += [f"{name} in header:{header}" for header, value in reply.headers for name in self._held(value.encode())]
        return msgspec.structs.replace(reply, headers=headers, body=body), list(dict.fromkeys(leaks))

    def text(self, text: str) -> str:
        return self._text(text)

    def _text(self, text: str) -> str:
        for needle, mark, _, _, _ in self._needles:
            if needle in text:
                text = text.replace(needle, mark)
        return text

    def _bytes(self, data: bytes) -> bytes:
        for _, _, needle, mark, _ in self._needles:
            if needle in data:
                data = data.replace(needle, mark)
        return data

    def _headers(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        joined = "\n".join([value for _, value in headers])
        for needle, _, _, _, _ in self._needles:
            if needle in joined:
                return [(name, self._text(value)) for name, value in headers]
        return headers

    def _held(self, data: bytes) -> list[str]:
        return list(dict.fromkeys(holder for _, _, needle, _, holder in self._needles if needle in data and _stands(needle, data)))


def _stands(needle: bytes, data: bytes) -> bool:
    """Whether what is found is the secret: "garden" does not stand in "gardener", where it is hidden all the same."""
    if len(needle) > _LONGEST_WORD or not needle.isalpha():
        return True
    return re.search(_BEFORE + needle + rb"(?![0-9A-Za-z])", data) is not None


def _forms(secret: str) -> list[str]:
    """The secret as it may be written: plain, inside JSON, in a URL, in a form, as base64 of both alphabets without padding."""
    raw = secret.encode()
    forms = [
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe=""),
        quote_plus(secret),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    ]
    return list(dict.fromkeys(forms))
