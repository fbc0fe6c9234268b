"""From a scout report to the `AppModel`: pure, and the same for the same report."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from agents.plan import access as rights
from agents.plan import trace
from agents.plan.kinds import Kind
from agents.plan.merge import merge
from agents.plan.pages import pages
from contracts.model import (
    Acceptance,
    Access,
    App,
    AppModel,
    Entity,
    Ownership,
    PatternUse,
    Relation,
    Role,
    Theme,
)
from contracts.scouting import ScoutReport, Sharing

MAX_SLUG = 40
DESCRIPTION = 300
"""Characters of a description that fits a page's meta tag."""
GENERIC = PatternUse(key="records", role="primary")
_ROLES = (
    Role(key="admin", title="Administrator"),
    Role(key="member", title="Member", signup="open", is_default=True),
)
_SEARCHED = frozenset({"text", "longtext", "markdown", "email", "phone", "url"})
_TAKEN = frozenset({"admin", "member", "guest", "owner", "system"})


def model_of(report: ScoutReport, slug: str | None = None) -> AppModel:
    """The model of the app; `slug` is the name that the request asked for."""
    merged = merge(report)
    kinds, names = merged.kinds, merged.names
    roles = (
        *_ROLES,
        *(Role(key=r.key, title=r.title) for r in report.roles if r.key not in _TAKEN),
    )
    keys = {role.key for role in roles}
    sharing: dict[str, Sharing] = {
        kind.key: rights.sharing_of(kind, report, names) for kind in kinds
    }
    access = {k.key: rights.rights(k, report, names, keys, sharing[k.key]) for k in kinds}
    entities = tuple(_entity(k, access[k.key], rights.ownership(sharing[k.key])) for k in kinds)
    missing = trace.lacking(report, kinds, access)
    traced = trace.traces(report, kinds, missing, keys)
    return AppModel(
        app=App(
            name=report.name,
            slug=slug or slug_of(report.name),
            description=_description(report),
            theme=_theme(report),
            idea=report.idea,
        ),
        patterns=_patterns(report),
        roles=roles,
        entities=entities,
        relations=tuple(r for kind in kinds for r in _relations(kind)),
        pages=pages(report.name, entities, _shown(kinds)),
        features=trace.features(kinds),
        acceptance=tuple(a for k, e in zip(kinds, entities, strict=True) for a in _accepted(k, e)),
        trace=traced,
        unmapped=trace.unmapped(report, traced, missing),
    )


def slug_of(name: str) -> str:
    """A name as a slug of at most 40 characters, cut between words; never empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    while words and words[0][0].isdigit():
        words = ["app", *words]
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:MAX_SLUG]
        if len(longer) > MAX_SLUG:
            break
        slug = longer
    return slug or "my-app"


def _theme(report: ScoutReport) -> Theme:
    base = Theme()
    return Theme(
        background=report.theme.background or base.background,
        primary=report.theme.primary or base.primary,
    )


def _description(report: ScoutReport) -> str:
    first = report.sentences[0].text if report.sentences else report.idea
    return first if len(first) <= DESCRIPTION else first[: DESCRIPTION - 1].rstrip() + "…"


def _patterns(report: ScoutReport) -> tuple[PatternUse, ...]:
    found = tuple(
        PatternUse(
            key=p.rank.key, role=p.role, score=p.rank.score, margin=p.rank.margin,
            evidence=p.rank.evidence,
        )
        for p in report.patterns
    )  # fmt: skip
    return found or (GENERIC,)


def _entity(kind: Kind, access: Access, ownership: Ownership) -> Entity:
    fields = tuple(kind.fields.values())
    label = kind.draft.label
    wanted = dict.fromkeys((label, *kind.draft.search))
    search = tuple(
        name for name in wanted if name in kind.fields and kind.fields[name].type in _SEARCHED
    )
    sort = kind.sort if kind.sort.lstrip("-") in {*kind.fields, "created_at"} else "-created_at"
    there = {*kind.fields, *kind.references}
    return Entity(
        key=kind.key,
        plural=kind.plural,
        title=kind.title,
        title_plural=kind.title_plural,
        ownership=ownership,
        access=access,
        label_field=label,
        fields=fields,
        search=search,
        default_sort=sort,
        unique_together=tuple(u for u in kind.draft.unique_together if set(u) <= there),
        seed=kind.seed,
    )


def _relations(kind: Kind) -> list[Relation]:
    return [
        Relation(
            key=name, source=kind.key, target=reference.to, required=reference.required,
            on_delete="restrict" if reference.required and reference.on_delete == "set_null"
            else reference.on_delete,
            inverse=kind.plural, title=reference.title,
        )
        for name, reference in kind.references.items()
    ]  # fmt: skip


def _shown(kinds: Sequence[Kind]) -> list[bool]:
    """For each kind whether its list is in the navigation: it must if nothing else leads there."""
    beside: dict[str, set[str]] = {kind.key: set() for kind in kinds}
    for kind in kinds:
        for reference in kind.references.values():
            beside[kind.key].add(reference.to)
            beside[reference.to].add(kind.key)
    shown: dict[str, bool] = {}
    reached: set[str] = set()
    for kind in sorted(kinds, key=lambda kind: not kind.draft.nav):
        shown[kind.key] = kind.draft.nav or kind.key not in reached
        waiting = {kind.key} - reached if shown[kind.key] else set()
        while waiting:
            reached |= waiting
            waiting = set[str]().union(*(beside[key] for key in waiting)) - reached
    return [shown[kind.key] for kind in kinds]


def _accepted(kind: Kind, entity: Entity) -> list[Acceptance]:
    """What the app's own tests show of an entity: it can be kept, and by nobody else."""
    sentence = min(kind.sentences, default=None)
    title = entity.title.lower()
    found = [
        Acceptance(
            id=f"{entity.key}.crud", kind="api", given="somebody who may",
            when=f"a {title} is created, read, changed and deleted", then="each step is stored",
            sentence=sentence,
        ),
    ]  # fmt: skip
    if any(f.required for f in entity.fields):
        found.append(
            Acceptance(
                id=f"{entity.key}.validation", kind="api", given="a form with nothing in it",
                when=f"a {title} is created from it", then="the missing fields are named",
                sentence=sentence,
            )
        )  # fmt: skip
    if entity.ownership == "user":
        found.append(
            Acceptance(
                id=f"{entity.key}.access", kind="access", given=f"a {title} of user A",
                when="user B changes or deletes it", then="it is refused and nothing is changed",
                sentence=sentence,
            )
        )  # fmt: skip
    return found
