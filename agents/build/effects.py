"""What a step of a workflow does besides changing the state. Pure.

    set FIELD now       a date, a time or a moment
    set FIELD me        a text: the name of whoever makes the step
    notify owner        the owner of the record
    notify ROLE         everybody with a role

Errors:
    ModelError   an effect that cannot be understood
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from contracts.model import Entity, ModelError, Transition

_NOW = frozenset({"date", "datetime", "time"})
_ME = frozenset({"text", "longtext"})


class Effect(Struct, frozen=True, kw_only=True):
    """`target` is a field that is set, or who is notified: `owner` or a role."""

    kind: Literal["now", "me", "notify"]
    target: str


def effects(entity: Entity, step: Transition, roles: frozenset[str]) -> tuple[Effect, ...]:
    """The effects of a step; `roles` are the keys of all roles. Raises ModelError."""
    return tuple(_effect(entity, step, text, roles) for text in step.effects)


def _effect(entity: Entity, step: Transition, text: str, roles: frozenset[str]) -> Effect:
    place = f"entity {entity.key}, transition “{step.name}”, effect “{text}”"
    flow = entity.workflow
    match text.split():
        case ["set", key, ("now" | "me") as kind]:
            field = next((field for field in entity.fields if field.key == key), None)
            possible = _NOW if kind == "now" else _ME
            if field is None or field.type not in possible or field.computed:
                raise ModelError(
                    f"{place}: {key} is no field of type {', '.join(sorted(possible))}"
                )
            if flow and key == flow.field:
                raise ModelError(f"{place}: this is the field of the workflow itself")
            return Effect(kind="now" if kind == "now" else "me", target=key)
        case ["notify", who]:
            if who != "owner" and who not in roles:
                raise ModelError(f"{place}: {who} is no role")
            if who == "owner" and entity.ownership == "system":
                raise ModelError(f"{place}: the records have no owner (ownership is system)")
            return Effect(kind="notify", target=who)
    raise ModelError(f"{place}: only “set FIELD now”, “set FIELD me” and “notify WHO” exist")
