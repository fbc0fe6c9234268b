"""The fields of an entity, checked and completed. Pure.

Errors:
    ModelError   a field that contradicts itself; names the place
"""

from __future__ import annotations

import re
from typing import Any

from contracts.model import Entity, Field, ModelError

_RESERVED_KEYS = frozenset({"id", "owner_id", "deleted_at", "constructor"})


def checked(field: Field, entity: Entity, notes: list[str]) -> Field:
    place = f"entity {entity.key}, field {field.key}"
    if field.key in _RESERVED_KEYS:
        raise ModelError(f"{place}: this key is reserved; choose another")
    if field.type == "enum" and not field.options:
        raise ModelError(f"{place}: an enum needs options")
    if field.pattern is not None:
        field = _with_pattern(field, place)
    if field.required and field.default is None and (field.read_roles or field.write_roles):
        notes.append(
            f"{entity.title}: “{field.title}” is open to everyone who may write, as it is required"
        )
        changes: dict[str, Any] = {"read_roles": (), "write_roles": ()}
        return _replace(field, changes)
    return field


def started(entity: Entity, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields, with the one of the workflow starting in its first state."""
    flow = entity.workflow
    if flow is None:
        return fields
    field = next((field for field in fields if field.key == flow.field), None)
    if field is None or field.type != "enum":
        raise ModelError(f"entity {entity.key}: its workflow needs {flow.field} as an enum field")
    states = {
        flow.initial,
        *(state for step in flow.transitions for state in (*step.sources, step.target)),
    }
    unknown = states - set(field.options)
    if unknown:
        raise ModelError(
            f"entity {entity.key}: the workflow knows {sorted(unknown)}, {flow.field} does not"
        )
    started = _replace(field, {"default": flow.initial})
    return tuple(started if each is field else each for each in fields)


def _replace(field: Field, changes: dict[str, Any]) -> Field:
    return Field(**{name: getattr(field, name) for name in field.__struct_fields__} | changes)


_SAMPLES = (
    "Example", "example", "EXAMPLE", "ABC-123", "ABC123", "AB12", "A1", "ABC", "abc", "123", "1234",
    "12345", "123456", "1234567890", "12", "1", "12:30", "2026-01-31", "#2563eb",
    "https://example.com", "someone@example.com", "+49 30 1234567", "978-3-16-148410-0",
    "9783161484100", "AB-1234", "AB 1234", "A-1", "12.50", "DE89370400440532013000",
)  # fmt: skip


def _with_pattern(field: Field, place: str) -> Field:
    pattern = field.pattern or ""
    try:
        whole = re.compile(pattern)
    except re.error as error:
        raise ModelError(f"{place}: the pattern is no regular expression: {error}") from None
    sample = next(
        (text for text in (field.example, *_SAMPLES) if text and whole.fullmatch(text)), None
    )
    if sample is None:
        raise ModelError(f"{place}: the pattern needs an example that matches it")
    return _replace(field, {"example": sample})
