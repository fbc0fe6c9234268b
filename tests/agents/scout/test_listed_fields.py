"""Whose fields a list gives: a title's, a definition's, or those of the sentence before."""

from __future__ import annotations

import pytest

from agents.plan.model import model_of
from agents.plan.rules import problems
from agents.scout.scout import scout


def fields(idea: str, key: str) -> dict[str, str]:
    found = [entity for entity in scout(idea).entities if entity.key == key]
    return {field.key: field.type for entity in found for field in entity.fields}


LISTS = [
    ("Notebook for whisky evenings - bottle, distillery, age, nose 1-10, who poured, again y/n",
     "whisky_evening",
     {"bottle": "text", "distillery": "text", "age": "integer", "nose": "integer",
      "who_poured": "text", "again": "boolean"}),
    ("map of wild swimming spots: name, how deep, water quality (good, fair, poor), dogs allowed",
     "swimming_spot",
     {"name": "text", "how_deep": "decimal", "water_quality": "enum", "dogs_allowed": "text"}),
    ("Beehive log - date, hive, queen seen y/n, frames of brood, mood of the bees 1 to 5",
     "beehive",
     {"date": "date", "hive": "text", "queen_seen": "boolean", "frames_of_brood": "text",
      "mood_of_bee": "rating"}),
    ("A simple register of wells: depth, pump type (hand, solar), last tested, drinkable yes/no.",
     "well",
     {"depth": "decimal", "pump_type": "enum", "last_tested": "date", "drinkable": "boolean"}),
    ("need a log of my kombucha batches: start date, tea, flavour, taste 1-5, fizzy y/n. thanks",
     "batch",
     {"start_date": "date", "tea": "text", "flavour": "text", "taste": "rating",
      "fizzy": "boolean"}),
    ("headache diary: when the pain started, how many hours it lasted, which side, how bad 1-10",
     "headache",
     {"started_at": "datetime", "number_of_hours": "integer", "side": "text",
      "how_bad": "integer"}),
    ("Catalogue of piano rolls – maker, number, tempo, playable or torn, scan.",
     "piano_roll",
     {"maker": "text", "number": "text", "tempo": "text", "status": "enum", "scan": "text"}),
    ("tracker for houseplants - name, last watered, light (low, medium, bright), pic",
     "houseplant",
     {"name": "text", "last_watered": "date", "light": "enum", "picture": "image"}),
    ("Our masks, jackets and gloves: size, hand (left/right), last check, photo.",
     "mask", {"size": "integer", "hand": "enum", "last_check": "date", "photo": "image"}),
    ("Editors write reports, portraits and tests, each with a headline, a lead and a picture.",
     "portrait", {"headline": "text", "lead": "text", "picture": "image"}),
    ("For each bird: ring number, species, sex (m/f), weight in g, released or kept.",
     "bird",
     {"ring_number": "text", "species": "text", "sex": "enum", "weight": "decimal",
      "status": "enum"}),
    ("per customer: name, how many dogs, vaccinated yes/no",
     "customer", {"name": "text", "number_of_dogs": "integer", "vaccinated": "boolean"}),
    ("A lease shall hold a tenant, a start, a monthly rent and a deposit.",
     "lease",
     {"tenant": "text", "start": "datetime", "monthly_rent": "money", "deposit": "money"}),
    ("A duty is a date, a line, a beginning and a depot.",
     "duty", {"date": "date", "line": "text", "beginning": "text", "depot": "text"}),
    ("The shop sells lamps. Each has a name, a price, a wattage and a picture.",
     "lamp", {"name": "text", "price": "money", "wattage": "text", "picture": "image"}),
    ("Diary of my migraines. Each one: when it began, how long, how bad 0-10, if it helped.",
     "migraine",
     {"began_at": "datetime", "how_long": "text", "how_bad": "integer", "helped": "boolean"}),
    ("We have gardens with beds. For each I need to see the number, the size, how many are left.",
     "bed", {"number": "text", "size": "integer", "how_many_are_left": "integer"}),
    ("Each stall gets a number, a width in m, power yes/no and a rent per day.",
     "stall", {"number": "text", "width": "decimal", "power": "boolean", "rent": "money"}),
    ("Readings every two hours: time, temperature, iron content, who measured.",
     "reading",
     {"time": "time", "temperature": "decimal", "iron_content": "text", "who_measured": "text"}),
    ("We keep the patents of a small attorney's office, each with file number, country and price.",
     "patent", {"file_number": "text", "country": "text", "price": "money"}),
    ("Of each aid we know the kind, the size and the cupboard it stands in.",
     "aid", {"kind": "enum", "size": "integer", "cupboard": "text"}),
    ("For each crate I keep how much we have, in which shed it is and where it was bought.",
     "crate", {"how_much_we_have": "decimal", "shed": "text", "place": "text"}),
    ("For every pond I need the owner and the litres; for every fish its variety and length.",
     "fish", {"variety": "text", "length": "decimal"}),
    ("Judges sit. Hearings ahead: court, date and time, subject, and which of us goes.",
     "hearing", {"court": "text", "date": "date", "time": "time", "subject": "text"}),
    ("Hives: hours, minutes, mood, pain 0-10.",
     "hive", {"hours": "decimal", "minute": "duration", "mood": "enum", "pain": "integer"}),
    ("keyboards: layout, price, a couple of photos and a rating out of 5 how it feels.",
     "keyboard",
     {"layout": "text", "price": "money", "couple_of_photo": "image", "rating": "rating"}),
    ("An account: every gain and every loss with date, amount, what for (flat, car), who paid.",
     "loss",
     {"date": "date", "amount": "money", "what_for": "longtext", "who_paid": "text"}),
    ("I want a family: a code instead of the name, how many adults, allergies, halal or not.",
     "family",
     {"code": "text", "number_of_adults": "integer", "allergies": "longtext",
      "halal": "boolean"}),
]  # fmt: skip


@pytest.mark.parametrize(("idea", "key", "expected"), LISTS)
def test_a_list_gives_its_fields_to_what_it_is_about(idea, key, expected):
    assert fields(idea, key) == expected


@pytest.mark.parametrize("idea", [idea for idea, _, _ in LISTS])
def test_what_such_a_list_gives_is_a_sound_model(idea):
    assert problems(model_of(scout(idea))) == []


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("A moderator is a member, a helper and a friend.", "moderator"),
        ("A customer is a firm, a town or a private house.", "customer"),
        ("I want a calm site about my mother's poems: she wrote them, and I read them.", "poem"),
        ("A website for my bakery: opening hours, address, pictures.", "bakery"),
        ("Lawyers record time entries on a case: date, duration, description.", "time"),
        ("Our gloves. Every member gets a mail and a notice before the date.", "member"),
        ("Audio guide: stops with number, text and picture.", "audio"),
        ("Guide for new parents - keep it short, keep it kind, and please no adverts.", "parent"),
    ],
)
def test_what_only_looks_like_a_list_of_fields_gives_none(idea, key):
    assert fields(idea, key) == {}


def test_a_scale_bounds_what_is_told_on_it():
    model = model_of(scout("climbing journal: route, date, pump 1-10, fear (1-5), pain 0-10"))
    found = {field.key: field for entity in model.entities for field in entity.fields}
    assert (found["pump"].min, found["pump"].max) == (1, 10)
    assert (found["pain"].min, found["pain"].max) == (0, 10)
    assert found["fear"].type == "rating"


MORE = [
    (
        "A mint.\nmould: depth, cut on, steel, next polish\nstrike: which mould, struck on, weight",
        "strike",
        {"mould": "text", "struck_on": "date", "weight": "decimal"},
    ),
    (
        """Mint

Moulds
- depth, maker, kind (front, back ...), colour, rack and shelf
- condition: good / worn

Strikes
- weight, day""",
        "mould",
        {
            "depth": "decimal",
            "maker": "text",
            "kind": "enum",
            "colour": "color",
            "rack": "text",
            "condition": "enum",
        },
    ),
    (
        "Mint.\n- Moulds: name, steel (hard: x1, x2; soft: y1), depth, cut on",
        "mould",
        {"name": "text", "depth": "decimal"},
    ),
    (
        "Mint.\n- Moulds: name, plates with thickness, depth, maker",
        "mould",
        {"name": "text", "depth": "decimal", "maker": "text"},
    ),
    (
        "Mint.\n- Loans: which mould, out on, due back after two weeks, came back on",
        "loan",
        {"out_on": "date", "due_back": "text", "came_back_on": "date"},
    ),
    (
        "I collect coins from mints: country, year, weight.",
        "coin",
        {"country": "text", "year": "integer", "weight": "decimal"},
    ),
    (
        "Find a minter near you: name, county, phone.",
        "minter",
        {"name": "text", "county": "text", "phone": "phone"},
    ),
    (
        "We keep coins in each mint, with weight, year and photo.",
        "coin",
        {"weight": "decimal", "year": "integer", "photo": "image"},
    ),
    (
        "A gallery of coins where each has a weight, a year and a photo.",
        "coin",
        {"weight": "decimal", "year": "integer", "photo": "image"},
    ),
]


@pytest.mark.parametrize(("idea", "key", "expected"), MORE)
def test_a_list_of_fields_has_the_owner_that_a_reader_takes_for_it(idea, key, expected):
    found = fields(idea, key)
    assert {name: found.get(name) for name in expected} == expected


def test_what_a_part_has_ends_at_the_comma_of_a_line_of_fields():
    assert set(fields("Mint.\n- Moulds: name, plates with thickness, depth, maker", "plate")) <= {
        "thickness"
    }


def test_a_limit_by_itself_stays_the_name_of_a_field():
    assert "best_before" in fields("Mint.\n- Wax: colour, weight, best before", "wax")
