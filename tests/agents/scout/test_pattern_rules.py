"""What is said of a pattern that is not right: its file, the place, and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.scout.lexicon import LexiconError
from agents.scout.patterns import load

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


def _effect(text: str) -> str:
    return ENTITIES + FLOW.replace('target = "old"', f'target = "old", effects = ["{text}"]')


def _rule(kind: str, expr: str) -> str:
    rule = f'rules = [{{ kind = "{kind}", expr = "{expr}" }}]'
    return ENTITIES.replace('"name"', f'"name"\n{rule}', 1) + FLOW


BAD_HEADS = [
    ("title = ", "cannot be read"),
    (HEAD.replace('title = "Zoo"', ""), "missing required field `title`"),
    (HEAD.replace('title = "Zoo"', 'titel = "Zoo"'), "unknown field `titel`"),
    (HEAD + 'features = { map = { entities = ["cage"] } }', "map names 'cage', which is no entity"),
    (HEAD + 'pages = [{ kind = "map", title = "Map", entity = "cage" }]', "'cage', which is no"),
    (HEAD + 'pages = [{ kind = "feed", title = "Map", audience = ["vet"] }]', "'vet', which is no"),
    (HEAD + 'pages = [{ kind = "map", title = "Map" }]', "'Map': a map needs an entity"),
    (HEAD + 'pages = [{ kind = "map", title = "Map", entity = "animal" }]', "lacks a geo field"),
    (HEAD + 'pages = [{ kind = "thread", title = "T", entity = "animal" }]', "could be a reply"),
    (HEAD + 'features = { board = { entities = ["animal"] } }', "board: 'animal' lacks an enum"),
    (HEAD + 'features = { cart = { entities = ["animal"] } }', "lacks a money field, its price"),
    (HEAD + "features = { cart = {} }", "cart: it is for exactly one entity"),
    (HEAD + "features = { payment = {} }", "payment: it needs the feature `cart`"),
    (HEAD + 'features = { booking = { entities = ["animal"] } }', "lacks a required reference"),
    (
        HEAD + 'features = { quiz = { entities = ["animal"] } }',
        "none of its entities has an answer",
    ),
    (
        HEAD + 'features.leaderboard = { entities = ["animal"], params = { points = "score" } }',
        "leaderboard: points names 'score', no field of its entities",
    ),
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
    (ENTITIES.replace("true", 'true, write_roles = ["vet"]'), "name: 'vet' is no role that is"),
    (
        ENTITIES + '[entities.animal.references]\nmate = { to = "animal", required = true }',
        "mate is required, so on_delete is restrict or cascade",
    ),
    (_effect("set name now"), "'name' is no date or time"),
    (_effect("set state me"), "'state' is no text"),
    (_effect("notify vet"), "'vet' is no role"),
    (_effect("feed it"), "only `set FIELD now`"),
    (ENTITIES.replace("true", 'true, computed = "age * 2"'), "computed: there is no field 'age'"),
    (ENTITIES.replace("true", 'true, computed = "name *"'), "computed: it ends too early"),
    (_rule("check", "name < age"), "check 'name < age': there is no 'age'"),
    (_rule("check", "name is not null when state = gone"), "'state' is never 'gone'"),
    (_rule("check", "name is not null when old"), "'old' does not begin with a field"),
    (_rule("stock", "cage.places -= name"), "there is no 'cage.places'"),
    (_rule("stock", "name -= 1"), "it is not of the form `product.stock -= quantity`"),
    (_rule("capacity", "cage.places"), "there is no 'cage.places'"),
    (_rule("no_overlap", "cage: name, state"), "there is no 'cage'"),
    (_rule("once_per_user", "cage"), "there is no 'cage'"),
    (_rule("total", "cage.sum = sum(name)"), "there is no 'cage.sum'"),
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


def test_who_notifies_people_has_notifications(tmp_path):
    told = _effect("notify owner")
    _write(tmp_path, "zoo", HEAD + "features = { notifications = {} }", told)
    assert "zoo" in load(tmp_path)
    _write(tmp_path, "farm", entities=told)
    with pytest.raises(LexiconError, match="'animal' notifies people, which needs"):
        load(tmp_path)


def test_who_changes_what_waits_for_approval_approves(tmp_path):
    entities = ENTITIES.replace('"name"', '"name"\nwriters = ["vet"]', 1)
    vet = "\nroles = { vet = { title = 'Vet' } }\n"
    waiting = f"{HEAD}{vet}features = {{ approvals = {{ entities = ['animal'] }} }}"
    farm = _write(tmp_path, "farm", head=waiting, entities=entities)
    with pytest.raises(LexiconError, match="'vet' writes 'animal' and does not approve it"):
        load(tmp_path)
    shared = ENTITIES.replace('"name"', '"name"\nsharing = "team"', 1)
    (farm / "entities.toml").write_text(shared)
    with pytest.raises(LexiconError, match="'animal' is no one's own"):
        load(tmp_path)
