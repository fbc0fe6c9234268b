"""A pattern of the catalogue as a model with everything it brings, without Scout and Plan.

What is wrong in a pattern shows itself here before any idea meets it.
"""

from __future__ import annotations

from agents.scout.patterns import Pattern
from contracts.model import (
    Access,
    App,
    AppModel,
    Entity,
    Feature,
    Field,
    Ownership,
    Page,
    Relation,
    Role,
)
from contracts.scouting import EntityDraft, PageDraft

_OPEN_PAGES = ("guest", "member")


def whole(pattern: Pattern) -> AppModel:
    """All entities, roles, features and pages of a pattern, mentioned or not."""
    return AppModel(
        app=App(name=pattern.title, slug=pattern.key, description=pattern.description),
        roles=(
            Role(key="admin", title="Administrator"),
            Role(key="member", title="Member", signup="open", is_default=True),
            *(Role(key=k, title=r.title, signup=r.signup) for k, r in pattern.roles.items()),
        ),
        entities=tuple(_entity(key, draft, pattern) for key, draft in pattern.entities.items()),
        relations=tuple(_relations(pattern)),
        pages=tuple(_pages(pattern)),
        features=tuple(
            Feature(key=key, entities=feature.entities, params=feature.params)
            for key, feature in pattern.features.items()
        ),
    )


def _entity(key: str, draft: EntityDraft, pattern: Pattern) -> Entity:
    fields = {
        name: {n: getattr(field, n) for n in field.__struct_fields__ if n != "synonyms"}
        for name, field in draft.fields.items()
    }
    return Entity(
        key=key,
        plural=draft.plural,
        title=draft.title,
        title_plural=draft.title_plural,
        ownership=_ownership(draft),
        access=_access(draft, pattern),
        label_field=draft.label,
        fields=tuple(Field(key=name, **values) for name, values in fields.items()),
        search=draft.search,
        default_sort=draft.sort,
        unique_together=draft.unique_together,
        workflow=draft.workflow,
        rules=draft.rules,
        seed=draft.seed,
    )


def _ownership(draft: EntityDraft) -> Ownership:
    if draft.parent:
        return "parent"
    return "user" if draft.sharing in {"private", "members"} else "shared"


def _access(draft: EntityDraft, pattern: Pattern) -> Access:
    keepers = (*draft.writers, "admin")
    seen: tuple[str, ...] = ("owner", *keepers) if draft.sharing == "private" else ("member",)
    if draft.parent:
        above = pattern.entities[draft.references[draft.parent].to]
        rights = _access(above, pattern)
        seen = rights.read
        write = tuple(dict.fromkeys((*rights.update, *keepers)))
        return Access(list=seen, read=seen, create=write, update=write, delete=write)
    if draft.open:
        seen = _OPEN_PAGES
    change = {
        "private": ("owner", *keepers), "members": ("owner", *keepers), "team": ("member",),
        "catalogue": keepers,
    }[draft.sharing]  # fmt: skip
    create = keepers if draft.sharing == "catalogue" else ("member",)
    return Access(list=seen, read=seen, create=create, update=change, delete=change)


def _relations(pattern: Pattern) -> list[Relation]:
    return [
        Relation(
            key=name, source=key, target=reference.to, kind=reference.kind, title=reference.title,
            required=reference.required, on_delete=reference.on_delete,
        )
        for key, draft in pattern.entities.items()
        for name, reference in draft.references.items()
    ]  # fmt: skip


def _pages(pattern: Pattern) -> list[Page]:
    home = Page(key="home", path="/", title=pattern.title, kind="home", audience=_OPEN_PAGES)
    return [home, *(_page(number, page, pattern) for number, page in enumerate(pattern.pages))]


def _page(number: int, page: PageDraft, pattern: Pattern) -> Page:
    draft = pattern.entities[page.entity] if page.entity else None
    guests = draft is not None and draft.open
    plural = draft.plural.replace("_", "-") if draft else ""
    return Page(
        key=f"{page.kind}_{number}",
        path=f"/{plural}/:id" if page.kind == "thread" else f"/{page.kind}-{number}",
        title=page.title,
        kind=page.kind,
        entity=page.entity or None,
        audience=page.audience or (_OPEN_PAGES if guests else ("member",)),
        nav=page.nav,
    )
