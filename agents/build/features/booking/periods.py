"""What is booked and when, read from a model, and the rule that no two overlap. Pure."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

from contracts.model import AppModel, Entity, Feature, Field, Relation, Rule

_OFF = re.compile(r"cancel|declin|reject|refus|withdrawn|no_?show|expired|storn", re.IGNORECASE)
_END = ("end", "until", "to", "finish", "check_out", "return")
_PERIOD = re.compile(
    r"\s*(\w+)\s*:\s*(\w+)\s*,\s*(\w+)\s*(?:when\s+(\w+)\s+(?:in\s*\(([^)]*)\)|=\s*(.+)))?\s*"
)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


class Periods(Struct, frozen=True, kw_only=True):
    """A booking's fields; where `field` has one of `states` its time is taken, else always."""

    entity: str
    relation: str
    target: str
    start: str
    end: str
    moments: bool
    field: str = ""
    states: tuple[str, ...] = ()
    open: str = "08:00"
    close: str = "18:00"
    minutes: int = 60
    zone: str = ""


def with_rule(model: AppModel) -> AppModel:
    """The model with rules for the booking: it ends after it starts, and no two overlap."""
    found = periods(model)
    if found is None:
        return model
    entity = _entity(model, found.entity)
    if any(rule.kind == "no_overlap" for rule in entity.rules):
        return model
    expr = f"{found.relation}: {found.start}, {found.end}"
    field, states = _states(entity)
    if field:
        expr += f" when {field} in ({', '.join(states)})"
    rule = Rule(kind="no_overlap", expr=expr, message="This time is taken: choose another")
    changed = msgspec.structs.replace(entity, rules=(*entity.rules, rule))
    entities = tuple(changed if each.key == entity.key else each for each in model.entities)
    return msgspec.structs.replace(model, entities=entities)


def periods(model: AppModel) -> Periods | None:
    """What the feature `booking` is about; None where its entity has no times or resource."""
    feature = next((each for each in model.features if each.key == "booking"), None)
    if feature is None or not feature.entities:
        return None
    entity = next((each for each in model.entities if each.key == feature.entities[0]), None)
    if entity is None:
        return None
    given = _rule(entity)
    relation = _relation(model, entity, given[0] if given else str(feature.params.get("resource")))
    dates = _dates(entity, given[1:3] if given else _wanted(feature))
    if relation is None or dates is None:
        return None
    field, states = (given[3], given[4]) if given else ("", ())
    start, end = dates
    return Periods(
        entity=entity.key, relation=relation.key, target=relation.target, start=start.key,
        end=end.key, moments=start.type == "datetime", field=field, states=states,
        **_hours(feature.params),
    )  # fmt: skip


def _entity(model: AppModel, key: str) -> Entity:
    return next(each for each in model.entities if each.key == key)


def _rule(entity: Entity) -> tuple[str, str, str, str, tuple[str, ...]] | None:
    """Relation, start, end, field and states of the entity's own rule."""
    for rule in entity.rules:
        parts = _PERIOD.fullmatch(rule.expr) if rule.kind == "no_overlap" else None
        if parts:
            listed = (parts[5] or parts[6] or "").split(",")
            states = tuple(text.strip().strip("'\"") for text in listed if text.strip())
            return parts[1], parts[2], parts[3], parts[4] or "", states
    return None


def _relation(model: AppModel, entity: Entity, wanted: str) -> Relation | None:
    own = [
        each
        for each in model.relations
        if each.source == entity.key and each.target != entity.key and each.kind != "many_to_many"
    ]
    named = [each for each in own if each.key == wanted]
    return next(iter((*named, *(each for each in own if each.required), *own)), None)


def _wanted(feature: Feature) -> tuple[str, str]:
    return str(feature.params.get("start")), str(feature.params.get("end"))


def _dates(entity: Entity, wanted: tuple[str, ...]) -> tuple[Field, Field] | None:
    fields = {field.key: field for field in entity.fields if field.type in ("date", "datetime")}
    ends = [field for key, field in fields.items() if key == wanted[1] or key.startswith(_END)]
    end = fields.get(wanted[1]) or next(iter(ends), None)
    begins = [field for field in fields.values() if field not in ends]
    start = fields.get(wanted[0]) or next(iter(begins), None)
    if start is None or end is None or start is end or start.type != end.type:
        return None
    return start, end


def _states(entity: Entity) -> tuple[str, tuple[str, ...]]:
    """The field and the values with which a booking takes its time, if some call it off."""
    for field in entity.fields:
        if field.type == "enum" and field.required:
            kept = tuple(option for option in field.options if not _OFF.search(option))
            if kept and len(kept) < len(field.options):
                return field.key, kept
    return "", ()


def _hours(params: dict[str, Any]) -> dict[str, Any]:
    """Opening hours; what makes no day is left at its default."""
    start, end = str(params.get("open", "08:00")), str(params.get("close", "18:00"))
    if not (_CLOCK.fullmatch(start) and _CLOCK.fullmatch(end) and start < end):
        start, end = "08:00", "18:00"
    minutes = params.get("minutes", 60)
    fits = isinstance(minutes, int) and not isinstance(minutes, bool) and 5 <= minutes <= 24 * 60  # noqa: PLR2004
    zone = str(params.get("zone", ""))
    known = re.fullmatch(r"[A-Za-z]+(/[A-Za-z_+-]+)*", zone)
    return {
        "open": start, "close": end, "minutes": minutes if fits else 60,
        "zone": zone if known else "",
    }  # fmt: skip
