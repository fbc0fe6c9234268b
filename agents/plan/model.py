"""From a scout report to the `AppModel`: pure, and the same for the same report."""

from __future__ import annotations

import re
import unicodedata

from agents.plan import trace
from agents.plan.accepted import acceptance
from agents.plan.constraints import constrain
from agents.plan.deeds import places
from agents.plan.merge import merge
from agents.plan.pages import complete, pages
from agents.plan.roles import roles_of
from agents.plan.sketch import Sketch
from agents.plan.sketching import sketched
from agents.plan.switches import finish, switch
from contracts.model import App, AppModel, PatternUse, Theme
from contracts.scouting import ScoutReport

MAX_SLUG = 40
DESCRIPTION = 300
"""Characters of a description that fits a page's meta tag."""
GENERIC = PatternUse(key="records", role="primary")


def model_of(report: ScoutReport, slug: str | None = None) -> AppModel:
    """The model of the app; `slug` is the name that the request asked for."""
    sketch = sketched(report, merge(report), roles_of(report))
    trace.begin(sketch)
    switch(sketch)
    places(sketch)
    constrain(sketch)
    finish(sketch)
    entities = tuple(sketch.entities.values())
    plain = pages(report.name, entities, shown(sketch))
    traced = trace.end(sketch)
    return AppModel(
        app=App(
            name=report.name,
            slug=slug or slug_of(report.name),
            description=_description(report),
            theme=_theme(report),
            idea=report.idea,
        ),
        patterns=_patterns(report),
        roles=sketch.roles,
        entities=entities,
        relations=tuple(sketch.relations),
        pages=complete(sketch, plain),
        features=(*trace.always(sketch), *sketch.features.values()),
        acceptance=acceptance(sketch),
        trace=traced,
        unmapped=trace.unmapped(sketch, traced),
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


def shown(sketch: Sketch) -> list[bool]:
    """For each entity whether its list is in the navigation, as where nothing else leads there."""
    beside: dict[str, set[str]] = {key: set() for key in sketch.entities}
    for relation in sketch.relations:
        beside[relation.source].add(relation.target)
        beside[relation.target].add(relation.source)
    kinds = [sketch.kinds[key] for key in sketch.entities]
    found: dict[str, bool] = {}
    reached: set[str] = set()
    for kind in sorted(kinds, key=lambda kind: not kind.draft.nav):
        found[kind.key] = kind.draft.nav or kind.key not in reached
        waiting = {kind.key} - reached if found[kind.key] else set()
        while waiting:
            reached |= waiting
            waiting = set[str]().union(*(beside[key] for key in waiting)) - reached
    return [found[kind.key] for kind in kinds]
