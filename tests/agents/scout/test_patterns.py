"""The form of every pattern that Genesis ships."""

from __future__ import annotations

import re

import msgspec
import pytest

from agents.plan.features import BUILT, OFFERED
from agents.scout import names
from agents.scout.patterns import FOLDER, catalogue
from agents.scout.ranking import lemmas_of
from agents.scout.scout import scout
from contracts.model import Field
from contracts.scouting import RESERVED_ENTITIES, RESERVED_FIELDS, EntityDraft

PATTERNS = catalogue()
DRAFTS = [
    pytest.param(pattern, key, draft, id=f"{pattern.key}.{key}")
    for pattern in PATTERNS.values()
    for key, draft in pattern.entities.items()
]
KINDS = {
    "booking", "charity", "clinic", "collection", "crm", "dashboard", "directory", "events",
    "finance", "forum", "game", "helpdesk", "hr", "inventory", "jobs", "lms", "marketplace",
    "media", "messaging", "personal", "publishing", "questions", "recipes", "site", "social",
    "store", "tasks", "tool", "tracker",
}  # fmt: skip
EXAMPLES = [(key, text) for key, pattern in PATTERNS.items() for text in pattern.examples]


def test_every_folder_is_a_pattern():
    assert sorted(PATTERNS) == sorted(path.name for path in FOLDER.iterdir())
    assert PATTERNS.keys() >= KINDS


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_a_pattern_says_what_it_is(pattern):
    assert len(pattern.title) <= 40
    assert pattern.description.endswith(".")
    assert len(pattern.keywords) >= 10
    assert len(pattern.examples) >= 2
    assert set(pattern.features) <= BUILT | OFFERED


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_keywords_are_lower_case(pattern):
    assert [word for word in pattern.keywords if word != word.lower() or not word.strip()] == []


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_a_pattern_brings_something_in_any_case(pattern):
    assert any(draft.presence == "always" and draft.nav for draft in pattern.entities.values())


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_a_synonym_means_one_thing(pattern):
    known = [key.replace("_", " ") for key in pattern.entities]
    known += [word for draft in pattern.entities.values() for word in draft.synonyms]
    assert sorted(set(known)) == sorted(known)


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_writers_are_roles(pattern):
    for draft in pattern.entities.values():
        assert set(draft.writers) <= pattern.roles.keys() | {"admin", "member"}


@pytest.mark.parametrize(("pattern", "key", "draft"), DRAFTS)
def test_names_are_those_of_an_app(pattern, key, draft):
    for name in (key, draft.plural):
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,47}", name)
        assert name not in RESERVED_ENTITIES
    assert draft.title
    assert draft.title_plural
    for name in (*draft.fields, *draft.references):
        assert name not in RESERVED_FIELDS
        assert not name.endswith("_id")


@pytest.mark.parametrize(("pattern", "key", "draft"), DRAFTS)
def test_words_are_in_the_singular(pattern, key, draft):
    assert names.singular_of(key) == key
    assert [word for word in draft.synonyms if word != word.lower()] == []


@pytest.mark.parametrize(("pattern", "key", "draft"), DRAFTS)
def test_a_label_is_required_and_can_be_read_as_a_name(pattern, key, draft):
    label = draft.fields[draft.label]
    assert label.required
    assert label.type not in {"json", "tags", "image", "file", "boolean"}


@pytest.mark.parametrize(("pattern", "key", "draft"), DRAFTS)
def test_what_is_named_is_there(pattern, key, draft: EntityDraft):
    known = {*draft.fields, *draft.references}
    assert set(draft.search) <= draft.fields.keys()
    assert draft.sort.lstrip("-") in {*draft.fields, "created_at"}
    assert all(set(group) <= known for group in draft.unique_together)
    for reference in draft.references.values():
        assert reference.to in pattern.entities
        assert not (reference.required and reference.on_delete == "set_null")


@pytest.mark.parametrize(("pattern", "key", "draft"), DRAFTS)
def test_seed_rows_can_be_stored(pattern, key, draft: EntityDraft):
    assert len(draft.seed) >= 1
    labels = {name: _labels(pattern.entities[r.to]) for name, r in draft.references.items()}
    needed = {name for name, field in draft.fields.items() if field.required}
    needed |= {name for name, reference in draft.references.items() if reference.required}
    for row in draft.seed:
        missing = {n for n in needed - row.keys() if not _has_default(draft, n)}
        assert missing == set()
        for name, value in row.items():
            if name in labels:
                assert value in labels[name]
    unique = [(name,) for name, field in draft.fields.items() if field.unique]
    for group in (*unique, *draft.unique_together):
        values = [tuple(row.get(name) for name in group) for row in draft.seed]
        assert len(set(values)) == len(values)


@pytest.mark.parametrize(("pattern", "key", "draft"), DRAFTS)
def test_every_field_can_be_one_of_a_model(pattern, key, draft: EntityDraft):
    for name, field in draft.fields.items():
        given = {n: getattr(field, n) for n in field.__struct_fields__ if n != "synonyms"}
        made = Field(key=name, **given)
        assert msgspec.convert(msgspec.to_builtins(made), Field) == made
        assert (field.type == "enum") == bool(field.options)
        assert field.type != "enum" or field.default is None or field.default in field.options


@pytest.mark.parametrize(("key", "idea"), EXAMPLES)
def test_an_example_finds_its_pattern(key, idea):
    report = scout(idea)
    assert report.patterns[0].rank.key == key
    assert report.patterns[0].role == "primary"
    assert report.patterns[0].rank.evidence


@pytest.mark.parametrize(("key", "idea"), EXAMPLES)
def test_an_example_is_understood(key, idea):
    report = scout(idea)
    assert report.language == "en"
    assert report.unmapped == ()


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_the_title_alone_finds_the_pattern(pattern):
    assert scout(pattern.title).ranking[0].key == pattern.key


def test_no_two_patterns_are_called_the_same():
    titles = [tuple(lemmas_of(pattern.title)) for pattern in PATTERNS.values()]
    assert len(set(titles)) == len(titles)


def _labels(draft: EntityDraft) -> set[object]:
    return {row.get(draft.label) for row in draft.seed}


def _has_default(draft: EntityDraft, name: str) -> bool:
    return name in draft.fields and draft.fields[name].default is not None
