"""The rule that no two bookings overlap, for a model that has none, and opening hours. Pure."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

from contracts.model import AppModel, Entity, Feature, Field, Relation, Rule

_OFF = re.compile(r"cancel|declin|reject|refus|withdrawn|no_?show|expired|storn", re.IGNORECASE)
_END = ("end", "until", "to", "finish", "check_out", "return")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def with_rule(model: AppModel) -> AppModel:
    """The model with the rule for its booking, unless it has one or there is nothing to rule."""
    feature = next((each for each in model.features if each.key == "booking"), None)
    keys = feature.entities[:1] if feature else ()
    entity = next((each for each in model.entities if each.key in keys), None)
    if feature is None or entity is None or any(r.kind == "no_overlap" for r in entity.rules):
        return model
    relation = _relation(model, entity, str(feature.params.get("resource")))
    dates = _dates(entity, feature)
    if relation is None or dates is None:
        return model
    expr = f"{relation.key}: {dates[0].key}, {dates[1].key}{_when(entity)}"
    rule = Rule(kind="no_overlap", expr=expr, message="This time is taken: choose another")
    changed = msgspec.structs.replace(entity, rules=(*entity.rules, rule))
    entities = tuple(changed if each is entity else each for each in model.entities)
    return msgspec.structs.replace(model, entities=entities)


def _relation(model: AppModel, entity: Entity, wanted: str) -> Relation | None:
    own = [
        each
        for each in model.relations
        if each.source == entity.key and each.target != entity.key and each.kind != "many_to_many"
    ]
    named = [each for each in own if each.key == wanted]
    return next(iter((*named, *(each for each in own if each.required), *own)), None)


def _dates(entity: Entity, feature: Feature) -> tuple[Field, Field] | None:
    wanted = (str(feature.params.get("start")), str(feature.params.get("end")))
    fields = {field.key: field for field in entity.fields if field.type in ("date", "datetime")}
    ends = [field for key, field in fields.items() if key == wanted[1] or key.startswith(_END)]
    end = fields.get(wanted[1]) or next(iter(ends), None)
    begins = [field for field in fields.values() if field not in ends]
    start = fields.get(wanted[0]) or next(iter(begins), None)
    if start is None or end is None or start is end or start.type != end.type:
        return None
    return start, end


def _when(entity: Entity) -> str:
    """A condition that leaves out bookings that are called off."""
    for field in entity.fields:
        if field.type == "enum" and field.required:
            kept = [option for option in field.options if not _OFF.search(option)]
            plain = all(re.fullmatch(r"[a-z0-9_]+", option) for option in kept)
            if kept and plain and len(kept) < len(field.options):
                return f" when {field.key} in ({', '.join(kept)})"
    return ""


class Hours(Struct, frozen=True, kw_only=True):
    """When bookings may begin and end, as `08:00`, how long each is, and in which zone or ""."""

    open: str
    close: str
    minutes: int
    zone: str


def hours(params: dict[str, Any]) -> Hours:
    """The feature's hours; what makes no day is left at its default."""
    start, end = str(params.get("open", "08:00")), str(params.get("close", "18:00"))
    if not (_CLOCK.fullmatch(start) and _CLOCK.fullmatch(end) and start < end):
        start, end = "08:00", "18:00"
    minutes = params.get("minutes", 60)
    fits = isinstance(minutes, int) and not isinstance(minutes, bool) and 5 <= minutes <= 24 * 60  # noqa: PLR2004
    zone = str(params.get("zone", ""))
    known = re.fullmatch(r"[A-Za-z]+(/[A-Za-z_+-]+)*", zone)
    return Hours(
        open=start, close=end, minutes=minutes if fits else 60, zone=zone if known else ""
    )  # fmt: skip
