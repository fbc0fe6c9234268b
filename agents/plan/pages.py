"""The pages of an app: home, a list, a form and the record of each entity, and special ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from agents.plan import needs
from agents.plan.sketch import Sketch
from agents.plan.switches import unwanted
from contracts.model import Entity, Page, PageKind
from contracts.scouting import PageDraft

_TITLES: dict[str, tuple[PageKind, str, str]] = {
    "cart": ("cart", "Cart", "/cart"),
    "dashboard": ("dashboard", "Dashboard", "/dashboard"),
    "reports": ("report", "Reports", "/reports"),
    "feed": ("feed", "News", "/feed"),
    "messages": ("chat", "Messages", "/messages"),
    "admin": ("admin", "Administration", "/admin"),
}
"""Pages that come with a feature: kind, title, address."""
_PLACED: dict[str, str] = {"board": "board", "calendar": "calendar", "map": "map"}
"""Pages of a feature for each of its entities, and their word."""
_NEEDS = {"checkout": "cart", "chat": "messages", "report": "reports"}
_SHOWN = frozenset(
    {"board", "calendar", "dashboard", "map", "feed", "thread", "chat", "cart", "checkout",
     "profile", "report", "quiz", "admin"}
)  # fmt: skip
_SINGLE = frozenset({"cart", "checkout", "admin", "chat", "profile", "dashboard", "feed"})
"""Kinds of which an app has one page."""
_MEMBERS = ("member",)


def pages(title: str, entities: Sequence[Entity], nav: Sequence[bool]) -> tuple[Page, ...]:
    """Home and the pages of the entities; `nav` tells of each whether its list is led to."""
    home = Page(
        key="home", path="/", title=title[:120], kind="home", audience=("guest", "member"), nav=True
    )
    found = [home]
    for entity, shown in zip(entities, nav, strict=True):
        path = address(entity)
        found += [
            Page(
                key=_key(entity.key, "list"), path=path, title=entity.title_plural, kind="list",
                entity=entity.key, audience=audience(entity.access.list), nav=shown,
            ),
            Page(
                key=_key(entity.key, "form"), path=f"{path}/new", kind="form",
                title=f"New {entity.title.lower()}", entity=entity.key,
                audience=audience(entity.access.create),
            ),
            Page(
                key=_key(entity.key, "detail"), path=f"{path}/:id", kind="detail",
                title=entity.title, entity=entity.key, audience=audience(entity.access.read),
            ),
        ]  # fmt: skip
    return tuple(page for page in found if page.audience)


def address(entity: Entity) -> str:
    return "/" + entity.plural.replace("_", "-")


def audience(words: Sequence[str]) -> tuple[str, ...]:
    """Who finds something on a page: an owner is a member who looks at their own."""
    named = ["member" if word == "owner" else word for word in words]
    if "guest" in named:
        return ("guest", "member")
    return ("member",) if "member" in named else tuple(dict.fromkeys(named))


def complete(sketch: Sketch, plain: Sequence[Page]) -> tuple[Page, ...]:
    """All pages, with the special ones of the patterns and of the features that are on."""
    found = list(plain)
    for page in (*_drafted(sketch), *_featured(sketch)):
        if needs.unshown(page, sketch.parts()) or _there(page, found):
            continue
        found = _opened(page, found) if page.kind == "thread" else _added(page, found)
    return tuple(found)


def _opened(page: Page, found: list[Page]) -> list[Page]:
    """The pages with the thread in place of the record's plain page."""
    return [
        msgspec.structs.replace(page, path=other.path, audience=other.audience, nav=False)
        if other.kind == "detail" and other.entity == page.entity
        else other
        for other in found
    ]


def _there(page: Page, found: Sequence[Page]) -> bool:
    same = [other for other in found if other.kind == page.kind]
    if page.kind in _SINGLE:
        return bool(same)
    if page.kind == "report":
        return any(page.entity in {None, other.entity} for other in same)
    return any(other.entity == page.entity for other in same)


def _added(page: Page, found: list[Page]) -> list[Page]:
    """The pages with one more, under a key and an address that are free."""
    keys, paths = {p.key for p in found}, {p.path for p in found}
    key, path = page.key, page.path
    while key in keys or path in paths:
        key, path = f"{key}_page"[:48], f"{path}-page"
    return [*found, msgspec.structs.replace(page, key=key, path=path)]


def _drafted(sketch: Sketch) -> Iterator[Page]:
    """The pages of the patterns whose entities and features are there."""
    excluded = unwanted(sketch)
    for pattern in sketch.report.patterns:
        for draft in pattern.pages:
            key = sketch.names.get(draft.entity, "") if draft.entity else ""
            if draft.kind not in _SHOWN or (draft.entity and key not in sketch.entities):
                continue
            if pattern.role == "secondary" and not key:
                continue
            feature = _NEEDS.get(draft.kind, draft.kind)
            if {draft.kind, feature} & excluded:
                continue
            yield _page(sketch, draft, key)


def _key(entity: str, word: str) -> str:
    """`<entity>_<word>`, shortened to what a key may have."""
    return f"{entity[: 47 - len(word)].rstrip('_')}_{word}"


def _page(sketch: Sketch, draft: PageDraft, key: str) -> Page:
    entity = sketch.entities.get(key)
    who = [w for w in draft.audience if w in sketch.role_keys | {"guest", "member"}]
    listed = audience(entity.access.list) if entity else _MEMBERS
    seen = tuple(who) or listed
    return Page(
        key=_key(key, draft.kind) if key else _slug(draft.title).replace("-", "_"),
        path=_path(draft, entity), title=draft.title, kind=draft.kind,
        entity=key or None, audience=seen or ("admin",), nav=draft.nav,
    )  # fmt: skip


def _path(draft: PageDraft, entity: Entity | None) -> str:
    if draft.kind in {"cart", "checkout"}:
        return f"/{draft.kind}"
    if entity is None or draft.kind in _SINGLE:
        return f"/{_slug(draft.title)}"
    return f"{address(entity)}/{draft.kind}"


def _slug(title: str) -> str:
    words = re.findall(r"[a-z0-9]+", title.lower())
    slug = "-".join(words)[:40].strip("-") or "page"
    return slug if slug[0].isalpha() else f"page-{slug}"


def _featured(sketch: Sketch) -> Iterator[Page]:
    """The pages of the features that have none by a pattern."""
    for feature in sketch.features.values():
        if feature.key in _TITLES:
            kind, title, path = _TITLES[feature.key]
            yield Page(
                key=kind, path=path, title=title, kind=kind, audience=_who(feature.key, sketch),
                nav=kind not in {"cart", "chat"},
            )  # fmt: skip
            if kind == "cart":
                yield Page(key="checkout", path="/checkout", title="Checkout", kind="checkout",
                           audience=("guest", "member"))  # fmt: skip
        if feature.key == "quiz":
            quiz = sketch.entities[feature.entities[0]]
            yield Page(
                key="quiz", path=f"{address(quiz)}/quiz", title=f"Take {quiz.title_plural.lower()}",
                kind="quiz", entity=quiz.key, audience=_joined(audience(quiz.access.list)),
                nav=True,
            )  # fmt: skip
        for key in feature.entities if feature.key in _PLACED else ():
            entity = sketch.entities[key]
            word = _PLACED[feature.key]
            kinds: dict[str, PageKind] = {"board": "board", "calendar": "calendar", "map": "map"}
            yield Page(
                key=_key(key, word), path=f"{address(entity)}/{word}",
                title=f"{entity.title_plural}: {word}"[:120], kind=kinds[word], entity=key,
                audience=audience(entity.access.list), nav=True,
            )  # fmt: skip


def _joined(words: tuple[str, ...]) -> tuple[str, ...]:
    return words if {"guest", "member"} & set(words) else ("member",)


def _who(feature: str, sketch: Sketch) -> tuple[str, ...]:
    if feature == "admin":
        return ("admin",)
    if feature == "cart":
        return ("guest", "member")
    if feature == "feed":
        shown = [sketch.entities[k] for k in sketch.features["feed"].entities]
        return ("guest", "member") if any("guest" in e.access.list for e in shown) else _MEMBERS
    return _MEMBERS
