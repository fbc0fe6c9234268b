"""What a thing's fields are: lists with descriptions, questions, states, lists without owner."""

from __future__ import annotations

import pytest

from agents.plan.model import model_of
from agents.scout.lists import field_type
from agents.scout.scout import scout


def entity(idea: str, key: str):
    return next(entity for entity in scout(idea).entities if entity.key == key)


def fields(idea: str, key: str) -> dict[str, str]:
    return {field.key: field.type for field in entity(idea, key).fields}


def titles(idea: str, key: str) -> list[str]:
    return [field.title for field in entity(idea, key).fields]


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("A meteorite has a name, the place where it fell and a weight.",
         {"name": "text", "place": "text", "weight": "decimal"}),
        ("A meteorite has a weight in grams, a colour and the date of the find.",
         {"weight": "decimal", "colour": "color", "date_of_find": "date"}),
        ("Each meteorite has a number that exists only once, a name and a photo.",
         {"number": "text", "name": "text", "photo": "image"}),
        ("A meteorite has a name, the number of cracks and holes and a price.",
         {"name": "text", "number_of_cracks": "integer", "number_of_holes": "integer",
          "price": "money"}),
        ("You enter the length, width and height of a meteorite, the number of holes.",
         {"length": "decimal", "width": "decimal", "height": "decimal",
          "number_of_holes": "integer"}),
    ],
)  # fmt: skip
def test_a_list_goes_on_behind_what_describes_an_item(idea, expected):
    assert fields(idea, "meteorite") == expected


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("A meteorite has a shape on a scale, a nickname and a picture.",
         {"shape": "text", "nickname": "text", "picture": "image"}),
        ("A meteorite has a price per gram and pictures.", {"price": "money", "picture": "image"}),
        ("A meteorite has a name, the first and the last day and a maximum number of visitors.",
         {"name": "text", "first_day": "date", "last_day": "date",
          "maximum_number_of_visitors": "integer"}),
        ("Meteorites are kept with a name and a weight.", {"name": "text", "weight": "decimal"}),
        ("I sell meteorites, each with a name and a price.", {"name": "text", "price": "money"}),
        ("Members list the meteorites they have (name, weight, price).",
         {"name": "text", "weight": "decimal", "price": "money"}),
        ("Meteorites of the week with a photo and a price.", {"photo": "image", "price": "money"}),
        ("A meteorite belongs to a town, has a weight and a price.",
         {"weight": "decimal", "price": "money"}),
    ],
)  # fmt: skip
def test_a_list_is_of_the_noun_that_the_words_before_it_describe(idea, expected):
    assert fields(idea, "meteorite") == expected


def test_a_list_ends_where_the_sentence_goes_on():
    idea = "A meteorite has a name and a photo in the archive, and the owner can delete it."
    assert list(fields(idea, "meteorite")) == ["name", "photo"]


@pytest.mark.parametrize(
    ("said", "key", "kind"),
    [
        ("when it was found", "found_on", "date"),
        ("when it started", "started_at", "datetime"),
        ("where it lies", "place", "text"),
        ("how many cracks", "number_of_cracks", "integer"),
        ("whether it is magnetic", "magnetic", "boolean"),
        ("magnetic yes/no", "magnetic", "boolean"),
        ("magnetic (yes or no)", "magnetic", "boolean"),
        ("who sold it", "who_sold_it", "text"),
        ("what i paid", "what_i_paid", "money"),
        ("what was strange", "what_was_strange", "longtext"),
        ("sold", "sold", "boolean"),
        ("insured until", "insured_until", "date"),
        ("next check", "next_check", "date"),
    ],
)  # fmt: skip
def test_a_piece_of_a_list_may_be_a_question_or_a_state(said, key, kind):
    assert fields(f"Meteorite: name, weight, {said}, price.", "meteorite") == {
        "name": "text", "weight": "decimal", key: kind, "price": "money",
    }  # fmt: skip


def test_what_every_record_tells_is_no_field():
    idea = "Meteorite: what it is, name, weight, colour."
    assert list(fields(idea, "meteorite")) == ["name", "weight", "colour"]


def test_fields_in_parentheses_are_of_what_the_phrase_is_about():
    idea = "Rangers report a landslide in a valley (what is blocked, photo, date)."
    assert fields(idea, "landslide") == {
        "what_is_blocked": "longtext", "photo": "image", "date": "date",
    }  # fmt: skip
    assert all(e.fields == () for e in scout(idea).entities if e.key == "valley")


def test_what_one_of_a_list_may_be_is_its_choice():
    idea = "Meteorites with a name and an origin (mars, moon, belt)."
    (origin,) = [f for f in entity(idea, "meteorite").fields if f.key == "origin"]
    assert (origin.type, origin.options) == ("enum", ("mars", "moon", "belt"))
    assert all(e.fields == () for e in scout(idea).entities if e.key == "origin")


@pytest.mark.parametrize(
    ("idea", "options"),
    [
        ("Add meteorites. A meteorite is found, cleaned or sold.", ("found", "cleaned", "sold")),
        ("A meteorite goes from found to cleaned, weighed, sold.",
         ("found", "cleaned", "weighed", "sold")),
        ("Meteorites of our club. States: found, cleaned, sold.", ("found", "cleaned", "sold")),
        ("Staff add meteorites with a weight and bought or found.", ("bought", "found")),
        ("Staff see the meteorites of a town and change the status from new to in review to sold.",
         ("new", "in review", "sold")),
    ],
)  # fmt: skip
def test_states_are_a_choice(idea, options):
    (status,) = [f for f in entity(idea, "meteorite").fields if f.key == "status"]
    assert (status.type, status.options) == ("enum", options)


def test_what_such_as_tells_of_one_of_a_list_is_its_choice():
    idea = "Add meteorites with a name, a weight and a finish such as raw, cut or polished."
    found = {f.key: f.options for f in entity(idea, "meteorite").fields if f.spoken}
    assert found == {"finish": ("raw", "cut", "polished")}


def test_what_is_noted_at_each_happening_is_of_it():
    idea = "Meteorites of our club. After each hunt the guide notes the weather, the finding."
    assert list(fields(idea, "hunt")) == ["weather", "finding"]


def test_two_states_without_an_or_are_none():
    assert fields("Add meteorites. A meteorite is old and heavy.", "meteorite") == {}


def test_a_name_that_is_taken_keeps_its_title():
    assert titles("A meteorite has a name, a start, an end and a price.", "meteorite") == [
        "Name", "Start", "End", "Price",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "idea",
    [
        "I collect meteorites. Please keep: name, weight, price, photo.",
        "I collect meteorites. Attributes: name, weight, price, photo.",
        "I collect meteorites. Name, weight, price, photo.",
        "Catalogue of my meteorites - name, weight, price, photo",
        "Meteorites of our club, today in a spreadsheet:\nname | weight | price | photo\nThanks.",
    ],
)
def test_a_list_without_an_owner_is_of_what_the_idea_is_about(idea):
    found = fields(idea, "meteorite")
    assert found == {"name": "text", "weight": "decimal", "price": "money", "photo": "image"}


def test_what_is_said_per_thing_belongs_to_it():
    found = entity("A riddle book. Add chapters and add puzzles per chapter with a date.", "puzzle")
    assert [r.to for r in found.references] == ["chapter"]
    assert [f.key for f in found.fields] == ["date"]


def test_a_person_of_a_record_is_a_field_or_whom_the_app_keeps():
    idea = "Clients have a name and a phone. Meteorites: name, weight, client, owner."
    found = entity(idea, "meteorite")
    assert [r.to for r in found.references if r.to == "client"] == ["client"]
    assert "owner_value" in {f.key for f in found.fields}
    model = model_of(scout(idea))
    (made,) = [e for e in model.entities if e.key == "meteorite"]
    assert "client" not in {f.key for f in made.fields}
    assert [r.target for r in model.relations if r.source == "meteorite"] == ["client"]


def test_a_gallery_for_my_things_lists_the_fields_of_the_things():
    idea = "photo wall for my meteorites - title, place, date, photo, weight"
    assert fields(idea, "meteorite") == {
        "title": "text", "place": "text", "date": "date", "photo": "image", "weight": "decimal",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("For each accident of a lorry: date, place, cost.", "accident"),
        ("Sheet music archive of a string quartet: composer, title, edition.", "sheet_music"),
    ],
)
def test_a_list_behind_an_of_is_of_what_is_written_down_of_something(idea, key):
    assert len(fields(idea, key)) > 1


@pytest.mark.parametrize(
    ("idea", "expected"),
    [
        ("A meteorite has a width and depth in metres, lustre, a colour and a price.",
         {"width", "depth", "lustre", "colour", "price"}),
        ("A meteorite has a weight, a crack near it, lustre and a price.",
         {"weight", "crack", "lustre", "price"}),
        ("A meteorite has a weight, a colour, and whether it may be touched by children.",
         {"weight", "colour", "touched_by_children"}),
        ("A meteorite is announced with date, weight and finder.", {"date", "weight"}),
        ("A meteorite shall be catalogued with date, weight and price.",
         {"date", "weight", "price"}),
        ("Meteorites I draw in deserts, each with weight, price and a photo.",
         {"weight", "price", "photo"}),
        ("We clean the meteorites found, each with weight, price and a photo.",
         {"weight", "price", "photo"}),
        ("We store meteorites of the observatory with weight, price and a photo.",
         {"weight", "price", "photo"}),
    ],
)  # fmt: skip
def test_a_list_finds_its_owner_and_goes_on_behind_short_descriptions(idea, expected):
    assert expected <= fields(idea, "meteorite").keys()


def test_what_the_pattern_keeps_for_each_of_something_is_a_record_that_refers_to_it():
    budget = entity("Our household money: set a budget for each category.", "budget")
    assert "category" in {reference.to for reference in budget.references}


def test_what_things_are_filtered_by_is_a_list_where_it_is_a_thing():
    assert entity("Show all lorries, and filter them by depot.", "depot").score > 0


def test_what_has_no_name_tells_no_type():
    assert field_type(()) is None
