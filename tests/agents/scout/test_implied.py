"""Records that are only told of: what is noted each time, days, lists, steps, logs and places."""

from __future__ import annotations

import pytest

from agents.plan.model import model_of
from agents.plan.rules import problems
from agents.scout.scout import scout


def _kept(idea: str) -> set[str]:
    model = model_of(scout(idea))
    assert problems(model) == []
    return {entity.key for entity in model.entities}


@pytest.mark.parametrize(
    ("idea", "keys"),
    [
        # What is written down each time it is done.
        (
            "Lab with vials: strain. Each time somebody takes vials it is to be written how many.",
            {"vial", "stock_movement"},
        ),
        ("Whoever opens the safe writes down when and why.", {"opening"}),
        ("Every time somebody feeds the cat it should be noted when and what.", {"feeding"}),
        ("every time one of us waters the allotment we put down who and how many", {"watering"}),
        ("If anyone tops up the oil, they note litres and date.", {"top_up"}),
        ("Whenever we bottle a batch we jot down how many bottles and the date.", {"bottling"}),
        ("any time i change the strings i log brand, date, how it sounds", {"change"}),
        ("As a warden, I want to enter what I saw (animal, number, place).", {"sighting"}),
        # The days that people sign up for.
        (
            "Volunteers sign up for planting days, at most 25 on each day.",
            {"planting_day", "registration"},
        ),
        ("helpers put themselves down for baking mornings", {"baking_morning"}),
        ("As a member, I want to sign up for a weeding day.", {"weeding_day"}),
        ("Volunteers sign up for clean-up Saturdays, at most 15.", {"clean_up_saturday"}),
        ("Bell ringers sign up for practice evenings", {"practice_evening"}),
        # Steps of what is done in an order.
        ("Guide for knots: each knot has a name, a photo and steps", {"knot", "step"}),
        ("how-to for lamp repair. each guide: tools, parts, steps, time needed", {"step"}),
        ("recipes for soap: oils with grams, lye, water, steps, cure weeks", {"oil", "step"}),
        # The entries of a log.
        ("hiccup diary: when the bout started, how many minutes it went on", {"hiccup"}),
        ("luge training log just for me: date, track, start time", {"luge_training"}),
        ("running log just for me: date, route, km, minutes", {"run"}),
        ("snoring log: night, loudness, what I drank, position", {"snoring_entry"}),
        ("meter log: flat, meter number, reading, date, photo", {"meter"}),
        ("guide to river fords you can cross - depth, bottom, where on map", {"river_ford"}),
        # Lists that are picked, and those of whom there is one each.
        (
            "Lists of singers (name, mobile); pick a list, write call: date, place, time.",
            {"singer", "list", "call"},
        ),
        ("kids and teeth: per kid a list: which tooth, day it fell out", {"kid", "tooth"}),
        # Rows and lines that define what is a word for a part of a document elsewhere.
        (
            "| Thing | What we note |\n|---|---|\n| Bid | sum, day |\n| Note | a remark |",
            {"bid", "note"},
        ),
        (
            "- **application**: name, age, what for, which papers come\n- **decision**: date, sum",
            {"application", "decision"},
        ),
        ("Data\n- Hive: number, place\n- Log: date, what was done, who", {"hive", "log"}),
        ("* note (text, author, when it was written)\n* tree (species, height)", {"note", "tree"}),
        # Where things are kept.
        (
            "I keep contact lenses. How many are in the bathroom, in the car and in my desk?",
            {"contact_lens", "location"},
        ),
    ],
)
def test_what_is_only_told_of_is_kept(idea, keys):
    assert keys <= _kept(idea)


@pytest.mark.parametrize(
    ("idea", "key"),
    [
        ("On working days we answer the phone from 9 to 5. A shop for candles.", "working_day"),
        ("Each time somebody opens the app a new quote is shown.", "opening"),
        ("Every time I cook I forget the salt. A recipe box please.", "meal"),
        ("If someone wants to change a booking, they write to us. Rooms with beds.", "change"),
        ("When somebody breaks the rules the moderator deletes the post.", "breakdown"),
        ("I count my steps every day.", "step"),
        ("I work in the garden, in the kitchen and on the balcony. A plant diary.", "location"),
        ("Whoever builds a scarecrow enters it: name, builder, address, a photo.", "build"),
        ("A shop for tea.\nNote: the shop must be fast, simple, cheap.", "note"),
        ("We host trivia evenings in a pub. A host creates a quiz.", "trivia_evening"),
        ("Keepers feed animals in cages. Who sees what?", "sighting"),
        ("I should get to see how many leads turned into quotes.", "turning"),
        ("Whoever wins picks a prize out of those that we put up.", "harvest"),
    ],
)
def test_what_is_said_in_passing_is_not_kept(idea, key):
    assert key not in _kept(idea)
