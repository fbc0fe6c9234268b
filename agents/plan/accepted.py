"""What the app's own tests show of a model: of entities, rules, workflows and features."""

from __future__ import annotations

from collections.abc import Iterator

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
    found = [a for key in sketch.entities for a in _of_sketched(sketch, key)]
    return (*found, *(of_feature(key, _first(sketch, f"feature.{key}")) for key in sketch.features))


def _of_sketched(sketch: Sketch, key: str) -> Iterator[Acceptance]:
    entity = sketch.entities[key]
    yield from of_entity(entity, min(sketch.kinds[key].sentences, default=None))
    for kind in dict.fromkeys(rule.kind for rule in entity.rules):
        yield of_rule(entity, kind, _first(sketch, f"rule.{key}.{kind}"))
    if entity.workflow:
        yield of_workflow(entity, _first(sketch, f"workflow.{key}"))


def of_entity(entity: Entity, sentence: int | None) -> Iterator[Acceptance]:
    """It can be kept, and by nobody else."""
    title = entity.title.lower()
    yield Acceptance(
        id=f"{entity.key}.crud", kind="api", given="somebody who may",
        when=f"a {title} is created, read, changed and deleted", then="each step is stored",
        sentence=sentence,
    )  # fmt: skip
    if any(f.required for f in entity.fields):
        yield Acceptance(
            id=f"{entity.key}.validation", kind="api", given="a form with nothing in it",
            when=f"a {title} is created from it", then="the missing fields are named",
            sentence=sentence,
        )  # fmt: skip
    if entity.ownership == "user":
        yield Acceptance(
            id=f"{entity.key}.access", kind="access", given=f"a {title} of user A",
            when="user B changes or deletes it", then="it is refused and nothing is changed",
            sentence=sentence,
        )  # fmt: skip


def of_rule(entity: Entity, kind: str, sentence: int | None) -> Acceptance:
    """What must hold of the entity's records does."""
    words = {"title": entity.title.lower(), "plural": entity.title_plural.lower()}
    given, when, then = (text.format(**words) for text in _RULES[kind])
    return Acceptance(
        id=f"{entity.key}.{kind}", kind="db", given=given, when=when, then=then, sentence=sentence
    )


def of_workflow(entity: Entity, sentence: int | None) -> Acceptance:
    """Its records go the ways of its workflow."""
    return Acceptance(
        id=f"{entity.key}.workflow", kind="db",
        given=f"a {entity.title.lower()} in its first state",
        when="a step is made that the workflow permits, and one that it does not",
        then="the first is kept with its history, the second refused", sentence=sentence,
    )  # fmt: skip


def of_feature(key: str, sentence: int | None) -> Acceptance:
    """A feature does what it is there for."""
    return Acceptance(
        id=f"feature.{key}", kind="api", given="the app as it is built",
        when=f"the tests of the feature {key} run", then="they pass", sentence=sentence,
    )  # fmt: skip


def _first(sketch: Sketch, name: str) -> int | None:
    return min((number for number, found in sketch.ids.items() if name in found), default=None)
