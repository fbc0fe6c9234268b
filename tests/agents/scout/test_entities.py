"""Nouns that become entities, with their fields, references, and who does what to them."""

from __future__ import annotations

import pytest

from agents.scout import names
from agents.scout.drafts import MAX_FIELDS
from agents.scout.scout import scout
from contracts.scouting import RESERVED_ENTITIES, RESERVED_FIELDS
from tests.support.ideas import TEN

OWN = 3.0
"""From here a noun is an entity of its own."""


def strong(idea: str) -> list[str]:
    return [entity.key for entity in scout(idea).entities if entity.score >= OWN]


def entity(idea: str, key: str):
    return next(entity for entity in scout(idea).entities if entity.key == key)


def fields(idea: str, key: str) -> dict[str, str]:
    return {field.key: field.type for field in entity(idea, key).fields}


def references(idea: str, key: str) -> list[str]:
    return [reference.to for reference in entity(idea, key).references]


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("Users add meteorites and delete meteorites.", ["meteorite"]),
        ("An app for my houseplants.", ["houseplant"]),
        ("Claims management.", ["claim"]),
        ("Manage tennis courts. Each court has a name.", ["tennis_court"]),
        ("Track beehives.", ["beehive"]),
        ("Members lend bicycles and create tours.", ["bicycle", "loan", "tour"]),
        ("An LMS with courses.", ["course"]),
        ("A CMS to write articles.", ["article"]),
        ("Members book tennis courts.", ["booking", "tennis_court"]),
        ("The members list page is blue.", []),
        ("A simple modern website with a nice header.", []),
        ("Let users log in and see the dashboard.", []),
    ],
)
def test_nouns_that_something_is_done_to_are_entities(idea, expected):
    assert sorted(strong(idea)) == expected


@pytest.mark.parametrize(
    ("idea", "key", "plural", "title", "title_plural"),
    [
        ("Add orders.", "customer_order", "orders", "Order", "Orders"),
        ("Guests reserve tables.", "dining_table", "dining_tables", "Table", "Tables"),
        ("Add classes.", "class_group", "classes", "Class", "Classes"),
        ("Add sessions.", "session_record", "session_records", "Session", "Sessions"),
        ("Add sheep.", "sheep", "sheep_items", "Sheep", "Sheep"),
        ("Add bank statements.", "bank_statement", "bank_statements", "Bank statement",
         "Bank statements"),
        ("Add follow-ups.", "follow_up", "follow_ups", "Follow up", "Follow ups"),
    ],
)  # fmt: skip
def test_an_entity_has_names_that_nothing_else_uses(idea, key, plural, title, title_plural):
    found = entity(idea, key)
    assert (found.plural, found.title, found.title_plural) == (plural, title, title_plural)


def test_no_reserved_word_names_an_entity():
    for word in RESERVED_ENTITIES:
        key, plural = names.entity_names(word)
        assert not {key, plural} & RESERVED_ENTITIES, word
        assert key != plural, word


def test_no_reserved_word_names_a_field():
    for word in RESERVED_FIELDS:
        assert names.field_name(word) not in RESERVED_FIELDS
        assert not names.field_name(f"{word}_id").endswith("_id"), word


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("Cooking", "Time"), "cooking_time"),
        (("9lives",), "lives"),
        (("e-mail",), "e_mail"),
        (("食",), ""),
        (("a" * 90,), "a" * names.MAX_KEY),
        (("__x__",), "x"),
    ],
)
def test_words_become_a_key(words, key):
    assert names.key_of(*words) == key


def test_fields_are_typed_by_their_names():
    idea = (
        "Each beehive has a name, a price, a photo, a due date, a description, a rating, a phone"
        " number, an email, a website, a weight, a quantity and a status."
    )
    assert fields(idea, "beehive") == {
        "name": "text", "price": "money", "photo": "image", "due_date": "date",
        "description": "longtext", "rating": "rating", "phone_number": "phone", "email": "email",
        "website": "url", "weight": "decimal", "quantity": "integer", "status": "enum",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("Keep beehives with a name and a weight.", ["name", "weight"]),
        ("Keep beehives including their weight.", ["weight"]),
        ("A beehive (name, weight, colour) is kept.", ["name", "weight", "colour"]),
        ("Beehives: name, weight and date.", ["name", "weight", "date"]),
        ("Show the name, weight and photo of each beehive.", ["name", "weight", "photo"]),
        ("A beehive's weight is measured.", ["weight"]),
        ("Keep beehives sorted by weight.", ["weight"]),
        ("Keep beehives with the date of birth of the queen.", ["date_of_birth"]),
    ],
)
def test_fields_are_named_in_many_ways(idea, expected):
    assert [key for key in fields(idea, "beehive") if key != "queen"] == expected


def test_options_are_those_that_are_said():
    (priority, status) = entity(
        "Each beehive has a priority (low, normal, very high) and a status.", "beehive"
    ).fields
    assert (priority.options, priority.spoken) == (("low", "normal", "very high"), True)
    assert (status.options, status.spoken) == (("open", "in progress", "done"), False)


@pytest.mark.parametrize("text", ["status (open", "status (open (new, done)", "status ()"])
def test_parentheses_that_do_not_close_hold_no_options(text):
    (status,) = entity(f"Each beehive has a {text}", "beehive").fields
    assert not status.spoken


def test_what_things_are_sorted_by_is_remembered():
    assert entity("Keep beehives sorted by weight.", "beehive").sort == "weight"


@pytest.mark.parametrize(
    ("idea", "source", "to"),
    [
        ("Keep beehives sorted by region.", "beehive", "region"),
        ("Each queen belongs to a beehive.", "queen", "beehive"),
        ("Each beehive has several queens.", "queen", "beehive"),
        ("Members write remarks on beehives.", "remark", "beehive"),
    ],
)
def test_what_belongs_together_is_referred_to(idea, source, to):
    assert to in references(idea, source)


def test_nothing_refers_to_itself():
    assert references("A beehive belongs to a beehive. Beehives of beehives.", "beehive") == []


def test_an_entity_has_no_more_fields_than_a_form_can_show():
    words = "price weight height age photo email phone website status rating date city code note"
    idea = f"Each beehive has a {', a '.join([*words.split(), 'title', 'name', 'fee'])}."
    assert len(fields(idea, "beehive")) == MAX_FIELDS


def test_a_synonym_is_its_pattern_s_entity():
    assert entity("Collect dishes with ingredients for the kitchen.", "dish").matches == "recipe"


@pytest.mark.parametrize(
    ("idea", "key", "source"),
    [
        ("Add nurses to the list.", "nurse", "person"),
        ("Add rehearsals.", "rehearsal", "happening"),
        ("Add poems.", "poem", "writing"),
        ("Add pledges.", "pledge", "money"),
        ("Add beehives.", "beehive", "thing"),
    ],
)
def test_an_unknown_thing_has_the_fields_of_its_sort(idea, key, source):
    found = entity(idea, key)
    assert found.source == source
    assert found.draft.label in found.draft.fields
    assert found.draft.plural


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("Members add beehives.", [("create", "member", False)]),
        ("Admins delete beehives.", [("delete", "admin", False)]),
        ("Only admins can edit beehives.", [("update", "admin", True)]),
        ("Visitors browse beehives.", [("read", "guest", False)]),
        ("Teachers manage beehives.", [("manage", "teacher", False)]),
        ("I add beehives.", [("create", "member", False)]),
        ("Beehives can be deleted by admins.", [("delete", "admin", False)]),
        ("Add, edit and delete beehives.", ["create", "delete", "update"]),
        ("Beehives are nice.", []),
    ],
)
def test_who_does_what_is_told(idea, expected):
    found = [o for o in scout(idea).operations if o.entity == "beehive"]
    if expected and isinstance(expected[0], str):
        assert sorted(o.verb for o in found) == expected
    else:
        assert [(o.verb, o.actor, o.only) for o in found] == expected


def test_people_who_act_are_roles_and_people_who_are_kept_are_entities():
    report = scout("Teachers add exams. Nurses read exams. Admins and users read exams.")
    assert [role.key for role in report.roles] == ["teacher", "nurse"]
    assert "nurse" in strong("Manage nurses with a name and a phone number.")


def test_every_finding_names_its_sentence():
    report = scout("It is nice. Members add beehives. Each beehive has a weight. Admins too.")
    found = report.entities[0]
    assert found.sentences == (2, 3)
    assert found.fields[0].sentences == (3,)
    assert {operation.sentence for operation in report.operations} == {2}


def test_the_strongest_comes_first():
    scores = [found.score for found in scout(TEN["booking"]).entities]
    assert scores == sorted(scores, reverse=True)


def test_other_languages_are_not_taken_for_english():
    report = scout("Eine App für meine Bienen. Ich will die Stöcke und das Gewicht notieren.")
    assert report.entities == ()
    assert report.operations == ()
    assert "German" in report.notes[0]


def test_what_is_done_to_ones_own_is_done_by_its_owner():
    idea = "Keepers see only their own beehives. Inspectors see all beehives."
    found = {(o.verb, o.actor) for o in scout(idea).operations if o.entity == "beehive"}
    assert found == {("read", "owner"), ("read", "inspector")}
