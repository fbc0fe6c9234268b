"""What each feature needs of a model, so that the app really has it. Pure.

`unmet` is the one question: a feature that a model switches on and Build would not serve, or
would refuse, is named with what to change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from contracts.model import NUMBERS, Entity, Feature, Field, Page, Relation

DATES = frozenset({"date", "datetime"})
STOCKS = ("stock", "in_stock", "inventory", "quantity", "available")
ANSWER = re.compile(r"(right|correct|solution)|^answer$", re.IGNORECASE)
_ANSWERED = frozenset(
    {"text", "longtext", "markdown", "enum", "boolean", "tags", "integer", "decimal"}
)
_CURRENCY = re.compile(r"[A-Z]{3}")
STARS = range(2, 11)


class Parts(Struct, frozen=True):
    """Of a model what features ask for."""

    entities: Mapping[str, Entity]
    relations: Sequence[Relation]
    features: Mapping[str, Feature]
    roles: frozenset[str]
    pages: frozenset[str] = frozenset()
    """The kinds of pages that there are."""


def column(entity: Entity) -> str:
    """The field whose values are a board's columns; "" for none."""
    if entity.workflow:
        return entity.workflow.field
    return next((f.key for f in entity.fields if f.type == "enum"), "")


def dated(entity: Entity) -> bool:
    return any(f.type in DATES for f in entity.fields)


def placed(entity: Entity) -> bool:
    return any(f.type == "geo" for f in entity.fields)


def owned(entity: Entity) -> bool:
    return entity.ownership != "system"


def fielded(entity: Entity) -> bool:
    return any(f.type in {"image", "file"} for f in entity.fields)


def answer(entity: Entity, wanted: str = "") -> Field | None:
    """The field with a question's right answer."""
    fields = [f for f in entity.fields if f.type in _ANSWERED]
    named = [f for f in fields if f.key == wanted]
    return next(iter((*named, *(f for f in fields if ANSWER.search(f.key)))), None)


def questions(parts: Parts, named: Sequence[str], wanted: str = "") -> Relation | None:
    """The reference from the questions to the quiz, one of `named`."""
    for relation in parts.relations:
        source = parts.entities.get(relation.source)
        single = relation.kind == "many_to_one" and relation.source != relation.target
        if source and single and relation.target in named and answer(source, wanted):
            return relation
    return None


def booked(parts: Parts, entity: Entity, params: Mapping[str, object]) -> bool:
    """Whether there is a reference to what is booked, and two moments or a rule on them."""
    moments = [f.key for f in entity.fields if f.type == "datetime"]
    rules = [r.expr for r in entity.rules if r.kind == "no_overlap"]
    if rules:
        starts = [expr.partition(":")[2].partition(",")[0].strip() for expr in rules]
        return any(start in moments for start in starts)
    refers = any(
        r.source == entity.key and r.target != entity.key and r.kind != "many_to_many"
        for r in parts.relations
    )
    return refers and period(entity, params) is not None


_END = ("end", "until", "to", "finish", "check_out", "return")


def period(entity: Entity, params: Mapping[str, object]) -> tuple[str, str] | None:
    """The moments at which a booking starts and ends."""
    fields = {f.key: f for f in entity.fields if f.type in DATES}
    ends = [key for key in fields if key == params.get("end") or key.startswith(_END)]
    wanted = str(params.get("end"))
    end = wanted if wanted in fields else next(iter(ends), None)
    begins = [key for key in fields if key not in ends]
    asked = str(params.get("start"))
    start = asked if asked in fields else next(iter(begins), None)
    if start is None or end is None or start == end:
        return None
    if {fields[start].type, fields[end].type} != {"datetime"}:
        return None
    return start, end


def awaiting(entity: Entity) -> bool:
    """Whether records can wait unseen: for that, not everybody may change them."""
    return entity.ownership in {"user", "shared"} and "member" not in entity.access.update


_SHAPES: Mapping[str, tuple[Callable[[Entity], bool], str]] = {
    "board": (lambda e: bool(column(e)), "a workflow or an enum field"),
    "calendar": (dated, "a date or datetime field"),
    "map": (placed, "a geo field"),
    "feed": (owned, "an owner (an ownership other than system)"),
    "leaderboard": (owned, "an owner (an ownership other than system)"),
    "upload": (fielded, "an image or file field"),
    "approvals": (
        awaiting,
        "the ownership user or shared, and no `member` in access.update",
    ),
}
"""Features for which each of their entities must be of a certain shape."""
NAMED = frozenset({"ai", "comments", "favourites", "ratings", "booking", "quiz", *_SHAPES}) - {
    "upload"
}
"""Features that are nothing without entities."""


def fits(feature: str, entity: Entity) -> bool:
    """Whether the entity has the shape that the feature asks for, as far as it asks for one."""
    shape = _SHAPES.get(feature)
    return shape is None or shape[0](entity)


def unmet(feature: Feature, parts: Parts) -> Iterator[str]:
    """What the feature lacks, each with what to change."""
    entities = [parts.entities[key] for key in feature.entities if key in parts.entities]
    shown = feature.key in parts.pages and feature.key in {"board", "calendar", "map", "feed"}
    if feature.key in NAMED and not entities and not shown:
        yield "it names no entity; name what it is for"
        return
    shape = _SHAPES.get(feature.key)
    for entity in entities:
        if shape and not shape[0](entity):
            yield f"{entity.key} needs {shape[1]}; give it one, or leave it out"
    special = _SPECIAL.get(feature.key)
    if special:
        yield from special(feature, entities, parts)


def _cart(feature: Feature, entities: Sequence[Entity], _: Parts) -> Iterator[str]:
    if len(feature.entities) != 1 or not entities:
        yield "entities must name exactly one entity, what is sold"
        return
    fields = {f.key: f for f in entities[0].fields}
    for param, kind in (("price", "money"), ("stock", "integer")):
        key = feature.params.get(param)
        if key is not None and (key not in fields or fields[key].type != kind):
            yield f"{param} names {key!r}, which is no {kind} field of {entities[0].key}"
    if "price" not in feature.params and not any(f.type == "money" for f in fields.values()):
        yield f"{entities[0].key} has no money field to be its price; add one"
    usual = next((k for k in STOCKS if k in fields and fields[k].type == "integer"), "")
    stock = fields.get(str(feature.params.get("stock", usual)))
    if stock is not None and (stock.min or 0) > 0:
        yield f"the stock {stock.key} must be able to go down to 0; leave its min at 0"
    yield from _currency(feature)


def _currency(feature: Feature) -> Iterator[str]:
    value = feature.params.get("currency", "EUR")
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        yield "currency must be three capitals such as EUR"


def _beside_cart(feature: Feature, _: Sequence[Entity], parts: Parts) -> Iterator[str]:
    cart = parts.features.get("cart")
    if cart is None:
        yield "it needs the feature cart"
        return
    yield from _currency(feature)
    own = feature.params.get("currency")
    if own is not None and own != cart.params.get("currency", "EUR"):
        yield f"currency {own} is not that of the feature cart"


def _approvals(feature: Feature, _: Sequence[Entity], parts: Parts) -> Iterator[str]:
    if "member" in (feature.params.get("roles") or ()):
        yield "roles names member, which is everybody who is signed in; name a role of its own"
    wanted = feature.params.get("roles", ["admin"])
    if not isinstance(wanted, list | tuple) or not wanted:
        yield "roles must be a list of roles"
        return
    for role in wanted:
        if role not in parts.roles:
            yield f"roles names {role!r}, which is no role"
    if "admin" not in wanted:
        yield "roles must name admin too: an administrator sees, and so approves, whatever waits"


def _leaderboard(feature: Feature, entities: Sequence[Entity], _: Parts) -> Iterator[str]:
    points = feature.params.get("points")
    known = {f.key for e in entities for f in e.fields if f.type in NUMBERS}
    if "points" in feature.params and points not in known:
        yield f"points names {points!r}, which is no number of what is counted"


def _ratings(feature: Feature, _: Sequence[Entity], __: Parts) -> Iterator[str]:
    most = feature.params.get("max", 5)
    if isinstance(most, bool) or not isinstance(most, int) or most not in STARS:
        yield f"max is a whole number from {STARS[0]} to {STARS[-1]}"


def _booking(feature: Feature, entities: Sequence[Entity], parts: Parts) -> Iterator[str]:
    # Build takes the first in the order of the model.
    first = next(e for key, e in parts.entities.items() if e in entities)
    if not booked(parts, first, feature.params):
        yield (
            f"{first.key} needs a reference to what is booked, and two datetime fields for"
            " its start and its end"
        )


def _quiz(feature: Feature, _: Sequence[Entity], parts: Parts) -> Iterator[str]:
    if questions(parts, feature.entities, str(feature.params.get("answer", ""))) is None:
        yield "it needs an entity with a field `answer` that refers to the quiz"


def _organisations(_: Feature, __: Sequence[Entity], parts: Parts) -> Iterator[str]:
    if not any(e.ownership == "org" for e in parts.entities.values()):
        yield "no entity has the ownership org; give it to what each organisation keeps apart"


def _anything(fit: Callable[[Entity], bool], what: str) -> Callable[..., Iterator[str]]:
    def lacking(_: Feature, entities: Sequence[Entity], parts: Parts) -> Iterator[str]:
        if not entities and not any(fit(e) for e in parts.entities.values()):
            yield f"no entity has {what}; add one"

    return lacking


_SPECIAL: Mapping[str, Callable[[Feature, Sequence[Entity], Parts], Iterator[str]]] = {
    "cart": _cart, "coupons": _beside_cart, "payment": _beside_cart, "approvals": _approvals,
    "leaderboard": _leaderboard, "ratings": _ratings, "booking": _booking, "quiz": _quiz,
    "organisations": _organisations,
    "upload": _anything(fielded, "an image or file field"),
}  # fmt: skip


_OF_FEATURE = {
    "cart": "cart", "checkout": "cart", "admin": "admin", "feed": "feed", "chat": "messages",
}  # fmt: skip
_REPLIES = frozenset({"longtext", "markdown", "text"})


def replies(parts: Parts, key: str) -> bool:
    """Whether something with a text refers to the entity, as replies do."""
    return any(
        r.target == key != r.source
        and r.kind != "many_to_many"
        and any(
            f.type in _REPLIES and not f.read_roles and not f.write_roles
            for f in parts.entities[r.source].fields
        )
        for r in parts.relations
        if r.source in parts.entities
    )


def unshown(page: Page, parts: Parts) -> str:
    """Why Build would not show a page as what it is; "" when it would."""
    entity = parts.entities.get(page.entity or "")
    shape = _SHAPES.get(page.kind)
    if shape and page.kind != "feed":
        found = [entity] if entity else list(parts.entities.values())
        if not any(shape[0](each) for each in found):
            where = entity.key if entity else "some entity"
            return f"{where} needs {shape[1]} for it"
    needed = _OF_FEATURE.get(page.kind, "")
    if page.kind == "chat" and entity is None:
        return ""
    if page.kind == "feed" and entity is not None:
        return "" if owned(entity) else f"{entity.key} needs an owner for it"
    if needed and needed not in parts.features:
        return f"it needs the feature {needed}"
    if page.kind == "thread" and (entity is None or not replies(parts, entity.key)):
        return "it needs an entity to which another one with a text, such as a reply, refers"
    return _unasked(page, parts) if page.kind == "quiz" else ""


def _unasked(page: Page, parts: Parts) -> str:
    feature = parts.features.get("quiz")
    named = [*(feature.entities if feature else ()), *([page.entity] if page.entity else [])]
    wanted = str(feature.params.get("answer", "")) if feature else ""
    found = questions(parts, named, wanted)
    if found is None or page.entity not in {None, found.target}:
        return "it needs an entity with a field `answer` that refers to the quiz"
    return ""
