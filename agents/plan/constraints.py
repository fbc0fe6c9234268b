"""What the idea says must hold: bounds, uniqueness, order, and who alone may do something.

Each rule that Scout found changes the model, or is said to be lacking; `periods` has those that
the database keeps between records.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from agents.plan import periods
from agents.plan.entity_rules import fits
from agents.plan.needs import STARS
from agents.plan.sketch import Sketch
from contracts.model import NUMBERS, Access, Field, Rule
from contracts.scouting import FoundRule

LONGEST = 100
"""Characters of a rule's words that are shown."""
_TEXTS = frozenset({"text", "longtext", "markdown"})
_ORDERED = frozenset({"date", "datetime", "time"})
_DEEDS = (
    (re.compile(r"\b(?:delet|remov|cancel)", re.IGNORECASE), ("delete",)),
    (re.compile(r"\b(?:see|view|read|access|browse|list)", re.IGNORECASE), ("list", "read")),
    (
        re.compile(r"\b(?:creat|add|post|publish|upload|open|submit|enter|start)", re.IGNORECASE),
        ("create",),
    ),
    (
        re.compile(r"\b(?:edit|chang|updat|mark|clos|move|assign|set|adjust)", re.IGNORECASE),
        ("update",),
    ),
)
_EVERYTHING = ("create", "update", "delete")
_RATED = re.compile(r"star|rating|score")
_APPROVES = re.compile(r"approv|accept|confirm|reject|declin|sign|publish|grant", re.IGNORECASE)
Keeper = Callable[[Sketch, FoundRule, str], str]
"""Puts a rule of an entity into the sketch; the id of what came of it, "" when nothing did."""


def constrain(sketch: Sketch) -> None:
    """Put every rule of the report into the sketch, or say that it is lacking."""
    for rule in sketch.report.rules:
        key = entity_of(sketch, rule.entity)
        done = _KEEPERS[rule.kind](sketch, rule, key)
        if done:
            sketch.note((rule.sentence,), done)
        else:
            sketch.lack((rule.sentence,), _words(rule))


def entity_of(sketch: Sketch, word: str) -> str:
    """The entity that a word of the report means; "" when it is none."""
    found = sketch.names.get(word, word)
    return found if found in sketch.entities else ""


def _words(rule: FoundRule) -> str:
    if rule.kind == "per_user" and rule.value is not None:
        span = periods.SPAN.search(rule.text)
        return " ".join(filter(None, [f"at most {rule.value:g} per user", span and span[0]]))
    words = " ".join(rule.text.split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"


def _field(sketch: Sketch, key: str, word: str) -> Field | None:
    """The field of an entity that a word means: by key, title or a synonym of the pattern."""
    if not key or not word:
        return None
    spoken = word.replace("_", " ").lower()
    drafts = sketch.kinds[key].draft.fields
    for field in sketch.entities[key].fields:
        names = {field.key, field.title.lower(), field.key.replace("_", " ")}
        if field.key in drafts:
            names |= set(drafts[field.key].synonyms)
        if word in names or spoken in names:
            return field
    ends = [
        f
        for f in sketch.entities[key].fields
        if f.key.split("_")[-1] == word.rsplit("_", maxsplit=1)[-1]
    ]
    return ends[0] if len(ends) == 1 else None


def _bounded(sketch: Sketch, rule: FoundRule, key: str) -> str:
    field = _field(sketch, key, rule.field)
    if rule.value is not None and "ratings" in sketch.features and _RATED.search(rule.field):
        return _rated(sketch, rule)
    if field is None or rule.value is None or field.computed:
        return ""
    most = rule.kind == "at_most"
    changes: dict[str, Any] = {}
    if field.type in NUMBERS:
        changes["max" if most else "min"] = rule.value
    elif field.type in _TEXTS and rule.value >= 1 and float(rule.value).is_integer():
        changes["max_length" if most else "min"] = int(rule.value)
    else:
        return ""
    return _narrowed(sketch, key, field, changes)


def _rated(sketch: Sketch, rule: FoundRule) -> str:
    """How many stars there are; the fewest are always one."""
    value = int(rule.value or 0)
    if rule.kind == "at_least":
        return "feature.ratings" if value == 1 else ""
    if value not in STARS:
        return ""
    feature = sketch.features["ratings"]
    params = {**feature.params, "max": value}
    sketch.features["ratings"] = msgspec.structs.replace(feature, params=params)
    return "feature.ratings"


def _narrowed(sketch: Sketch, key: str, field: Field, changes: dict[str, Any]) -> str:
    """Bounds for a field; rows and a default that they do not take go."""
    new: Field = msgspec.structs.replace(field, **changes)
    if new.min is not None and new.max is not None and new.min > new.max:
        return ""
    if new.max_length is not None and new.min is not None and new.min > new.max_length:
        return ""
    if new.default is not None and not fits(new, new.default):
        changes["default"] = None
        new = msgspec.structs.replace(new, default=None)
    sketch.change_field(key, field.key, **changes)
    missing = new.required and new.default is None
    seed = tuple(
        row
        for row in sketch.entities[key].seed
        if (row.get(field.key) is None and not missing)
        or (row.get(field.key) is not None and fits(new, row[field.key]))
    )
    sketch.change(key, seed=seed)
    return f"field.{key}.{field.key}"


def _unique(sketch: Sketch, rule: FoundRule, key: str) -> str:
    field = _field(sketch, key, rule.field)
    if field is not None and field.type not in {"json", "tags", "image", "file", "boolean"}:
        sketch.change_field(key, field.key, unique=True)
        seen: dict[Any, dict[str, Any]] = {}
        for row in sketch.entities[key].seed:
            seen.setdefault(str(row.get(field.key, id(row))), row)
        sketch.change(key, seed=tuple(seen.values()))
        return f"field.{key}.{field.key}"
    to = entity_of(sketch, rule.field)
    for number, relation in enumerate(sketch.relations):
        if key and relation.source == key and relation.target == to != "":
            one = msgspec.structs.replace(relation, kind="one_to_one")
            if relation.kind == "many_to_one":
                sketch.relations[number] = one
                sketch.change(key, seed=())
                return f"relation.{key}.{relation.key}"
    return ""


def _ordered(sketch: Sketch, rule: FoundRule, key: str) -> str:
    first, second = _field(sketch, key, rule.field), _field(sketch, key, rule.other)
    if first is None or second is None or first.key == second.key:
        return ""
    if not ({first.type, second.type} <= NUMBERS or first.type == second.type in _ORDERED):
        return ""
    sign = "<=" if first.type == "date" else "<"
    message = f"{second.title} must be after {first.title.lower()}"
    added = Rule(kind="check", expr=f"{first.key} {sign} {second.key}", message=message)
    return periods.keep(sketch, key, added)


def _roles(sketch: Sketch, rule: FoundRule) -> tuple[str, ...]:
    known = sketch.role_keys
    return tuple(dict.fromkeys(r for r in rule.roles if r in known or r in {"owner", "member"}))


def _only(sketch: Sketch, rule: FoundRule, key: str) -> str:
    roles = _roles(sketch, rule)
    mine = roles == ("owner",) and sketch.entities[key].ownership != "user" if key else False
    if not key or not roles or mine:
        return ""
    field = _field(sketch, key, rule.field)
    keepers = tuple(dict.fromkeys((*roles, "admin")))
    deeds = [actions for pattern, actions in _DEEDS if pattern.search(rule.text)]
    if field is not None and field.key != sketch.entities[key].label_field:
        return _closed(sketch, key, field, keepers, reading=("list", "read") in deeds)
    if _APPROVES.search(rule.text) and _stepped(sketch, key, keepers):
        return f"workflow.{key}"
    access = sketch.entities[key].access
    actions = tuple(a for group in deeds for a in group) or _EVERYTHING
    changes = {action: _narrow(getattr(access, action), keepers, action) for action in actions}
    if sketch.entities[key].ownership == "parent":
        changes = {a: w for a, w in changes.items() if a not in {"list", "read"}}
    sketch.change(key, access=msgspec.structs.replace(access, **changes))
    return f"access.{key}"


def _narrow(words: tuple[str, ...], keepers: tuple[str, ...], action: str) -> tuple[str, ...]:
    """Those who alone may; whose record it is still sees it."""
    own = ("owner",) if "owner" in words and action in {"list", "read"} else ()
    named = tuple(w for w in keepers if w != "owner" or action != "create")
    return tuple(dict.fromkeys((*own, *named))) or ("admin",)


def _closed(
    sketch: Sketch, key: str, field: Field, keepers: tuple[str, ...], *, reading: bool
) -> str:
    """A field for some alone: what must be filled in by others cannot be closed to them."""
    words = tuple(w for w in keepers if w not in {"owner", "member"})
    access: Access = sketch.entities[key].access
    makers = set(access.create) <= set(words)
    if field.required and field.default is None and not makers:
        sketch.change_field(key, field.key, required=False)
    changes: dict[str, Any] = {"write_roles": words}
    if reading:
        changes["read_roles"] = words
    sketch.change_field(key, field.key, **changes)
    return f"field.{key}.{field.key}"


def _stepped(sketch: Sketch, key: str, roles: tuple[str, ...]) -> bool:
    """Whether the workflow has steps of approval; they are these roles' from now on."""
    flow = sketch.entities[key].workflow
    if flow is None:
        return False
    steps = tuple(
        msgspec.structs.replace(step, roles=roles)
        if _APPROVES.search(step.name) or _APPROVES.search(step.target)
        else step
        for step in flow.transitions
    )
    changed = any(
        _APPROVES.search(step.name) or _APPROVES.search(step.target) for step in flow.transitions
    )
    if changed:
        sketch.change(key, workflow=msgspec.structs.replace(flow, transitions=steps))
    return changed


def _handed_in(sketch: Sketch, key: str) -> bool:
    """Whether its records are those of the people who made them."""
    return sketch.entities[key].ownership == "user"


def _approved(sketch: Sketch, rule: FoundRule, key: str) -> str:
    roles = _roles(sketch, rule) or ("admin",)
    # What people hand in is approved, rather than a heading that the sentence speaks of too.
    spoken = sketch.spoken((rule.sentence,))
    spoken.sort(key=lambda k: (sketch.entities[k].workflow is None, not _handed_in(sketch, k)))
    key = key or next(iter(spoken), "")
    if not key:
        return ""
    if _stepped(sketch, key, tuple(dict.fromkeys((*roles, "admin")))):
        return f"workflow.{key}"
    approvers = [r for r in roles if r in sketch.role_keys and r != "admin"]
    return periods.approve(sketch, key, [*approvers, "admin"])


_KEEPERS: dict[str, Keeper] = {
    "no_overlap": periods.no_overlap, "once_per_user": periods.once_per_user,
    "per_user": periods.per_user, "capacity": periods.capacity, "stock": periods.stock,
    "at_most": _bounded, "at_least": _bounded, "unique": _unique, "order": _ordered,
    "approval": _approved, "only": _only,
}  # fmt: skip
