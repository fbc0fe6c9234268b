"""Requirement documents: headings, numbers, definitions, tables and slips of the pen."""

from __future__ import annotations

import pytest

from agents.scout import spelling
from agents.scout.entities import KEPT
from agents.scout.outline import readable
from agents.scout.scout import scout
from agents.scout.sentences import split


def read_as(text: str) -> list[str]:
    return list(readable(split(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FR-1 Clerks add hives.", ["Clerks add hives."]),
        ("2.1.3 Clerks add hives.", ["Clerks add hives."]),
        ("## Hives\nClerks add **hives**.", ["Hives", "Clerks add  hives ."]),
        ("Tenants\n- report a leak\n- see hives", ["Tenants", "Tenants report a leak",
                                                   "Tenants see hives"]),
        ("Hives\n- report a leak", ["Hives", "report a leak"]),
        ("Tenants: report a leak.", ["Tenants report a leak."]),
        ("Hives: name and weight.", ["Each hive: name and weight."]),
        ("| Role | May |\n|---|---|\n| clerk | add hives |", ["", "clerks can add hives."]),
        ("| Record | Has |\n|---|---|\n| hive | name, weight |", ["", "Each hive: name, weight."]),
        ("| Record | Has |\n|---|---|\n| frame of a hive | depth, age |",
         ["", "Each frame: depth, age."]),
        ("**Hives**\n- depth (low, high)\n- made on, sold on\n\nClerks add hives.",
         ["Hives", "Each hive has depth (low, high).", "Each hive: made on, sold on.",
          "Clerks add hives."]),
        ("## Features\n- calendar\n- search", ["Features", "calendar", "search"]),
        ("## Hives\n- clerks can add hives\n- depth",
         ["Hives", "clerks can add hives", "Each hive has depth."]),
        ("For each hive:\n- wood: elm, oak",
         ["For each hive:", "Each hive has wood (elm, oak)."]),
        ("3 hives", ["3 hives"]),
    ],
)  # fmt: skip
def test_a_document_is_read_as_sentences(text, expected):
    assert read_as(text) == expected


def test_the_sentences_stay_as_they_are_written():
    text = "FR-1 Clerks add **hives**.\n| Role | May |\n| clerk | add hives |"
    assert [s.text for s in scout(text).sentences] == text.split("\n")


@pytest.mark.parametrize("line", ["Dear beekeepers,", "With warm wishes, the elders of the hive",
                                  "Kind regards from the bee club"])  # fmt: skip
def test_how_a_letter_begins_and_ends_names_nothing_to_keep(line):
    report = scout(f"{line}\n\nWe keep jars with size and price.")
    assert {each.key for each in report.entities} == {"jar"}
    assert line not in {s.text for s in report.sentences if s.number in report.unmapped}


def test_a_word_for_much_is_a_record_where_a_table_describes_it():
    report = scout("| what | has |\n|---|---|\n| display | date, place, client |")
    (display,) = (each for each in report.entities if each.key == "display")
    assert {each.key for each in display.fields} >= {"date", "place"}


def test_who_stands_above_a_list_does_what_is_in_it():
    report = scout("# Hives\n\nFlorists\n- add beehives\n- delete beehives\n\nNotes\nAll good.")
    assert {(o.verb, o.actor) for o in report.operations if o.entity == "beehive"} == {
        ("create", "florist"), ("delete", "florist"),
    }  # fmt: skip
    assert [role.key for role in report.roles] == ["florist"]


def test_a_table_of_roles_names_roles():
    report = scout(
        "| Role | May |\n|---|---|\n| beekeeper | add beehives |\n| curator | see beehives |"
    )
    assert [role.key for role in report.roles] == ["beekeeper", "curator"]


@pytest.mark.parametrize(
    ("idea", "fields"),
    [
        ("*Beehive*: name, hall, year built, status (idle, busy, down)",
         ["name", "hall", "year_built", "status"]),
        ("Keepers publish a beehive: title, hours per week, deadline.",
         ["title", "hours_per_week", "deadline"]),
        ("Beehive: name, upper limit and price.", ["name", "upper_limit", "price"]),
        ("For every beehive we store the name, the weight and a picture.",
         ["name", "weight", "picture"]),
        ("A beehive has a title, an abstract, and a price.", ["title", "abstract_value", "price"]),
    ],
)  # fmt: skip
def test_a_definition_lists_fields(idea, fields):
    (found,) = [e for e in scout(idea).entities if e.key == "beehive"]
    assert [field.key for field in found.fields] == fields


_SLIDES = "shape, year, price"
_MAKERS = "name, town, country"


@pytest.mark.parametrize(
    "layout",
    [
        "{0} – {1}\n{2} – {3}",
        "{0} ({1})\n{2} ({3})",
        "{0}: {1}\n{2}: {3}",
        "{0} = {1}\n{2} = {3}",
        "**{0}** – {1}\n**{2}** ({3})",
        "**{0}:** {1}\n**{2}**: {3}",
        "- {0} ({1})\n- {2} ({3})",
        "1. {0}: {1}\n2. {2}: {3}",
        "## {0}\n- {1}\n\n## {2}\n- {3}",
        "For each {0}:\n- {1}\n\nA {2} has:\n- {3}",
        "| thing | what we note |\n|---|---|\n| {0} | {1} |\n| {2} | {3} |",
    ],
)
def test_however_a_list_of_records_is_laid_out_it_defines_the_same(layout):
    report = scout("An app.\n\n" + layout.format("Slide rule", _SLIDES, "Maker", _MAKERS))
    found = {e.key: [f.key for f in e.fields] for e in report.entities if e.score >= 3}
    assert found == {"slide_rule": ["shape", "year", "price"], "maker": ["name", "town", "country"]}


@pytest.mark.parametrize(
    ("idea", "kept"),
    [
        ("**Loss**: reported by the holder.", "loss"),
        ("**Payment**: when and how much.", "payment"),
        ("**Door** – in one of the barns.", "door"),
        ("| what | we note |\n|---|---|\n| melt | weight before and after |", "melt"),
        ("| what | we note |\n|---|---|\n| wool bought | seller, weight |", "wool"),
    ],
)
def test_a_defined_word_is_a_record_without_a_list_of_fields(idea, kept):
    assert kept in {e.key for e in scout(f"Words we use:\n\n{idea}").entities if e.score >= 3}


@pytest.mark.parametrize(
    "text",
    [
        "Colours: red, blue, green",
        "Roles: cook, waiter",
        "**Cook.** A recipe book is here.",
        "## Rules\n- price, date",
        "Steps:\n- asked on\n- paid on",
    ],
)
def test_a_word_before_anything_else_defines_no_record(text):
    assert not [line for line in read_as(text) if line.startswith("Each ")]


@pytest.mark.parametrize(
    ("idea", "kept"),
    [
        ("We want write the weight for every hives.", "hive"),
        ("We hire out skis.", "ski"),
        ("Nobody knows when the last inspection of a hive was.", "inspection"),
        ("Nobody writes down which glaze was on which pot.", "pot"),
    ],
)
def test_imperfect_english_and_complaints_name_records(idea, kept):
    assert kept in {e.key for e in scout(idea).entities if e.score >= 3}


def test_people_may_be_kept_as_well():
    report = scout("Members: name, email, card number, joined on.")
    (found,) = [e for e in report.entities if e.words == ("member",)]
    assert [(f.key, f.type) for f in found.fields] == [
        ("name", "text"), ("email", "email"), ("card_number", "text"), ("joined_on", "date"),
    ]  # fmt: skip
    assert "member" not in {e.words[-1] for e in scout("Members see hives.").entities}


def test_a_colon_before_anything_else_lists_no_fields():
    report = scout("Beehives: we have many of them, they hum, and nobody knows why.")
    assert [e.fields for e in report.entities if e.key == "beehive"] in ([], [()])


def test_a_general_word_with_properties_of_its_own_is_an_entity():
    report = scout("A claim has items. Each item has a date, a price and a photo.")
    (found,) = [e for e in report.entities if e.key == "item"]
    assert [field.key for field in found.fields] == ["date", "price", "photo"]
    assert "item" not in {e.key for e in scout("Search for an item and delete items.").entities}


def test_what_people_fill_in_is_no_entity():
    report = scout("Beekeepers enter a website and upload a portrait. Add beehives.")
    strong = {e.key for e in report.entities if e.score >= 3}
    assert strong == {"beehive"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("carers and nurses", "carers and nurses"),
        ("ingrediants", "ingredients"),
        ("colection", "collection"),
        ("follwers", "followers"),
        ("apointment", "appointment"),
        ("recipes", "recipes"),
        ("kombucha", "kombucha"),
        ("meteorites", "meteorites"),
        ("Follwers", "Follwers"),
        ("follwers-list", "follwers-list"),
        ("a pick up point", "a pick-up point"),
        ("every 3 yrs", "every 3 years"),
        ("keep track of hats", "record hats"),
        ("the mint", "the mint"),
        ("pick up the parcel", "pick up the parcel"),
    ],
)
def test_a_slip_of_the_pen_is_mended_and_nothing_else(written, meant):
    assert spelling.mended(written) == meant


def test_a_misspelt_idea_is_understood():
    report = scout("recipe colection with ingrediants and quizes")
    assert report.patterns[0].rank.key == "recipes"


def test_quizzes_are_several_of_a_quiz():
    assert "quiz" in {e.key for e in scout("Learners take quizzes. Teachers add quizzes.").entities}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Lead in taps.\n- Tap: floor, room\n- Limit: substance, value, valid from", "limit"),
        ("Hut keepers.\n- Hut: name, keeper\n- Report: headline, hut, date, body", "report"),
        ("# Sauna\n\n## Cabin\n- name\n\n## Price\n- cabin\n- size (4, 6)\n- amount", "price"),
        ("| what | fields |\n|---|---|\n| singer | name, voice |\n| evening | date, hall |",
         "evening"),
        ("| record | columns |\n|---|---|\n| device | name, from room, mover, needs crane |",
         "device"),
        ("Allotments.\n- **Week**: start, end, household\n- **Household**: name, plot", "week"),
        ("Seed bank.\n- Box: number, shelf, temperature\n- Sample: species, date", "box"),
    ],
)  # fmt: skip
def test_fields_make_a_record_of_a_general_word(text: str, named: str) -> None:
    assert (named,) in {c.words for c in scout(text).entities if c.score >= KEPT}


@pytest.mark.parametrize(
    "line",
    ["Status: new, in work, done", "Filter: price, size, district", "Pages: home, contact, date",
     "View: month, year, week", "Export: date, amount", "Returns within 30 days: name, reason"],
)  # fmt: skip
def test_what_is_no_record_stays_none_whatever_is_listed_behind_it(line: str) -> None:
    assert not any(text.startswith("Each ") for text in read_as(f"Bikes.\n{line}"))
