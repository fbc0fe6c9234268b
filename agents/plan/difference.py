"""What makes two models different, in words, element by element. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar

from msgspec import Struct

from agents.plan import words
from contracts.model import AppModel, Entity, Feature, Page, Relation, Role

T = TypeVar("T")


class Change(Struct, frozen=True, kw_only=True):
    """One difference: of what element, such as `field.recipe.photo`, and what it is in words."""

    kind: Literal["added", "removed", "changed"]
    element: str
    text: str


def difference(before: AppModel, after: AppModel) -> tuple[Change, ...]:
    """Everything in which `after` differs from `before`; none when they make the same app.

    Where an element came from (patterns, trace, unmapped, acceptance) makes no other app.
    """
    return tuple(
        change
        for part in (_app, _roles, _entities, _relations, _pages, _features)
        for change in part(before, after)
    )


def _app(before: AppModel, after: AppModel) -> Iterator[Change]:
    for name in ("name", "slug", "description", "locale"):
        yield from _value(f"app.{name}", getattr(before.app, name), getattr(after.app, name))
    for name in ("background", "primary"):
        old, new = getattr(before.app.theme, name), getattr(after.app.theme, name)
        yield from _value(f"app.theme.{name}", old, new)


def _value(element: str, old: object, new: object) -> Iterator[Change]:
    """A change of a single value; nothing is said as `nothing`."""
    if old != new:
        yield Change(
            kind="changed", element=element, text=f"{words.value(old)} → {words.value(new)}"
        )


def _matched(
    what: str, old: Mapping[str, T], new: Mapping[str, T], said: Callable[[T], str]
) -> Iterator[tuple[str, T, T] | Change]:
    """Elements by key: those that came and went as changes, those that stayed as pairs."""
    for key, each in old.items():
        if key not in new:
            yield Change(kind="removed", element=f"{what}.{key}", text=said(each))
    for key, each in new.items():
        if key not in old:
            yield Change(kind="added", element=f"{what}.{key}", text=said(each))
        elif old[key] != each:
            yield key, old[key], each


def _keyed(elements: Iterable[T]) -> dict[str, T]:
    return {getattr(each, "key"): each for each in elements}  # noqa: B009  any element with a key


def _listed(
    what: str,
    old: Mapping[str, T],
    new: Mapping[str, T],
    said: Callable[[T], str],
    names: Iterable[str],
) -> Iterator[Change]:
    """The changes of elements whose attributes `names` are plain values."""
    for found in _matched(what, old, new, said):
        if isinstance(found, Change):
            yield found
            continue
        key, was, now = found
        for name in names:
            yield from _value(f"{what}.{key}.{name}", getattr(was, name), getattr(now, name))


def _roles(before: AppModel, after: AppModel) -> Iterator[Change]:
    def said(role: Role) -> str:
        return f"{role.title}, sign-up {role.signup}"

    yield from _listed(
        "role", _keyed(before.roles), _keyed(after.roles), said, ("title", "signup", "is_default")
    )


def _entities(before: AppModel, after: AppModel) -> Iterator[Change]:
    def said(entity: Entity) -> str:
        return f"{entity.title_plural} with {', '.join(map(words.field, entity.fields))}"

    for found in _matched("entity", _keyed(before.entities), _keyed(after.entities), said):
        if isinstance(found, Change):
            yield found
        else:
            yield from _entity(found[1], found[2], before, after)


_PLAIN = (
    "plural", "title", "title_plural", "ownership", "label_field", "search", "default_sort",
    "soft_delete",
)  # fmt: skip
_FIELD = (
    "title", "type", "required", "unique", "default", "min", "max", "max_length", "pattern",
    "options", "help", "example", "pii", "read_roles", "write_roles", "computed",
)  # fmt: skip


def _entity(old: Entity, new: Entity, before: AppModel, after: AppModel) -> Iterator[Change]:
    key = new.key
    for name in _PLAIN:
        yield from _value(f"entity.{key}.{name}", getattr(old, name), getattr(new, name))
    yield from _listed(f"field.{key}", _keyed(old.fields), _keyed(new.fields), words.field, _FIELD)
    yield from _access(old, new, before, after)
    yield from _set(f"rule.{key}", map(words.rule, old.rules), map(words.rule, new.rules))
    yield from _set(
        f"unique.{key}",
        (words.joined(each) for each in old.unique_together),
        (words.joined(each) for each in new.unique_together),
    )
    yield from _workflow(old, new, before, after)
    if old.seed != new.seed:
        text = f"{len(old.seed)} example rows → {len(new.seed)}"
        yield Change(
            kind="changed", element=f"seed.{key}",
            text=text if len(old.seed) != len(new.seed) else "other values in the example rows",
        )  # fmt: skip


def _access(old: Entity, new: Entity, before: AppModel, after: AppModel) -> Iterator[Change]:
    for action in words.ACTIONS:
        was, now = getattr(old.access, action), getattr(new.access, action)
        if set(was) != set(now):
            deed = words.DEEDS[action]
            text = f"{words.people(was, before.roles)} → {words.people(now, after.roles)}"
            if words.people(was, before.roles) == words.people(now, after.roles):
                text = f"{words.value(was)} → {words.value(now)}"
            yield Change(
                kind="changed", element=f"access.{new.key}.{action}", text=f"may {deed}: {text}"
            )


def _set(element: str, old: Iterable[str], new: Iterable[str]) -> Iterator[Change]:
    was, now = dict.fromkeys(old), dict.fromkeys(new)
    for text in was:
        if text not in now:
            yield Change(kind="removed", element=element, text=text)
    for text in now:
        if text not in was:
            yield Change(kind="added", element=element, text=text)


def _workflow(old: Entity, new: Entity, before: AppModel, after: AppModel) -> Iterator[Change]:
    was, now = old.workflow, new.workflow
    if was is None or now is None:
        for kind, entity, model in (("removed", old, before), ("added", new, after)):
            if entity.workflow is not None and was is not now:
                text = words.workflow(entity, model.roles)
                yield Change(kind=kind, element=f"workflow.{new.key}", text=text)  # type: ignore[arg-type]  # one of two
        return
    for name in ("field", "initial"):
        yield from _value(f"workflow.{new.key}.{name}", getattr(was, name), getattr(now, name))
    yield from _set(
        f"workflow.{new.key}",
        (words.step(each, before.roles) for each in was.transitions),
        (words.step(each, after.roles) for each in now.transitions),
    )


def _relations(before: AppModel, after: AppModel) -> Iterator[Change]:
    def by_name(model: AppModel) -> dict[str, Relation]:
        return {f"{each.source}.{each.key}": each for each in model.relations}

    def said(each: Relation) -> str:
        return f"each {each.source} has {words.relation(each, after)}"

    names = ("target", "kind", "required", "on_delete", "inverse", "title")
    yield from _listed("relation", by_name(before), by_name(after), said, names)


def _pages(before: AppModel, after: AppModel) -> Iterator[Change]:
    def said(page: Page) -> str:
        return f"{page.title} ({page.kind}) at {page.path}"

    names = ("path", "title", "kind", "entity", "audience", "nav", "sections")
    yield from _listed("page", _keyed(before.pages), _keyed(after.pages), said, names)


def _features(before: AppModel, after: AppModel) -> Iterator[Change]:
    def said(feature: Feature) -> str:
        return f"for {', '.join(feature.entities)}" if feature.entities else "for the whole app"

    names: tuple[Any, ...] = ("entities", "params")
    yield from _listed("feature", _keyed(before.features), _keyed(after.features), said, names)
