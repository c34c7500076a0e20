"""Does an answer obey an OpenAPI 3.1 document? An oracle of its own, on python-jsonschema, that shares no code with the product."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A whole answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Document:
    """An OpenAPI document as its readers take it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._registry = Registry().with_resource("urn:api", DRAFT202012.create_resource(document))
        self._validators: dict[str, Draft202012Validator] = {}
        self.operations = [
            (method.upper(), path, item.get("parameters", []), operation)
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if method not in {"parameters", "servers", "summary", "description"}
        ]

    def resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            target: Any = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        text = json.dumps(schema, sort_keys=True)
        if text not in self._validators:
            local = json.loads(text.replace('"#/components', '"urn:api#/components'))
            self._validators[text] = Draft202012Validator(local, registry=self._registry, format_checker=FormatChecker())
        return self._validators[text]

    def find(self, method: str, target: str) -> tuple[str, dict[str, Any]] | None:
        """The operation that a request is for: fixed segments win over parameters, and a HEAD is for what the GET reads."""
        parts = [unquote(part) for part in target.partition("?")[0].split("/")]
        best: tuple[int, str, dict[str, Any]] | None = None
        for known, path, _shared, operation in self.operations:
            template = path.split("/")
            if known != method or len(template) != len(parts):
                continue
            if all(part == want or (want.startswith("{") and part) for want, part in zip(template, parts, strict=True)):
                fixed = sum(not want.startswith("{") for want in template)
                if best is None or fixed > best[0]:
                    best = (fixed, f"{method} {path}", operation)
        if best is None and method == "HEAD":
            return self.find("GET", target)
        return best[1:] if best else None

    def complaints(self, method: str, target: str, seen: Seen) -> list[str]:
        """What is wrong with the answer; nothing where it is as documented. Requests to no operation may be refused, not more."""
        found = self.find(method, target)
        if found is None:
            return [] if 400 <= seen.status < 500 else [f"{method} {target}: {seen.status} to no operation"]
        key, operation = found
        if seen.status == 405 and not key.startswith(method):
            return []  # a HEAD that only the GET documents
        return [f"{key}: {complaint}" for complaint in self._judge(method, operation["responses"], seen)]

    def _judge(self, method: str, responses: dict[str, Any], seen: Seen) -> list[str]:
        named = (str(seen.status), f"{seen.status // 100}XX", "default")
        promised = next((responses[name] for name in named if name in responses), None)
        if promised is None:
            return [f"undocumented status {seen.status}"]
        answer = self.resolve(promised)
        faults = [] if seen.status < 500 else [f"server error {seen.status}"]
        for name, node in answer.get("headers", {}).items():
            header = self.resolve(node)
            value = seen.headers.get(name.lower())
            if value is None:
                faults += [f"{seen.status} lacks the header {name}"] if header.get("required") else []
            else:
                typed = int(value) if header["schema"].get("type") == "integer" else value
                faults += [f"header {name}: {fault.message}" for fault in self.validator(header["schema"]).iter_errors(typed)]
        if method == "HEAD" or seen.status in {204, 304}:
            return faults + ([f"{seen.status} with a body"] if seen.body else [])
        return faults + self._judge_body(answer.get("content", {}), seen)

    def _judge_body(self, content: dict[str, Any], seen: Seen) -> list[str]:
        if not content:
            return ["a body where none is documented"] if seen.body else []
        media_type = seen.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in content:
            return [f"{seen.status} with content type {media_type!r}"]
        schema = content[media_type].get("schema")
        if schema is None or "json" not in media_type:
            return []
        try:
            value = json.loads(seen.body)
        except ValueError as error:
            return [f"{seen.status}: no JSON: {error}"]
        return [f"{seen.status} {fault.json_path}: {fault.message}" for fault in self.validator(schema).iter_errors(value)]
