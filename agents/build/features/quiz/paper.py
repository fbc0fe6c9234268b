"""Which entities of a model are a quiz and its questions, and who may see the answers. Pure."""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct

from contracts.model import Access, AppModel, Entity, Field, Relation

_ANSWER = re.compile(r"(right|correct|solution)|^answer$", re.IGNORECASE)
_EVERYBODY = frozenset({"guest", "member"})
_TAKEN = ("text", "longtext", "markdown", "enum", "boolean", "tags", "integer", "decimal")


class Paper(Struct, frozen=True, kw_only=True):
    """A quiz and its questions; `options` is the field with the choices or "", `attempts` 0 for
    as many as one likes.
    """

    quiz: str
    question: str
    relation: str
    text: str
    answer: Field
    options: str
    place: str
    attempts: int


def paper(model: AppModel) -> Paper | None:
    """What the feature `quiz`, or a page of this kind, is about."""
    feature = next((each for each in model.features if each.key == "quiz"), None)
    named = list(feature.entities) if feature else []
    named += [page.entity for page in model.pages if page.kind == "quiz" and page.entity]
    entities = {entity.key: entity for entity in model.entities}
    wanted = str(feature.params.get("answer", "")) if feature else ""
    for relation in model.relations:
        question = entities.get(relation.source)
        if question is None or not _between(relation, named):
            continue
        answer = _answer(question, wanted)
        if answer:
            limit = feature.params.get("attempts", 0) if feature else 0
            return _paper(relation, question, answer, limit)
    return None


def _between(relation: Relation, named: list[str]) -> bool:
    return (
        relation.target in named
        and relation.source != relation.target
        and relation.kind == "many_to_one"
    )


def _answer(question: Entity, wanted: str) -> Field | None:
    fields = [field for field in question.fields if field.type in _TAKEN]
    named = [field for field in fields if field.key == wanted]
    return next(iter((*named, *(each for each in fields if _ANSWER.search(each.key)))), None)


def _paper(relation: Relation, question: Entity, answer: Field, limit: object) -> Paper:
    others = [field for field in question.fields if field.key != answer.key]
    texts = [field.key for field in others if field.type in ("text", "longtext", "markdown")]
    label = question.label_field
    return Paper(
        quiz=relation.target,
        question=relation.source,
        relation=relation.key,
        text=label if label in texts else next(iter(texts), ""),
        answer=answer,
        options=next((field.key for field in others if field.type == "tags"), ""),
        place=next(
            (
                field.key
                for field in others
                if field.type == "integer" and re.search("pos|place|order|num|sort", field.key)
            ),
            "",
        ),
        attempts=limit if isinstance(limit, int) and limit > 0 else 0,
    )


def hidden(model: AppModel) -> AppModel:
    """The model in which questions, with their answers, are seen by their authors alone."""
    found = paper(model)
    if found is None:
        return model
    entities = {entity.key: entity for entity in model.entities}
    question = entities[found.question]
    above = entities[found.quiz] if question.ownership == "parent" else question
    owners = ("owner",) if above.ownership in ("user", "shared") else ()
    access = question.access
    roles = [
        word
        for word in (*access.update, *access.delete, *access.create)
        if word not in _EVERYBODY and word != "owner"
    ]
    authors = tuple(dict.fromkeys((*owners, *roles, "admin")))
    changed = msgspec.structs.replace(
        question,
        access=Access(
            list=authors, read=authors, create=access.create,
            update=_narrow(access.update, owners), delete=_narrow(access.delete, owners),
        ),
    )  # fmt: skip
    kept = tuple(changed if each is question else each for each in model.entities)
    return msgspec.structs.replace(model, entities=kept)


def _narrow(words: tuple[str, ...], owners: tuple[str, ...]) -> tuple[str, ...]:
    """Everybody would be a taker too: only the authors stay."""
    everybody = _EVERYBODY & set(words)
    own = [word for word in words if word not in _EVERYBODY and (word != "owner" or owners)]
    return tuple(dict.fromkeys((*own, *(owners if everybody else ()))))
