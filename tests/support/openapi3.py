"""Holds requests and answers to an OpenAPI 3.0 file: the operation, its parameters, its bodies.

`oneOf` counts as `anyOf`, since Vercel's file lists alternatives of which one holds another.
Version numbers in paths are those of the file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
from jsonschema import Draft7Validator

from tests.support.platform_http import Request


class Specification3:
    """`besides` are query parameters and keys of bodies that the file does not know, and why."""

    def __init__(self, file: Path, besides: dict[str, str]) -> None:
        self.whole: dict[str, Any] = msgspec.json.decode(file.read_bytes())
        self.besides = besides
        schemas = self.whole.get("components", {}).get("schemas", {})
        self.components = {"schemas": {name: self._plain(one) for name, one in schemas.items()}}
        self.operations = sorted(
            (
                (path, method.upper(), operation)
                for path, item in self.whole["paths"].items()
                for method, operation in item.items()
                if isinstance(operation, dict)
            ),
            key=lambda each: each[0].count("{"),
        )

    def check(self, request: Request, status: int, body: object) -> str:
        """The operation's id. Raises AssertionError with what is not as the file says."""
        where = f"{request.method} {unquote(request.target)}"
        operation = self._operation(request)
        parameters = [self._resolved(one) for one in operation.get("parameters", [])]
        names = {one["name"] for one in parameters if one["in"] == "query"}
        unknown = {key for key in request.query if key not in names and not self._besides(key)}
        assert not unknown, f"{where}: the file knows no parameter {unknown}"
        self._check_body(where, request, operation)
        answer = operation["responses"].get(str(status))
        assert answer, f"{where}: the file knows no answer {status}"
        content = self._resolved(answer).get("content", {}).get("application/json")
        if content and not isinstance(body, bytes):
            self._validate(f"{where}, its answer", content["schema"], body)
        return str(operation["operationId"])

    def _operation(self, request: Request) -> dict[str, Any]:
        for path, method, operation in self.operations:
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
            if method == request.method and re.fullmatch(pattern, request.path):
                return operation
        raise AssertionError(f"the file knows no operation {request.method} {request.target}")

    def _besides(self, key: str) -> bool:
        return any(re.fullmatch(pattern, key) for pattern in self.besides)

    def _check_body(self, where: str, request: Request, operation: dict[str, Any]) -> None:
        declared = self._resolved(operation.get("requestBody") or {}).get("content") or {}
        kind = request.headers.get("content-type", "").partition(";")[0]
        if not declared:
            assert request.body in (b"", b"{}"), f"{where}: the file knows no body"
            return
        assert kind in declared, f"{where}: the file knows no body of {kind}"
        if kind == "application/json":
            given = request.json()
            if isinstance(given, dict):
                given = {key: one for key, one in given.items() if not self._besides(key)}
            self._validate(f"{where}, its body", declared[kind]["schema"], given)

    def _resolved(self, one: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in one:
            found: Any = self.whole
            for part in one["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            one = found
        return one

    def _validate(self, where: str, schema: dict[str, Any], value: object) -> None:
        whole = {"allOf": [self._plain(schema)], "components": self.components}
        errors = sorted(Draft7Validator(whole).iter_errors(value), key=lambda e: len(e.context))
        assert not errors, f"{where}: {_told(errors[0])}"

    def _plain(self, schema: Any) -> Any:
        """The schema as JSON Schema knows it."""
        if isinstance(schema, list):
            return [self._plain(one) for one in schema]
        if not isinstance(schema, dict):
            return schema
        found = {
            {"oneOf": "anyOf"}.get(key, key): self._named(key, one)
            for key, one in schema.items()
            if key not in ("nullable", "example", "default", "description")
        }
        return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") else found

    def _named(self, key: str, one: Any) -> Any:
        """In `properties` the keys are names, and may be any word."""
        if key == "properties":
            return {name: self._plain(schema) for name, schema in one.items()}
        return one if key in ("enum", "required") else self._plain(one)


def _told(error: Any) -> str:
    """What is wrong, of the alternative that is nearest."""
    while error.context:
        error = max(error.context, key=lambda each: len(each.absolute_path))
    return f"{error.json_path}: {error.message[:300]}"
