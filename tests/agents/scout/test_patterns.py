"""The form of every pattern that Genesis ships, and what is said of one that is not right."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from agents.plan.features import BUILT, OFFERED
from agents.scout import names
from agents.scout.lexicon import LexiconError
from agents.scout.patterns import FOLDER, catalogue, load
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


HEAD = """
title = "Zoo"
description = "Animals."
keywords = ["animal"]
examples = ["A zoo."]
"""
ENTITIES = """
[entities.animal]
label = "name"
[entities.animal.fields]
name = { required = true }
"""
FLOW = """
state = { type = "enum", options = ["new", "old"], default = "new" }
[entities.animal.workflow]
field = "state"
initial = "new"
transitions = [{ name = "Age", sources = ["new"], target = "old" }]
"""
BAD_HEADS = [
    ("title = ", "cannot be read"),
    (HEAD.replace('title = "Zoo"', ""), "missing required field `title`"),
    (HEAD.replace('title = "Zoo"', 'titel = "Zoo"'), "unknown field `titel`"),
    (HEAD + 'features = { map = { entities = ["cage"] } }', "map names 'cage', which is no entity"),
    (HEAD + 'pages = [{ kind = "map", title = "Map", entity = "cage" }]', "'cage', which is no"),
    (HEAD + 'pages = [{ kind = "map", title = "Map", audience = ["vet"] }]', "'vet', which is no"),
]
BAD_ENTITIES = [
    (ENTITIES.replace("entities.animal", "entities.Animal"), r"regex .*\.entities"),
    (ENTITIES.replace('label = "name"', 'label = "nam"'), "animal.label is 'nam', which is none"),
    (ENTITIES.replace("required = true", 'type = "colour"'), "'colour'"),
    (ENTITIES.replace("required = true", 'type = "enum"'), r"fields\.name: options belong to enum"),
    (ENTITIES.replace("required = true", 'options = ["a"]'), r"name: options belong to enum"),
    (ENTITIES.replace('"name"', '"name"\nsearch = ["nam"]'), "has no field 'nam'"),
    (ENTITIES.replace('"name"', '"name"\nsort = "-nam"'), "has no field 'nam'"),
    (ENTITIES.replace('"name"', '"name"\nunique_together = [["nam"]]'), "has no field 'nam'"),
    (ENTITIES.replace('"name"', '"name"\nwriters = ["vet"]'), "'vet' is no role"),
    (ENTITIES.replace('"name"', '"name"\nparent = "den"'), "'den', which is no required reference"),
    (ENTITIES + '[[entities.animal.seed]]\nnam = "Rex"', "has no field 'nam'"),
    (ENTITIES + '[entities.animal.references]\nden = { to = "den" }', "to 'den', which is no"),
    (
        ENTITIES + '[entities.animal.references]\nname = { to = "animal" }',
        "'name' is a field and a reference",
    ),
    (ENTITIES + FLOW.replace('initial = "new"', 'initial = "gone"'), "starts in 'gone'"),
    (ENTITIES + FLOW.replace('target = "old"', 'target = "gone"'), "names 'gone', which is no"),
    (ENTITIES + FLOW.replace('target = "old"', 'target = "old", roles = ["vet"]'), "'vet', which"),
]


def _write(folder: Path, name: str = "zoo", head: str = HEAD, entities: str = ENTITIES) -> Path:
    (folder / name).mkdir()
    (folder / name / "pattern.toml").write_text(head)
    (folder / name / "entities.toml").write_text(entities)
    return folder / name


def test_a_pattern_is_one_folder_and_no_code(tmp_path):
    _write(tmp_path, entities=ENTITIES + FLOW)
    found = load(tmp_path)
    assert found["zoo"].key == "zoo"
    assert found["zoo"].entities["animal"].plural == "animals"
    assert found["zoo"].entities["animal"].fields["name"].title == "Name"


@pytest.mark.parametrize(("text", "reason"), BAD_HEADS)
def test_a_pattern_that_is_not_right_is_named(tmp_path, text, reason):
    _write(tmp_path, head=text)
    with pytest.raises(LexiconError, match=reason) as refused:
        load(tmp_path)
    assert str(tmp_path / "zoo" / "pattern.toml") in str(refused.value)


@pytest.mark.parametrize(("text", "reason"), BAD_ENTITIES)
def test_an_entity_that_is_not_right_is_named(tmp_path, text, reason):
    _write(tmp_path, entities=text)
    with pytest.raises(LexiconError, match=reason) as refused:
        load(tmp_path)
    assert str(tmp_path / "zoo" / "entities.toml") in str(refused.value)


@pytest.mark.parametrize("name", ["Zoo", "the-zoo", "1zoo", "records"])
def test_the_name_of_a_folder_is_a_key(tmp_path, name):
    _write(tmp_path, name)
    with pytest.raises(LexiconError, match="must be a key such as `store`"):
        load(tmp_path)


def _labels(draft: EntityDraft) -> set[object]:
    return {row.get(draft.label) for row in draft.seed}


def _has_default(draft: EntityDraft, name: str) -> bool:
    return name in draft.fields and draft.fields[name].default is not None
