"""Whether what a model has is what somebody expects of it, under any sensible name. Pure.

Names are compared without their endings for time and unit (`starts_at` is `starts`). A name is
like another when they are equal, or one is the end of the other's words: `court` is like
`tennis_court` and the other way round, `court_owner` is like neither. One and several of a thing
are alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from agents.plan import features
from agents.scout.names import singular_of
from contracts.model import AppModel, Entity, Rule

NEAR = 90.0
"""Distance of red, green and blue up to which a colour is near another; 441 is the greatest."""

PAGES = {
    "board": "board", "calendar": "calendar", "dashboard": "dashboard", "feed": "feed",
    "map": "map", "messages": "chat", "quiz": "quiz", "reports": "report", "cart": "cart",
}  # fmt: skip
"""Features that a page of a kind gives as well."""

KEPT = {
    "comments": ("comment",),
    "ratings": ("rating",),
    "favourites": ("favourite", "favorite", "bookmark"),
    "follow": ("follow", "follower"),
    "messages": ("message", "conversation"),
    "cart": ("order", "order_item", "order_line", "cart_item"),
    "coupons": ("coupon",),
    "payment": ("payment",),
    "newsletter": ("subscriber",),
    "contact": ("contact_message",),
    "quiz": ("attempt", "response", "answer", "option"),
    "leaderboard": ("score",),
}
"""Records that a feature keeps in tables of its own, so that no entity is needed for them."""

COLUMNS = {
    "comments": ("text",), "ratings": ("rating",), "messages": ("text", "from", "to", "sent"),
    "cart": ("number", "status", "total", "note", "quantity", "price"),
    "contact": ("name", "email", "message"), "coupons": ("code",), "newsletter": ("email",),
    "quiz": ("text", "score", "result"), "leaderboard": ("points",),
}  # fmt: skip
"""What these records say."""

BUILT_IN = {
    "no_overlap": "booking", "once_per_user": "ratings", "stock": "cart", "total": "cart",
}  # fmt: skip
"""Rules that a feature brings for the records that it serves or keeps."""

_ASIDE = re.compile(r"_(of|to|in|as|on)_.*")
"""What only says more of a property: `link_to_film` is a link."""
_SAYING_NOTHING = frozenset({"number", "count", "date", "name", "kind", "type", "place", "time"})
"""What needs its "of" to be one property: `date_of_birth` is not the date."""
_ENDING = re.compile(r"_(at|on|id|url|minutes?|hours?|days|cm|km|kg)$")


def name(text: str) -> str:
    """A key or a title as words in snake_case, without its ending for time or unit."""
    return _ENDING.sub("", re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_"))


def like(wanted: str, there: str) -> bool:
    one, other = _singular(name(wanted)), _singular(name(there))
    return one == other or one.endswith(f"_{other}") or other.endswith(f"_{one}")


def _singular(words: str) -> str:
    return "_".join(singular_of(word) for word in words.split("_"))


def names(entity: Entity) -> set[str]:
    return {name(n) for n in (entity.key, entity.plural, entity.title, entity.title_plural)}


def any_like(alternatives: str, there: Iterable[str]) -> bool:
    """Whether one of the names is like one of the alternatives, which `|` divides."""
    known = list(there)
    return any(like(wanted, each) for wanted in alternatives.split("|") for each in known)


def any_same(alternatives: str, there: Iterable[str]) -> bool:
    return not {name(each) for each in alternatives.split("|")}.isdisjoint(there)


def pairs(wanted: Sequence[str], there: Mapping[str, set[str]]) -> dict[str, str]:
    """As many of the wanted ones as can each have one of their own; equal names go first."""
    given: dict[str, str] = {}

    def place(want: str, fits: Callable[[str, set[str]], bool], tried: set[str]) -> bool:
        for key in there:
            if key in tried or not fits(want, there[key]):
                continue
            tried.add(key)
            if key not in given or place(given[key], fits, tried):
                given[key] = want
                return True
        return False

    for fits in (any_same, any_like):
        for want in wanted:
            if want not in given.values():
                place(want, fits, set())
    return {want: key for key, want in given.items()}


def records(model: AppModel) -> dict[str, set[str]]:
    """Everything that is kept: entities by key, and what features keep, as `feature:word`."""
    on = {feature.key for feature in model.features}
    kept = {f"{key}:{word}": {word} for key, words in KEPT.items() if key in on for word in words}
    if {"comments", "ratings"} <= on:
        kept["ratings:review"] = {"review"}
    return {entity.key: names(entity) for entity in model.entities} | kept


def fields(model: AppModel, key: str) -> dict[str, set[str]]:
    """What a record says: its fields, what it points to, and what points to it; by key.

    A record of its user's own says whose it is as well.
    """
    feature, _, word = key.partition(":")
    if word:
        return {each: {each} for each in COLUMNS.get(feature, ())}
    entity = next(each for each in model.entities if each.key == key)
    found = {field.key: _told(field.key) | _told(name(field.title)) for field in entity.fields}
    if entity.ownership == "user":
        found["owner:of"] = {"owner", "user"}
    by_key = {each.key: each for each in model.entities}
    for relation in model.relations:
        if relation.source == key:
            words = {relation.key, relation.title, relation.target}
            found[f"{relation.key}:to"] = {name(word) for word in words - {""}}
        elif relation.target == key and relation.source in by_key:
            words = names(by_key[relation.source]) | {name(relation.inverse or relation.source)}
            found[f"{relation.key}:of:{relation.source}"] = words
    return found


def _told(key: str) -> set[str]:
    """The name of a field, and what of it stands in front of what only says more."""
    head = _ASIDE.sub("", key)
    return {name(key)} | ({head} - _SAYING_NOTHING)


def has_feature(model: AppModel, key: str) -> bool:
    """Whether a feature is on, is there as records or fields or a page, or is always built."""
    if key == "auth":
        # Administrators sign in to every app; what is asked is whether others need to.
        return not any("guest" in entity.access.list for entity in model.entities)
    if key in {feature.key for feature in model.features}:
        return True
    if key == "search":
        return any(entity.search for entity in model.entities)
    if key == "approvals" and any(_decides(entity) for entity in model.entities):
        return True
    types = {field.type for entity in model.entities for field in entity.fields}
    kinds = {page.kind for page in model.pages}
    words = features.MODELLED.get(key, ())
    return (
        key in features.BUILT
        or PAGES.get(key) in kinds
        or features.FIELDS.get(key) in types
        or any(like(word, n) for word in words for e in model.entities for n in names(e))
    )


def _decides(entity: Entity) -> bool:
    """Whether a step of its workflow is for some only."""
    steps = entity.workflow.transitions if entity.workflow else ()
    return any(set(step.roles) - {"owner", "member"} for step in steps)


def has_rule(model: AppModel, kind: str, on: str) -> bool:
    """Whether a rule holds for one of the entities `on`, by itself or by what a feature brings.

    A lowest value above nothing counts as a check, being together unique with the owner as once.
    """
    for entity in model.entities:
        if any_like(on, names(entity)) and kind in set(_kinds(entity)):
            return True
    by = next((f for f in model.features if f.key == BUILT_IN.get(kind)), None)
    if by is None:
        return False
    kept = KEPT.get(by.key, ())
    served = [names(entity) for entity in model.entities if entity.key in by.entities]
    return any_like(on, kept) or any(any_like(on, each) for each in served)


def _kinds(entity: Entity) -> Iterable[str]:
    rules: tuple[Rule, ...] = entity.rules
    yield from (rule.kind for rule in rules)
    if any((field.min or 0) > 0 for field in entity.fields):
        yield "check"
    if any("owner" in columns for columns in entity.unique_together):
        yield "once_per_user"
    if any("total" in field.key and field.computed for field in entity.fields):
        yield "total"


def near(one: str, other: str) -> bool:
    """Whether two colours `#rrggbb` are about the same."""

    def parts(colour: str) -> tuple[int, ...]:
        return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))

    return math.dist(parts(one), parts(other)) <= NEAR
