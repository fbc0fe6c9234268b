"""What operations on whole entities do. Pure; raises `edits.Refused`.

What hangs on an entity goes or is renamed with it: pages, relations, and the ids by which the
trace names it.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from agents.plan.llm import operations as ops
from agents.plan.llm.edits import (
    Done,
    Refused,
    change,
    entity_of,
    forget,
    loosen,
    put_field,
    seeded,
)
from agents.plan.pages import audience, pages
from contracts.model import Access, AppModel, Entity, Page


def add_entity(model: AppModel, asked: ops.AddEntity) -> Done:
    if any(asked.key == each.key for each in model.entities):
        raise Refused("there is such an entity; use add_field or change_field")
    entity = Entity(
        key=asked.key, plural=asked.plural, title=asked.title, title_plural=asked.title_plural,
        ownership=asked.ownership, access=_access(asked.access), label_field=asked.label_field,
        fields=(), search=asked.search,
        default_sort="-created_at",
    )  # fmt: skip
    for spec in asked.fields:
        entity = put_field(entity, spec)
    entity = replace(entity, seed=seeded(entity, asked.fields))
    made = pages(model.app.name, [entity], [asked.nav])[1:]
    changed = replace(
        model,
        entities=(*model.entities, entity),
        pages=(*model.pages, *made),
    )
    return changed, f"entity.{entity.key}"


def _access(spec: ops.AccessSpec) -> Access:
    words: dict[str, tuple[str, ...]] = msgspec.structs.asdict(spec)
    return Access(**{key: tuple(dict.fromkeys(names)) for key, names in words.items()})


def remove_entity(model: AppModel, asked: ops.RemoveEntity) -> Done:
    entity_of(model, asked.entity)
    gone = [r for r in model.relations if asked.entity in (r.source, r.target)]
    for relation in gone:
        if relation.source != asked.entity:
            model = loosen(model, relation)
    key = asked.entity
    changed = replace(
        model,
        entities=tuple(each for each in model.entities if each.key != key),
        relations=tuple(each for each in model.relations if each not in gone),
        pages=tuple(page for page in model.pages if page.entity != key),
        features=tuple(
            replace(each, entities=tuple(name for name in each.entities if name != key))
            for each in model.features
            if each.entities != (key,)
        ),
    )
    return forget(changed, "entity", key), f"excluded.{key}"


def rename_entity(model: AppModel, asked: ops.RenameEntity) -> Done:
    old = entity_of(model, asked.entity)
    if asked.key != old.key and any(each.key == asked.key for each in model.entities):
        raise Refused(f"there is an entity {asked.key} already")
    new = replace(
        old, key=asked.key, plural=asked.plural, title=asked.title, title_plural=asked.title_plural
    )

    def name(key: str) -> str:
        return asked.key if key == old.key else key

    fresh = {page.kind: page for page in pages(model.app.name, [new], [True])[1:]}
    paths = {page.path for page in pages(model.app.name, [old], [True])}

    def page(each: Page) -> Page:
        if each.entity != old.key:
            return each
        if each.path in paths and each.kind in fresh:
            return replace(fresh[each.kind], nav=each.nav, audience=each.audience)
        return replace(each, entity=asked.key)

    changed = replace(
        model,
        entities=tuple(new if each is old else each for each in model.entities),
        relations=tuple(
            replace(each, source=name(each.source), target=name(each.target))
            for each in model.relations
        ),
        pages=tuple(page(each) for each in model.pages),
        features=tuple(
            replace(each, entities=tuple(name(key) for key in each.entities))
            for each in model.features
        ),
    )
    return forget(changed, "entity", old.key, asked.key), f"entity.{asked.key}"


def set_access(model: AppModel, asked: ops.SetAccess) -> Done:
    entity = entity_of(model, asked.entity)
    access = _access(asked.access)
    follows = {"list": "list", "form": "create", "detail": "read"}

    def page(each: Page) -> Page:
        right = follows.get(each.kind)
        if each.entity != entity.key or right is None:
            return each
        before, after = getattr(entity.access, right), getattr(access, right)
        return (
            replace(each, audience=audience(after)) if each.audience == audience(before) else each
        )

    changed = change(model, replace(entity, access=access))
    changed = replace(changed, pages=tuple(page(each) for each in changed.pages))
    return changed, f"access.{entity.key}"
