"""Rules that the database keeps between records: no overlaps, once each, places, stock."""

from __future__ import annotations

import re

import msgspec

from agents.plan import needs, workflows
from agents.plan.sketch import Sketch
from contracts.model import NUMBERS, Entity, Feature, Field, Relation, Rule
from contracts.scouting import FoundRule

_OFF = re.compile(r"cancel|declin|reject|refus|withdrawn|no_?show|expired|storn", re.IGNORECASE)
_NEEDED = re.compile(r"^(?:number_of|max)|(?:needed|wanted|required|places)$")
SPAN = re.compile(
    r"\b(?:per|an?|each|every|the same) (?:calendar )?"
    r"(?:day|week|month|year|hour|night|quarter|season|term|semester)\b"
)
"""A span of time that a limit holds for; the database counts over all times."""
_STARTS = ("starts_at", "start_time", "start", "begins_at", "from", "date", "time", "scheduled_at")
_PLACES = ("capacity", "seats", "places", "max_participants", "spots", "quota", "limit", "size")
_COUNTED = ("quantity", "amount", "count", "number", "units", "pieces")


def keep(sketch: Sketch, key: str, rule: Rule) -> str:
    """Give the entity a rule if it can keep it; the rule's id, "" when it cannot."""
    if workflows.problem(sketch, key, rule):
        return ""
    rules = sketch.entities[key].rules
    if rule.expr not in {r.expr for r in rules if r.kind == rule.kind}:
        sketch.change(key, rules=(*rules, rule))
    return f"rule.{key}.{rule.kind}"


def has(entity: Entity, kind: str) -> bool:
    return any(rule.kind == kind for rule in entity.rules)


def single(sketch: Sketch, key: str) -> list[Relation]:
    """The entity's references to one record of another entity, required ones first."""
    found = [r for r in sketch.of(key) if r.kind != "many_to_many" and r.target != key]
    return sorted(found, key=lambda r: not r.required)


def called_off(entity: Entity) -> str:
    """The end of a rule that leaves out records that are called off; "" for none."""
    for field in entity.fields:
        if field.type == "enum" and field.required:
            kept = [o for o in field.options if not _OFF.search(o)]
            plain = all(re.fullmatch(r"[a-z0-9_]+(?: [a-z0-9_]+)*", o) for o in kept)
            if kept and plain and len(kept) < len(field.options):
                return f" when {field.key} in ({', '.join(kept)})"
    return ""


def period(sketch: Sketch, key: str) -> tuple[str, str]:
    """The fields at which the entity's records start and end; what is missing is added."""
    entity = sketch.entities[key]
    both = needs.period(entity, {})
    if both:
        return both
    dates = {f.key: f for f in entity.fields if f.type in needs.DATES}
    days = [k for k, f in dates.items() if f.type == "date"]
    ends = [
        k for k in days if k.startswith(("end", "until", "to", "finish", "check_out", "return"))
    ]
    starts = [k for k in days if k not in ends]
    if ends and starts:
        return starts[0], ends[0]
    moments = [k for k, f in dates.items() if f.type == "datetime"]
    start = next((k for k in _STARTS if k in moments), moments[0] if moments else "")
    if not start:
        start = _moment(sketch, key)
    end = sketch.add_field(key, Field(key="ends_at", title="Ends", type="datetime"))
    return start, end


def _moment(sketch: Sketch, key: str) -> str:
    """A day and a time become one moment; without them there is a new field."""
    fields = {f.key: f for f in sketch.entities[key].fields}
    day = next((k for k in _STARTS if k in fields and fields[k].type == "date"), "")
    if not day:
        return sketch.add_field(key, Field(key="starts_at", title="Starts", type="datetime"))
    sketch.change_field(key, day, type="datetime", default=None)
    times = [k for k, f in fields.items() if f.type == "time" and k in {"time", "start_time"}]
    entity = sketch.entities[key]
    label = entity.label_field
    gone = {k for k in times if k != label}
    sketch.change(
        key, fields=tuple(f for f in entity.fields if f.key not in gone), seed=(),
        search=tuple(k for k in entity.search if k not in gone),
    )  # fmt: skip
    for name in gone:
        sketch.rename(f"field.{key}.{name}", f"field.{key}.{day}")
    return day


def no_overlap(sketch: Sketch, rule: FoundRule, key: str) -> str:
    """Two of the entity, or of what refers to it, are not at one time."""
    places = [key] if key else []
    places += [r.source for r in sketch.relations if r.target == key] if key else []
    places += [k for k in sketch.spoken((rule.sentence,)) if k not in places]
    for place in places:
        if has(sketch.entities[place], "no_overlap"):
            return f"rule.{place}.no_overlap"
    for place in sorted(places, key=lambda k: needs.period(sketch.entities[k], {}) is None):
        to = [r for r in single(sketch, place) if key in {"", r.target, place}]
        if to:
            return apart(sketch, place, to[0])
    return ""


def apart(sketch: Sketch, key: str, relation: Relation) -> str:
    """The rule that no two records of one reference overlap; its id."""
    start, end = period(sketch, key)
    expr = f"{relation.key}: {start}, {end}{called_off(sketch.entities[key])}"
    return keep(
        sketch, key,
        Rule(kind="no_overlap", expr=expr, message="This time is taken: choose another"),
    )  # fmt: skip


def once_per_user(sketch: Sketch, rule: FoundRule, key: str) -> str:
    """One record by each person, for each record of another entity where that is said."""
    if not key:
        return ""
    if has(sketch.entities[key], "once_per_user"):
        return f"rule.{key}.once_per_user"
    to = sketch.names.get(rule.field, rule.field)
    named = [r.key for r in single(sketch, key) if r.target == to or r.key == rule.field]
    if rule.field and not named:
        if to in sketch.entities:
            return ""
        # "Nobody enrols twice" means: in the same course.
        named = [r.key for r in single(sketch, key) if r.required]
        if not named:
            return ""
    title = sketch.entities[key].title.lower()
    message = f"You have a {title} for this already" if named else f"You have a {title} already"
    return keep(
        sketch, key,
        Rule(kind="once_per_user", expr=named[0] if named else "", message=message),
    )  # fmt: skip


def per_user(sketch: Sketch, rule: FoundRule, key: str) -> str:
    """At most so many by each person: one is kept, more cannot be."""
    once = rule.value == 1 and not SPAN.search(rule.text)
    return once_per_user(sketch, rule, key) if once else ""


def capacity(sketch: Sketch, rule: FoundRule, key: str) -> str:
    """No more records than the record that they refer to has places."""
    for place in _counting(sketch, rule, key):
        if has(sketch.entities[place], "capacity"):
            return f"rule.{place}.capacity"
        for relation in single(sketch, place):
            if key in {place, relation.target, ""}:
                return _capacity(sketch, rule, place, relation)
    return ""


def _counting(sketch: Sketch, rule: FoundRule, key: str) -> list[str]:
    """Entities whose records may take places: those of people before the rest."""
    spoken = sketch.spoken((rule.sentence,))
    sources: list[str] = [r.source for r in sketch.relations if key and r.target == key]
    own = [key] if key else []
    places: list[str] = list(dict.fromkeys(sources + own + spoken))
    return sorted(places, key=lambda k: sketch.entities[k].ownership != "user")


def _capacity(sketch: Sketch, rule: FoundRule, key: str, relation: Relation) -> str:
    target = sketch.entities[relation.target]
    whole = [f.key for f in target.fields if f.type == "integer" and not f.computed]
    counting = [k for k in whole if _NEEDED.search(k)]
    wanted = [k for k in (rule.field, *_PLACES, *counting) if k in whole]
    if wanted:
        name = wanted[0]
    else:
        default = int(rule.value) if rule.value is not None and rule.value >= 0 else None
        field = Field(key="capacity", title="Places", type="integer", min=0, default=default)
        name = sketch.add_field(relation.target, field, (rule.sentence,))
    expr = f"{relation.key}.{name}{called_off(sketch.entities[key])}"
    message = "There is no place left"
    return keep(sketch, key, Rule(kind="capacity", expr=expr, message=message))


def stock(sketch: Sketch, _: FoundRule, key: str) -> str:
    """What is taken goes down from what there is, and no further than to nothing."""
    if "cart" in sketch.features:
        return "feature.cart"
    sources: list[str] = [r.source for r in sketch.relations if key and r.target == key]
    own = [key] if key else []
    for place in dict.fromkeys(own + sources):
        entity = sketch.entities[place]
        if has(entity, "stock"):
            return f"rule.{place}.stock"
        taken = [f.key for f in entity.fields if f.type in NUMBERS and f.key in _COUNTED]
        for relation in single(sketch, place) if taken else []:
            above = sketch.entities[relation.target].fields
            there = [f.key for f in above if f.type in NUMBERS and f.key in needs.STOCKS]
            if there:
                expr = f"{relation.key}.{there[0]} -= {taken[0]}"
                return keep(
                    sketch, place,
                    Rule(kind="stock", expr=expr, message="There is not enough left"),
                )  # fmt: skip
    return ""


def approve(sketch: Sketch, key: str, roles: list[str]) -> str:
    """Records of the entity are seen by others once approved; the feature's id, or "".

    Nobody changes what others do not see yet, but its author and who approves it.
    """
    entity = sketch.entities[key]
    if entity.ownership not in {"user", "shared"}:
        return ""
    if "member" in entity.access.update:
        who = tuple(dict.fromkeys(("owner", *roles, "admin")))
        access = msgspec.structs.replace(entity.access, update=who)
        sketch.entities[key] = msgspec.structs.replace(entity, access=access)
    old = sketch.features.get("approvals") or Feature(key="approvals", params={"roles": []})
    sketch.features["approvals"] = msgspec.structs.replace(
        old,
        entities=tuple(dict.fromkeys((*old.entities, key))),
        params={"roles": list(dict.fromkeys((*old.params["roles"], *roles)))},
    )
    return "feature.approvals"
