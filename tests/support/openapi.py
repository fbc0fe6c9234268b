"""Holds requests and answers to a Swagger 2.0 file: the operation, its parameters, its bodies.

Stricter than the standard in one thing: a request may hold only keys that the file declares. A
null in an answer counts as absent, since Swagger 2.0 cannot say what may be null.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator
from ruamel.yaml import YAML

from tests.support.platform_http import Request


class Specification:
    def __init__(self, file: Path) -> None:
        self.whole: dict[str, Any] = YAML(typ="safe").load(file)
        self.definitions = self.whole["definitions"]
        self.operations = sorted(
            (
                (self.whole["basePath"] + path, method.upper(), operation, shared)
                for path, item in self.whole["paths"].items()
                for shared in [item.get("parameters", [])]
                for method, operation in item.items()
                if method != "parameters"
            ),
            key=lambda each: each[0].count("{"),
        )

    def check(self, request: Request, status: int, body: object) -> str:
        """The operation's id. Raises AssertionError with what is not as the file says."""
        where = f"{request.method} {request.target}"
        operation, parameters = self._found(request)
        names = {one["name"]: one for one in parameters if one["in"] == "query"}
        unknown = request.query.keys() - names.keys()
        assert not unknown, f"{where}: the file knows no parameter {unknown}"
        missing = {n for n, one in names.items() if one.get("required")} - request.query.keys()
        assert not missing, f"{where}: the parameter {missing} is missing"
        self._check_body(where, request, parameters)
        responses = operation["responses"]
        answer = responses.get(str(status)) or (responses.get("default") if status >= 400 else None)
        assert answer, f"{where}: the file knows no answer {status}"
        while "$ref" in answer:
            answer = self.whole["responses"][answer["$ref"].rpartition("/")[2]]
        if "schema" in answer:
            self._validate(f"{where}, its answer", answer["schema"], without_null(body))
        return operation["operationId"]

    def operation(self, request: Request) -> dict[str, Any]:
        """The operation as the file has it. Raises AssertionError when it has none."""
        return self._found(request)[0]

    def _found(self, request: Request) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        for path, method, operation, shared in self.operations:
            pattern = re.sub(r"\\{path\\}", ".+", re.escape(path))
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", pattern)
            if method == request.method and re.fullmatch(pattern, request.path):
                found = [*shared, *operation.get("parameters", [])]
                return operation, [self._parameter(one) for one in found]
        raise AssertionError(f"the file knows no operation {request.method} {request.target}")

    def _parameter(self, one: dict[str, Any]) -> dict[str, Any]:
        name = one.get("$ref", "").rpartition("/")[2]
        found: dict[str, Any] = self.whole["parameters"][name] if name else one
        return found

    def _check_body(self, where: str, request: Request, parameters: list[dict[str, Any]]) -> None:
        schema = next((one["schema"] for one in parameters if one["in"] == "body"), None)
        binary = request.headers.get("content-type") == "application/octet-stream"
        if schema is None or binary or not request.body:
            assert not request.body or binary, f"{where}: the file knows no body"
            return
        given = request.json()
        self._validate(f"{where}, its body", schema, given)
        for one, inner in self._objects(schema, given):
            unknown = one.keys() - inner.keys()
            assert not unknown, f"{where}: the file knows no {unknown}"

    def _objects(self, schema: dict[str, Any], given: Any) -> list[tuple[dict, dict]]:
        """Each object of a body with the properties that its schema declares."""
        schema = self._resolved(schema)
        if isinstance(given, list):
            return [pair for one in given for pair in self._objects(schema["items"], one)]
        if not isinstance(given, dict) or not (known := self._properties(schema)):
            return []
        inner = [
            pair
            for key, value in given.items()
            if key in known
            for pair in self._objects(known[key], value)
        ]
        return [(given, known), *inner]

    def _properties(self, schema: dict[str, Any]) -> dict[str, Any]:
        found = dict(schema.get("properties", {}))
        for part in schema.get("allOf", []):
            found |= self._properties(self._resolved(part))
        return found

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            schema = self.definitions[schema["$ref"].rpartition("/")[2]]
        return schema

    def _validate(self, where: str, schema: dict[str, Any], value: object) -> None:
        whole = {"allOf": [schema], "definitions": self.definitions}
        errors = list(Draft4Validator(whole).iter_errors(value))
        assert not errors, f"{where}: {errors[0].json_path}: {errors[0].message}"


def without_null(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_null(one) for key, one in value.items() if one is not None}
    return [without_null(one) for one in value] if isinstance(value, list) else value
