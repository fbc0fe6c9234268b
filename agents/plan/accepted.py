"""What the app's own tests show of a model: of entities, rules, workflows and features."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agents.plan.sketch import Sketch
from contracts.model import Acceptance, Entity

_RULES = {
    "no_overlap": ("two {plural} at one time", "the second one is added", "it is refused"),
    "once_per_user": ("a {title} of somebody", "they add a second one", "it is refused"),
    "capacity": ("no place left", "one more {title} is added", "it is refused"),
    "stock": ("less in stock than asked for", "a {title} is added", "it is refused"),
    "check": ("values that contradict each other", "a {title} is added", "it is refused"),
    "total": ("rows of a record", "one of the {plural} changes", "the total follows"),
}


def acceptance(sketch: Sketch) -> tuple[Acceptance, ...]:
    """All that is accepted by tests, entity by entity, then the features."""
    found = [a for key in sketch.entities for a in _of_entity(sketch, key)]
    return (*found, *_features(sketch))


def _of_entity(sketch: Sketch, key: str) -> Iterator[Acceptance]:
    """It can be kept, by nobody else, and what must hold of it does."""
    entity = sketch.entities[key]
    sentence = min(sketch.kinds[key].sentences, default=None)
    title = entity.title.lower()
    yield Acceptance(
        id=f"{key}.crud", kind="api", given="somebody who may",
        when=f"a {title} is created, read, changed and deleted", then="each step is stored",
        sentence=sentence,
    )  # fmt: skip
    if any(f.required for f in entity.fields):
        yield Acceptance(
            id=f"{key}.validation", kind="api", given="a form with nothing in it",
            when=f"a {title} is created from it", then="the missing fields are named",
            sentence=sentence,
        )  # fmt: skip
    if entity.ownership == "user":
        yield Acceptance(
            id=f"{key}.access", kind="access", given=f"a {title} of user A",
            when="user B changes or deletes it", then="it is refused and nothing is changed",
            sentence=sentence,
        )  # fmt: skip
    yield from _kept(sketch, entity)


def _kept(sketch: Sketch, entity: Entity) -> Iterator[Acceptance]:
    words = {"title": entity.title.lower(), "plural": entity.title_plural.lower()}
    for kind in dict.fromkeys(rule.kind for rule in entity.rules):
        name = f"rule.{entity.key}.{kind}"
        given, when, then = (text.format(**words) for text in _RULES[kind])
        yield Acceptance(
            id=f"{entity.key}.{kind}", kind="db", given=given, when=when, then=then,
            sentence=_first(sketch, name),
        )  # fmt: skip
    if entity.workflow:
        yield Acceptance(
            id=f"{entity.key}.workflow", kind="db", given=f"a {words['title']} in its first state",
            when="a step is made that the workflow permits, and one that it does not",
            then="the first is kept with its history, the second refused",
            sentence=_first(sketch, f"workflow.{entity.key}"),
        )  # fmt: skip


def _features(sketch: Sketch) -> Iterator[Acceptance]:
    for key in sketch.features:
        yield Acceptance(
            id=f"feature.{key}", kind="api", given="the app as it is built",
            when=f"the tests of the feature {key} run", then="they pass",
            sentence=_first(sketch, f"feature.{key}"),
        )  # fmt: skip


def _first(sketch: Sketch, name: str) -> int | None:
    return min(_numbers(sketch, name), default=None)


def _numbers(sketch: Sketch, name: str) -> Iterable[int]:
    return (number for number, found in sketch.ids.items() if name in found)
