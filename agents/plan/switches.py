"""Which features an app has: those that the idea asks for and those of its patterns. Pure.

Each is for the entities that its sentence speaks of, else those that the pattern names, else
those whose shape suits it; one for which nothing suits is not switched on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from agents.plan import choices, needs
from agents.plan.features import BUILT, KEPT, MODELLED, OFFERED, ORDERS, REPLACED, WISHES
from agents.plan.news import notify
from agents.plan.sketch import Sketch
from contracts.model import Feature
from contracts.scouting import FoundFeature, MatchedPattern

_ORDER = (
    "booking", "cart", "payment", "coupons", "quiz", "upload", "map", "organisations", "approvals",
)  # fmt: skip
"""Features that change entities, before those that only look at them."""


_TELLING = frozenset({"approvals", "cart", "comments", "follow", "messages", "ratings"})
"""Features that have news for people."""
_BY_CLOCK = re.compile(
    r"remind|campaign|mailing|newsletter|mail confirmation|confirmation (?:e-?)?mail"
    r"|(?:day|hour|week)s? before|every (?:day|week|month|morning)",
    re.IGNORECASE,
)
"""E-mail that is no news: at a time, to many, or to prove an address."""


class Draft(msgspec.Struct, kw_only=True):
    """What the patterns say of a feature: entities of the model, params, whether it always is."""

    entities: tuple[str, ...] = ()
    params: dict[str, Any] = {}
    always: bool = False


def switch(sketch: Sketch) -> None:
    """Switch on what the idea asks for and what its patterns always have."""
    drafts, wishes = _drafts(sketch), _wishes(sketch.report.features)
    wanted = [key for key, draft in drafts.items() if draft.always or key in wishes]
    wanted += [key for key in wishes if key not in wanted]
    if "payment" in wishes and "cart" not in wanted and "booking" not in wanted:
        # Who pays, pays for what is in a cart.
        wishes["cart"] = set(wishes["payment"])
        wanted.append("cart")
    ruled = any(rule.kind == "approval" for rule in sketch.report.rules)
    for key in sorted(wanted, key=lambda k: _ORDER.index(k) if k in _ORDER else len(_ORDER)):
        numbers = wishes.get(key, set())
        waits = key == "approvals" and ruled
        if not waits and not (numbers and _modelled(sketch, key)):
            _switch(sketch, key, numbers, drafts.get(key, Draft()))


def finish(sketch: Sketch) -> None:
    """Leave out what a feature replaces or does not serve, once everything else is there."""
    approved = any(
        name == "feature.approvals" or name.startswith("workflow.")
        for rule in sketch.report.rules
        if rule.kind == "approval"
        for name in sketch.ids.get(rule.sentence, ())
    )
    numbers = _wishes(sketch.report.features).get("approvals", set())
    if numbers and not approved and "approvals" not in sketch.features:
        draft = _drafts(sketch).get("approvals", Draft())
        _switch(sketch, "approvals", numbers, draft)
    _replace(sketch)
    _write_reviews(sketch)
    notify(sketch)
    pictured = tuple(k for k, e in sketch.entities.items() if needs.fielded(e))
    if pictured and "upload" not in unwanted(sketch):
        sketch.features["upload"] = Feature(key="upload", entities=pictured)
    _settle(sketch)
    _show_to_approvers(sketch)


def _write_reviews(sketch: Sketch) -> None:
    """Reviews are stars and words: where there are no records of them, comments have the words."""
    wishes = [w for w in sketch.report.features if w.key == "ratings"]
    numbers = {n for w in wishes for n in w.sentences if any("review" in t for t in w.words)}
    if numbers and "ratings" in sketch.features and not _modelled(sketch, "ratings"):
        rated = sketch.features["ratings"].entities
        _switch(sketch, "comments", numbers, Draft(entities=rated))


def _show_to_approvers(sketch: Sketch) -> None:
    """Nobody approves what they do not see, and not everybody approves."""
    feature = sketch.features.get("approvals")
    if feature is None:
        return
    named = feature.params.get("roles", ("admin",))
    own = [role for role in named if role in sketch.role_keys and role != "member"]
    roles = list(dict.fromkeys((*own, "admin")))
    sketch.features["approvals"] = msgspec.structs.replace(feature, params={"roles": roles})
    for key in feature.entities:
        access = sketch.entities[key].access
        seen = {
            action: tuple(dict.fromkeys((*words, *roles)))
            for action, words in (("list", access.list), ("read", access.read))
            if not {"member", "guest"} & set(words)
        }
        sketch.change(key, access=msgspec.structs.replace(access, **seen))


def unwanted(sketch: Sketch) -> set[str]:
    """The features that the idea excludes."""
    return {
        key
        for e in sketch.report.exclusions
        if e.kind == "feature"
        for key in (e.key, *WISHES.get(e.key, ()))
    }


def _wishes(found: Iterable[FoundFeature]) -> dict[str, set[int]]:
    """The features of the generator that the idea asks for, and in which sentences."""
    wishes: dict[str, set[int]] = {}
    for feature in found:
        for key in WISHES.get(feature.key, (feature.key,))[:1]:
            wishes.setdefault(key, set()).update(feature.sentences)
    return wishes


def _drafts(sketch: Sketch) -> dict[str, Draft]:
    """The features of the patterns; a second pattern's only where it brought entities."""
    found: dict[str, Draft] = {}
    for pattern in sketch.report.patterns:
        for key, draft in pattern.features.items():
            here = tuple(
                dict.fromkeys(
                    sketch.names[e] for e in draft.entities if sketch.names.get(e) in sketch.kinds
                )
            )
            always = draft.presence == "always" and _has_its_own(sketch, pattern, here)
            if key in found:
                old = found[key]
                merged = tuple(dict.fromkeys((*old.entities, *here)))
                found[key] = Draft(
                    entities=merged, params=old.params, always=old.always or always
                )  # fmt: skip
            elif here or not draft.entities or draft.presence == "mentioned":
                found[key] = Draft(entities=here, params=dict(draft.params), always=always)
    return found


def _has_its_own(sketch: Sketch, pattern: MatchedPattern, here: tuple[str, ...]) -> bool:
    """Whether the pattern brought what its feature is for."""
    if pattern.role == "primary":
        return True
    return any(sketch.kinds[key].origin == pattern.rank.key for key in here)


def _switch(sketch: Sketch, key: str, numbers: set[int], draft: Draft) -> bool:
    """Switch one feature on, if it is wanted and something suits it."""
    if key not in OFFERED or key in unwanted(sketch):
        return False
    chosen = choices.choose(sketch, key, numbers, draft.entities)
    if chosen is None:
        return False
    old = sketch.features.get(key)
    params = {**_params(sketch, draft.params, chosen), **(old.params if old else {})}
    entities = tuple(dict.fromkeys((*(old.entities if old else ()), *chosen)))
    feature = Feature(key=key, entities=entities, params=params)
    if any(needs.unmet(feature, sketch.parts())):
        return False
    sketch.features[key] = feature
    sketch.note(numbers, f"feature.{key}")
    return True


def _params(sketch: Sketch, params: Mapping[str, Any], entities: tuple[str, ...]) -> dict[str, Any]:
    """The pattern's params as far as they still name something."""
    fields = {f.key for e in entities for f in sketch.entities[e].fields}
    references = {r.key: r.key for e in entities for r in sketch.of(e)}
    for entity in entities:
        references |= sketch.kinds[entity].moved
    kept: dict[str, Any] = {}
    for name, value in params.items():
        if name in {"price", "stock", "points", "answer", "start", "end"}:
            if value in fields:
                kept[name] = value
        elif name == "resource":
            if value in references:
                kept[name] = references[value]
        elif name == "roles":
            # An administrator sees, and so approves, whatever waits.
            named = [r for r in value if r in sketch.role_keys]
            kept[name] = list(dict.fromkeys((*named, "admin")))
        else:
            kept[name] = value
    return kept


def _modelled(sketch: Sketch, key: str) -> bool:
    """Whether records of the app are what the feature would be, and more than that."""
    names, bare = set(MODELLED.get(key, ())), set(REPLACED.get(key, ()))
    # A performance review is no comment, but a review is.
    parts = names - {"review"} if key == "comments" else names
    return any(
        (k in names or set(k.split("_")) & parts) and not (k in bare and _bare(sketch, k))
        for k in sketch.entities
    )


def _replace(sketch: Sketch) -> None:
    """Take out nouns of the idea that are what a feature is, and no records beside it."""
    for key in sketch.features:
        for name in REPLACED.get(key, ()):
            if name in sketch.entities and not _told_of(sketch, name, key) and _bare(sketch, name):
                _take_out(sketch, name, key)
    if "cart" in sketch.features:
        for name in ORDERS:
            if name in sketch.entities and not _always(sketch, name) and len(sketch.entities) > 1:
                _take_out(sketch, name, "cart")


def _told_of(sketch: Sketch, name: str, feature: str) -> bool:
    """Whether the feature only tells of such records, as notifications of a pattern's alerts."""
    return feature == "notifications" and bool(sketch.kinds[name].origin)


def _take_out(sketch: Sketch, name: str, feature: str) -> None:
    """Remove an entity that a feature stands for, and say what the feature does not have of it."""
    kind = sketch.kinds[name]
    entity = sketch.entities[name]
    told = [f for f in entity.fields if f.key in kind.traces and f.key not in KEPT]
    sketch.remove(name)
    sketch.note(kind.sentences, f"feature.{feature}")
    for field in told:
        numbers = kind.traces[field.key]
        sketch.lack(numbers, f"{field.title.lower()} of {entity.title_plural.lower()}")


def _always(sketch: Sketch, key: str) -> bool:
    """Whether a pattern has the entity in any case, beside its features."""
    kind = sketch.kinds[key]
    needed = any(r.target == key and r.required for r in sketch.relations)
    used = any(key in f.entities for f in sketch.features.values())
    return used or needed or (bool(kind.origin) and kind.draft.presence == "always")


def _bare(sketch: Sketch, key: str) -> bool:
    """Whether nothing speaks for an entity but its name."""
    kind = sketch.kinds[key]
    said = [name for name in kind.traces if name in kind.fields]
    return not said and not _always(sketch, key) and len(sketch.entities) > 1


def _settle(sketch: Sketch) -> None:
    """Leave out what is not served once everything is there."""
    for _ in tuple(sketch.features):
        for key, feature in list(sketch.features.items()):
            silent = key == "email" and not _tells(sketch)
            if silent or any(needs.unmet(feature, sketch.parts())):
                del sketch.features[key]
                sketch.forget(f"feature.{key}")


def _tells(sketch: Sketch) -> bool:
    """Whether the app has news for people: from others' words or from steps that notify."""
    flows = [e.workflow for e in sketch.entities.values() if e.workflow]
    notified = any(
        effect.startswith("notify") for flow in flows for step in flow.transitions
        for effect in step.effects
    )  # fmt: skip
    return notified or not _TELLING.isdisjoint(sketch.features)


def met(sketch: Sketch, wish: FoundFeature) -> bool:
    """Whether the app has what a wish asks for."""
    keys = WISHES.get(wish.key, (wish.key,)) or (wish.key,)
    texts = (s.text for s in sketch.report.sentences if s.number in wish.sentences)
    if wish.key == "email" and any(map(_BY_CLOCK.search, texts)):
        return False
    return any(key in BUILT or key in sketch.features for key in keys)
