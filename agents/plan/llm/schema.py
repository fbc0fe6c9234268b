"""The JSON Schema of an answer, in what both wires enforce. Pure.

All properties are required, nothing is nullable, no other properties, enums; no limits of length
or number, no patterns, no references: those are checked when the answer is read.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from agents.plan.llm.operations import KINDS

NAME = "emit_operations"
ABOUT = "Give the operations to apply to the model of the app, in order."
VERSION = 1
"""Raised when what an answer means changes, so that cached ones are not taken for it."""


@cache
def schema() -> dict[str, Any]:
    """What an answer looks like: an object with the list `operations`."""
    kinds = [_object(kind) for kind in KINDS]
    listed = {"type": "array", "items": {"anyOf": kinds}}
    return _closed({"operations": listed})


def _object(kind: type[Struct]) -> dict[str, Any]:
    config = kind.__struct_config__
    tag = {"op": {"type": "string", "enum": [config.tag]}} if config.tag else {}
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    made = _closed(tag | {field.encode_name: _type(field.type) for field in info.fields})
    return {"description": inspect.cleandoc(kind.__doc__ or ""), **made}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_SIMPLE: dict[type[msgspec.inspect.Type], str] = {
    msgspec.inspect.BoolType: "boolean",
    msgspec.inspect.IntType: "integer",
    msgspec.inspect.StrType: "string",
}


def _type(info: msgspec.inspect.Type) -> dict[str, Any]:
    match info:
        case msgspec.inspect.Metadata(type=inner):
            return _type(inner)
        case msgspec.inspect.LiteralType(values=values):
            return {"type": "string", "enum": list(values)}
        case msgspec.inspect.VarTupleType(item_type=item):
            return {"type": "array", "items": _type(item)}
        case msgspec.inspect.StructType(cls=kind):
            return _object(kind)
        case _:
            return {"type": _SIMPLE[type(info)]}
