"""What a pattern's features and pages need of its entities, so that the app really has them.

Each function gives what is wrong in words that follow the pattern's file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contracts.scouting import EntityDraft, FeatureDraft, PageDraft

Drafts = Mapping[str, EntityDraft]
Features = Mapping[str, FeatureDraft]

_SHAPES = {
    "board": (frozenset({"enum"}), "an enum field"),
    "calendar": (frozenset({"date", "datetime"}), "a date or datetime field"),
    "map": (frozenset({"geo"}), "a geo field"),
    "cart": (frozenset({"money"}), "a money field, its price"),
    "upload": (frozenset({"image", "file"}), "an image or file field"),
}
"""Features, and pages of the same kind, whose entities need a field of one of these types."""
_SINGLE = frozenset({"cart", "booking"})
_OF_CART = frozenset({"payment", "coupons"})
_OF_ENTITY = frozenset({"board", "calendar", "map", "thread", "quiz", "feed"})
_FIELDS = frozenset({"price", "stock", "points", "answer", "start", "end"})
"""Params that name a field of one of the feature's entities."""
_PERIOD = 2


def feature_problems(features: Features, drafts: Drafts) -> Iterator[str]:
    """Features whose entities lack what they need; entities are those of the pattern."""
    for key, feature in features.items():
        for reason in _feature(key, feature, features, drafts):
            yield f"features.{key}: {reason}"
    notifying = next((key for key, draft in drafts.items() if _notifies(draft)), "")
    news = features.get("notifications")
    if notifying and (news is None or news.presence != "always"):
        yield f"features: {notifying!r} notifies people, which needs `notifications` always"


def _feature(key: str, feature: FeatureDraft, features: Features, drafts: Drafts) -> Iterator[str]:
    served = {name: drafts[name] for name in feature.entities if name in drafts}
    if key in _OF_CART and "cart" not in features:
        yield "it needs the feature `cart`"
    if key in _SINGLE and len(feature.entities) != 1:
        yield "it is for exactly one entity"
    for name, draft in served.items():
        yield from _shape(key, name, draft)
        if key == "booking":
            yield from _booked(name, draft)
        if key == "approvals":
            yield from _awaited(name, draft, feature)
    if key == "quiz" and not _asked(served, str(feature.params.get("answer", "answer"))):
        yield "none of its entities has an answer and refers to another of them"
    for param in _FIELDS & feature.params.keys():
        if not any(feature.params[param] in draft.fields for draft in served.values()):
            yield f"{param} names {feature.params[param]!r}, no field of its entities"


def _shape(kind: str, name: str, draft: EntityDraft) -> Iterator[str]:
    types, words = _SHAPES.get(kind, (frozenset[str](), ""))
    if types and not any(field.type in types for field in draft.fields.values()):
        yield f"{name!r} lacks {words}"


def _booked(name: str, draft: EntityDraft) -> Iterator[str]:
    moments = [field for field in draft.fields.values() if field.type == "datetime"]
    if len(moments) < _PERIOD or not any(r.required for r in draft.references.values()):
        yield f"{name!r} lacks a required reference to what is booked, or a start and an end"


def _awaited(name: str, draft: EntityDraft, feature: FeatureDraft) -> Iterator[str]:
    """Who changes a record must see it while it waits."""
    if draft.parent or draft.sharing == "team":
        yield f"{name!r} is no one's own, so nobody would wait for the approval"
    for word in draft.writers:
        if word not in feature.params.get("roles", ("admin",)):
            yield f"{word!r} writes {name!r} and does not approve it: add it to the param roles"


def _asked(served: Drafts, answer: str) -> bool:
    return any(
        answer in draft.fields and any(r.to in served for r in draft.references.values())
        for draft in served.values()
    )


def _notifies(draft: EntityDraft) -> bool:
    steps = draft.workflow.transitions if draft.workflow else ()
    return any(text.startswith("notify ") for step in steps for text in step.effects)


def page_problems(pages: tuple[PageDraft, ...], drafts: Drafts) -> Iterator[str]:
    """Pages of an entity that names none, or one that such a page cannot show."""
    for page in pages:
        where = f"pages: {page.title!r}"
        if page.kind in _OF_ENTITY and not page.entity:
            yield f"{where}: a {page.kind} needs an entity"
        draft = drafts.get(page.entity)
        if draft is None:
            continue
        yield from (f"{where}: {reason}" for reason in _shape(page.kind, page.entity, draft))
        if page.kind == "thread" and not _answered(page.entity, drafts):
            yield f"{where}: nothing refers to {page.entity!r} that could be a reply"


def _answered(key: str, drafts: Drafts) -> bool:
    return any(
        reference.to == key and name != key
        for name, draft in drafts.items()
        for reference in draft.references.values()
    )
