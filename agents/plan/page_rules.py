"""Rules for pages: each has an address of its own and a way that leads to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from agents.plan.features import LED_TO
from agents.plan.needs import Parts, unshown
from contracts.model import AppModel, Page

_OF_ENTITY = frozenset({"list", "detail", "form"})


def page_problems(model: AppModel, parts: Parts) -> Iterator[str]:
    """Everything wrong with the pages of a model; home, lists, forms may be left to the build."""
    words = {"guest", "member", "admin"} | {role.key for role in model.roles}
    keys = {entity.key for entity in model.entities}
    for what in ("key", "path"):
        for name, count in Counter(getattr(page, what) for page in model.pages).items():
            if count > 1:
                yield f"page {name}: two pages have this {what}; change one"
    homes = [page for page in model.pages if page.kind == "home"]
    if len(homes) > 1 or any(page.path != "/" for page in homes):
        yield "pages: there is one page of kind home, at the path /"
    for page in model.pages:
        yield from _page(page, keys, words)
        lacking = unshown(page, parts)
        if lacking and (page.entity is None or page.entity in keys):
            yield f"page {page.key}: a page of the kind {page.kind} cannot be shown: {lacking}"
    for page in unreachable(model):
        yield f"page {page.key}: no way leads to {page.path}; set nav, or add what leads there"


def _page(page: Page, entities: set[str], words: set[str]) -> Iterator[str]:
    if page.kind in _OF_ENTITY and page.entity is None:
        yield f"page {page.key}: a {page.kind} needs an entity"
    if page.entity is not None and page.entity not in entities:
        yield f"page {page.key}: its entity {page.entity!r} is no entity"
    if not page.audience:
        yield f"page {page.key}: its audience is empty, so nobody could see it"
    for word in page.audience:
        if word not in words:
            yield f"page {page.key}: its audience names {word!r}, which is no role"


def unreachable(model: AppModel) -> list[Page]:
    """Pages to which neither the navigation, nor home, nor a page that is reached leads.

    A list leads to the form and the records of its entity, a record to the lists of what
    refers to it and of what it refers to.
    """
    beside: dict[str, set[str]] = {}
    for relation in model.relations:
        beside.setdefault(relation.source, set()).add(relation.target)
        beside.setdefault(relation.target, set()).add(relation.source)
    reached = [page for page in model.pages if page.nav or page.kind in LED_TO | {"home"}]
    waiting = [page for page in model.pages if page not in reached]
    position = 0
    while position < len(reached):
        page = reached[position]
        position += 1
        found = [other for other in waiting if _leads(page, other, beside)]
        reached += found
        waiting = [other for other in waiting if other not in found]
    return waiting


def _leads(page: Page, other: Page, beside: dict[str, set[str]]) -> bool:
    if page.entity is None or other.entity is None:
        return False
    if page.kind in {"detail", "thread"} and other.kind == "list":
        return other.entity in beside.get(page.entity, set())
    return page.entity == other.entity and other.kind in {"form", "detail"}
