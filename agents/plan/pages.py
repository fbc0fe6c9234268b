"""The pages of an app: home, and for each entity a list, a form and the record itself."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.model import Entity, Page


def pages(title: str, entities: Sequence[Entity], nav: Sequence[bool]) -> tuple[Page, ...]:
    """All pages; `nav` tells for each entity whether its list is in the navigation."""
    home = Page(
        key="home", path="/", title=title[:120], kind="home", audience=("guest", "member"), nav=True
    )
    found = [home]
    for entity, shown in zip(entities, nav, strict=True):
        path = "/" + entity.plural.replace("_", "-")
        found += [
            Page(
                key=f"{entity.key}_list", path=path, title=entity.title_plural, kind="list",
                entity=entity.key, audience=audience(entity.access.list), nav=shown,
            ),
            Page(
                key=f"{entity.key}_form", path=f"{path}/new", title=f"New {entity.title.lower()}",
                kind="form", entity=entity.key, audience=audience(entity.access.create),
            ),
            Page(
                key=f"{entity.key}_detail", path=f"{path}/:id", title=entity.title, kind="detail",
                entity=entity.key, audience=audience(entity.access.read),
            ),
        ]  # fmt: skip
    return tuple(found)


def audience(words: Sequence[str]) -> tuple[str, ...]:
    """Who finds something on a page: an owner is a member who looks at their own."""
    named = ["member" if word == "owner" else word for word in words]
    if "guest" in named:
        return ("guest", "member")
    return ("member",) if "member" in named else tuple(dict.fromkeys(named))
