"""Messages as JSON objects. Names and shapes are a promise to programs: they are added to, never changed (docs/reports.md)."""

import base64
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.msgpack import Ext

from pipeline.messages import Finding, NoReply, Reply, Request


def finding_object(finding: Finding, *, again: str = "") -> dict[str, Any]:
    """The object of a ``finding`` (or ``note``) line, but for its history, which only the store knows; ``again`` are the options that
    replaying it needs."""
    return {
        "type": "note" if finding.note or finding.state != "confirmed" else "finding",
        "id": finding.id,
        "run": finding.run,
        "check": finding.check,
        "severity": finding.severity,
        "agent": finding.agent,
        "operation": finding.operation,
        "title": finding.title,
        "rule": finding.rule,
        "detail": finding.detail,
        "broken": finding.broken,
        "state": finding.state,
        "operations": finding.operations or [finding.operation],
        "occurrences": finding.occurrences,
        "confirmations": finding.confirmations,
        "request": _request(finding.request) if finding.request is not None else None,
        "response": _response(finding.reply) if finding.reply is not None else None,
        "no_response": _no_response(finding.failure) if finding.failure is not None else None,
        "curl": finding.curl,
        "replay": f"sentinel replay {finding.id}{again}",
        "seed": finding.seed,
        "ordinal": finding.ordinal,
        "case": plain(msgspec.to_builtins(finding.case, builtin_types=(bytes, Ext))) if finding.case is not None else None,
    }


def plain(value: Any) -> Any:
    """What JSON has no form for as in the agent protocol's JSON encoding: {"$ext": [code, base64]}, {"$bin": base64}."""
    match value:
        case Ext(code=code, data=data):
            return {"$ext": [code, base64.b64encode(bytes(data)).decode()]}
        case bytes():
            return {"$bin": base64.b64encode(value).decode()}
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            return value


def _request(request: Request) -> dict[str, Any]:
    body = None if request.body is None else _body(request.body)
    return {"method": request.method, "url": request.url, "headers": _headers(request.headers), "body": body}


def _response(reply: Reply) -> dict[str, Any]:
    return {
        "status": reply.status,
        "headers": _headers(reply.headers),
        "body": _body(reply.body),
        "truncated": reply.truncated,
        "ms": round(reply.total_ms, 3),
    }


def _no_response(failure: NoReply) -> dict[str, Any]:
    return {"kind": failure.kind, "detail": failure.detail, "ms": round(failure.total_ms, 3)}


def _headers(headers: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Name to value; to a list of values where the header stands there more than once (Set-Cookie)."""
    found: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    for name, value in headers:
        key = spelled.setdefault(name.lower(), name)
        if key not in found:
            found[key] = value
        elif isinstance(found[key], list):
            found[key].append(value)
        else:
            found[key] = [found[key], value]
    return found


def _body(body: bytes) -> Any:
    """Text where it is UTF-8, else {"base64": ...}."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}
